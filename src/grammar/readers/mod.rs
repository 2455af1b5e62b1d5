//! Argument languages a table cannot express, one file each.
//!
//! A reader gets what [`super::bind`] gets and answers the same. Most let the table do what it can and add the rest.

use super::{Argument, Grammar, Invocation};

/// Reads an argv.
pub(super) type Reader = fn(&Grammar, &[u8], &[Argument]) -> Invocation;

/// The reader a grammar names.
pub(super) fn named(_name: &str) -> Option<Reader> {
    None
}
