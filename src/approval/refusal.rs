//! Why a line does not run.

use super::Question;
use crate::ui::{deed, visible};
use std::fmt;

/// A line that does not run, or one thing that a running line does not do. `Display` is the one self-contained line for
/// stderr that begins `agentsh: not run:` or `agentsh: not done:`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Why.
    pub cause: Cause,
    /// The rule that decided, when one did.
    pub rule: String,
    /// What the line would have done: verb and object of the first effect the rule matched.
    pub effect: String,
    /// How many more effects the rule matched.
    pub further: usize,
    /// Other rules that would not let it run.
    pub also: Vec<String>,
    /// The rule's reason, one sentence.
    pub why: String,
    /// What to do instead, one sentence (may be empty).
    pub instead: String,
    /// The request's id; for what is denied, the step it is recorded as. Empty when neither could be saved.
    pub request: String,
    /// The line runs already: one thing it is about to do was not done, and all else goes on.
    pub running: bool,
}

/// Why a line was not cleared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// A rule denies it, whatever anyone answers.
    Denied,
    /// It waits for `agentshctl approve`.
    Pending,
    /// A person said no.
    Declined,
    /// A signal ended the question: Ctrl-C, mostly.
    Interrupted(i32),
    /// A person said yes, but whoever had asked was gone, or went while it waited.
    Gone,
    /// It would wait for approval, but the request could not be saved.
    Unsaved,
}

/// How the shell ends when it does not run the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// With this status.
    Exit(u8),
    /// By this signal, as bash at Ctrl-C.
    Signal(i32),
}

impl Refusal {
    /// The refusal of `question`: it names the strictest rule and what that rule matched.
    pub(super) fn of(question: &Question, cause: Cause, request: String) -> Self {
        let verdict = &question.verdict;
        let reason = verdict.reasons.first();
        let effect = reason.and_then(|reason| reason.effect).and_then(|index| verdict.effects.get(index));
        let same = verdict.reasons.iter().filter(|other| reason.is_some_and(|reason| reason.rule == other.rule));
        let mut effects: Vec<String> =
            same.filter_map(|reason| verdict.effects.get(reason.effect?)).map(deed).collect();
        effects.sort();
        effects.dedup();
        Self {
            cause,
            rule: reason.map_or("none", |reason| reason.rule.as_str()).to_owned(),
            effect: effect.map_or_else(|| "the line as a whole".to_owned(), deed),
            further: effects.len().saturating_sub(1),
            also: question.rules().into_iter().skip(1).collect(),
            why: reason.map(|reason| reason.why.clone()).unwrap_or_default(),
            instead: reason.map(|reason| reason.instead.clone()).unwrap_or_default(),
            request,
            running: question.running,
        }
    }

    /// How the shell ends.
    pub fn ending(&self) -> Ending {
        match self.cause {
            Cause::Interrupted(signal) => Ending::Signal(signal),
            _ => Ending::Exit(126),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (not, nothing) =
            if self.running { ("not done", "the line went on without it") } else { ("not run", "nothing ran") };
        write!(out, "agentsh: {not}: rule {}: {}", visible(&self.rule), visible(&self.effect))?;
        if self.further > 0 {
            write!(out, " and {} more", self.further)?;
        }
        if !self.why.is_empty() {
            write!(out, ": {}", visible(self.why.trim_end_matches('.')))?;
        }
        if !self.also.is_empty() {
            write!(out, "; also {}", visible(&self.also.join(", ")))?;
        }
        let id = &self.request;
        match self.cause {
            Cause::Denied if id.is_empty() => write!(out, "; {nothing}; this rule cannot be approved")?,
            Cause::Denied => write!(out, "; {nothing} (recorded as {id}); this rule cannot be approved")?,
            Cause::Pending => write!(
                out,
                "; {nothing}; request {id}: ask the user: they run 'agentshctl approve {id}', then repeat the identical command"
            )?,
            Cause::Declined => {
                let request = if id.is_empty() { String::new() } else { format!(" to request {id}") };
                write!(out, "; {nothing}; the user said no{request}; do not repeat it unless they ask for it")?
            }
            Cause::Interrupted(_) => write!(out, "; {nothing}; the question was interrupted")?,
            Cause::Gone => write!(out, "; {nothing}: whoever started the command had gone; request {id}")?,
            Cause::Unsaved => write!(
                out,
                "; {nothing}; the request could not be saved in the state directory, so it cannot be approved: the user runs the command themselves"
            )?,
        }
        if !self.instead.is_empty() && !matches!(self.cause, Cause::Interrupted(_)) {
            write!(out, "; instead: {}", visible(self.instead.trim_end_matches('.')))?;
        }
        Ok(())
    }
}
