//! Text of which perhaps only the beginning is known.

use crate::grammar::Known;
use std::path::PathBuf;
use std::rc::Rc;

/// Longest text that is kept, in bytes; of a longer one the beginning.
const LONGEST: usize = 256 * 1024;
/// How much of a text that grew too long is kept.
const KEPT: usize = 4096;

/// What `find` lists, as far as its tests are followed: looked for only where somebody needs the names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Search {
    /// The root as it is written.
    pub(crate) given: Vec<u8>,
    /// The root as it resolves.
    pub(crate) root: PathBuf,
    /// The words of the command line.
    pub(crate) words: Vec<Vec<u8>>,
}

/// A string as far as it is known.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Text {
    /// What is known of it.
    pub(crate) known: Known,
    /// The unknown rest holds no white space (a number, a hash, a word that was split off): unquoted it stays one field.
    pub(crate) plain: bool,
    /// It is a list of names that all begin with the known part (what `find ROOT` prints).
    pub(crate) stem: bool,
    /// Where those names are looked for, when nothing has been taken from the list yet.
    pub(crate) search: Option<Rc<Search>>,
    /// A part of it, or what it was made from, came from another machine.
    pub(crate) fetched: bool,
}

impl Text {
    /// Wholly known.
    pub(crate) fn exactly(bytes: impl Into<Vec<u8>>) -> Self {
        Self { known: Known::Exactly(bytes.into()), plain: true, stem: false, search: None, fetched: false }
    }

    /// Known to begin with `prefix`.
    pub(crate) fn begins(prefix: impl Into<Vec<u8>>, plain: bool) -> Self {
        let prefix = prefix.into();
        let known = if prefix.is_empty() { Known::Nothing } else { Known::Begins(prefix) };
        Self { known, plain, stem: false, search: None, fetched: false }
    }

    /// Names that all begin with `prefix`.
    pub(crate) fn stem(prefix: impl Into<Vec<u8>>) -> Self {
        Self { stem: true, ..Self::begins(prefix, false) }
    }

    /// Nothing is known.
    pub(crate) fn unknown() -> Self {
        Self { known: Known::Nothing, plain: false, stem: false, search: None, fetched: false }
    }

    /// Unknown, but without white space.
    pub(crate) fn word() -> Self {
        Self { known: Known::Nothing, plain: true, stem: false, search: None, fetched: false }
    }

    /// The bytes, when all are known.
    pub(crate) fn exact(&self) -> Option<&[u8]> {
        match &self.known {
            Known::Exactly(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// The known beginning.
    pub(crate) fn prefix(&self) -> &[u8] {
        match &self.known {
            Known::Exactly(bytes) | Known::Begins(bytes) => bytes,
            Known::Nothing => b"",
        }
    }

    /// The same, as what this search lists.
    pub(crate) fn listed_by(self, search: Option<Search>) -> Self {
        Self { search: search.map(Rc::new), ..self }
    }

    /// The same, as what came from another machine when `fetched`.
    pub(crate) fn marked(self, fetched: bool) -> Self {
        Self { fetched: self.fetched || fetched, ..self }
    }

    /// Run as code, this would begin a command with what came from another machine.
    pub(crate) fn is_fetched_code(&self) -> bool {
        let begins = |before: &[u8]| before.last().is_none_or(|byte| b";&|(){\n".contains(byte));
        self.fetched && self.exact().is_none() && begins(self.prefix().trim_ascii_end())
    }

    /// Appends `other`.
    pub(crate) fn push(&mut self, other: &Text) {
        let fetched = self.fetched || other.fetched;
        self.append(other);
        self.fetched = fetched;
    }

    fn append(&mut self, other: &Text) {
        if self.exact() == Some(b"") {
            self.clone_from(other);
            return;
        }
        self.search = None;
        match &mut self.known {
            Known::Exactly(own) => {
                let mut bytes = std::mem::take(own);
                bytes.extend_from_slice(other.prefix());
                if bytes.len() > LONGEST {
                    bytes.truncate(KEPT);
                    *self = Text::begins(bytes, false);
                    return;
                }
                *self = match other.known {
                    Known::Exactly(_) => Text::exactly(bytes),
                    _ => Text {
                        stem: other.stem && self.prefix().is_empty() && bytes == other.prefix(),
                        ..Text::begins(bytes, other.plain)
                    },
                };
            }
            _ => {
                self.stem &= other.exact() == Some(b"");
                self.plain &=
                    other.plain && other.exact().is_none_or(|bytes| !bytes.iter().any(u8::is_ascii_whitespace));
            }
        }
    }

    /// What both have in common: the text that is one or the other.
    pub(crate) fn join(&self, other: &Text) -> Text {
        if self == other {
            return self.clone();
        }
        let common = self.prefix().iter().zip(other.prefix()).take_while(|(left, right)| left == right).count();
        let plain = |text: &Text| match &text.known {
            Known::Exactly(bytes) => !bytes.iter().any(u8::is_ascii_whitespace),
            _ => text.plain,
        };
        Text::begins(&self.prefix()[..common], plain(self) && plain(other)).marked(self.fetched || other.fetched)
    }
}
