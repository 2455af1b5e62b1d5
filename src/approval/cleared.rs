//! Permission to run one line.

use super::Question;
use crate::journal::Intent;
use crate::policy::{Obligation, Verdict};
use std::path::Path;

/// Permission to run one line once, and what it was given for. Invariant: only `approval` makes one, from a verdict that
/// allows, or from one that asks and a person who said yes, then or beforehand.
#[must_use = "a clearance is for running the line"]
#[derive(Debug)]
pub struct Cleared {
    question: Question,
    grounds: Grounds,
}

/// Why a line may run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Grounds {
    /// Policy allows it.
    Allowed,
    /// A person said yes on this terminal.
    Answered {
        /// The request.
        request: String,
    },
    /// A person had granted commands of this form.
    Granted {
        /// The grants.
        grants: Vec<String>,
    },
    /// A person had approved it with `agentshctl approve`.
    Approved {
        /// The request.
        request: String,
    },
}

impl Cleared {
    /// Made here only.
    pub(super) fn new(question: Question, grounds: Grounds) -> Self {
        Self { question, grounds }
    }

    /// The line that may run, byte for byte.
    pub fn line(&self) -> &[u8] {
        &self.question.line
    }

    /// Where it may run.
    pub fn cwd(&self) -> &Path {
        &self.question.cwd
    }

    /// The verdict it was cleared under.
    pub fn verdict(&self) -> &Verdict {
        &self.question.verdict
    }

    /// What must be captured before it runs.
    pub fn obligations(&self) -> &[Obligation] {
        &self.question.verdict.obligations
    }

    /// Why it may run.
    pub fn grounds(&self) -> &Grounds {
        &self.grounds
    }

    /// The question it answers.
    pub fn question(&self) -> &Question {
        &self.question
    }

    /// What the journal says before the line runs; see [`Question::intent`].
    pub fn intent(&self, coverage: &str) -> Intent {
        self.question.intent(coverage)
    }

    /// Gives the clearance up for the question it answered, to ask again when an obligation could not be kept.
    pub fn back(self) -> Question {
        self.question
    }
}
