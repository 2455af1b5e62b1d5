//! What a waiting line and a desk say to each other. JSON, one value a message; what is not exactly one of these is no
//! message.

use super::Request;
use serde::{Deserialize, Serialize};

/// The version of all of them.
const VERSION: u32 = 1;

/// Line to desk: this waits for an answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Call {
    v: u32,
    /// The request with its card.
    pub request: Request,
    /// How long it will be waited, in milliseconds.
    pub hold: u64,
}

/// Desk to line: the person's answer. It answers the one question that has both this id and this key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reply {
    v: u32,
    id: String,
    key: String,
    /// Yes.
    pub yes: bool,
}

/// Line to desk: what became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Taken {
    v: u32,
    /// It runs now; else it does not.
    pub runs: bool,
}

impl Call {
    /// About a request.
    pub(super) fn new(request: Request, hold: u64) -> Self {
        Self { v: VERSION, request, hold }
    }

    /// The message in these bytes; `None` when they are none.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok().filter(|call: &Self| call.v == VERSION)
    }
}

impl Reply {
    /// The answer to a request.
    pub fn to(request: &Request, yes: bool) -> Self {
        Self { v: VERSION, id: request.id.clone(), key: request.key.clone(), yes }
    }

    /// The message in these bytes, if it answers this request.
    pub(super) fn read(bytes: &[u8], request: &Request) -> Option<Self> {
        let reply: Self = serde_json::from_slice(bytes).ok()?;
        (reply.v == VERSION && reply.id == request.id && reply.key == request.key).then_some(reply)
    }
}

impl Taken {
    /// Says so.
    pub(super) fn new(runs: bool) -> Self {
        Self { v: VERSION, runs }
    }

    /// The message in these bytes.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok().filter(|taken: &Self| taken.v == VERSION)
    }
}
