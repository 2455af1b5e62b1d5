//! What is to be cleared.

use crate::policy::Verdict;
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
