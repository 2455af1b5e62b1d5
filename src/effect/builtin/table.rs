//! Which builtin does what.

use super::subscript_code;
use crate::effect::Object;
use crate::effect::state::State;
use crate::effect::value::{Field, Text};
use crate::effect::walk::{Evaluator, Flow};
use crate::grammar::Kind;
use crate::text::Span;

/// A builtin that was not one after all: its state and words.
pub(crate) type GivenBack = Box<(State, Vec<Field>)>;

/// Builtins that only print or change what no effect follows from.
const QUIET: [&[u8]; 22] = [
    b":",
    b"true",
    b"false",
    b"wait",
    b"jobs",
    b"bg",
    b"fg",
    b"disown",
    b"ulimit",
    b"umask",
    b"times",
    b"help",
    b"caller",
    b"suspend",
    b"bind",
    b"complete",
    b"compopt",
    b"logout",
    b"dirs",
    b"history",
    b"fc",
    b"compgen",
];

/// Builtins that change the shell, or have effects.
const OTHERS: [&[u8]; 41] = [
    b"cd",
    b"pushd",
    b"popd",
    b"pwd",
    b"echo",
    b"printf",
    b"test",
    b"[",
    b"set",
    b"shift",
    b"export",
    b"declare",
    b"local",
    b"typeset",
    b"readonly",
    b"unset",
    b"read",
    b"eval",
    b"source",
    b".",
    b"exec",
    b"trap",
    b"return",
    b"exit",
    b"break",
    b"continue",
    b"alias",
    b"unalias",
    b"shopt",
    b"hash",
    b"enable",
    b"type",
    b"command",
    b"builtin",
    b"mapfile",
    b"readarray",
    b"let",
    b"getopts",
    b"times",
    b"logout",
    b"kill",
];

/// Builtins that take one of their arguments as a variable's name, and so run code in a subscript.
const NAMING: [&[u8]; 9] =
    [b"unset", b"read", b"mapfile", b"readarray", b"let", b"getopts", b"compgen", b"complete", b"wait"];

impl Evaluator<'_> {
    /// Runs a builtin; gives everything back when `name` is none.
    pub(crate) fn builtin(
        &mut self,
        mut state: State,
        name: &[u8],
        fields: Vec<Field>,
        span: Span,
    ) -> Result<Flow, GivenBack> {
        if !QUIET.contains(&name) && !OTHERS.contains(&name) {
            return Err(Box::new((state, fields)));
        }
        if !matches!(name, b"command" | b"builtin" | b"exec") {
            self.invoked(fields.iter().map(Field::shown).collect(), span, None);
        }
        let arguments = &fields[1..];
        let numeric = matches!(name, b"test" | b"[")
            && arguments.iter().any(|field| {
                matches!(field.exact(), Some(b"-v" | b"-R" | b"-eq" | b"-ne" | b"-lt" | b"-le" | b"-gt" | b"-ge"))
            });
        if numeric || NAMING.contains(&name) {
            for field in arguments.iter().filter(|field| subscript_code(field.text.prefix())) {
                self.word = span;
                self.hidden_code(&state, &field.text);
            }
        }
        Ok(match name {
            b"true" | b":" => Flow::success(state),
            b"false" => Flow::failure(state),
            b"cd" => self.cd(state, arguments),
            b"pushd" => self.pushd(state, arguments),
            b"popd" => self.popd(state, arguments),
            b"pwd" => {
                let mut text = state.place_text();
                text.push(&Text::exactly("\n"));
                state.write(&text);
                Flow::success(state)
            }
            b"echo" => {
                state.write(&crate::effect::walk::echoed(arguments));
                Flow::success(state)
            }
            b"printf" => self.printf(state, arguments),
            b"test" | b"[" => super::test::test_builtin(state, name, arguments),
            b"set" => self.set_builtin(state, arguments),
            b"shift" => self.shift(state, arguments),
            b"export" | b"declare" | b"local" | b"typeset" | b"readonly" => self.declare_fields(state, name, arguments),
            b"unset" => self.unset(state, arguments),
            b"read" => self.read_builtin(state, arguments, span),
            b"mapfile" | b"readarray" => self.mapfile(state, arguments, span),
            b"let" => {
                for field in arguments {
                    self.arithmetic(&mut state, &field.text, 0);
                }
                Flow::either(state)
            }
            b"getopts" => self.getopts(state, arguments),
            b"eval" => self.eval(state, arguments, span),
            b"source" | b"." => self.source(state, arguments, span),
            b"exec" => self.exec(state, &fields, span),
            b"trap" => self.trap(state, arguments, span),
            b"return" => self.return_builtin(state),
            b"exit" | b"logout" => self.end_shell(state),
            b"break" | b"continue" => self.break_builtin(state, arguments),
            b"alias" => self.alias(state, arguments),
            b"unalias" => self.unalias(state, arguments),
            b"shopt" => self.shopt(state, arguments),
            b"hash" => self.hash(state, arguments),
            b"enable" => self.enable(state, arguments, span),
            b"command" => self.command_builtin(state, &fields, span),
            b"builtin" => {
                let inner = fields[1..].to_vec();
                self.dispatch(state, inner, span, crate::effect::walk::Reach::NoFunctions)
            }
            b"kill" => self.kill(state, arguments, span),
            b"jobs" if arguments.first().and_then(Field::exact) == Some(b"-x") => {
                let inner = arguments[1..].to_vec();
                self.dispatch(state, inner, span, crate::effect::walk::Reach::Shell)
            }
            b"type" => {
                let text = match arguments {
                    [option, name] if matches!(option.exact(), Some(b"-P" | b"-p")) => match name.exact() {
                        Some(name) => self.found_on_path(&state, name),
                        None => Text::unknown(),
                    },
                    _ => Text::unknown(),
                };
                state.write(&text);
                Flow::either(state)
            }
            b"compgen" => self.compgen(state, arguments, span),
            b"history" => self.history(state, arguments, span),
            b"fc" if !arguments.iter().any(|field| field.text.prefix().starts_with(b"-l")) => {
                self.unknown(Object::unnamed(Kind::Shell), span, "fc", &["hidden-code"]);
                Flow::either(state)
            }
            b"bind" if arguments.iter().any(|field| field.exact() == Some(b"-x")) => {
                self.unknown(Object::unnamed(Kind::Shell), span, "bind", &["hidden-code"]);
                Flow::either(state)
            }
            _ => {
                state.write(&Text::unknown());
                Flow::either(state)
            }
        })
    }
}
