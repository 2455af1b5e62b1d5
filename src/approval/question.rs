//! What is to be cleared.

use crate::effect::{Invoked, Reversibility};
use crate::grammar::Kind;
use crate::host::Resistances;
use crate::journal::{Bytes, Intent, StepId};
use crate::policy::{Decision, Reason, Scope, Verdict};
use crate::ui::deed;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A line, where it would run, and what policy made of it.
#[derive(Clone, Debug)]
pub struct Question {
    /// The line, byte for byte.
    pub line: Vec<u8>,
    /// Where it would run.
    pub cwd: PathBuf,
    /// The session it belongs to: an approval holds in no other.
    pub session: String,
    /// The agent, when one is known; shown on the card.
    pub agent: Option<String>,
    /// The agent's name for this use of its shell.
    pub call: Option<String>,
    /// The agent's name for what the person asked for last.
    pub prompt: Option<String>,
    /// How long a person has to answer while an agent waits (the setting `hold`).
    pub hold: Duration,
    /// The step it is recorded as already, when its preimages were taken before it is asked about.
    pub step: Option<StepId>,
    /// It is about one thing that a running line does: a refusal of it ends nothing, and is noted in its step.
    pub running: bool,
    /// The rules that hold for a number of lines have counted this one.
    pub counted: bool,
    /// What is left of the session's budgets, in words; shown on the card.
    pub left: String,
    /// The commands it would run, to which a grant may apply.
    pub commands: Vec<Invoked>,
    /// What policy made of it.
    pub verdict: Verdict,
}

impl Question {
    /// The same question, recorded as `step`.
    #[must_use]
    pub fn recorded_as(mut self, step: Option<StepId>) -> Self {
        self.step = step.or(self.step);
        self
    }

    /// What a person is asked when the line runs already and is about to do what it was not cleared for.
    #[must_use]
    pub fn while_running(&self, verdict: Verdict) -> Self {
        Self { running: true, verdict, commands: Vec::new(), ..self.clone() }
    }

    /// The same question with one more reason to ask, such as that something could not be kept: what cannot be kept
    /// cannot be taken back.
    #[must_use]
    pub fn raised(mut self, reason: Option<Reason>) -> Self {
        if let Some(reason) = reason {
            let verdict = &mut self.verdict;
            verdict.decision = verdict.decision.max(reason.decision);
            verdict.confirm = verdict.confirm.max(reason.confirm);
            verdict.reversibility = Reversibility::Irreversible;
            verdict.reasons.push(reason);
            verdict.reasons.sort_by_key(|reason| std::cmp::Reverse((reason.decision, reason.confirm)));
        }
        self
    }

    /// The same question with reasons to ask that change nothing about what can be taken back.
    #[must_use]
    pub fn asked_because(mut self, reasons: Vec<Reason>) -> Self {
        let verdict = &mut self.verdict;
        for reason in reasons {
            verdict.decision = verdict.decision.max(reason.decision);
            verdict.confirm = verdict.confirm.max(reason.confirm);
            verdict.reasons.push(reason);
        }
        verdict.reasons.sort_by_key(|reason| std::cmp::Reverse((reason.decision, reason.confirm)));
        self
    }

    /// The same question, in the light of what the session was refused, or failed at, a while ago; `state` is the state directory.
    #[must_use]
    pub fn minding(mut self, state: &Path, scope: &Scope) -> Self {
        if self.verdict.decision != Decision::Deny && self.verdict.takes_away() {
            let resisted = Resistances::of(state).of_others(&self.session, &self.line);
            self.verdict.mind(&resisted, &self.commands, scope);
        }
        self
    }

    /// The rules that did more than allow, each once, strictest first.
    pub fn rules(&self) -> Vec<String> {
        let mut rules: Vec<String> = Vec::new();
        for reason in &self.verdict.reasons {
            if !rules.contains(&reason.rule) {
                rules.push(reason.rule.clone());
            }
        }
        rules
    }

    /// What the journal says before the line runs, or instead of running it; `coverage` is `full`, `partial` or `none`.
    pub fn intent(&self, coverage: &str) -> Intent {
        let verdict = &self.verdict;
        let gone = verdict.effects.iter().filter(|effect| {
            effect.reversibility == Reversibility::Irreversible && !matches!(effect.object.kind, Kind::Path | Kind::Git)
        });
        Intent {
            session: self.session.clone(),
            agent: self.agent.clone(),
            call: self.call.clone(),
            prompt: self.prompt.clone(),
            cwd: Bytes::from(self.cwd.as_path()),
            line: Bytes(self.line.clone()),
            verdict: verdict.decision,
            reversibility: verdict.reversibility,
            rules: self.rules(),
            outward: gone.map(deed).collect(),
            coverage: coverage.to_owned(),
            guard: String::new(),
            pid: std::process::id(),
        }
    }
}
