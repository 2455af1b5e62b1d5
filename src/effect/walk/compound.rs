//! Compound commands: both ways of every branch, loops over known lists one by one, other loops to a fixed point.

use super::{Evaluator, Flow, FrameKind};
use crate::effect::state::{Input, State};
use crate::effect::value::{Aborted, Field, Text, Value};
use crate::effect::{Object, Reversibility};
use crate::grammar::{Access, Kind};
use crate::syntax::{CaseArm, CaseEnd, Command, Compound, CompoundCommand, Script, TestToken, Word};
use crate::text::Span;

/// Most rounds of a loop over a known list that are evaluated one by one.
const MOST_ROUNDS: usize = 64;

impl Evaluator<'_> {
    /// Evaluates one stage of a pipeline.
    pub(crate) fn command(&mut self, state: State, command: &Command) -> Flow {
        match command {
            Command::Simple(simple) => self.simple(state, simple),
            Command::Compound(compound) => self.compound(state, compound),
            Command::Function(definition) => self.define(state, definition),
            Command::Coproc { name, command, .. } => {
                let mut child = state.clone();
                child.input = Input::Text(Text::unknown());
                child.output = None;
                let after = self.subshell(child, |evaluator, child| evaluator.command(child, command));
                let mut parent = state;
                parent.overlay = after.into_parts().overlay;
                parent.set(name.as_deref().unwrap_or(b"COPROC"), Value::Unknown);
                Flow::success(parent)
            }
        }
    }

    /// Evaluates a compound command, its redirections in force throughout.
    pub(crate) fn compound(&mut self, state: State, compound: &CompoundCommand) -> Flow {
        if self.depth > 60 {
            self.give_up(compound.span);
        }
        if self.exhausted || !self.step(compound.span) {
            return Flow::either(state);
        }
        self.depth += 1;
        let flow = self.compound_inner(state, compound);
        self.depth -= 1;
        flow
    }

    fn compound_inner(&mut self, mut state: State, compound: &CompoundCommand) -> Flow {
        if compound.redirections.is_empty() {
            return self.construct(state, &compound.kind, compound.span);
        }
        let (input, output) = (state.input.clone(), state.output.clone());
        match self.redirections(&mut state, &compound.redirections) {
            Ok(redirected) => {
                let kept = redirected.away;
                self.send_output(&redirected);
                let written = redirected.apply(&mut state);
                let flow = self.construct(state, &compound.kind, compound.span);
                let restore = |mut state: State| {
                    if let Some(path) = &written {
                        let text = state.output.take();
                        crate::effect::walk::redirect::written(&mut state, path, text);
                    }
                    if kept {
                        state.output.clone_from(&output);
                    }
                    state.input.clone_from(&input);
                    state
                };
                let (ok, bad) = flow.split();
                Flow::of(ok.map(restore), bad.map(restore))
            }
            Err(Aborted) => self.end_shell(state),
        }
    }

    fn construct(&mut self, mut state: State, kind: &Compound, span: Span) -> Flow {
        match kind {
            Compound::Subshell(script) => {
                Flow::either(self.subshell(state, |evaluator, child| evaluator.script(child, script)))
            }
            Compound::Group(script) => self.script(state, script),
            Compound::If { arms, otherwise } => self.branches(state, arms, otherwise.as_ref()),
            Compound::For { variable, words, body } => {
                let fields = match words {
                    Some(words) => self.fields(&mut state, words),
                    None => Ok(match &state.positional {
                        Some(texts) => {
                            texts.iter().map(|text| Field { text: text.clone(), many: false, span }).collect()
                        }
                        None => vec![Field::many(span)],
                    }),
                };
                match fields {
                    Ok(fields) => self.rounds(state, variable, &fields, body),
                    Err(Aborted) => self.end_shell(state),
                }
            }
            Compound::Select { variable, words, body } => {
                let fields = match words {
                    Some(words) => self.fields(&mut state, words),
                    None => Ok(Vec::new()),
                };
                if fields.is_err() {
                    return self.end_shell(state);
                }
                state.set(variable, Value::Scalar(Text::unknown()));
                state.set(b"REPLY", Value::Scalar(Text::unknown()));
                self.repeated(state, None, body)
            }
            Compound::ArithmeticFor { expressions: [init, test, step], body } => {
                if self.arithmetic_word(&mut state, init).is_err() {
                    return self.end_shell(state);
                }
                self.counted(state, test, step, body)
            }
            Compound::While { until, condition, body } => self.counted_while(state, condition, *until, body),
            Compound::Case { subject, arms } => self.case(state, subject, arms),
            Compound::Arithmetic(word) => match self.arithmetic_word(&mut state, word) {
                Ok(Some(0)) => Flow::failure(state),
                Ok(Some(_)) => Flow::success(state),
                Ok(None) => Flow::either(state),
                Err(Aborted) => self.end_shell(state),
            },
            Compound::Test(tokens) => self.test_tokens(state, tokens),
        }
    }

    fn branches(&mut self, state: State, arms: &[(Script, Script)], otherwise: Option<&Script>) -> Flow {
        let mut pending = Some(state);
        let mut after: Option<Flow> = None;
        let mut forked = false;
        for (condition, body) in arms {
            let Some(state) = pending.take() else { break };
            self.tested += 1;
            let flow = self.perhaps(forked, |evaluator| evaluator.script(state, condition));
            self.tested -= 1;
            let (ok, bad) = flow.split();
            forked |= ok.is_some() && bad.is_some();
            pending = bad;
            if let Some(state) = ok {
                let flow = self.perhaps(forked, |evaluator| evaluator.script(state, body));
                after = Some(self.either_flow(after, flow));
            }
        }
        if let Some(state) = pending {
            let flow = match otherwise {
                Some(body) => self.perhaps(forked, |evaluator| evaluator.script(state, body)),
                None => Flow::success(state),
            };
            after = Some(self.either_flow(after, flow));
        }
        after.unwrap_or_else(Flow::never)
    }

    fn perhaps(&mut self, possible: bool, body: impl FnOnce(&mut Self) -> Flow) -> Flow {
        if possible { self.possibly(body) } else { body(self) }
    }

    fn either_flow(&self, one: Option<Flow>, other: Flow) -> Flow {
        match one {
            Some(one) => self.join_flows(one, other),
            None => other,
        }
    }

    /// A loop over fields.
    fn rounds(&mut self, state: State, variable: &[u8], fields: &[Field], body: &Script) -> Flow {
        let known = fields.len() <= MOST_ROUNDS && fields.iter().all(|field| !field.many);
        if !known {
            let mut joined: Option<Text> = None;
            for field in fields {
                joined = Some(match joined {
                    Some(text) => text.join(&field.text),
                    None => field.text.clone(),
                });
            }
            let mut text = joined.unwrap_or_else(Text::word);
            // A field was split off: it holds no white space unless it was quoted.
            text.plain = true;
            let mut state = state;
            let before = state.clone();
            state.set(variable, Value::Scalar(text.clone()));
            let repeated =
                self.repeated_with(state, None, body, &|state| state.set(variable, Value::Scalar(text.clone())));
            let (ok, bad) = repeated.split();
            let ok = self.join(ok, Some(before));
            return Flow::of(ok, bad);
        }
        let mut state = state;
        let mut left_for_good: Option<State> = None;
        let mut forked = false;
        for field in fields {
            state.set(variable, Value::Scalar(field.text.clone()));
            let (flow, left) = self.framed(FrameKind::Loop, |evaluator| {
                evaluator.perhaps(forked, |evaluator| evaluator.script(state, body))
            });
            let next = self.merged(flow);
            forked |= left.is_some();
            let Some(after) = self.join(next, left.clone()) else {
                return left_for_good.map_or_else(Flow::never, Flow::either);
            };
            left_for_good = self.join(left_for_good, left);
            state = after;
        }
        let last = self.join(Some(state), left_for_good);
        last.map_or_else(Flow::never, Flow::either)
    }

    /// A loop whose condition is `read`, `getopts`, a test or arithmetic: round by round, as long as that is decided.
    fn counted_while(&mut self, state: State, condition: &Script, until: bool, body: &Script) -> Flow {
        if !may_be_decided(condition) {
            return self.repeated(state, Some((condition, until)), body);
        }
        let mut state = state;
        let mut out: Option<State> = None;
        let mut forked = false;
        for round in 0..=MOST_ROUNDS {
            let before = state.clone();
            self.tested += 1;
            let flow = self.perhaps(forked, |evaluator| evaluator.script(state, condition));
            self.tested -= 1;
            let (ok, bad) = flow.split();
            let (inside, ended) = if until { (bad, ok) } else { (ok, bad) };
            if inside.is_some() && ended.is_some() || round == MOST_ROUNDS {
                // Undecided, or too long to go through.
                let rest = self.perhaps(forked, |evaluator| evaluator.repeated(before, Some((condition, until)), body));
                let after = self.merged(rest);
                out = self.join(out, after);
                break;
            }
            out = self.join(out, ended);
            let Some(inside) = inside else { break };
            let (flow, left) = self.framed(FrameKind::Loop, |evaluator| {
                evaluator.perhaps(forked, |evaluator| evaluator.script(inside, body))
            });
            forked |= left.is_some();
            let after = self.merged(flow);
            out = self.join(out, left.clone());
            let Some(after) = self.join(after, left) else { break };
            state = after;
        }
        out.map_or_else(Flow::never, Flow::either)
    }

    /// A loop that runs an unknown number of times.
    fn repeated(&mut self, state: State, condition: Option<(&Script, bool)>, body: &Script) -> Flow {
        self.repeated_with(state, condition, body, &|_| {})
    }

    fn repeated_with(
        &mut self,
        state: State,
        condition: Option<(&Script, bool)>,
        body: &Script,
        prepare: &dyn Fn(&mut State),
    ) -> Flow {
        let mut entry = state;
        let mut out: Option<State> = None;
        for round in 0..3 {
            let start = entry.clone();
            prepare(&mut entry);
            let (inside, ended) = match condition {
                Some((condition, until)) => {
                    self.tested += 1;
                    let flow = self.perhaps(round > 0, |evaluator| evaluator.script(entry, condition));
                    self.tested -= 1;
                    let (ok, bad) = flow.split();
                    if until { (bad, ok) } else { (ok, bad) }
                }
                None => (Some(entry.clone()), Some(entry)),
            };
            out = self.join(out, ended);
            let Some(inside) = inside else { break };
            let (flow, left) = self
                .framed(FrameKind::Loop, |evaluator| evaluator.possibly(|evaluator| evaluator.script(inside, body)));
            let after = self.merged(flow);
            out = self.join(out, left.clone());
            let Some(after) = self.join(after, left) else { break };
            let changed = after.places != start.places
                || after.overlay != start.overlay
                || after.variables != start.variables
                || after.functions != start.functions;
            if !changed || round == 2 {
                out = self.join(out, Some(after));
                break;
            }
            entry = start.clone().join(after, self.world).widened(&start);
        }
        out.map_or_else(Flow::never, Flow::either)
    }

    fn counted(&mut self, state: State, test: &Word, step: &Word, body: &Script) -> Flow {
        let mut state = state;
        for _ in 0..MOST_ROUNDS {
            let before = state.clone();
            let go_on =
                if test.parts.is_empty() { Some(1) } else { self.arithmetic_word(&mut state, test).unwrap_or(None) };
            match go_on {
                Some(0) => return Flow::either(state),
                Some(_) => {}
                None => return self.repeated(before, None, body),
            }
            let (flow, left) = self.framed(FrameKind::Loop, |evaluator| evaluator.script(state, body));
            let next = self.merged(flow);
            if left.is_some() {
                let joined = self.join(next, left).unwrap_or(before);
                return self.repeated(joined, None, body);
            }
            let Some(mut after) = next else { return Flow::never() };
            if self.arithmetic_word(&mut after, step).is_err() {
                return self.end_shell(after);
            }
            state = after;
        }
        let before = state.clone();
        let widened = state.widened(&before);
        self.repeated(widened, None, body)
    }

    fn case(&mut self, mut state: State, subject: &Word, arms: &[CaseArm]) -> Flow {
        let Ok(subject) = self.text(&mut state, subject) else { return self.end_shell(state) };
        let mut after: Option<Flow> = None;
        let mut pending = Some(state);
        let mut falling: Option<State> = None;
        let mut forked = false;
        for arm in arms {
            let mut decided = Some(false);
            if let Some(state) = &mut pending {
                for pattern in &arm.patterns {
                    let Ok(pattern) = self.pattern_of(state, pattern) else { return Flow::never() };
                    let one = match (&pattern, subject.exact()) {
                        (Some(pattern), Some(bytes)) => pattern.matches(bytes),
                        (Some(pattern), None) if pattern.is_live() && pattern.literal() == b"*" => Some(true),
                        _ => None,
                    };
                    decided = match (decided, one) {
                        (Some(true), _) | (_, Some(true)) => Some(true),
                        (Some(false), Some(false)) => Some(false),
                        _ => None,
                    };
                }
            }
            let entered = match (decided, pending.take()) {
                (_, None) => None,
                (Some(true), Some(state)) => Some(state),
                (Some(false), Some(state)) => {
                    pending = Some(state);
                    None
                }
                (None, Some(state)) => {
                    pending = Some(state.clone());
                    forked = true;
                    Some(state)
                }
            };
            let Some(state) = self.join(entered, falling.take()) else { continue };
            let flow = self.perhaps(forked, |evaluator| evaluator.script(state, &arm.body));
            match arm.end {
                CaseEnd::Break => after = Some(self.either_flow(after, flow)),
                CaseEnd::FallThrough => falling = self.merged(flow),
                CaseEnd::Continue => {
                    forked = true;
                    let ended = self.merged(flow);
                    after = match ended.clone() {
                        Some(state) => Some(self.either_flow(after, Flow::either(state))),
                        None => after,
                    };
                    pending = self.join(pending, ended);
                }
            }
        }
        for state in [pending, falling].into_iter().flatten() {
            after = Some(self.either_flow(after, Flow::either(state)));
        }
        after.unwrap_or_else(Flow::never)
    }

    fn test_tokens(&mut self, mut state: State, tokens: &[TestToken]) -> Flow {
        let operator = |at: Option<usize>| match at.and_then(|at| tokens.get(at)) {
            Some(TestToken::Operator(operator)) => operator.as_slice(),
            _ => b"",
        };
        for (at, token) in tokens.iter().enumerate() {
            let TestToken::Operand(word) = token else { continue };
            let (before, after) = (operator(at.checked_sub(1)), operator(Some(at + 1)));
            let Ok(text) = self.text(&mut state, word) else { return self.end_shell(state) };
            // Both sides of a comparison of numbers are arithmetic: a name is looked up, a subscript is run.
            if compares_numbers(before) || compares_numbers(after) {
                self.arithmetic(&mut state, &text, 0);
            }
            if matches!(before, b"-v" | b"-R") && crate::effect::builtin::subscript_code(text.prefix()) {
                self.hidden_code(&state, &text);
            }
        }
        let known = self.decide_test(&mut state, tokens);
        match known {
            Some(true) => Flow::success(state),
            Some(false) => Flow::failure(state),
            None => Flow::either(state),
        }
    }

    /// Decides `[[ -z x ]]`, `[[ -n x ]]` and `[[ a == b ]]` over known strings; files are never asked, they may change.
    fn decide_test(&mut self, state: &mut State, tokens: &[TestToken]) -> Option<bool> {
        match tokens {
            [TestToken::Operator(operator), TestToken::Operand(word)] => {
                let text = self.text(state, word).ok()?;
                crate::effect::builtin::decide(&[Some(operator), text.exact().or_else(|| nonempty(&text))])
            }
            [TestToken::Operand(left), TestToken::Operator(operator), TestToken::Operand(right)]
                if matches!(operator.as_slice(), b"==" | b"=" | b"!=") =>
            {
                let left = self.text(state, left).ok()?;
                let pattern = self.pattern_of(state, right).ok()??;
                let matches = pattern.matches(left.exact()?)?;
                Some(matches == (operator != b"!="))
            }
            [TestToken::Operand(left), TestToken::Operator(operator), TestToken::Operand(right)]
                if compares_numbers(operator) =>
            {
                let left = self.text(state, left).ok()?;
                let right = self.text(state, right).ok()?;
                // Both were evaluated once already, which may have changed something.
                let changes =
                    |text: &Text| text.prefix().windows(2).any(|two| two == b"++" || two == b"--" || two[1] == b'=');
                if changes(&left) || changes(&right) {
                    return None;
                }
                let (left, right) = (self.arithmetic(state, &left, 0)?, self.arithmetic(state, &right, 0)?);
                crate::effect::builtin::compared(operator, left, right)
            }
            _ => None,
        }
    }

    /// The shell ends here because an expansion failed.
    pub(crate) fn end_shell(&mut self, state: State) -> Flow {
        match self.leave(state, FrameKind::Shell, 1) {
            Ok(()) => Flow::never(),
            Err(state) => Flow::failure(*state),
        }
    }

    /// Records that a device or socket is opened by a redirection.
    pub(crate) fn connect(&mut self, host: &[u8], span: Span) {
        let mut object = Object::unnamed(Kind::Host);
        object.name = crate::grammar::Known::Exactly(host.to_vec());
        self.emit(Access::Connect, object, Reversibility::Irreversible, span, "redirection", Vec::new());
    }

    /// What a command writes goes to another machine (`> /dev/tcp/HOST/PORT`).
    pub(crate) fn send_output(&mut self, redirected: &super::redirect::Redirected) {
        if let Some((host, span)) = &redirected.connection {
            let mut object = Object::unnamed(Kind::Host);
            object.name = crate::grammar::Known::Exactly(host.clone());
            self.emit(Access::Send, object, Reversibility::Irreversible, *span, "redirection", Vec::new());
        }
    }
}

/// True for a condition that a known state may decide again and again: one `read`, `getopts` or test, or arithmetic.
fn may_be_decided(condition: &Script) -> bool {
    let [only] = condition.items.as_slice() else { return false };
    let [stage] = only.first.stages.as_slice() else { return false };
    if !only.rest.is_empty() || only.background {
        return false;
    }
    match stage {
        Command::Simple(simple) => {
            let name = simple.words.first().and_then(super::simple::literal_word);
            matches!(name.as_deref(), Some(b"read" | b"getopts" | b"[" | b"test"))
        }
        Command::Compound(compound) => {
            matches!(compound.kind, Compound::Arithmetic(_) | Compound::Test(_)) && compound.redirections.is_empty()
        }
        _ => false,
    }
}

/// True for the operators of `[[` whose operands are arithmetic.
fn compares_numbers(operator: &[u8]) -> bool {
    matches!(operator, b"-eq" | b"-ne" | b"-lt" | b"-le" | b"-gt" | b"-ge")
}

/// Stands for a text of which something is known, where only emptiness matters.
fn nonempty(text: &Text) -> Option<&[u8]> {
    let prefix = text.prefix();
    (!prefix.is_empty()).then_some(prefix)
}
