//! `sh`, `bash` and their like called as programs: `-c TEXT`, a script file, or a script on standard input.

use super::nested::why_unknown;
use super::simple::written_unknown;
use super::{Evaluator, Flow};
use crate::effect::state::{Input, State};
use crate::effect::value::{Field, Text};
use crate::effect::{Object, Reversibility};
use crate::grammar::{Access, Kind};
use crate::text::Span;

/// Long options of shells that take an argument.
const WITH_ARGUMENT: [&[u8]; 4] = [b"--rcfile", b"--init-file", b"--emulate", b"--rpm-requires"];

/// How a shell was called.
#[derive(Default)]
struct Called {
    text: bool,
    stdin: bool,
    posix: bool,
    errexit: bool,
    nounset: bool,
    noexec: bool,
    interactive: bool,
    startup: bool,
    stops: bool,
    unclear: bool,
    operands: usize,
}

impl Evaluator<'_> {
    /// Runs a shell.
    pub(crate) fn shell_program(&mut self, state: State, fields: &[Field], span: Span) -> Flow {
        let name = super::program::base_name(fields[0].exact().unwrap_or_default()).to_vec();
        let program = String::from_utf8_lossy(&name).into_owned();
        let called = read_options(fields, &name);
        if called.stops {
            return Flow::success(written_unknown(state));
        }
        if called.unclear || called.startup {
            self.unknown(Object::unnamed(Kind::Shell), span, &program, &["unknown-code"]);
        }
        let operands = &fields[called.operands.min(fields.len())..];
        let mut child = state.child_shell();
        child.options.posix = called.posix;
        child.options.zsh = name == b"zsh";
        child.options.errexit = called.errexit;
        child.options.nounset = called.nounset;
        child.options.noexec = called.noexec;
        child.options.expand_aliases = called.posix || called.interactive;
        let text = if called.text {
            let Some(text) = operands.first() else { return Flow::failure(state) };
            child.pid = None;
            child.zero = operands.get(1).map_or(Text::exactly(name), |field| field.text.clone());
            child.positional = super::function::positional_of(operands.get(2..).unwrap_or_default());
            if text.many { Text::unknown().marked(text.text.fetched) } else { text.text.clone() }
        } else if let (Some(file), false) = (operands.first(), called.stdin) {
            child.pid = None;
            child.zero = file.text.clone();
            child.source = Some(file.text.clone());
            child.positional = super::function::positional_of(&operands[1..]);
            if called.noexec {
                // `-n`: read, not run.
                let path = self.real_path(&state, &file.text.known, true);
                self.emit_path(&state, Access::Read, &file.text.known, path, file.span, &program, Vec::new());
                return Flow::either(written_unknown(state));
            }
            self.script_file(&state, file, span, &program)
        } else {
            child.positional = super::function::positional_of(operands);
            let text = self.input_text(&state);
            if text.exact().is_none() {
                let mut object = Object::unnamed(Kind::Shell);
                object.name.clone_from(&text.known);
                self.unknown(object, span, &program, &[why_unknown(&text)]);
                return Flow::either(written_unknown(state));
            }
            child.input = Input::Text(Text::exactly(""));
            text
        };
        let child = if called.posix || called.interactive { child } else { self.with_startup(child, span, &program) };
        let after = self.evaluate_shell(child, &text, span, &program).into_parts();
        let mut state = state;
        state.overlay = after.overlay;
        state.output = after.output;
        Flow::either(state)
    }

    /// A shell that has read the file `BASH_ENV` names. What the environment's own file does besides is not the line's
    /// doing.
    fn with_startup(&mut self, state: State, span: Span, program: &str) -> State {
        let set = state.variables.contains_key(b"BASH_ENV".as_slice());
        let Some(file) = self.lookup(&state, b"BASH_ENV").scalar() else { return state };
        if file.exact().is_some_and(<[u8]>::is_empty) {
            return state;
        }
        let path = super::redirect::exact_path(&self.real_path(&state, &file.known, true));
        let text = path.and_then(|path| self.files(&state).contents(&path, super::nested::LONGEST_SCRIPT));
        let Some(text) = text else {
            if set {
                self.unknown(Object::unnamed(Kind::Shell), span, program, &["hidden-code"]);
            }
            return state;
        };
        let found = (!set).then(|| std::mem::take(&mut self.found));
        if found.is_some() {
            self.found.complete = true;
        }
        let before = state.clone();
        let fixed = self.fixed.replace(self.fixed.unwrap_or(span));
        let flow = self.evaluate_source(state, &text, span);
        self.fixed = fixed;
        if let Some(found) = found {
            self.found = found;
        }
        self.merged(flow).unwrap_or(before)
    }

    /// The text of a script file; that it is read is an effect.
    pub(crate) fn script_file(&mut self, state: &State, file: &Field, span: Span, program: &str) -> Text {
        if file.many {
            return Text::unknown();
        }
        if file.exact() == Some(b"/dev/stdin") || file.exact() == Some(b"-") {
            return self.input_text(state);
        }
        let path = self.real_path(state, &file.text.known, true);
        self.emit_path(state, Access::Read, &file.text.known, path.clone(), file.span, program, Vec::new());
        let contents = super::redirect::exact_path(&path)
            .and_then(|path| self.files(state).contents(&path, super::nested::LONGEST_SCRIPT));
        match contents {
            Some(text) => text,
            None => {
                let object = Object { kind: Kind::Path, name: path, facts: std::collections::BTreeMap::new() };
                self.emit(
                    Access::Source,
                    object,
                    Reversibility::Opaque,
                    span,
                    program,
                    vec!["unknown-code".to_owned()],
                );
                Text::exactly("")
            }
        }
    }
}

fn read_options(fields: &[Field], name: &[u8]) -> Called {
    let mut called = Called { posix: name != b"bash" && name != b"zsh" && name != b"rbash", ..Called::default() };
    let mut at = 1;
    // Arguments that `-O`, `-o` and the like take stand behind all options of the word.
    while let Some(field) = fields.get(at) {
        let Some(word) = field.exact() else {
            let may_be = field.text.prefix().is_empty() || matches!(field.text.prefix()[0], b'-' | b'+');
            called.unclear |= may_be && !called.text;
            break;
        };
        match word {
            b"--" | b"-" => {
                at += 1;
                break;
            }
            b"--posix" => called.posix = true,
            b"--version" | b"--help" => called.stops = true,
            b"--login" => {}
            _ if WITH_ARGUMENT.contains(&word) => {
                called.startup = called.startup || word != b"--emulate";
                at += 1;
            }
            _ if word.starts_with(b"--") => {}
            _ if word.len() > 1 && matches!(word[0], b'-' | b'+') => {
                let on = word[0] == b'-';
                for letter in &word[1..] {
                    match letter {
                        b'c' => called.text = true,
                        b's' => called.stdin = true,
                        b'e' => called.errexit = on,
                        b'u' => called.nounset = on,
                        b'n' => called.noexec = on,
                        b'i' => called.interactive = true,
                        b'o' | b'O' => {
                            at += 1;
                            match (fields.get(at).and_then(Field::exact), on) {
                                (Some(b"errexit"), on) => called.errexit = on,
                                (Some(b"nounset"), on) => called.nounset = on,
                                (Some(b"noexec"), on) => called.noexec = on,
                                (Some(b"posix"), on) => called.posix = on,
                                _ => {}
                            }
                        }
                        _ => {}
                    }
                }
            }
            _ => break,
        }
        at += 1;
    }
    called.operands = at;
    called
}
