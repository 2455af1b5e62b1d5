//! The second reader: the `rable` parser's tree as a [`List`](super::plan::List).
//!
//! Only structure and raw text are taken from it. Its words come without reliable offsets and its redirections without
//! their full spelling, so what it says is held against the text by the aligner.

mod compound;
mod list;
mod simple;

use super::plan::{List, Mismatch};
use super::text::Text;

/// Parses `text`.
pub(crate) fn plan(text: &Text<'_>, extglob: bool) -> Result<List, Mismatch> {
    let nodes = ::rable::parse(&text.string, extglob).map_err(|error| {
        let at = text.string.char_indices().nth(error.pos()).map_or(text.string.len(), |(at, _)| at);
        Mismatch::at(text.offset(at))
    })?;
    let mut list = List::new();
    for node in &nodes {
        list::extend(text, node, &mut list, 0)?;
    }
    Ok(list)
}

/// The refusal of a node that no rule handles.
fn unknown(text: &Text<'_>, node: &::rable::Node) -> Mismatch {
    let offset = |at: usize| {
        let byte = text.string.char_indices().nth(at).map_or(text.string.len(), |(at, _)| at);
        text.offset(byte)
    };
    Mismatch { start: offset(node.span.start), end: offset(node.span.end), unknown_node: true }
}
