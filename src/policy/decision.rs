//! What a judgement can be. Names no other module of the crate, because `build.rs` compiles the shipped rules with it.

use serde::{Deserialize, Serialize};

/// A judgement. Ordered by strictness; the strictest wins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Decision {
    /// Runs.
    #[default]
    Allow,
    /// A person decides.
    Ask,
    /// Does not run, whatever anyone answers.
    Deny,
}

/// How a person says yes. Ordered by strictness.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Confirm {
    /// One key.
    Yes,
    /// The target's name is typed.
    Type,
}
