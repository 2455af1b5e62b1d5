//! Functions: stored when defined, their bodies evaluated when called.

use super::{Evaluator, Flow, FrameKind};
use crate::effect::Object;
use crate::effect::Table;
use crate::effect::state::{Bodies, State};
use crate::effect::value::{Field, Text};
use crate::grammar::Kind;
use crate::syntax::{Command, FunctionDefinition, read};
use crate::text::Span;
use std::rc::Rc;

/// Deepest nesting of calls that is followed.
const DEEPEST_CALL: usize = 12;

impl Evaluator<'_> {
    /// `name() body`: nothing runs yet.
    pub(crate) fn define(&mut self, mut state: State, definition: &FunctionDefinition) -> Flow {
        let body = Some(Rc::new(definition.body.clone()));
        Rc::make_mut(&mut state.functions).insert(definition.name.clone(), vec![body]);
        Flow::success(state)
    }

    /// The bodies `name` may have as a function; empty when it is none.
    pub(crate) fn function(&mut self, state: &State, name: &[u8]) -> Bodies {
        if let Some(bodies) = state.functions.get(name) {
            return bodies.clone();
        }
        if state.foreign {
            return Vec::new();
        }
        let world = self.world;
        let inherited = self
            .inherited_functions
            .get_or_insert_with(|| world.exported_functions().into_iter().collect::<Table<_, _>>());
        let Some(text) = inherited.get(name).cloned() else { return Vec::new() };
        vec![imported(state, name, &text)]
    }

    /// Defines the function that a variable of the environment (`BASH_FUNC_name%%`) brings into shells.
    pub(crate) fn import_function(&mut self, state: &mut State, variable: &[u8], value: Option<&Text>) {
        let name = variable.strip_prefix(b"BASH_FUNC_").and_then(|rest| rest.strip_suffix(b"%%"));
        let Some(name) = name.filter(|name| !name.is_empty()) else { return };
        let body = value.and_then(Text::exact).and_then(|text| imported(state, name, text));
        Rc::make_mut(&mut state.functions).insert(name.to_vec(), vec![body]);
        Rc::make_mut(&mut state.exported).push(name.to_vec());
    }

    /// Calls a function whose bodies are known.
    pub(crate) fn call(&mut self, state: State, bodies: &Bodies, fields: &[Field], span: Span) -> Flow {
        let name = fields[0].exact().unwrap_or_default().to_vec();
        let running = self.calls.iter().filter(|running| **running == name).count();
        if running >= 2 || self.calls.len() >= DEEPEST_CALL {
            let tag = if self.background || running > 0 && state.output.is_some() { "fork-bomb" } else { "recursion" };
            let mut object = Object::unnamed(Kind::System);
            object.name = crate::grammar::Known::Exactly(name);
            self.unknown(object, span, "function", &[tag]);
            return Flow::either(state);
        }
        let mut after: Option<Flow> = None;
        for body in bodies {
            let flow = match body {
                Some(body) => {
                    let (body, state) = (body.clone(), state.clone());
                    if bodies.len() > 1 {
                        self.possibly(|evaluator| evaluator.call_body(state, &body, fields, &name))
                    } else {
                        self.call_body(state, &body, fields, &name)
                    }
                }
                None => {
                    let mut object = Object::unnamed(Kind::Default);
                    object.name = crate::grammar::Known::Exactly(name.clone());
                    self.unknown(object, span, "function", &["hidden-code"]);
                    Flow::either(state.clone())
                }
            };
            after = Some(match after {
                Some(before) => self.join_flows(before, flow),
                None => flow,
            });
        }
        after.unwrap_or_else(|| Flow::either(state))
    }

    fn call_body(&mut self, mut state: State, body: &Command, fields: &[Field], name: &[u8]) -> Flow {
        let positional = state.positional.clone();
        state.positional = positional_of(&fields[1..]);
        state.hidden.push(Vec::new());
        self.calls.push(name.to_vec());
        let (flow, left) = self.framed(FrameKind::Call, |evaluator| evaluator.command(state, body));
        self.calls.pop();
        let restore = |mut state: State| {
            state.positional.clone_from(&positional);
            for (name, variable) in state.hidden.pop().unwrap_or_default().into_iter().rev() {
                let variables = Rc::make_mut(&mut state.variables);
                match variable {
                    Some(variable) => variables.insert(name, variable),
                    None => variables.remove(&name),
                };
            }
            state
        };
        let (ok, bad) = flow.split();
        let (ok, bad) = (self.join(ok, left.clone()), self.join(bad, left));
        Flow::of(ok.map(restore), bad.map(restore))
    }
}

/// The body of a function as the environment holds it (`() {  … }`); `None` when it cannot be read.
fn imported(state: &State, name: &[u8], text: &[u8]) -> Option<Rc<Command>> {
    let mut line = name.to_vec();
    line.push(b' ');
    line.extend_from_slice(text);
    let reading = read(&line, &state.read_options());
    let item = reading.scripts.first().and_then(|script| script.items.first())?;
    match item.first.stages.as_slice() {
        [Command::Function(definition)] if reading.complete() => Some(Rc::new(definition.body.clone())),
        _ => None,
    }
}

/// Positional parameters from fields; `None` when their number is not known.
pub(crate) fn positional_of(fields: &[Field]) -> Option<Vec<Text>> {
    fields.iter().map(|field| (!field.many).then(|| field.text.clone())).collect()
}
