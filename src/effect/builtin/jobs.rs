//! `kill`.

use crate::effect::state::State;
use crate::effect::value::{Field, Text};
use crate::effect::walk::{Evaluator, Flow};
use crate::effect::{Object, Reversibility};
use crate::grammar::{Access, Kind};
use crate::text::Span;

impl Evaluator<'_> {
    /// `kill [-s NAME | -n NUMBER | -NAME] PID|JOB…`, `kill -l`. Signal 0 only asks.
    pub(crate) fn kill(&mut self, mut state: State, arguments: &[Field], span: Span) -> Flow {
        let mut at = 0;
        let mut asks = false;
        let mut tags: Vec<String> = Vec::new();
        if let Some(field) = arguments.first() {
            match field.exact() {
                Some(b"-l" | b"-L") => {
                    state.write(&Text::unknown());
                    return Flow::either(state);
                }
                Some(b"-s" | b"-n") => {
                    asks = arguments.get(1).and_then(Field::exact).is_some_and(|name| matches!(name, b"0" | b"EXIT"));
                    at = 2;
                }
                Some(b"--") | None => {}
                Some(word) if word.starts_with(b"-") => {
                    asks = word == b"-0";
                    if matches!(word, b"-9" | b"-KILL" | b"-SIGKILL") {
                        tags.push("force".to_owned());
                    }
                    at = 1;
                }
                Some(_) => {}
            }
        }
        let verb = if asks { Access::Query } else { Access::Signal };
        for field in arguments.iter().skip(at).filter(|field| field.exact() != Some(b"--")) {
            let mut tags = tags.clone();
            let noted = self.notes.iter().any(|(word, note)| *word == field.span && *note == "own-job");
            let own = noted || field.text.prefix().starts_with(b"%");
            if own {
                tags.push("own-job".to_owned());
            }
            if self.notes.iter().any(|(word, note)| *word == field.span && *note == "parent-process") {
                tags.push("parent-process".to_owned());
            }
            let mut object = Object::unnamed(Kind::Process);
            object.name = field.text.known.clone();
            let reversibility = match (asks, own) {
                (true, _) => Reversibility::ReadOnly,
                (_, true) => Reversibility::Reversible,
                _ => Reversibility::Irreversible,
            };
            self.emit(verb, object, reversibility, span, "kill", tags);
        }
        Flow::either(state)
    }
}
