//! From offsets in a piece of text to spans of the line.

use crate::text::Span;
use std::sync::Arc;

/// Where the bytes of a piece of text stand in the line.
#[derive(Clone, Debug)]
pub(crate) enum Positions {
    /// Contiguously, from this offset on.
    From(usize),
    /// The text was rewritten (backquotes): all of it stands for this span.
    Whole(Span),
    /// Byte by byte; the last entry is the end. The piece begins at the given entry.
    Table(Arc<[u32]>, usize),
}

impl Positions {
    /// The span of the line that `start..end` of the text stands for.
    pub(crate) fn span(&self, start: usize, end: usize) -> Span {
        match self {
            Self::From(base) => Span::new(base + start, base + end),
            Self::Whole(span) => *span,
            Self::Table(table, base) => {
                let at = |offset: usize| table.get(base + offset).or(table.last()).copied().unwrap_or(0) as usize;
                let last = if end > start { at(end - 1) + 1 } else { at(end) };
                Span::new(at(start), last)
            }
        }
    }

    /// The same for a span with offsets in the text.
    pub(crate) fn map(&self, local: Span) -> Span {
        self.span(local.start as usize, local.end as usize)
    }

    /// The positions of the text behind its first `offset` bytes.
    pub(crate) fn behind(&self, offset: usize) -> Self {
        match self {
            Self::From(base) => Self::From(base + offset),
            Self::Whole(span) => Self::Whole(*span),
            Self::Table(table, base) => Self::Table(Arc::clone(table), base + offset),
        }
    }
}
