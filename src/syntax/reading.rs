//! The result of reading a line.

use super::Script;
use crate::text::{Source, Span};

/// What reading a line gave: every script it may be, and what was not understood.
#[derive(Clone, Debug)]
pub struct Reading {
    /// The line.
    pub source: Source,
    /// One script when both readers agree; two when they differ (both are judged, the stricter verdict wins); none
    /// when neither could read it.
    pub scripts: Vec<Script>,
    /// Why the reading is incomplete; empty means every byte is accounted for.
    pub gaps: Vec<Gap>,
}

impl Reading {
    /// True when every byte of the line was understood by both readers in the same way.
    pub fn complete(&self) -> bool {
        self.gaps.is_empty()
    }
}

/// A part of the line that was not understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// Where.
    pub span: Span,
    /// Why.
    pub reason: GapReason,
}

/// Why a part of a line is not understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GapReason {
    /// The line is longer, deeper or denser than is parsed.
    OverLimit,
    /// A reader refused it.
    Refused,
    /// The readers understood it differently.
    Disagreement,
    /// A node no lowering handles.
    UnknownNode,
    /// Bytes that no construct owns.
    UnownedBytes,
    /// Bytes that mean something else in this locale.
    Encoding,
    /// Parsing took longer than its budget.
    OutOfTime,
}
