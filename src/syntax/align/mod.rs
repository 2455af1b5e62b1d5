//! Holds a parser's structure against the text, token by token.
//!
//! In: the text and a [`List`](super::plan::List). Out: the [`Script`] with exact spans and words that are not yet taken
//! apart, or the place where the text says something else. Every byte is passed by a rule here, so a parser that
//! lost, merged or invented a word or an operator is found out whatever its mistake was.

mod assignment;
mod compound;
mod cursor;
mod list;
mod simple;
mod test;

pub(crate) use assignment::{array_elements, assignment};

use super::plan::{List, Mismatch};
use super::{HereDocument, Script};
use crate::text::Span;

/// A reading of one piece of text.
pub(crate) struct Aligned {
    /// The script; words have a span and no parts.
    pub script: Script,
    /// Command names no program has (`--`, `-x`): more likely a construct both parsers missed.
    pub suspects: Vec<Span>,
}

/// The head of a construct that tree-sitter's grammar does not have.
#[derive(Clone, Debug)]
pub(crate) enum Hidden {
    /// `coproc`, and its name.
    Coproc(Option<Vec<u8>>),
    /// `name()` before a body that is neither a group nor a subshell.
    Function(Vec<u8>),
}

/// What is known of the text besides its bytes.
#[derive(Default)]
pub(crate) struct Around<'a> {
    /// Extended patterns may occur.
    pub extglob: bool,
    /// The text is the inside of a substitution.
    pub in_substitution: bool,
    /// Heads of constructs that were hidden from the parser, and where they begin.
    pub hidden: &'a [(usize, Hidden)],
}

/// Where and in what the cursor stands.
pub(crate) struct Aligner<'a> {
    bytes: &'a [u8],
    at: usize,
    context: &'a Around<'a>,
    /// Here-documents whose bodies begin behind the next newline.
    pending: Vec<(usize, bool)>,
    documents: Vec<HereDocument>,
    /// Where the `!` and `time` before the current pipeline lie.
    keywords: std::ops::Range<usize>,
    suspects: Vec<Span>,
}

/// Holds `plan` against `bytes`.
pub(crate) fn align(bytes: &[u8], plan: &List, context: &Around<'_>) -> Result<Aligned, Mismatch> {
    let mut aligner = Aligner {
        bytes,
        at: 0,
        context,
        pending: Vec::new(),
        documents: Vec::new(),
        keywords: 0..0,
        suspects: Vec::new(),
    };
    let mut script = aligner.list(plan)?;
    aligner.skip_lines();
    if aligner.at < bytes.len() {
        return Err(aligner.here());
    }
    aligner.read_documents();
    if !aligner.documents.is_empty() {
        super::walk::documents(&mut script, &mut aligner.documents.into_iter());
    }
    Ok(Aligned { script, suspects: aligner.suspects })
}

impl Aligner<'_> {
    /// The mismatch at the cursor.
    fn here(&self) -> Mismatch {
        Mismatch::at(self.at)
    }

    /// The span from `start` to the cursor.
    fn span_from(&self, start: usize) -> Span {
        Span::new(start, self.at)
    }
}
