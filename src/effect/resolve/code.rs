//! Code in other languages: statements for databases, and what is handed to interpreters.

use super::Act;
use super::deed::joined;
use crate::effect::files::Presence;
use crate::effect::state::State;
use crate::effect::value::{Field, Text};
use crate::effect::walk::{Evaluator, exact_path};
use crate::effect::{Object, Reversibility};
use crate::grammar::{Access, Argument, Kind, Known};
use std::os::unix::ffi::OsStrExt;

/// Largest file of statements that is read, in bytes.
const LONGEST_STATEMENTS: u64 = 128 * 1024;

impl Evaluator<'_> {
    /// Judges code in another language: statements that only read are a query, those that change a database in a file
    /// change that file, and what the code plainly calls is found.
    pub(super) fn code(&mut self, state: &mut State, act: Act<'_>) {
        let Act { invocation, deed, fields, span, tags, .. } = act;
        let shell = matches!(deed.language.as_str(), "sh" | "bash" | "shell");
        if shell {
            self.inner_shell(state, invocation, deed, span);
            return;
        }
        let stdin = deed.arguments.is_empty() || deed.arguments.first().and_then(Argument::literal) == Some(b"-");
        let mut object = Object::unnamed(Kind::Code);
        let mut all = joined(tags, &deed.tags);
        object.facts.insert("language".to_owned(), deed.language.clone());
        self.facts(deed, &mut object.facts);
        if stdin {
            let text = self.input_text(state);
            if text.is_fetched_code() {
                all.push("fetched-code".to_owned());
            }
            object.name = text.known;
        } else if matches!(deed.kind, Kind::Path) {
            object.kind = Kind::Path;
            object.name = self.real_path(state, &deed.arguments[0].value, true);
            // Statements in a file are judged as if they stood on the line.
            if deed.language == "sql"
                && let Some(path) = exact_path(&object.name)
                && let Some(text) = self.files(state).contents(&path, LONGEST_STATEMENTS)
            {
                object.facts.insert("file".to_owned(), path.to_string_lossy().into_owned());
                object.kind = Kind::Code;
                object.name = text.known;
            } else if deed.language == "sql" {
                object.facts.insert("file".to_owned(), object.display_name());
                object.kind = Kind::Code;
                object.name = Known::Nothing;
            }
        } else {
            let argument = &deed.arguments[0];
            object.name = argument.value.clone();
            if fields.iter().any(|field| field.span == argument.span && field.text.is_fetched_code()) {
                all.push("fetched-code".to_owned());
            }
        }
        let dialect = object.facts.get("dialect").map_or("", String::as_str);
        let mongo = dialect == "mongodb";
        let reads = object.kind == Kind::Code
            && matches!(&object.name, Known::Exactly(text)
                if deed.language == "sql" && super::sql::only_reads(text, dialect) || mongo && super::mongo::only_reads(text));
        if reads {
            let sqlite = dialect == "sqlite";
            self.emit(Access::Query, object, Reversibility::ReadOnly, span, &invocation.program, all.clone());
            if sqlite {
                self.opened_database(state, act, all);
            }
            state.write(&Text::unknown());
            return;
        }
        if self.database_file(state, &object, act, &all) {
            state.write(&Text::unknown());
            return;
        }
        self.context(&state.clone(), invocation, deed, &mut object.facts);
        let text = match (object.kind, &object.name) {
            (Kind::Code, Known::Exactly(text)) => Some(text.clone()),
            _ => None,
        };
        self.emit(Access::Code, object, Reversibility::Opaque, span, &invocation.program, all);
        if let Some(text) = text {
            self.calls_in_code(state, &deed.language, &text, None, span);
            if deed.language == "redis" {
                self.redis_lines(state, fields, &text, span);
            }
            if deed.language == "sql" {
                for line in super::sql::shell_lines(&text) {
                    let child = state.child_shell();
                    self.evaluate_shell(child, &Text::exactly(line), span, &invocation.program);
                }
            }
        }
        state.write(&Text::unknown());
    }

    /// SQLite makes the file of a database that is not there when it is first read, an empty one; it makes no directory.
    fn opened_database(&mut self, state: &mut State, act: Act<'_>, tags: Vec<String>) {
        let Act { invocation, deed, fields, span, .. } = act;
        let named = deed.facts.iter().find(|(name, _)| name == "database");
        let Some(name) = named.and_then(|(_, database)| database.literal()) else { return };
        let mut words = fields.iter().filter_map(Field::exact);
        if matches!(name, b"" | b":memory:") || words.any(|word| matches!(word, b"-readonly" | b"--readonly")) {
            return;
        }
        let (file, asked) = match name.strip_prefix(b"file:") {
            Some(uri) => uri.split_at(uri.iter().position(|byte| matches!(byte, b'?' | b'#')).unwrap_or(uri.len())),
            None => (name, b"".as_slice()),
        };
        // In an address a mode can be asked for; `rwc`, which makes the file, is what there is without one.
        let kept = |mode: &[u8]| asked.windows(mode.len()).any(|part| part == mode);
        if kept(b"mode=") && !kept(b"mode=rwc") || kept(b"immutable=") {
            return;
        }
        let given = Known::Exactly(file.to_vec());
        let Some(path) = exact_path(&self.real_path(state, &given, true)) else { return };
        let there = self.files(state).presence(&path) == Presence::Yes;
        if there || self.is_absent(state, &path) {
            return;
        }
        let made = Known::Exactly(path.as_os_str().as_bytes().to_vec());
        self.emit_path(state, Access::Create, &given, made, span, &invocation.program, tags);
        self.leave_behind(state, Access::Create, &path);
    }

    /// Statements of which each changes no more than the SQLite database they are given to: its files change, and that is
    /// all. False when that cannot be told.
    fn database_file(&mut self, state: &mut State, code: &Object, act: Act<'_>, tags: &[String]) -> bool {
        let fact = |name: &str| code.facts.get(name).map(String::as_str);
        let (Some("sqlite"), Some(database)) = (fact("dialect"), fact("database")) else { return false };
        let Known::Exactly(text) = &code.name else { return false };
        if code.kind != Kind::Code || !super::sql::changes_one_database(text) || database.starts_with("file:") {
            return false;
        }
        if database == ":memory:" || database.is_empty() {
            return true;
        }
        let given = Known::Exactly(database.as_bytes().to_vec());
        let Some(path) = exact_path(&self.real_path(state, &given, true)) else { return false };
        self.database_changes(state, act, &given, &path, tags);
        self.leave_behind(state, Access::Modify, &path);
        true
    }
}
