//! Builtins that run text, files or other commands.

use crate::effect::files::Presence;
use crate::effect::state::State;
use crate::effect::value::{Field, Text};
use crate::effect::walk::{Evaluator, Flow, Reach, exact_path, virtual_environment};
use crate::effect::{Object, Reversibility};
use crate::grammar::{Access, Kind};
use crate::text::Span;

impl Evaluator<'_> {
    /// `eval WORD…`: the words, joined by spaces, are a script.
    pub(crate) fn eval(&mut self, state: State, arguments: &[Field], span: Span) -> Flow {
        let arguments = match arguments.first().and_then(Field::exact) {
            Some(b"--") => &arguments[1..],
            _ => arguments,
        };
        let mut text = Text::exactly("");
        for (at, field) in arguments.iter().enumerate() {
            if at > 0 {
                text.push(&Text::exactly(" "));
            }
            text.push(&if field.many { Text::unknown().marked(field.text.fetched) } else { field.text.clone() });
        }
        self.evaluate_text(state, &text, span, "eval")
    }

    /// `compgen`, which runs the command behind `-C` and the function behind `-F` at once.
    pub(crate) fn compgen(&mut self, mut state: State, arguments: &[Field], span: Span) -> Flow {
        state.write(&Text::unknown());
        let runs = arguments.iter().position(|field| {
            let word = field.text.prefix();
            word.starts_with(b"-") && word.iter().any(|byte| matches!(byte, b'C' | b'F'))
        });
        match runs.and_then(|at| arguments.get(at + 1)) {
            Some(field) => self.evaluate_text(state, &field.text.clone(), span, "compgen"),
            None => Flow::either(state),
        }
    }

    /// `source FILE [ARGUMENT…]`.
    pub(crate) fn source(&mut self, state: State, arguments: &[Field], span: Span) -> Flow {
        let arguments = match arguments.first().and_then(Field::exact) {
            Some(b"--") => &arguments[1..],
            _ => arguments,
        };
        let Some(file) = arguments.first() else { return Flow::failure(state) };
        let mut state = state;
        self.expect_environment(&mut state, file, span);
        let text = if file.exact() == Some(b"/dev/null") {
            Text::exactly("")
        } else {
            self.script_file(&state, file, span, "source")
        };
        let before = state.positional.clone();
        let replaced = arguments.len() > 1;
        if replaced {
            state.positional = crate::effect::walk::positional_of(&arguments[1..]);
        }
        let source = state.source.replace(file.text.clone());
        let flow = self.evaluate_source(state, &text, span);
        let restore = |mut state: State| {
            state.source.clone_from(&source);
            if replaced {
                state.positional.clone_from(&before);
            }
            state
        };
        let (ok, bad) = flow.split();
        Flow::of(ok.map(restore), bad.map(restore))
    }

    /// `source DIR/bin/activate` before there is one: what stands behind it is meant for that environment of Python.
    fn expect_environment(&mut self, state: &mut State, file: &Field, span: Span) {
        let path = match file.many || state.foreign {
            true => None,
            false => exact_path(&self.real_path(state, &file.text.known, true)),
        };
        let Some(path) = path.filter(|path| path.ends_with("bin/activate")) else { return };
        let Some(directory) = path.ancestors().nth(2) else { return };
        if self.files(state).presence(directory) != Presence::No {
            return;
        }
        let object = Object { name: file.text.known.clone(), ..Object::unnamed(Kind::Path) };
        self.emit(Access::Source, object, Reversibility::Opaque, span, "source", vec!["unknown-code".to_owned()]);
        virtual_environment(state, directory);
    }

    /// `exec [-cl] [-a NAME] COMMAND…`: the shell becomes the command; without one, redirections last.
    pub(crate) fn exec(&mut self, state: State, fields: &[Field], span: Span) -> Flow {
        let mut at = 1;
        while let Some(word) = fields.get(at).and_then(Field::exact) {
            match word {
                b"-a" => at += 2,
                b"--" => {
                    at += 1;
                    break;
                }
                _ if word.len() > 1 && word[0] == b'-' && word[1..].iter().all(|byte| matches!(byte, b'c' | b'l')) => {
                    at += 1
                }
                _ => break,
            }
        }
        let inner = fields.get(at..).unwrap_or_default().to_vec();
        if inner.is_empty() {
            return Flow::success(state);
        }
        let Some(after) = ({
            let flow = self.dispatch(state, inner, span, Reach::Program);
            self.merged(flow)
        }) else {
            return Flow::never();
        };
        // What stands behind `exec` runs only when the program cannot be started.
        Flow::of(None, Some(after))
    }

    /// `command [-pVv] NAME…`.
    pub(crate) fn command_builtin(&mut self, mut state: State, fields: &[Field], span: Span) -> Flow {
        let mut at = 1;
        let mut asks = false;
        while let Some(word) = fields.get(at).and_then(Field::exact) {
            match word {
                b"--" => {
                    at += 1;
                    break;
                }
                _ if word.len() > 1
                    && word[0] == b'-'
                    && word[1..].iter().all(|byte| matches!(byte, b'p' | b'v' | b'V')) =>
                {
                    asks |= word.contains(&b'v') || word.contains(&b'V');
                    at += 1;
                }
                _ => break,
            }
        }
        if asks {
            self.invoked(fields.iter().map(Field::shown).collect(), span, None);
            if state.output.is_some() {
                let text = match fields.get(at).and_then(Field::exact).map(<[u8]>::to_vec) {
                    Some(name) if fields.len() == at + 1 => self.found_on_path(&state, &name),
                    _ => Text::unknown(),
                };
                state.write(&text);
            }
            return Flow::either(state);
        }
        let inner = fields.get(at..).unwrap_or_default().to_vec();
        if inner.is_empty() {
            return Flow::success(state);
        }
        self.dispatch(state, inner, span, Reach::NoFunctions)
    }

    /// `trap [-lp] [TEXT CONDITION…]`: the text may run at any time from now on.
    pub(crate) fn trap(&mut self, mut state: State, arguments: &[Field], span: Span) -> Flow {
        let arguments = match arguments.first().and_then(Field::exact) {
            Some(b"--") => &arguments[1..],
            Some(b"-l" | b"-p") | None
                if arguments.is_empty() || !arguments[0].many && arguments[0].exact().is_some() =>
            {
                state.write(&Text::unknown());
                return Flow::success(state);
            }
            _ => arguments,
        };
        let Some((action, conditions)) = arguments.split_first() else { return Flow::success(state) };
        if conditions.is_empty() || action.exact() == Some(b"-") || action.exact() == Some(b"") {
            let cleared: Vec<Vec<u8>> =
                arguments.iter().filter_map(|field| field.exact().map(normal_condition)).collect();
            state.traps.retain(|(condition, _)| !cleared.contains(condition));
            return Flow::success(state);
        }
        let text = if action.many { Text::unknown() } else { action.text.clone() };
        for condition in conditions {
            let name = normal_condition(condition.exact().unwrap_or(b"EXIT"));
            if name != b"EXIT" {
                let now = state.clone();
                self.possibly(|evaluator| evaluator.evaluate_shell(now, &text, span, "trap"));
                continue;
            }
            state.traps.retain(|(known, _)| *known != name);
            state.traps.push((name, text.clone()));
        }
        Flow::success(state)
    }

    /// `history`: reading it is harmless, clearing and writing it changes a file of the person's.
    pub(crate) fn history(&mut self, mut state: State, arguments: &[Field], span: Span) -> Flow {
        let writes = |field: &Field| {
            let word = field.text.prefix();
            word.len() > 1 && word[0] == b'-' && word.iter().any(|letter| matches!(letter, b'w' | b'a'))
        };
        if arguments.iter().any(writes) {
            let mut object = Object::unnamed(Kind::Path);
            if let Some(file) = arguments.last().filter(|field| !field.text.prefix().starts_with(b"-")) {
                object.name = self.real_path(&state, &file.text.known, true);
            }
            self.emit(Access::Write, object, crate::effect::Reversibility::Reversible, span, "history", Vec::new());
        }
        state.write(&Text::unknown());
        Flow::either(state)
    }
}

fn normal_condition(name: &[u8]) -> Vec<u8> {
    let upper = name.to_ascii_uppercase();
    let plain = upper.strip_prefix(b"SIG").unwrap_or(&upper);
    if plain == b"0" { b"EXIT".to_vec() } else { plain.to_vec() }
}
