//! Where things end.
//!
//! In: bytes and the offset of an opening character. Out: the offset behind the matching close, or `None` when the text
//! ends first. Builds no tree and decides nothing about meaning; the word reader and the aligner do.

mod heredoc;
mod quote;
mod substitution;
mod word;

pub(crate) use heredoc::{Body, body, delimiter};
pub(crate) use quote::{ansi_quoted, backquoted, double_quoted, single_quoted};
pub(crate) use substitution::{arithmetic, bracketed, command, dollar};
pub(crate) use word::{WordRules, is_assignment, name_end, skip_blanks, word};

/// Nested constructs a scan follows before it gives up (the limits keep real input far below).
pub(crate) const DEEPEST: usize = 80;

/// True for the bytes that end an unquoted word.
pub(crate) fn is_meta(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'|' | b'&' | b';' | b'(' | b')' | b'<' | b'>')
}
