//! The verbs, one file each.

use super::registry::Verb;

mod check;
mod completions;
mod man;

/// All verbs, in the order people read them.
pub(super) const ALL: &[&Verb] = &[&check::VERB, &completions::VERB, &man::VERB];
