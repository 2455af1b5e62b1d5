//! Where evaluation goes on after a command.

use super::Evaluator;
use crate::effect::state::State;

/// The states after a command, by its exit status.
#[derive(Debug)]
pub(crate) struct Flow {
    /// After success; `None` when it cannot succeed or does not return.
    pub(crate) ok: Option<State>,
    /// After failure.
    pub(crate) bad: Failure,
}

/// The state after a failure.
#[derive(Debug)]
pub(crate) enum Failure {
    /// It cannot fail.
    Never,
    /// The same as after success.
    Same,
    /// This one.
    State(Box<State>),
}

impl Flow {
    /// May succeed or fail, with the same state.
    pub(crate) fn either(state: State) -> Self {
        Self { ok: Some(state), bad: Failure::Same }
    }

    /// Surely succeeds.
    pub(crate) fn success(state: State) -> Self {
        Self { ok: Some(state), bad: Failure::Never }
    }

    /// Surely fails.
    pub(crate) fn failure(state: State) -> Self {
        Self { ok: None, bad: Failure::State(Box::new(state)) }
    }

    /// Does not return.
    pub(crate) fn never() -> Self {
        Self { ok: None, bad: Failure::Never }
    }

    /// Both states, each by itself.
    pub(crate) fn split(self) -> (Option<State>, Option<State>) {
        match self.bad {
            Failure::Never => (self.ok, None),
            Failure::Same => {
                let bad = self.ok.clone();
                (self.ok, bad)
            }
            Failure::State(state) => (self.ok, Some(*state)),
        }
    }

    /// A flow from both states.
    pub(crate) fn of(ok: Option<State>, bad: Option<State>) -> Self {
        Self { ok, bad: bad.map_or(Failure::Never, |state| Failure::State(Box::new(state))) }
    }

    /// With success and failure exchanged.
    pub(crate) fn negated(self) -> Self {
        match self.bad {
            Failure::Same => self,
            bad => {
                let ok = match bad {
                    Failure::State(state) => Some(*state),
                    _ => None,
                };
                Flow::of(ok, self.ok)
            }
        }
    }
}

/// Something that `break`, `return` or `exit` leaves.
#[derive(Debug)]
pub(crate) struct Frame {
    /// What.
    pub(crate) kind: FrameKind,
    /// The states it was left in.
    pub(crate) exits: Vec<State>,
}

/// What a frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FrameKind {
    /// A loop: `break`, `continue`.
    Loop,
    /// A function or a sourced file: `return`.
    Call,
    /// A shell or subshell: `exit`.
    Shell,
}

impl Evaluator<'_> {
    /// The state that is one or the other.
    pub(crate) fn join(&self, one: Option<State>, other: Option<State>) -> Option<State> {
        match (one, other) {
            (Some(one), Some(other)) => Some(one.join(other, self.world)),
            (one, other) => one.or(other),
        }
    }

    /// The state after a command whatever its status.
    pub(crate) fn merged(&self, flow: Flow) -> Option<State> {
        match flow.bad {
            Failure::Never | Failure::Same => flow.ok,
            Failure::State(mut state) => {
                // Where only a failure leads is not where the line means to be.
                if let Some(ok) = &flow.ok {
                    for place in &mut state.places {
                        place.meant &= ok.places.iter().any(|meant| meant.path == place.path);
                    }
                }
                self.join(flow.ok, Some(*state))
            }
        }
    }

    /// The flow that is one or the other.
    pub(crate) fn join_flows(&self, one: Flow, other: Flow) -> Flow {
        let (one_ok, one_bad) = one.split();
        let (other_ok, other_bad) = other.split();
        Flow::of(self.join(one_ok, other_ok), self.join(one_bad, other_bad))
    }

    /// Runs `body` in a new frame; the flow after it, and the states in which the frame was left from inside.
    pub(crate) fn framed(&mut self, kind: FrameKind, body: impl FnOnce(&mut Self) -> Flow) -> (Flow, Option<State>) {
        self.frames.push(Frame { kind, exits: Vec::new() });
        let flow = body(self);
        let exits = self.frames.pop().map(|frame| frame.exits).unwrap_or_default();
        let mut left = None;
        for state in exits {
            left = self.join(left, Some(state));
        }
        (flow, left)
    }

    /// Leaves the nearest frame of one of `kinds`; false when there is none before the shell's own.
    pub(crate) fn leave(&mut self, state: State, kind: FrameKind, mut count: usize) -> Result<(), Box<State>> {
        let mut last = None;
        for (at, frame) in self.frames.iter().enumerate().rev() {
            if frame.kind == kind {
                last = Some(at);
                count = count.saturating_sub(1);
                if count == 0 {
                    break;
                }
            }
            let barrier = match kind {
                FrameKind::Loop => frame.kind != FrameKind::Loop,
                FrameKind::Call | FrameKind::Shell => frame.kind == FrameKind::Shell,
            };
            if barrier {
                break;
            }
        }
        match last.and_then(|at| self.frames.get_mut(at)) {
            Some(frame) => {
                frame.exits.push(state);
                Ok(())
            }
            None => Err(Box::new(state)),
        }
    }
}
