//! The verbs, one file each.

use super::registry::Verb;
use crate::ui::visible_bytes;

mod approve;
mod bench;
mod blame;
mod check;
mod completions;
mod deny;
mod diff;
mod doctor;
mod explain;
mod forget;
mod gc;
mod grant;
mod grants;
mod hook;
mod log;
mod man;
mod pending;
mod redo;
mod refill;
mod restore;
mod revoke;
mod rules;
mod run;
mod setup;
mod show;
mod status;
mod undo;
mod watch;

pub(super) use approve::failure as order_failure;
pub(super) use rules::pattern_text;

/// All verbs, in the order people read them.
pub(super) const ALL: &[&Verb] = &[
    &check::VERB,
    &explain::VERB,
    &log::VERB,
    &show::VERB,
    &diff::VERB,
    &undo::VERB,
    &redo::VERB,
    &restore::VERB,
    &blame::VERB,
    &pending::VERB,
    &approve::VERB,
    &deny::VERB,
    &watch::VERB,
    &status::VERB,
    &grant::VERB,
    &grants::VERB,
    &revoke::VERB,
    &refill::VERB,
    &rules::VERB,
    &run::VERB,
    &setup::VERB,
    &hook::VERB,
    &doctor::VERB,
    &gc::VERB,
    &forget::VERB,
    &bench::VERB,
    &completions::VERB,
    &man::VERB,
];

/// A line on one row, no longer than a screen is wide.
pub(super) fn shortened(line: &[u8]) -> String {
    let text = visible_bytes(line);
    match text.char_indices().nth(160) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    }
}
