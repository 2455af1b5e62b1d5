//! What the journal holds.

use super::{Bytes, StepId};
use crate::effect::Reversibility;
use crate::policy::Decision;
use serde::{Deserialize, Serialize};

/// An entry with its place in the journal.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// Its number: entries count from 0 without a gap.
    pub number: u64,
    /// When it was appended, milliseconds since 1970 UTC.
    pub time: u64,
    /// What it says; `None` when a later version wrote something this one does not know.
    pub entry: Option<Entry>,
}

/// One thing the journal says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Entry {
    /// A line is about to run, or was refused.
    Intent(Intent),
    /// A step ended.
    Outcome(Outcome),
    /// A person was, or is to be, asked.
    Question(Question),
    /// A person answered.
    Answer(Answer),
    /// A step (the entry's own, which also has an intent) took back others.
    Undo(Undo),
    /// Anything worth knowing later.
    Note(Note),
    /// Something about a grant.
    Grant(Grant),
}

/// What is known of a line before it runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Intent {
    /// The session it belongs to.
    pub session: String,
    /// The agent that runs it, when one is known (`claude-code`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// The agent's name for this use of a tool, when it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<String>,
    /// The agent's name for what the person asked for, when it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompt: Option<String>,
    /// Working directory.
    pub cwd: Bytes,
    /// The line, byte for byte.
    pub line: Bytes,
    /// What policy decided.
    pub verdict: Decision,
    /// What the line as a whole is.
    #[serde(with = "reversibility")]
    pub reversibility: Reversibility,
    /// Rules that did more than allow.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<String>,
    /// What it does that no undo takes back, one phrase each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outward: Vec<String>,
    /// How much was captured: `full`, `partial` or `none`.
    pub coverage: String,
    /// Which part of the runtime guard watches it (`none` until there is one).
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub guard: String,
    /// Process id of the shell it runs in.
    #[serde(default)]
    pub pid: u32,
}

/// How a step ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Outcome {
    /// The step.
    pub step: StepId,
    /// How.
    pub ended: Ended,
    /// Wall time in milliseconds.
    pub wall: u64,
    /// How many names changed, when that was looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changes: Option<Changes>,
    /// `full`, `partial` or `none`: what is kept in truth, when that was looked at. The intent has what was promised.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coverage: Option<String>,
    /// What ran was not at its end: the step is a part of what an agent changed by itself.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub goes_on: bool,
}

/// How a shell ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ended {
    /// With this status.
    Exit(u8),
    /// By this signal.
    Signal(i32),
    /// Nobody saw it end.
    Unknown,
    /// It was refused: nothing ran.
    Refused,
}

/// How many names a step changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changes {
    /// Names that came into being.
    pub created: u64,
    /// Names whose contents or metadata changed.
    pub modified: u64,
    /// Names that went.
    pub deleted: u64,
    /// Names that went elsewhere.
    #[serde(default)]
    pub renamed: u64,
}

/// A question put to a person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Question {
    /// The request's id.
    pub request: String,
    /// The rules that ask.
    pub rules: Vec<String>,
    /// Where it was put: a terminal's path, or `pending` when it waits for `agentshctl approve`.
    pub at: String,
}

/// A person's answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// The request's id.
    pub request: String,
    /// Yes.
    pub yes: bool,
    /// Who: the terminal's path and the user's id.
    pub by: String,
}

/// A step that takes back others.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Undo {
    /// The step that did it.
    pub step: StepId,
    /// The step that was taken back.
    pub of: StepId,
    /// Paths left as they were (changed since, or not captured).
    #[serde(default)]
    pub skipped: u64,
    /// Only some of its paths were to be taken back: the step is still in force.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub partly: bool,
    /// Nothing could be given back: the step is as much in force as before, and there is nothing to redo.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub idle: bool,
}

/// What became of a grant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Grant {
    /// Its id.
    pub grant: String,
    /// What.
    pub what: Granted,
    /// The command as the person wrote it.
    pub pattern: String,
    /// Its seal, by which a grant that was changed afterwards is told.
    pub seal: String,
    /// Who; for a use, the session.
    pub by: String,
}

/// What became of a grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Granted {
    /// A person made it.
    Made,
    /// A person took it back.
    Revoked,
    /// A line used it.
    Used {
        /// The line's step, when it has one already.
        step: Option<StepId>,
        /// How often it has been used now.
        used: u64,
        /// How often it may be used.
        count: u64,
    },
}

/// Free text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Note {
    /// The step it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<StepId>,
    /// What.
    pub text: String,
}

/// `Reversibility` by its name; the type itself is only ever written elsewhere.
mod reversibility {
    use crate::effect::Reversibility;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub fn serialize<S: Serializer>(value: &Reversibility, serializer: S) -> Result<S::Ok, S::Error> {
        value.serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Reversibility, D::Error> {
        match String::deserialize(deserializer)?.as_str() {
            "read-only" => Ok(Reversibility::ReadOnly),
            "reversible" => Ok(Reversibility::Reversible),
            "opaque" => Ok(Reversibility::Opaque),
            "irreversible" => Ok(Reversibility::Irreversible),
            other => {
                Err(serde::de::Error::unknown_variant(other, &["read-only", "reversible", "opaque", "irreversible"]))
            }
        }
    }
}
