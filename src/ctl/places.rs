//! Where the verbs find what they show.

use super::failure::Failure;
use crate::approval::Requests;
use crate::host::Places;
use crate::journal::{Journal, Record};
use std::path::PathBuf;

/// The state directory.
pub(super) fn state() -> PathBuf {
    Places::find().state
}

/// The requests that wait.
pub(super) fn requests() -> Requests {
    Requests::of(&state())
}

/// The journal.
pub(super) fn journal() -> Journal {
    Journal::open(&state())
}

/// The journal's entries.
pub(super) fn records() -> Result<Vec<Record>, Failure> {
    Ok(journal().entries()?)
}

/// The state directory could not be read.
pub(super) fn unreadable(error: std::io::Error) -> Failure {
    Failure::plain(format!("cannot read {}: {error}", state().display()))
}
