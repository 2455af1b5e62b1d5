//! What is to be cleared.

use crate::effect::Reversibility;
use crate::grammar::Kind;
use crate::journal::{Bytes, Intent};
use crate::policy::Verdict;
use crate::ui::deed;
use std::path::PathBuf;
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
    /// How long a person has to answer while an agent waits (the setting `hold`).
    pub hold: Duration,
    /// What policy made of it.
    pub verdict: Verdict,
}

impl Question {
    /// What the journal says before the line runs, or instead of running it; `coverage` is `full`, `partial` or `none`.
    pub fn intent(&self, coverage: &str) -> Intent {
        let verdict = &self.verdict;
        let gone = verdict.effects.iter().filter(|effect| {
            effect.reversibility == Reversibility::Irreversible && !matches!(effect.object.kind, Kind::Path | Kind::Git)
        });
        Intent {
            session: self.session.clone(),
            agent: self.agent.clone(),
            cwd: Bytes::from(self.cwd.as_path()),
            line: Bytes(self.line.clone()),
            verdict: verdict.decision,
            reversibility: verdict.reversibility,
            rules: verdict.reasons.iter().map(|reason| reason.rule.clone()).collect(),
            outward: gone.map(deed).collect(),
            coverage: coverage.to_owned(),
            guard: String::new(),
            pid: std::process::id(),
        }
    }
}
