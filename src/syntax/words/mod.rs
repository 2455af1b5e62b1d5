//! Takes a word apart.
//!
//! In: the bytes of a word that a reader delimited. Out: its [`WordPart`]s; scripts inside it are read by the session
//! that reads the line, so both readers see them. Text that no rule fits becomes [`WordPart::Opaque`] and a gap.

mod ansi;
mod expansion;
mod fill;
mod parameter;
mod reader;

pub(crate) use fill::fill;
pub(crate) use reader::{Mode, WordReader};
