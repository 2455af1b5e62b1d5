//! Lines that a grant answers beforehand.

use super::Question;
use crate::sys::clock;

use crate::host::Grants;
use crate::journal::{self, Entry, Granted, Journal};
use crate::policy::{Grant, covering};
use std::path::Path;

/// Uses the grants that together answer all that is asked about the line; gives their ids. `None`: something is left to
/// ask, and nothing was used. Each use is counted and recorded.
pub(super) fn granted(question: &Question, state: &Path, journal: &Journal) -> Option<Vec<String>> {
    let choose = |all: &[Grant]| {
        let now = clock::milliseconds();
        let holding: Vec<&Grant> =
            all.iter().filter(|grant| grant.holds(&question.session, &question.cwd, now)).collect();
        let used = covering(&question.verdict, &question.commands, &holding)?;
        Some(used.into_iter().map(|(grant, uses)| (grant.id.clone(), uses)).collect())
    };
    let spent = Grants::of(state).spend(choose)?;
    for grant in &spent {
        let what = Granted::Used { step: question.step, used: grant.used, count: grant.count };
        let _ = journal.append(entry(grant, what, &question.session));
    }
    Some(spent.into_iter().map(|grant| grant.id).collect())
}

/// What the journal says of a grant.
pub(super) fn entry(grant: &Grant, what: Granted, by: &str) -> Entry {
    Entry::Grant(journal::Grant {
        grant: grant.id.clone(),
        what,
        pattern: grant.pattern.clone(),
        seal: grant.seal(),
        by: by.to_owned(),
    })
}
