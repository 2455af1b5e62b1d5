//! Programs: their arguments bound by a grammar, what it states turned into effects.

use super::identity::Identity;
use super::simple::written_unknown;
use super::{Evaluator, Flow};
use crate::effect::Reversibility;
use crate::effect::resolve::reversibility_of;
use crate::effect::state::State;
use crate::effect::value::Field;
use crate::grammar::{Access, Argument, bind};
use crate::text::Span;
use std::path::Path;

/// Names of shells, whose command line is read by hand.
const SHELLS: [&[u8]; 8] = [b"sh", b"bash", b"dash", b"zsh", b"ksh", b"mksh", b"ash", b"rbash"];

impl Evaluator<'_> {
    /// Runs a program.
    pub(crate) fn program(&mut self, state: State, fields: Vec<Field>, span: Span) -> Flow {
        let name = fields[0].exact().unwrap_or_default().to_vec();
        let base = base_name(&name).to_vec();
        let identity = self.identify(&state, &name);
        let file = match &identity {
            Identity::Named(file) | Identity::Local(file, _) => file.clone(),
        };
        self.invoked(fields.iter().map(Field::shown).collect(), span, file);
        if let Identity::Local(file, why) = identity {
            self.unknown_program(&name, file.as_deref(), why, span);
            self.supposed(&state, &base, &fields, span);
            let after = self.local_script(state, file.as_deref(), &fields, span);
            return Flow::either(written_unknown(after));
        }
        let called: &[u8] = if base == b"busybox" || base == b"toybox" {
            // An applet runs as the program of its name.
            if fields.len() > 1 && fields[1].exact().is_some_and(|applet| !applet.starts_with(b"-")) {
                let applet = fields[1..].to_vec();
                return self.dispatch(state, applet, span, super::simple::Reach::Program);
            }
            &base
        } else {
            &base
        };
        if SHELLS.contains(&called) {
            return self.shell_program(state, &fields, span);
        }
        let Some(grammar) = self.catalog.find(called) else {
            self.unknown_program(&name, None, "no-grammar", span);
            let bodies = self.function(&state, b"command_not_found_handle");
            if !bodies.is_empty() && name != b"command_not_found_handle" {
                let mut call = vec![Field::exactly("command_not_found_handle", span)];
                call.extend(fields);
                let child = state.clone();
                let after = self.possibly(|evaluator| {
                    evaluator.subshell(child, |evaluator, child| evaluator.call(child, &bodies, &call, span))
                });
                let mut state = state;
                state.overlay = after.overlay;
                return Flow::either(written_unknown(state));
            }
            return Flow::either(written_unknown(state));
        };
        let mut state = state;
        if called == b"git"
            && let Some(after) = self.git_alias(&mut state, &grammar, &fields, span)
        {
            return after;
        }
        let arguments: Vec<Argument> = fields[1..].iter().map(Field::argument).collect();
        let invocation = bind(&grammar, called, &arguments);
        if called == b"mktemp" && invocation.understood() {
            let text = self.mktemp(&mut state, &fields, span);
            state.write(&text);
            return Flow::either(state);
        }
        let printed = state.output.is_some().then(|| self.printed(&mut state, called, &fields, span));
        self.invocation(&mut state, &invocation, &fields, span);
        if let Some(text) = printed {
            state.write(&text);
        }
        Flow::either(state)
    }
}

impl Evaluator<'_> {
    /// What a file that is called like a known program may do: its name is no evidence that it does no more than that
    /// program, so nothing becomes harmless by it; but what would go beyond this machine is found (`./gradlew publish`,
    /// `node_modules/.bin/prisma migrate reset`).
    fn supposed(&mut self, state: &State, base: &[u8], fields: &[Field], span: Span) {
        let Some(grammar) = self.catalog.find(base) else { return };
        let arguments: Vec<Argument> = fields[1..].iter().map(Field::argument).collect();
        let mut invocation = bind(&grammar, base, &arguments);
        invocation.doubts.clear();
        invocation.deeds.retain(|deed| {
            deed.access >= Access::Fetch && reversibility_of(deed.access) == Reversibility::Irreversible
        });
        if !invocation.deeds.is_empty() {
            self.invocation(&mut state.clone(), &invocation, fields, span);
        }
    }

    /// A script called by its name: opaque all the same, but what can be read in it is found too.
    fn local_script(&mut self, state: State, file: Option<&Path>, fields: &[Field], span: Span) -> State {
        let contents = file.and_then(|file| self.files(&state).contents(file, super::nested::LONGEST_SCRIPT));
        let Some(text) = contents.filter(|text| text.exact().is_some_and(is_shell_script)) else { return state };
        let mut child = state.child_shell();
        child.pid = None;
        child.zero = fields[0].text.clone();
        child.positional = super::function::positional_of(&fields[1..]);
        let after = self.possibly(|evaluator| {
            evaluator.labelled(&["script"], |evaluator| evaluator.evaluate_shell(child, &text, span, "script"))
        });
        let mut state = state;
        state.overlay = state.overlay.join(&after.overlay);
        state
    }
}

/// True for text whose first line names a shell.
fn is_shell_script(bytes: &[u8]) -> bool {
    let first = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    first.starts_with(b"#!")
        && first.split(|byte| byte.is_ascii_whitespace() || *byte == b'/').any(|word| SHELLS.contains(&word))
}

/// The part behind the last slash.
pub(crate) fn base_name(name: &[u8]) -> &[u8] {
    name.rsplit(|byte| *byte == b'/').next().unwrap_or(name)
}
