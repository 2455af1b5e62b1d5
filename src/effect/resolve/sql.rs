//! Whether SQL only reads: a short list of statements that do, everything else does not.

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

/// True when every statement of `text` only reads.
pub(crate) fn only_reads(text: &[u8]) -> bool {
    let Some(statements) = statements(text) else { return false };
    let mut any = false;
    for statement in statements {
        let words: Vec<String> = words(&statement);
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
        let reads = READING.contains(&first.as_str())
            && !words
                .iter()
                .any(|word| DOING.contains(&word.as_str()) || word.starts_with("pg_") || word.starts_with("lo_"))
            && !(first == "pragma"
                && (statement.contains('=')
                    || statement.contains('(') && !statement.to_ascii_lowercase().contains("info")));
        if !reads {
            return false;
        }
    }
    any
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
                    other if other == letter => break,
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
    use super::only_reads;

    #[test]
    fn reading_and_not() {
        for text in [
            "SELECT 'drop table x' FROM t; .tables",
            ".schema",
            "\\dt+",
            "with a as (select 1) select * from a",
            "PRAGMA table_info(t)",
            "select 1 -- drop\n",
        ] {
            assert!(only_reads(text.as_bytes()), "{text}");
        }
        for text in [
            "",
            "DROP TABLE x",
            "select 1; delete from t",
            "with a as (delete from t returning 1) select * from a",
            "select pg_terminate_backend(1)",
            "select * into x from y",
            ".shell rm x",
            ".dump | sh",
            "\\! rm x",
            "PRAGMA user_version = 3",
            "select 'it''s; drop",
            "explain analyze delete from t",
        ] {
            assert!(!only_reads(text.as_bytes()), "{text}");
        }
    }
}
