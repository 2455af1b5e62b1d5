//! The verbs, one file each.

use super::registry::Verb;

mod approve;
mod check;
mod completions;
mod deny;
mod log;
mod man;
mod pending;
mod show;

/// All verbs, in the order people read them.
pub(super) const ALL: &[&Verb] = &[
    &check::VERB,
    &log::VERB,
    &show::VERB,
    &pending::VERB,
    &approve::VERB,
    &deny::VERB,
    &completions::VERB,
    &man::VERB,
];
