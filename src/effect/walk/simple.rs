//! Simple commands: expanded, their assignments and redirections carried out, then told to whoever runs them.

use super::{Evaluator, Flow};
use crate::effect::Object;
use crate::effect::state::State;
use crate::effect::value::{Aborted, Field, Value, Variable};
use crate::grammar::Kind;
use crate::syntax::{Operation, Parameter, SimpleCommand, Word, WordPart};
use crate::text::Span;
use std::rc::Rc;

/// Most combinations of variables' values that one command is evaluated for.
const MOST_COMBINATIONS: usize = 16;

/// Who may run a command, by how it was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// A command of the shell: aliases (tried before), functions, builtins, programs.
    Shell,
    /// Behind `command` or `builtin`: builtins and programs.
    NoFunctions,
    /// Behind `env`, `sudo`, `xargs`, `exec`: programs only.
    Program,
}

impl Evaluator<'_> {
    /// Evaluates a simple command in every place the shell may be and for every value its variables may have.
    pub(crate) fn simple(&mut self, state: State, command: &SimpleCommand) -> Flow {
        if state.places.len() > 1 {
            let mut after: Option<Flow> = None;
            for place in &state.places {
                let mut single = state.clone();
                single.places = vec![place.clone()];
                let flow = if place.meant {
                    self.chosen(single, command)
                } else {
                    self.possibly(|evaluator| evaluator.chosen(single, command))
                };
                after = Some(match after {
                    Some(before) => self.join_flows(before, flow),
                    None => flow,
                });
            }
            return after.unwrap_or_else(Flow::never);
        }
        self.chosen(state, command)
    }

    fn chosen(&mut self, state: State, command: &SimpleCommand) -> Flow {
        if !state.variables.values().any(|variable| matches!(variable.value, Value::Choice(_))) {
            return self.once(state, command);
        }
        let mut names = Vec::new();
        for word in &command.words {
            names_in(&word.parts, &mut names);
        }
        for assignment in &command.assignments {
            if let crate::syntax::AssignedValue::Scalar(word) = &assignment.value {
                names_in(&word.parts, &mut names);
            }
        }
        for redirection in &command.redirections {
            if let crate::syntax::RedirectionTarget::Word(word) = &redirection.target {
                names_in(&word.parts, &mut names);
            }
        }
        let mut combinations: Vec<State> = vec![state];
        for name in names {
            let Some(Variable { value: Value::Choice(values), .. }) = combinations[0].variables.get(&name).cloned()
            else {
                continue;
            };
            if combinations.len() * values.len() > MOST_COMBINATIONS {
                for state in &mut combinations {
                    state.set(&name, Value::Choice(values.clone()).collapsed());
                }
                continue;
            }
            combinations = combinations
                .iter()
                .flat_map(|state| {
                    values.iter().map(|value| {
                        let mut single = state.clone();
                        single.set(&name, value.clone());
                        single
                    })
                })
                .collect();
        }
        if combinations.len() == 1 {
            return combinations.pop().map_or_else(Flow::never, |state| self.once(state, command));
        }
        let mut after: Option<Flow> = None;
        for state in combinations {
            let flow = self.possibly(|evaluator| evaluator.once(state, command));
            after = Some(match after {
                Some(before) => self.join_flows(before, flow),
                None => flow,
            });
        }
        after.unwrap_or_else(Flow::never)
    }

    fn once(&mut self, state: State, command: &SimpleCommand) -> Flow {
        if !self.step(command.span) {
            return Flow::either(state);
        }
        let (notes, outer) = (std::mem::take(&mut self.notes), self.current);
        let flow = self.once_inner(state, command);
        (self.notes, self.current) = (notes, outer);
        flow
    }

    fn once_inner(&mut self, mut state: State, command: &SimpleCommand) -> Flow {
        if state.options.expand_aliases
            && !state.aliases.is_empty()
            && let Some(flow) = self.aliased(&state, command)
        {
            return flow;
        }
        let declares = command.words.first().and_then(literal_word).is_some_and(|name| {
            matches!(name.as_slice(), b"declare" | b"typeset" | b"local" | b"export" | b"readonly")
                && state.functions.get(&name).is_none()
        });
        let expanded = if declares { Ok(Vec::new()) } else { self.fields(&mut state, &command.words) };
        let Ok(fields) = expanded else { return self.end_shell(state) };

        let (input, output) = (state.input.clone(), state.output.clone());
        let mut written_to = None;
        let mut away = false;
        if !command.redirections.is_empty() {
            match self.redirections(&mut state, &command.redirections) {
                Ok(redirected) => {
                    // `exec > file` holds for the rest of the shell.
                    let lasting = matches!(fields.as_slice(), [only] if only.exact() == Some(b"exec"));
                    if lasting {
                        redirected.apply(&mut state);
                        return Flow::success(state);
                    }
                    away = redirected.away;
                    if !says_nothing(&fields) {
                        self.send_output(&redirected);
                    }
                    written_to = redirected.apply(&mut state);
                }
                Err(Aborted) => return self.end_shell(state),
            }
        }
        let flow = if declares {
            self.declare(state, &command.words, command.span)
        } else if fields.is_empty() {
            self.assign_only(state, command)
        } else if command.assignments.is_empty() {
            self.dispatch(state, fields, command.span, Reach::Shell)
        } else {
            self.with_assignments(state, command, fields)
        };
        if command.redirections.is_empty() {
            return flow;
        }
        let restore = |mut state: State| {
            if let Some(path) = &written_to {
                let text = state.output.take();
                super::redirect::written(&mut state, path, text);
            }
            if away {
                state.output.clone_from(&output);
            }
            state.input.clone_from(&input);
            state
        };
        match flow.bad {
            super::flow::Failure::Same => Flow { ok: flow.ok.map(restore), bad: super::flow::Failure::Same },
            _ => {
                let (ok, bad) = flow.split();
                Flow::of(ok.map(restore), bad.map(restore))
            }
        }
    }

    fn assign_only(&mut self, mut state: State, command: &SimpleCommand) -> Flow {
        let mut runs = command.words.iter().any(|word| has_command(&word.parts));
        for assignment in &command.assignments {
            if self.assign(&mut state, assignment).is_err() {
                return self.end_shell(state);
            }
            if let crate::syntax::AssignedValue::Scalar(word) = &assignment.value {
                runs |= has_command(&word.parts);
            }
        }
        if runs { Flow::either(state) } else { Flow::success(state) }
    }

    /// `NAME=value command`: the variables hold for the command only.
    fn with_assignments(&mut self, mut state: State, command: &SimpleCommand, fields: Vec<Field>) -> Flow {
        let before: Vec<(Vec<u8>, Option<Variable>)> = command
            .assignments
            .iter()
            .map(|assignment| (assignment.name.clone(), state.variables.get(&assignment.name).cloned()))
            .collect();
        for assignment in &command.assignments {
            if self.assign(&mut state, assignment).is_err() {
                return self.end_shell(state);
            }
            let value = self.lookup(&state, &assignment.name).scalar();
            self.environment_code(&assignment.name, value.as_ref(), assignment.span);
            self.environment_command(&state, &assignment.name, value.as_ref(), assignment.span);
        }
        let flow = self.dispatch(state, fields, command.span, Reach::Shell);
        let restore = |mut state: State| {
            let variables = Rc::make_mut(&mut state.variables);
            for (name, variable) in before.iter().rev() {
                match variable {
                    Some(variable) => variables.insert(name.clone(), variable.clone()),
                    None => variables.remove(name),
                };
            }
            state
        };
        let (ok, bad) = flow.split();
        Flow::of(ok.map(restore), bad.map(restore))
    }

    /// Runs a command whose words are expanded.
    pub(crate) fn dispatch(&mut self, state: State, fields: Vec<Field>, span: Span, reach: Reach) -> Flow {
        let outer = self.current;
        let flow = self.run(state, fields, span, reach);
        self.current = outer;
        flow
    }

    fn run(&mut self, state: State, mut fields: Vec<Field>, span: Span, reach: Reach) -> Flow {
        // A list that may be empty in front of the command name hides which word that is.
        let Some(first) = fields.first() else { return Flow::either(state) };
        let Some(name) = first.exact().map(<[u8]>::to_vec) else {
            let mut object = Object::unnamed(Kind::Command);
            object.name.clone_from(&first.text.known);
            self.invoked(fields.iter().map(Field::shown).collect(), span, None);
            let why = if first.text.is_fetched_code() { "fetched-code" } else { "unknown-program" };
            self.possibly(|evaluator| evaluator.unknown(object, span, "", &[why]));
            return Flow::either(written_unknown(state));
        };
        if name.is_empty() {
            return Flow::failure(state);
        }
        if reach == Reach::Shell {
            let bodies = self.function(&state, &name);
            if !bodies.is_empty() {
                self.invoked(fields.iter().map(Field::shown).collect(), span, None);
                return self.call(state, &bodies, &fields, span);
            }
        }
        if reach != Reach::Program && !state.rebound.iter().any(|(rebound, _)| *rebound == name) {
            match self.builtin(state, &name, fields, span) {
                Ok(flow) => return flow,
                Err(given_back) => {
                    let (state, back) = *given_back;
                    fields = back;
                    return self.program(state, fields, span);
                }
            }
        }
        self.program(state, fields, span)
    }

    fn aliased(&mut self, state: &State, command: &SimpleCommand) -> Option<Flow> {
        let name = command.words.first().and_then(|word| match word.parts.as_slice() {
            [WordPart::Bare(bytes)] => Some(bytes.clone()),
            _ => None,
        })?;
        if self.calls.contains(&name) {
            return None;
        }
        let text = state.aliases.get(&name)?.clone();
        let span = command.span;
        // The alias's own words, with the command's other words behind them, as a script of its own; the plain
        // command is evaluated too, because an alias of the same line is not yet in force.
        let mut plain = state.clone();
        plain.aliases = Rc::default();
        let mut fields = match self.fields(&mut plain, &command.words[1..]) {
            Ok(fields) => fields,
            Err(Aborted) => return None,
        };
        let mut line = text.clone();
        if fields.iter().any(|field| field.exact().is_none()) {
            fields.clear();
            line.push(&crate::effect::value::Text::unknown());
        }
        for field in &fields {
            line.push(&crate::effect::value::Text::exactly(" "));
            line.push(&crate::effect::value::Text::exactly(quoted(field.exact().unwrap_or_default())));
        }
        self.calls.push(name);
        let replaced = self.possibly(|evaluator| evaluator.evaluate_text(state.clone(), &line, span, "alias"));
        self.calls.pop();
        let mut without = state.clone();
        let aliases = std::mem::take(&mut without.aliases);
        let plain = self.once_inner(without, command);
        let restore = |mut state: State| {
            if state.aliases.is_empty() {
                state.aliases = aliases.clone();
            }
            state
        };
        let (ok, bad) = plain.split();
        let plain = Flow::of(ok.map(restore), bad.map(restore));
        Some(self.join_flows(replaced, plain))
    }
}

/// Output that nothing is known of was added.
pub(crate) fn written_unknown(mut state: State) -> State {
    state.write(&crate::effect::value::Text::unknown());
    state
}

/// Text in single quotes.
pub(crate) fn quoted(bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![b'\''];
    for byte in bytes {
        if *byte == b'\'' {
            out.extend_from_slice(b"'\\''");
        } else {
            out.push(*byte);
        }
    }
    out.push(b'\'');
    out
}

/// The text of a word that needs no expansion.
pub(crate) fn literal_word(word: &Word) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    for part in &word.parts {
        match part {
            WordPart::Bare(bytes) | WordPart::Quoted(bytes) => out.extend_from_slice(bytes),
            WordPart::DoubleQuoted(parts) => {
                for part in parts {
                    match part {
                        WordPart::Quoted(bytes) => out.extend_from_slice(bytes),
                        _ => return None,
                    }
                }
            }
            _ => return None,
        }
    }
    Some(out)
}

fn has_command(parts: &[WordPart]) -> bool {
    parts.iter().any(|part| match part {
        WordPart::Command(_) => true,
        WordPart::DoubleQuoted(parts) => has_command(parts),
        _ => false,
    })
}

/// Names of the variables that parts refer to.
fn names_in(parts: &[WordPart], names: &mut Vec<Vec<u8>>) {
    for part in parts {
        match part {
            WordPart::Parameter(parameter) => names_of(parameter, names),
            WordPart::DoubleQuoted(parts) => names_in(parts, names),
            WordPart::Command(substitution) => script_names(&substitution.script, names),
            _ => {}
        }
    }
}

fn script_names(script: &crate::syntax::Script, names: &mut Vec<Vec<u8>>) {
    for item in &script.items {
        for pipeline in std::iter::once(&item.first).chain(item.rest.iter().map(|(_, pipeline)| pipeline)) {
            for stage in &pipeline.stages {
                if let crate::syntax::Command::Simple(simple) = stage {
                    for word in &simple.words {
                        names_in(&word.parts, names);
                    }
                }
            }
        }
    }
}

fn names_of(parameter: &Parameter, names: &mut Vec<Vec<u8>>) {
    if !names.contains(&parameter.name) {
        names.push(parameter.name.clone());
    }
    match &parameter.operation {
        Operation::Default { word, .. } | Operation::Assign { word, .. } | Operation::Alternative { word, .. } => {
            names_in(&word.parts, names);
        }
        Operation::RemovePrefix { pattern, .. } | Operation::RemoveSuffix { pattern, .. } => {
            names_in(&pattern.parts, names)
        }
        _ => {}
    }
}

/// True for a command that is only there for its redirections, as where it is tried whether a port is open.
fn says_nothing(fields: &[Field]) -> bool {
    match fields {
        [] => true,
        [name, rest @ ..] => match name.exact() {
            Some(b":" | b"true") => true,
            Some(b"echo") => rest.is_empty(),
            _ => false,
        },
    }
}
