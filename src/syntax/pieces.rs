//! Long texts, a few complete commands at a time.
//!
//! A shell reads a script so, and both parsers can only be stopped between two texts. A piece ends at a newline; where that is
//! inside a construct, no reader can make sense of the piece alone, and a longer one is tried.

use super::positions::Positions;
use super::session::Session;
use super::walk::{self, Walker};
use super::{GapReason, HereDocument, Script, Word};
use crate::text::Span;

/// Bytes of a piece; up to twice as many are read at once.
const PIECE: usize = 4 * 1024;

/// How much longer the piece is that is tried next.
const GROWTH: usize = 4;

/// Words that begin no command of a script's top level.
const INNER: [&[u8]; 9] = [b"fi", b"done", b"esac", b"else", b"elif", b"then", b"do", b"}", b")"];

/// True for a text that is read in pieces.
pub(crate) fn is_long(bytes: &[u8]) -> bool {
    bytes.len() > 2 * PIECE
}

/// Reads `bytes` piece by piece until the end, an error, or the end of the budget. What was read so far is the script.
pub(crate) fn read(session: &mut Session<'_>, bytes: &[u8], positions: &Positions) -> Option<Script> {
    let mut script = Script::default();
    let (mut from, mut size) = (0, PIECE);
    while from < bytes.len() {
        if session.spent() {
            session.gap(positions.span(from, bytes.len()), GapReason::OutOfTime);
            break;
        }
        let end = piece_end(bytes, from, size);
        let (piece, behind) = (&bytes[from..end], positions.behind(from));
        let last = end == bytes.len();
        let mut trial = session.trial(piece);
        let mut read = trial.script(piece, &behind, 0);
        let whole = read.as_mut().is_some_and(|part| !open_document(part));
        // What is not understood in a short piece may be for want of the rest.
        if !last && (!whole || !trial.gaps.is_empty() && size == PIECE) {
            size *= GROWTH;
            continue;
        }
        let refused = read.is_none();
        if refused {
            read = trial.lines_before_the_error(piece, &behind);
        }
        session.take_over(trial);
        script.items.extend(read.into_iter().flat_map(|part| part.items));
        if refused {
            break;
        }
        (from, size) = (end, PIECE);
    }
    (!script.items.is_empty() || session.gaps.is_empty()).then_some(script)
}

/// Where a piece of about `size` bytes that begins at `from` ends: behind a newline that a command follows, if there is one.
fn piece_end(bytes: &[u8], from: usize, size: usize) -> usize {
    if from + size >= bytes.len() {
        return bytes.len();
    }
    let ends = |at: &usize| bytes[*at] == b'\n' && (*at == 0 || bytes[*at - 1] != b'\\');
    let begins = |at: &usize| {
        let rest = &bytes[*at + 1..];
        let first = rest.first().is_some_and(|byte| byte.is_ascii_alphanumeric() || b"_./$#\"'[(".contains(byte));
        let word = rest.split(|byte| !byte.is_ascii_alphanumeric() && !b"})".contains(byte)).next();
        first && !word.is_some_and(|word| INNER.contains(&word))
    };
    let newlines = || (from..from + size).rev().filter(ends);
    let found = newlines().find(begins).or_else(|| newlines().next());
    let found = found.or_else(|| (from + size..bytes.len()).find(ends));
    found.map_or(bytes.len(), |newline| newline + 1)
}

/// True when the end of the text closed a here-document.
fn open_document(script: &mut Script) -> bool {
    struct Finder(bool);
    impl Walker for Finder {
        fn span(&mut self, _: &mut Span) {}
        fn word(&mut self, _: &mut Word) {}
        fn arithmetic(&mut self, _: &mut Word) {}
        fn document(&mut self, document: &mut HereDocument, _: bool) {
            self.0 |= !document.closed;
        }
    }
    let mut finder = Finder(false);
    walk::script(script, &mut finder);
    finder.0
}
