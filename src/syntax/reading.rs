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

impl Gap {
    /// What was not understood, as a short phrase that names the text; `line` is the line it stands in.
    pub fn phrase(&self, line: &[u8]) -> String {
        let end = self.span.range().end.min(line.len());
        // A reader may point at the first byte alone of what it stumbles over.
        let end = end + if self.span.len() > 1 { 0 } else { rest_of_word(&line[end..]) };
        let text = &line[self.span.range().start.min(end)..end];
        let shown = excerpt(text);
        let at_end = text.trim_ascii().is_empty();
        match self.reason {
            GapReason::OverLimit => "the line is too long or too deeply nested".to_owned(),
            GapReason::OutOfTime => "the line takes too long to read".to_owned(),
            GapReason::Refused if at_end => {
                "more is expected here (an open quote, here-document or construct?)".to_owned()
            }
            GapReason::Refused => format!("`{shown}` is not expected here"),
            GapReason::Disagreement => format!("`{shown}` can be read in more than one way"),
            GapReason::UnknownNode => format!("`{shown}` is no known construct"),
            GapReason::UnownedBytes => format!("`{shown}` is no known expansion"),
            GapReason::Encoding => format!("`{shown}` depends on the character set"),
        }
    }
}

/// How many bytes of the word that `rest` begins in are left.
fn rest_of_word(rest: &[u8]) -> usize {
    rest.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count()
}

/// The beginning of `text`, on one line.
fn excerpt(text: &[u8]) -> String {
    let text = text.trim_ascii();
    let line = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let shown = String::from_utf8_lossy(line);
    let most = 24;
    match shown.char_indices().nth(most) {
        Some((at, _)) => format!("{}…", &shown[..at]),
        None if line.len() < text.len() => format!("{shown}…"),
        None => shown.into_owned(),
    }
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
