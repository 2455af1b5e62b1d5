//! Reads pieces of text with both readers.

use super::align::{Aligned, Around, align};
use super::budget::Budget;
use super::plan::Mismatch;
use super::positions::Positions;
use super::text::Text;
use super::{AndOr, Gap, GapReason, ReadOptions, Script, dialect, pieces, rable, scan, treesitter, walk, words};
use crate::text::Span;

/// Whose reading is taken where the readers differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lane {
    /// tree-sitter's.
    First,
    /// rable's.
    Second,
}

/// Text longer than this is not given to tree-sitter when the other reader refused it: its search for a repair takes
/// time that grows with the square of the length.
const MOST_REFUSED: usize = 1024;

/// More gaps say nothing new.
const MOST_GAPS: usize = 64;

/// What the reading of one line has found so far.
pub(crate) struct Session<'o> {
    options: &'o ReadOptions,
    lane: Lane,
    budget: Budget,
    /// Extended patterns may occur: they are on, or the line turns them on.
    extglob: bool,
    /// The text that is read next stands in backquotes.
    in_backquotes: bool,
    /// Where the second reader stopped, when neither could read the whole.
    stopped: usize,
    /// What was not understood.
    pub gaps: Vec<Gap>,
    /// The readers differed somewhere, so the other lane gives another script.
    pub diverged: bool,
}

impl<'o> Session<'o> {
    /// A session that takes `lane` where the readers differ.
    pub(crate) fn new(line: &[u8], options: &'o ReadOptions, lane: Lane, budget: Budget) -> Self {
        let turns_on = (0..line.len()).any(|at| line[at] == b'e' && line[at..].starts_with(b"extglob"));
        Self {
            options,
            lane,
            budget,
            extglob: options.extglob || turns_on,
            in_backquotes: false,
            stopped: 0,
            gaps: Vec::new(),
            diverged: false,
        }
    }

    /// Notes that `span` was not understood.
    pub(crate) fn gap(&mut self, span: Span, reason: GapReason) {
        let gap = Gap { span, reason };
        if self.gaps.len() < MOST_GAPS && !self.gaps.contains(&gap) {
            self.gaps.push(gap);
        }
    }

    /// The settings in force.
    pub(crate) fn options(&self) -> ReadOptions {
        *self.options
    }

    /// Notes that shells other than bash take `span` for something else.
    pub(crate) fn unlike_others(&mut self, span: Span) {
        if self.options.posix || self.options.zsh {
            self.gap(span, GapReason::Disagreement);
        }
    }

    /// Notes that a POSIX shell may take `span`, which bash alone gives a meaning, for something else.
    pub(crate) fn only_bash(&mut self, span: Span) {
        if self.options.posix {
            self.gap(span, GapReason::Disagreement);
        }
    }

    /// Reads the script inside backquotes, for which `)` ends nothing.
    pub(crate) fn backquoted(&mut self, bytes: &[u8], positions: &Positions, depth: usize) -> Script {
        self.in_backquotes = true;
        self.nested_text(bytes, positions, depth)
    }

    /// Reads the script inside a substitution.
    pub(crate) fn nested(&mut self, bytes: &[u8], positions: &Positions, depth: usize) -> Script {
        self.in_backquotes = false;
        self.nested_text(bytes, positions, depth)
    }

    fn nested_text(&mut self, bytes: &[u8], positions: &Positions, depth: usize) -> Script {
        if depth > scan::DEEPEST {
            self.gap(positions.span(0, bytes.len()), GapReason::OverLimit);
            return Script::default();
        }
        if self.budget.spent() {
            self.gap(positions.span(0, bytes.len()), GapReason::OutOfTime);
            return Script::default();
        }
        self.script(bytes, positions, depth + 1).unwrap_or_default()
    }

    /// True when no time is left.
    pub(crate) fn spent(&self) -> bool {
        self.budget.spent()
    }

    /// A session for a part of the line.
    pub(crate) fn trial(&self, part: &[u8]) -> Session<'o> {
        let mut trial = Session::new(part, self.options, self.lane, self.budget);
        trial.extglob = self.extglob;
        trial
    }

    /// Takes over what the reading of a part has found.
    pub(crate) fn take_over(&mut self, trial: Session<'_>) {
        self.diverged |= trial.diverged;
        for gap in trial.gaps {
            self.gap(gap.span, gap.reason);
        }
    }

    /// Reads a whole line, or as many of its lines as come before what cannot be read: bash runs those.
    pub(crate) fn line(&mut self, bytes: &[u8], positions: &Positions) -> Option<Script> {
        let foreign = self.options.foreign_charset && !bytes.is_ascii();
        if foreign || std::str::from_utf8(bytes).is_err() && Text::clashes(bytes) {
            self.gap(positions.span(0, bytes.len()), GapReason::Encoding);
        }
        if pieces::is_long(bytes) {
            return pieces::read(self, bytes, positions);
        }
        if let Some(script) = self.script(bytes, positions, 0) {
            return Some(script);
        }
        self.lines_before_the_error(bytes, positions)
    }

    /// Reads the longest run of whole lines from the start on that can be found in a few trials. Where the second reader
    /// stopped is the first guess; an open quote or construct may begin far before, so the steps back grow.
    pub(crate) fn lines_before_the_error(&mut self, bytes: &[u8], positions: &Positions) -> Option<Script> {
        let newlines = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
        let ends: Vec<usize> = newlines.map(|(at, _)| at + 1).filter(|end| *end <= self.stopped).collect();
        let mut best = None;
        // The first `whole` lines can be read, the first `broken` cannot.
        let (mut whole, mut broken) = (0, ends.len() + 1);
        let mut back = 1;
        while broken - whole > 1 {
            if self.budget.spent() {
                self.gap(positions.span(0, bytes.len()), GapReason::OutOfTime);
                break;
            }
            let count = match best {
                None => (ends.len() + 1).saturating_sub(back).max(1),
                Some(_) => whole.midpoint(broken),
            };
            let end = ends[count - 1];
            let mut trial = self.trial(&bytes[..end]);
            if let Some(script) = trial.script(&bytes[..end], positions, 0) {
                whole = count;
                best = Some((script, trial, end));
            } else {
                broken = count;
                back += (back / 4).max(1);
            }
        }
        let (script, trial, end) = best?;
        self.take_over(trial);
        self.gap(positions.span(end, bytes.len()), GapReason::Refused);
        Some(script)
    }

    /// Reads a script; `None` when neither reader can read any of it.
    pub(crate) fn script(&mut self, bytes: &[u8], positions: &Positions, depth: usize) -> Option<Script> {
        let text = Text::new(bytes);
        let mut script = self.outline(&text, positions, depth > 0 && !self.in_backquotes)?;
        words::fill(&mut script, bytes, positions, self, depth);
        dialect::differences(&mut script, self);
        Some(script)
    }

    /// The script with words not yet taken apart.
    fn outline(&mut self, text: &Text<'_>, positions: &Positions, nested: bool) -> Option<Script> {
        let around = Around { extglob: self.extglob, in_substitution: nested, hidden: &[] };
        let second = rable::plan(text, self.extglob).and_then(|plan| align(text.bytes, &plan, &around));
        for span in second.iter().flat_map(|aligned| &aligned.suspects) {
            self.gap(positions.map(*span), GapReason::Refused);
        }
        let first = first(text, second.as_ref().ok(), &around, &self.budget);
        match (first, second) {
            (Ok(first), Ok(second)) if first == second.script => Some(first),
            (Ok(first), Ok(second)) => {
                self.diverged = true;
                self.gap(positions.map(difference(&first, &second.script)), GapReason::Disagreement);
                Some(if self.lane == Lane::First { first } else { second.script })
            }
            (Ok(first), Err(mismatch)) => {
                self.refused(mismatch, GapReason::Refused, positions);
                Some(first)
            }
            (Err((mismatch, reason)), Ok(second)) => {
                self.refused(mismatch, reason, positions);
                Some(second.script)
            }
            (Err((_, reason)), Err(mismatch)) => {
                self.stopped = mismatch.start;
                let late = reason == GapReason::OutOfTime;
                let reason = if late { reason } else { GapReason::Refused };
                self.refused(mismatch, reason, positions);
                None
            }
        }
    }

    fn refused(&mut self, mismatch: Mismatch, reason: GapReason, positions: &Positions) {
        let reason = if mismatch.unknown_node { GapReason::UnknownNode } else { reason };
        self.gap(positions.span(mismatch.start, mismatch.end), reason);
    }
}

/// What the first reader says, with the second one's reading at hand for a second try without words.
fn first(
    text: &Text<'_>,
    other: Option<&Aligned>,
    around: &Around<'_>,
    budget: &Budget,
) -> Result<Script, (Mismatch, GapReason)> {
    if other.is_none() && text.bytes.len() > MOST_REFUSED {
        return Err((Mismatch::at(0), GapReason::Refused));
    }
    let once = treesitter::plan(text, budget).map_err(reason).and_then(|plan| {
        let aligned = align(text.bytes, &plan, around).map_err(|mismatch| (mismatch, GapReason::Disagreement))?;
        Ok(aligned.script)
    });
    let (Err(failure), Some(other)) = (&once, other) else { return once };
    if failure.1 == GapReason::OutOfTime {
        return once;
    }
    let (plain, added) = treesitter::skeleton(text.bytes, &other.script);
    let hidden = walk::hidden(&other.script);
    let around = Around { extglob: around.extglob, in_substitution: around.in_substitution, hidden: &hidden };
    let again = treesitter::plan(&Text::with(&plain, &added), budget)
        .ok()
        .and_then(|plan| align(text.bytes, &plan, &around).ok());
    match again {
        Some(aligned) => Ok(aligned.script),
        None => once,
    }
}

fn reason(failure: treesitter::Failure) -> (Mismatch, GapReason) {
    match failure {
        treesitter::Failure::Refused(mismatch) => (mismatch, GapReason::Refused),
        treesitter::Failure::TooSlow => (Mismatch::at(0), GapReason::OutOfTime),
    }
}

/// The narrowest span in which two scripts differ that their top levels show.
fn difference(first: &Script, second: &Script) -> Span {
    let span = |item: &AndOr| item.rest.iter().fold(item.first.span, |span, (_, pipeline)| span.to(pipeline.span));
    let mut pairs = first.items.iter().zip(&second.items);
    let differing = pairs.find(|(first, second)| first != second);
    match differing {
        Some((first, second)) => span(first).to(span(second)),
        None => {
            let rest = first.items.iter().chain(&second.items).skip(first.items.len().min(second.items.len()));
            rest.map(span).reduce(Span::to).unwrap_or_default()
        }
    }
}
