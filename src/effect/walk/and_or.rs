//! Scripts, and-or lists and pipelines.

use super::FrameKind;
use super::{Evaluator, Flow};
use crate::effect::state::{Input, State};
use crate::effect::value::Text;
use crate::syntax::{AndOr, Command, Joint, Pipeline, Script};

impl Evaluator<'_> {
    /// Evaluates a script.
    pub(crate) fn script(&mut self, state: State, script: &Script) -> Flow {
        let mut flow = Flow::success(state);
        for item in &script.items {
            let Some(state) = self.merged(flow) else { return Flow::never() };
            if self.exhausted || state.options.noexec {
                return Flow::either(state);
            }
            flow = self.and_or(state, item);
        }
        flow
    }

    fn and_or(&mut self, state: State, item: &AndOr) -> Flow {
        if item.background {
            let parent = state.clone();
            let before = std::mem::replace(&mut self.background, true);
            let mut child = state;
            if child.input == Input::Inherited {
                child.input = Input::Text(Text::exactly(""));
            }
            let after = self.subshell(child, |evaluator, child| evaluator.chain(child, item)).into_parts();
            self.background = before;
            let mut parent = parent;
            parent.overlay = after.overlay.join(&parent.overlay);
            parent.output = after.output.map(|_| Text::unknown());
            return Flow::success(parent);
        }
        self.chain(state, item)
    }

    fn chain(&mut self, state: State, item: &AndOr) -> Flow {
        if item.rest.is_empty() {
            let flow = self.pipeline(state, &item.first);
            return if item.first.negated { flow } else { self.errexit(flow) };
        }
        let unchecked = state.unchecked.len();
        self.tested += 1;
        let mut flow = self.pipeline(state, &item.first);
        for (at, (joint, pipeline)) in item.rest.iter().enumerate() {
            let last = at + 1 == item.rest.len();
            let (mut ok, bad) = flow.split();
            if last {
                self.tested -= 1;
            }
            flow = match joint {
                Joint::And => {
                    if let Some(state) = &mut ok {
                        state.unchecked.truncate(unchecked);
                    }
                    match ok {
                        None => Flow::of(None, bad),
                        Some(state) => {
                            let (ok, own) = self.pipeline(state, pipeline).split();
                            Flow::of(ok, self.join(own, bad))
                        }
                    }
                }
                Joint::Or => match bad {
                    None => Flow::of(ok, None),
                    Some(state) => {
                        let (own, bad) = self.possibly(|evaluator| evaluator.pipeline(state, pipeline)).split();
                        Flow::of(self.join(ok, own), bad)
                    }
                },
            };
        }
        flow
    }

    /// Under `set -e` a failure that nobody tests ends the shell.
    fn errexit(&mut self, flow: Flow) -> Flow {
        let ends = self.tested == 0 && flow.ok.as_ref().is_some_and(|state| state.options.errexit);
        if !ends {
            return flow;
        }
        let (ok, bad) = flow.split();
        if let Some(state) = bad {
            let _ended = self.leave(state, FrameKind::Shell, 1);
        }
        ok.map_or_else(Flow::never, |mut state| {
            state.unchecked.clear();
            Flow::success(state)
        })
    }

    fn pipeline(&mut self, state: State, pipeline: &Pipeline) -> Flow {
        let flow = match pipeline.stages.as_slice() {
            [only] => self.command(state, only),
            stages => self.piped(state, stages),
        };
        if pipeline.negated { flow.negated() } else { flow }
    }

    fn piped(&mut self, state: State, stages: &[Command]) -> Flow {
        let mut parent = state;
        let mut input = parent.input.clone();
        for (at, stage) in stages.iter().enumerate() {
            let last = at + 1 == stages.len();
            let mut child = parent.clone();
            child.input = input.clone();
            if !last {
                child.output = Some(Text::exactly(""));
            }
            let after = self.subshell(child, |evaluator, child| evaluator.command(child, stage)).into_parts();
            parent.overlay = after.overlay;
            parent.unchecked = after.unchecked;
            if last {
                parent.output = after.output;
            } else {
                input = Input::Text(after.output.unwrap_or_else(Text::unknown));
            }
        }
        Flow::either(parent)
    }

    /// Evaluates `body` in a copy of the shell; what remains of it are files and output.
    pub(crate) fn subshell(&mut self, state: State, body: impl FnOnce(&mut Self, State) -> Flow) -> State {
        let parent = state.clone();
        let mut child = state;
        child.traps.clear();
        let tested = self.tested;
        let (flow, left) = self.framed(FrameKind::Shell, |evaluator| {
            let flow = body(evaluator, child);
            evaluator.run_exit_trap(flow)
        });
        self.tested = tested;
        let last = self.merged(flow);
        let after = self.join(last, left);
        let mut parent = parent;
        if let Some(after) = after.map(State::into_parts) {
            parent.overlay = after.overlay;
            parent.output = after.output;
            parent.unchecked = after.unchecked;
        }
        parent
    }

    /// A shell from its first command to its `EXIT` trap.
    pub(crate) fn whole_shell(&mut self, state: State, script: &Script) -> Option<State> {
        let (flow, left) = self.framed(FrameKind::Shell, |evaluator| {
            let flow = evaluator.script(state, script);
            evaluator.run_exit_trap(flow)
        });
        let last = self.merged(flow);
        self.join(last, left)
    }

    /// At the end of a shell: what `trap` was given may run.
    fn run_exit_trap(&mut self, flow: Flow) -> Flow {
        let pending = flow.ok.iter().map(|state| state.traps.len()).sum::<usize>() > 0
            || matches!(&flow.bad, super::flow::Failure::State(state) if !state.traps.is_empty())
            || self.frames.last().is_some_and(|frame| frame.exits.iter().any(|state| !state.traps.is_empty()));
        if !pending {
            return flow;
        }
        let exits = self.frames.last_mut().map(|frame| std::mem::take(&mut frame.exits)).unwrap_or_default();
        let mut state = self.merged(flow);
        for exit in exits {
            state = self.join(state, Some(exit));
        }
        let Some(mut state) = state else { return Flow::never() };
        for (_, text) in std::mem::take(&mut state.traps) {
            let span = self.word;
            let before = state.clone();
            let flow = self.possibly(|evaluator| evaluator.evaluate_text(state, &text, span, "trap"));
            let exits = self.frames.last_mut().map(|frame| std::mem::take(&mut frame.exits)).unwrap_or_default();
            let mut after = self.merged(flow);
            for exit in exits {
                after = self.join(after, Some(exit));
            }
            state = after.unwrap_or(before);
        }
        Flow::either(state)
    }
}
