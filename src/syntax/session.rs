//! Reads pieces of text with both readers.

use super::align::{Aligned, align};
use super::plan::Mismatch;
use super::positions::Positions;
use super::text::Text;
use super::{Gap, GapReason, ReadOptions, Script, rable, scan, words};
use crate::text::Span;

/// Whose reading is taken where the readers differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lane {
    /// tree-sitter's.
    First,
    /// rable's.
    Second,
}

/// What the reading of one line has found so far.
pub(crate) struct Session<'o> {
    options: &'o ReadOptions,
    lane: Lane,
    /// Extended patterns may occur: they are on, or the line turns them on.
    extglob: bool,
    /// What was not understood.
    pub gaps: Vec<Gap>,
    /// The readers differed somewhere, so the other lane gives another script.
    pub diverged: bool,
}

impl<'o> Session<'o> {
    /// A session that takes `lane` where the readers differ.
    pub(crate) fn new(line: &[u8], options: &'o ReadOptions, lane: Lane) -> Self {
        let turns_on = line.windows(7).any(|window| window == b"extglob");
        Self { options, lane, extglob: options.extglob || turns_on, gaps: Vec::new(), diverged: false }
    }

    /// Notes that `span` was not understood.
    pub(crate) fn gap(&mut self, span: Span, reason: GapReason) {
        let gap = Gap { span, reason };
        if !self.gaps.contains(&gap) {
            self.gaps.push(gap);
        }
    }

    /// Reads the script inside a substitution.
    pub(crate) fn nested(&mut self, bytes: &[u8], positions: &Positions, depth: usize) -> Script {
        if depth > scan::DEEPEST {
            self.gap(positions.span(0, bytes.len()), GapReason::OverLimit);
            return Script::default();
        }
        self.script(bytes, positions, depth + 1).unwrap_or_default()
    }

    /// Reads a script; `None` when neither reader can read any of it.
    pub(crate) fn script(&mut self, bytes: &[u8], positions: &Positions, depth: usize) -> Option<Script> {
        let text = Text::new(bytes);
        let mut script = self.outline(&text, positions, depth > 0)?;
        words::fill(&mut script, bytes, positions, self, depth);
        Some(script)
    }

    /// The script with words not yet taken apart.
    fn outline(&mut self, text: &Text<'_>, positions: &Positions, nested: bool) -> Option<Script> {
        let extglob = self.extglob;
        let second = rable::plan(text, extglob).and_then(|plan| align(text.bytes, &plan, extglob, nested));
        match second {
            Ok(Aligned { script, .. }) => Some(script),
            Err(mismatch) => {
                self.refused(mismatch, positions);
                None
            }
        }
    }

    fn refused(&mut self, mismatch: Mismatch, positions: &Positions) {
        let reason = if mismatch.unknown_node { GapReason::UnknownNode } else { GapReason::Refused };
        self.gap(positions.span(mismatch.start, mismatch.end), reason);
    }
}
