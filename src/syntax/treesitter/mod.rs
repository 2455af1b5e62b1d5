//! The first reader: tree-sitter-bash's tree, walked by hand, as a [`List`](super::plan::List).
//!
//! Only structure and the extents of simple commands are taken from it; the aligner holds both against the text. A tree
//! with an ERROR or MISSING node is not read at all.

mod compound;
mod kinds;
mod skeleton;
mod statement;

pub(crate) use skeleton::skeleton;

use super::budget::Budget;
use super::plan::{List, Mismatch};
use super::text::Text;
use crate::sys::FirstMemory;
use std::cell::RefCell;
use std::mem::ManuallyDrop;
use std::ops::ControlFlow;
use tree_sitter::{Node, ParseOptions, Parser, Tree};

/// How many progress reports (each 100 parse actions) a text may cost besides one for every 16 bytes. Well-formed text
/// needs one for some 40 bytes; the parser's recoveries from errors, which grow with the square, reach the limit.
const PATIENCE: usize = 40;

/// Progress reports between two looks at the clock; a report comes some 100 µs after the one before.
const REPORTS_A_LOOK: usize = 4;

thread_local! {
    /// Making a parser costs more than parsing a line.
    static PARSER: RefCell<Option<Parser>> = RefCell::new(new_parser());
    /// That of the thread that is about to become another program. What is to be given back when a thread ends is noted in
    /// memory of the C library, which begins with six calls of the kernel for it; this one never ends before the process.
    static LASTING: ManuallyDrop<RefCell<Option<Parser>>> = ManuallyDrop::new(RefCell::new(new_parser()));
}

/// What `work` makes with this thread's parser; `None` when there is none.
fn with_parser<T>(work: impl FnOnce(&mut Parser) -> Option<T>) -> Option<T> {
    let work = |slot: &RefCell<Option<Parser>>| work(slot.borrow_mut().as_mut()?);
    if FirstMemory::serves_this_thread() { LASTING.with(|slot| work(slot)) } else { PARSER.with(work) }
}

fn new_parser() -> Option<Parser> {
    let mut parser = crate::sys::new_parser();
    parser.set_language(&tree_sitter_bash::LANGUAGE.into()).ok()?;
    Some(parser)
}

/// Why this reader has no plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The tree has an ERROR or MISSING node, or a node no rule handles.
    Refused(Mismatch),
    /// Parsing cost more than it may.
    TooSlow,
}

impl From<Mismatch> for Failure {
    fn from(mismatch: Mismatch) -> Self {
        Self::Refused(mismatch)
    }
}

/// Parses `text`.
pub(crate) fn plan(text: &Text<'_>, budget: &Budget) -> Result<List, Failure> {
    let source = text.string.as_bytes();
    let tree = parse(source, budget).ok_or(Failure::TooSlow)?;
    let root = tree.root_node();
    if root.has_error() {
        return Err(Failure::Refused(first_error(text, root)));
    }
    let walk = Walk { text, source };
    Ok(walk.program(root)?)
}

fn parse(source: &[u8], budget: &Budget) -> Option<Tree> {
    with_parser(|parser| {
        let mut reports = 0usize;
        let mut progress = |state: &tree_sitter::ParseState| {
            reports += 1;
            let share = if state.has_error() { 128 } else { 16 };
            let late = reports.is_multiple_of(REPORTS_A_LOOK) && budget.spent();
            if late || reports > PATIENCE + source.len() / share {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        };
        let options = ParseOptions::new().progress_callback(&mut progress);
        let mut read = |at: usize, _: tree_sitter::Point| source.get(at..).unwrap_or_default();
        let tree = parser.parse_with_options(&mut read, None, Some(options));
        if tree.is_none() {
            parser.reset();
        }
        tree
    })
}

/// The first ERROR or MISSING node.
fn first_error(text: &Text<'_>, root: Node<'_>) -> Mismatch {
    let mut at = root;
    'down: loop {
        if at.is_error() || at.is_missing() {
            break;
        }
        let mut cursor = at.walk();
        for child in at.children(&mut cursor) {
            if child.has_error() || child.is_missing() {
                at = child;
                continue 'down;
            }
        }
        break;
    }
    let (start, end) = (text.offset(at.start_byte()), text.offset(at.end_byte()));
    Mismatch { start, end: end.max(start + 1), unknown_node: false }
}

/// A walk over the tree.
struct Walk<'t, 'a> {
    text: &'t Text<'a>,
    source: &'t [u8],
}

impl Walk<'_, '_> {
    /// The refusal of a node no rule handles.
    fn unknown(&self, node: Node<'_>) -> Mismatch {
        Mismatch {
            start: self.text.offset(node.start_byte()),
            end: self.text.offset(node.end_byte()),
            unknown_node: true,
        }
    }

    /// The extent of a node as offsets in the bytes.
    fn extent(&self, node: Node<'_>) -> (usize, usize) {
        (self.text.offset(node.start_byte()), self.text.offset(node.end_byte()))
    }
}
