//! Code in other languages than the shell's: it stays opaque, but what it plainly calls is found.

use super::simple::Reach;
use super::{Evaluator, exact_path};
use crate::effect::code::{Hint, Target, Wanted, hints};
use crate::effect::state::State;
use crate::effect::value::{Field, Text};
use crate::effect::{Object, Reversibility};
use crate::grammar::{Access, Deed, Kind, Known};
use crate::text::Span;
use std::path::Path;

/// Longest script of another language that is looked at, in bytes.
const LONGEST_CODE: u64 = 128 * 1024;

/// Keywords of OpenSSH's whose value is a command line.
const KEYWORDS: [&[u8]; 3] = [b"ProxyCommand", b"LocalCommand", b"KnownHostsCommand"];

/// The label of what was found in code.
const LABEL: &str = "in-code";

impl Evaluator<'_> {
    /// Adds what code in `language` plainly calls. `file`: it stands in a file, where only what is outside of all
    /// functions surely belongs to this run; the rest is mentioned.
    pub(crate) fn calls_in_code(
        &mut self,
        state: &mut State,
        language: &str,
        code: &[u8],
        file: Option<&Path>,
        span: Span,
    ) {
        if self.depth > 8 {
            return;
        }
        for hint in hints(language, code) {
            let plain = file.is_none() || hint.outermost;
            self.depth += 1;
            self.possibly(|evaluator| {
                evaluator.labelled(&[LABEL], |evaluator| evaluator.called(state, hint, plain, span))
            });
            self.depth -= 1;
        }
    }

    /// What is to be run and is more than a word (`man -P 'less -R'`) is handed to a shell, or taken apart like one would.
    pub(crate) fn command_lines(&mut self, view: &State, deed: &Deed, span: Span) {
        for argument in deed.arguments.iter().filter(|argument| !argument.span.is_empty()) {
            let Some(words) = argument.literal().filter(|words| words.contains(&b' ') && self.depth < 8) else {
                continue;
            };
            let (child, text) = (view.child_shell(), Text::exactly(of_keyword(words)));
            self.possibly(|evaluator| evaluator.evaluate_shell(child, &text, span, "command"));
        }
    }

    /// A script in another language that is called by its name.
    pub(crate) fn code_file(&mut self, view: &State, deed: &Deed, span: Span) {
        let Some(file) = deed.arguments.first() else { return };
        let Some(path) = exact_path(&self.real_path(view, &file.value, true)) else { return };
        let Some(text) = self.files(view).contents(&path, LONGEST_CODE) else { return };
        if text.is_fetched_code() {
            let mut object = Object::unnamed(Kind::Code);
            object.facts.insert("language".to_owned(), deed.language.clone());
            self.emit(Access::Code, object, Reversibility::Opaque, span, "", vec!["fetched-code".to_owned()]);
        }
        if let Some(bytes) = text.exact() {
            let bytes = bytes.to_vec();
            self.calls_in_code(&mut view.clone(), &deed.language, &bytes, Some(&path), span);
        }
    }

    fn called(&mut self, state: &mut State, hint: Hint, plain: bool, span: Span) {
        match hint.wanted {
            Wanted::File(access, target) => {
                let name = match target {
                    Target::Named(text) => text.known,
                    Target::Home(rest) => match self.tilde_value(state, b"").map(|home| home.known) {
                        Some(Known::Exactly(home)) => Known::Exactly([home, rest].concat()),
                        _ => Known::Nothing,
                    },
                    Target::Unknown => Known::Nothing,
                };
                match (&name, plain) {
                    (Known::Exactly(_), true) => {
                        let path =
                            self.real_path(state, &name, access != Access::Delete && access != Access::DeleteTree);
                        self.emit_path(state, access, &name, path, span, "code", Vec::new());
                    }
                    _ => self.mentioned(Kind::Path, name, &hint.call, span),
                }
            }
            Wanted::Shell(Some(text)) if plain && text.exact().is_some() => {
                let child = state.child_shell();
                self.evaluate_shell(child, &text, span, "code");
            }
            Wanted::Program(words) if plain && words.first().is_some_and(|word| exact(word.as_ref())) => {
                let fields: Vec<Field> = words
                    .into_iter()
                    .map(|word| match word {
                        Some(text) => Field { text, many: false, span },
                        None => Field { text: Text::unknown(), many: false, span },
                    })
                    .collect();
                let child = state.clone();
                self.subshell(child, |evaluator, child| evaluator.dispatch(child, fields, span, Reach::Program));
            }
            Wanted::Send(Some(url)) if plain && !url.prefix().is_empty() => {
                let mut object = Object::unnamed(Kind::Url);
                object.name = url.known;
                if let Known::Exactly(bytes) | Known::Begins(bytes) = &object.name
                    && let Some(host) = crate::effect::resolve::host_of(&String::from_utf8_lossy(bytes))
                {
                    object.facts.insert("host".to_owned(), host);
                }
                self.emit(Access::Send, object, Reversibility::Irreversible, span, "code", Vec::new());
            }
            Wanted::Shell(_) | Wanted::Program(_) => self.mentioned(Kind::Shell, Known::Nothing, &hint.call, span),
            Wanted::Send(_) => self.mentioned(Kind::Url, Known::Nothing, &hint.call, span),
            Wanted::Grave => self.mentioned(Kind::Database, Known::Nothing, &hint.call, span),
        }
    }

    /// A call of which it cannot be told what it comes to.
    fn mentioned(&mut self, kind: Kind, name: Known, call: &str, span: Span) {
        let mut object = Object::unnamed(kind);
        object.name = name;
        object.facts.insert("call".to_owned(), call.to_owned());
        self.unknown(object, span, "code", &["grave-call"]);
    }
}

/// The command behind a keyword of OpenSSH's (`ProxyCommand=COMMAND`, ssh_config(5)), else the words as they are.
fn of_keyword(words: &[u8]) -> &[u8] {
    let end = words.iter().position(|byte| matches!(byte, b'=' | b' ' | b'\t')).unwrap_or(words.len());
    let (keyword, rest) = words.split_at(end);
    if !KEYWORDS.iter().any(|known| keyword.eq_ignore_ascii_case(known)) {
        return words;
    }
    rest.trim_ascii_start().strip_prefix(b"=").unwrap_or(rest).trim_ascii()
}

fn exact(text: Option<&Text>) -> bool {
    text.is_some_and(|text| text.exact().is_some())
}
