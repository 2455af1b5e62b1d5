//! The verbs, one file each.

use super::registry::Verb;

mod approve;
mod bench;
mod check;
mod completions;
mod deny;
mod explain;
mod log;
mod man;
mod pending;
mod show;

/// All verbs, in the order people read them.
pub(super) const ALL: &[&Verb] = &[
    &check::VERB,
    &explain::VERB,
    &log::VERB,
    &show::VERB,
    &pending::VERB,
    &approve::VERB,
    &deny::VERB,
    &bench::VERB,
    &completions::VERB,
    &man::VERB,
];
