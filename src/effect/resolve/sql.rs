//! Whether SQL only reads: a short list of statements that do, everything else does not.

use super::sql_functions::QUOTED;

/// Statements that only read.
const READING: [&str; 8] = ["select", "show", "explain", "describe", "desc", "values", "with", "pragma"];
/// Commands of the clients themselves that only print.
const PRINTING: [&str; 18] = [
    ".schema",
    ".tables",
    ".indexes",
    ".indices",
    ".databases",
    ".headers",
    ".header",
    ".mode",
    ".width",
    ".help",
    ".show",
    ".fullschema",
    ".dump",
    ".timeout",
    ".timer",
    ".nullvalue",
    ".version",
    ".eqp",
];
/// Words with which even a `select` changes, writes or runs something.
const DOING: [&str; 28] = [
    "into",
    "insert",
    "update",
    "delete",
    "merge",
    "replace",
    "drop",
    "alter",
    "create",
    "truncate",
    "grant",
    "copy",
    "outfile",
    "dumpfile",
    "load_extension",
    "load_file",
    "writefile",
    "edit",
    "setval",
    "nextval",
    "set_config",
    "dblink",
    "analyze",
    "call",
    "execute",
    "vacuum",
    "reindex",
    "attach",
];

/// Statements of SQLite that change nothing but the database (sqlite.org, "SQL As Understood By SQLite").
const CHANGING: [&str; 19] = [
    "insert",
    "update",
    "delete",
    "replace",
    "create",
    "drop",
    "alter",
    "begin",
    "commit",
    "end",
    "rollback",
    "savepoint",
    "release",
    "reindex",
    "analyze",
    "vacuum",
    "pragma",
    "select",
    "with",
];
/// Words with which they reach beyond it.
const REACHING: [&str; 12] = [
    "attach",
    "detach",
    "load_extension",
    "writefile",
    "readfile",
    "edit",
    "fsdir",
    "zipfile",
    "fts3_tokenizer",
    "temp_store_directory",
    "data_store_directory",
    "virtual",
];

/// True when no statement of `text`, given to SQLite, changes anything but the database it is given to.
pub(super) fn changes_one_database(text: &[u8]) -> bool {
    let Some(statements) = statements(text) else { return false };
    let mut any = false;
    for statement in statements {
        let words = words(&statement);
        let Some(first) = words.first() else { continue };
        any = true;
        let printing = statement.trim().starts_with('.');
        let within = match printing {
            true => PRINTING.contains(&first.as_str()) && !statement.contains('|'),
            false => {
                CHANGING.contains(&first.as_str()) && !(first == "vacuum" && words.iter().any(|word| word == "into"))
            }
        };
        if !within || words.iter().any(|word| REACHING.contains(&word.as_str())) {
            return false;
        }
    }
    any
}

/// True when every statement of `text` only reads, in a database of this `dialect` (empty: not known).
pub(crate) fn only_reads(text: &[u8], dialect: &str) -> bool {
    // In others a function of one's own cannot change anything, or there is none.
    let own_functions = matches!(dialect, "" | "postgresql" | "mysql" | "mariadb");
    let Some(statements) = statements(text) else { return false };
    let mut any = false;
    for statement in statements {
        // The function, not the statement.
        let plain = statement.to_ascii_lowercase().replace("replace(", "(");
        let words: Vec<String> = words(&plain);
        let Some(first) = words.first() else { continue };
        any = true;
        if let Some(rest) = statement.trim().strip_prefix('\\') {
            // psql: `\d…` and `\l` describe, `\x` and `\timing` set the display.
            let name: String = rest.chars().take_while(|letter| letter.is_ascii_alphabetic()).collect();
            if !(name.starts_with('d') || matches!(name.as_str(), "l" | "x" | "timing" | "conninfo" | "pset"))
                || rest.contains('|')
            {
                return false;
            }
            continue;
        }
        if statement.trim().starts_with('.') {
            if !PRINTING.contains(&first.as_str()) || statement.contains('|') {
                return false;
            }
            continue;
        }
        let unknown = own_functions && first != "pragma" && super::sql_functions::calls_unknown(&plain);
        let reads = READING.contains(&first.as_str())
            && !words
                .iter()
                .any(|word| DOING.contains(&word.as_str()) || is_doing_catalog(word) || word.starts_with("lo_"))
            && !calls_doing(&plain)
            && !unknown
            && !(first == "pragma"
                && (statement.contains('=')
                    || statement.contains('(') && !statement.to_ascii_lowercase().contains("info")));
        if !reads {
            return false;
        }
    }
    any
}

/// Prefixes of what PostgreSQL's system catalog only tells; its other functions end sessions, write files and more.
const TELLING: [&str; 40] = [
    "pg_stat",
    "pg_size_",
    "pg_database",
    "pg_total_relation_size",
    "pg_relation_size",
    "pg_table",
    "pg_index",
    "pg_class",
    "pg_namespace",
    "pg_attr",
    "pg_type",
    "pg_constraint",
    "pg_role",
    "pg_user",
    "pg_setting",
    "pg_extension",
    "pg_lock",
    "pg_get_",
    "pg_proc",
    "pg_view",
    "pg_matview",
    "pg_enum",
    "pg_description",
    "pg_trigger",
    "pg_polic",
    "pg_is_in_recovery",
    "pg_postmaster_start_time",
    "pg_encoding_to_char",
    "pg_inherits",
    "pg_sequence",
    "pg_am",
    "pg_depend",
    "pg_available_extension",
    "pg_catalog",
    "pg_typeof",
    "pg_column_size",
    "pg_blocking_pids",
    "pg_conf_load_time",
    "pg_backend_pid",
    "pg_publication",
];

/// True for a name of PostgreSQL's system catalog that may do something.
fn is_doing_catalog(word: &str) -> bool {
    let name = word.strip_prefix("pg_catalog.").unwrap_or(word);
    let resets = name.starts_with("pg_stat_reset") || name == "pg_stat_statements_reset";
    name.starts_with("pg_") && (resets || !TELLING.iter().any(|prefix| name.starts_with(prefix)))
}

/// What functions of a person's own are called by that do more than tell (`select delete_user(3)`), and those of
/// extensions (`dblink_exec`, `cron.schedule`).
const VERBS: [&str; 47] = [
    "add",
    "apply",
    "archive",
    "call",
    "cancel",
    "clean",
    "cleanup",
    "clear",
    "cron",
    "dblink",
    "delete",
    "disable",
    "do",
    "drop",
    "enable",
    "enqueue",
    "exec",
    "execute",
    "grant",
    "http",
    "import",
    "insert",
    "kill",
    "mark",
    "migrate",
    "move",
    "net",
    "notify",
    "process",
    "purge",
    "put",
    "rebuild",
    "refresh",
    "remove",
    "rename",
    "reset",
    "revoke",
    "run",
    "schedule",
    "send",
    "set",
    "sync",
    "sys",
    "terminate",
    "truncate",
    "update",
    "upsert",
];

/// True when a function is called whose name says that it does something.
fn calls_doing(statement: &str) -> bool {
    let is_name = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '.');
    statement.match_indices('(').any(|(at, _)| {
        let before = statement[..at].trim_end();
        let name = &before[before.trim_end_matches(is_name).len()..];
        let own = name.rsplit('.').next().unwrap_or(name);
        let first = |name: &str| VERBS.contains(&name.split(['_', '.']).next().unwrap_or_default());
        // `set_bit` and `set_byte` compute; so does `date_add`, which does not begin so.
        (first(own) || first(name)) && !matches!(own, "set_bit" | "set_byte" | "set_masklen" | "add_months")
    })
}

/// The command lines that clients hand to a shell: `\\!` of psql and mysql, `system` of mysql, `.shell` and `.system` of
/// sqlite3.
pub(super) fn shell_lines(text: &[u8]) -> Vec<Vec<u8>> {
    let escapes: [&[u8]; 4] = [b"\\!", b".shell ", b".system ", b"system "];
    let lines = text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii_start);
    lines.filter_map(|line| escapes.iter().find_map(|escape| line.strip_prefix(*escape))).map(<[u8]>::to_vec).collect()
}

/// Statements, quoted text and comments taken out; `None` when a quote is not closed.
fn statements(text: &[u8]) -> Option<Vec<String>> {
    let text = std::str::from_utf8(text).ok()?;
    let mut all = Vec::new();
    let mut current = String::new();
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\'' | '"' | '`' => loop {
                match letters.next()? {
                    other if other == letter => {
                        if letter != '\'' {
                            current.push(QUOTED);
                        }
                        break;
                    }
                    '\\' => return None,
                    _ => {}
                }
            },
            '$' if letters.peek() == Some(&'$') => return None,
            '-' if letters.peek() == Some(&'-') => while letters.next_if(|next| *next != '\n').is_some() {},
            '/' if letters.peek() == Some(&'*') => return None,
            ';' => all.push(std::mem::take(&mut current)),
            '\n' if current.trim_start().starts_with(['.', '\\']) => all.push(std::mem::take(&mut current)),
            letter => current.push(letter),
        }
    }
    all.push(current);
    Some(all)
}

fn words(statement: &str) -> Vec<String> {
    statement
        .split(|letter: char| !(letter.is_ascii_alphanumeric() || matches!(letter, '_' | '.')))
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{changes_one_database, only_reads};

    #[test]
    fn within_one_database_and_beyond() {
        for text in [
            "DELETE FROM t WHERE a = 'attach'",
            "BEGIN; UPDATE t SET a = 1; COMMIT; .headers on",
            "create table t(a); insert into t values (1); vacuum;",
        ] {
            assert!(changes_one_database(text.as_bytes()), "{text}");
        }
        for text in [
            "",
            ".shell ls",
            ".output x",
            "select writefile('x', a) from t",
            "attach 'b.db' as b; drop table b.t",
            "vacuum into 'copy.db'",
            "delete from t; .import a.csv t",
            "create virtual table t using csv(a)",
        ] {
            assert!(!changes_one_database(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn reading_and_not() {
        for text in [
            "SELECT 'drop table x' FROM t; .tables",
            ".schema",
            "\\dt+",
            "with a as (select 1) select * from a",
            "PRAGMA table_info(t)",
            "select pg_size_pretty(pg_database_size('x')) from pg_catalog.pg_stat_activity",
            "select replace(a, 'b', 'c') from t",
            "select 1 -- drop\n",
            "select set_bit(a, 1, 1), array_remove(b, 2), date_add(c, d) from process where (a in (1))",
        ] {
            assert!(only_reads(text.as_bytes(), "postgresql"), "{text}");
        }
        for text in [
            "",
            "DROP TABLE x",
            "select 1; delete from t",
            "with a as (delete from t returning 1) select * from a",
            "select pg_terminate_backend(1)",
            "select pg_stat_reset()",
            "select dblink_exec('x', 'drop table t')",
            "select app.delete_user (3)",
            "select net.http_post('x')",
            "replace into t values (1)",
            "select * into x from y",
            ".shell rm x",
            ".dump | sh",
            "\\! rm x",
            "PRAGMA user_version = 3",
            "select 'it''s; drop",
            "explain analyze delete from t",
        ] {
            assert!(!only_reads(text.as_bytes(), "postgresql"), "{text}");
        }
    }
}
