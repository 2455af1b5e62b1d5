//! Programs: their arguments bound by a grammar, what it states turned into effects.

use super::identity::Identity;
use super::simple::written_unknown;
use super::{Evaluator, Flow};
use crate::effect::state::State;
use crate::effect::value::Field;
use crate::grammar::{Argument, bind};
use crate::text::Span;

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
            return Flow::either(written_unknown(state));
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
            return Flow::either(written_unknown(state));
        };
        let arguments: Vec<Argument> = fields[1..].iter().map(Field::argument).collect();
        let invocation = bind(&grammar, called, &arguments);
        let mut state = state;
        let printed = state.output.is_some().then(|| self.printed(&mut state, called, &fields, span));
        self.invocation(&mut state, &invocation, &fields, span);
        if let Some(text) = printed {
            state.write(&text);
        }
        Flow::either(state)
    }
}

/// The part behind the last slash.
pub(crate) fn base_name(name: &[u8]) -> &[u8] {
    name.rsplit(|byte| *byte == b'/').next().unwrap_or(name)
}
