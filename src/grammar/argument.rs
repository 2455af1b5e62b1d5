//! An argument as far as the line tells it.

use crate::text::Span;

/// One argument, or an unknown number of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Argument {
    /// What is known of its bytes.
    pub value: Known,
    /// It stands for any number of arguments, none included (`"$@"`, an unquoted `$x`, a glob that was not evaluated).
    pub many: bool,
    /// The word it came from.
    pub span: Span,
}

/// What is known of a string of bytes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Known {
    /// All of it.
    Exactly(Vec<u8>),
    /// It begins so; the rest is unknown.
    Begins(Vec<u8>),
    /// Nothing.
    Nothing,
}

impl Argument {
    /// A wholly known argument.
    pub fn exactly(bytes: &[u8], span: Span) -> Self {
        Self { value: Known::Exactly(bytes.to_vec()), many: false, span }
    }

    /// The bytes, when all are known and it is one argument.
    pub fn literal(&self) -> Option<&[u8]> {
        match &self.value {
            Known::Exactly(bytes) if !self.many => Some(bytes),
            _ => None,
        }
    }

    /// True unless it is certain not to be read as an option.
    pub fn may_be_option(&self) -> bool {
        match &self.value {
            Known::Exactly(bytes) | Known::Begins(bytes) if !bytes.is_empty() => bytes[0] == b'-',
            Known::Exactly(_) => false,
            Known::Begins(_) | Known::Nothing => true,
        }
    }
}
