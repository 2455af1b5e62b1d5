//! A word half expanded.

use super::Text;
use crate::grammar::{Argument, Known};
use crate::text::Span;

/// A part of a word after parameter expansion and splitting, before globbing and quote removal.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Piece {
    /// Known text; glob characters in it are live unless quoted.
    Known {
        /// The text.
        bytes: Vec<u8>,
        /// Quoted: keeps an empty field alive, glob characters are literal.
        quoted: bool,
    },
    /// Unknown text.
    Unknown {
        /// Quoted: one field whatever it holds.
        quoted: bool,
        /// Without white space.
        plain: bool,
        /// With the text before it: a list of names that all begin so.
        stem: bool,
        /// It came from another machine.
        fetched: bool,
    },
    /// Any number of unknown fields (`"$@"` of which nothing is known).
    Many,
    /// Here one field ends and another begins.
    Break,
}

/// One field of the command, or an unknown number of them.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Field {
    /// What is known of it.
    pub(crate) text: Text,
    /// It stands for any number of fields, none included.
    pub(crate) many: bool,
    /// The word it came from.
    pub(crate) span: Span,
}

impl Field {
    /// A wholly known field.
    pub(crate) fn exactly(bytes: impl Into<Vec<u8>>, span: Span) -> Self {
        Self { text: Text::exactly(bytes), many: false, span }
    }

    /// Any number of unknown fields.
    pub(crate) fn many(span: Span) -> Self {
        Self { text: Text::unknown(), many: true, span }
    }

    /// The bytes, when it is one field and all are known.
    pub(crate) fn exact(&self) -> Option<&[u8]> {
        if self.many { None } else { self.text.exact() }
    }

    /// As an argument of a program.
    pub(crate) fn argument(&self) -> Argument {
        Argument { value: self.text.known.clone(), many: self.many, span: self.span }
    }

    /// As the shell shows it: `…` stands for what is unknown.
    pub(crate) fn shown(&self) -> Vec<u8> {
        let mut shown = self.text.prefix().to_vec();
        if self.many || !matches!(self.text.known, Known::Exactly(_)) {
            shown.extend_from_slice("…".as_bytes());
        }
        shown
    }
}

impl From<&Argument> for Field {
    fn from(argument: &Argument) -> Self {
        Self { text: Text { known: argument.value.clone(), ..Text::word() }, many: argument.many, span: argument.span }
    }
}
