//! Undos that were killed: carried to their end before another begins, and told to the journal.

use super::failure::{Failure, Result};
use super::paper::Paper;
use super::{places, steps, store};
use crate::checkpoint::{Step, Store};
use crate::journal::{Ended, Entry, Outcome, StepId, Undo};
use crate::ui::visible;
use crate::undo::complete_unfinished;

/// Completes what was interrupted; how many paths were left as they are, when there was something. To be called by whoever
/// has the right to undo ([`store::turn`]), before it looks at the journal.
pub(super) fn recover(paper: &mut Paper) -> Result<Option<usize>> {
    let Some(store) = store::open()? else { return Ok(None) };
    let mut left = None;
    for session in store.sessions().map_err(store::failure)? {
        let resumed =
            complete_unfinished(&store, &session).map_err(|error| Failure::plain(format!("cannot {error}")))?;
        for done in resumed {
            let (of, undo) = (visible(&done.of), visible(&done.undo));
            paper.line(&format!("an interrupted undo of {of} ({undo}) was completed first"));
            *left.get_or_insert(0) += done.applied.skipped();
        }
    }
    // Carried out, but killed before the journal knew.
    for told in steps::all()?.iter().filter(|told| told.ended.is_none() && told.undoes.is_none()) {
        if let Some(step) = store::step(told.id)?
            && let Some(of) = completed(&store, &step)?
        {
            paper.line(&format!("an interrupted undo of {of} ({}) was completed already", told.id));
            left.get_or_insert(0);
            let journal = places::journal();
            journal.append(Entry::Undo(Undo { step: told.id, of, skipped: 0, partly: false, idle: false }))?;
            let ended = Outcome {
                step: told.id,
                ended: Ended::Unknown,
                wall: 0,
                changes: None,
                coverage: None,
                goes_on: false,
            };
            journal.append(Entry::Outcome(ended))?;
        }
    }
    Ok(left)
}

/// The step that a wholly recorded undo took back.
fn completed(store: &Store, step: &Step) -> Result<Option<StepId>> {
    let Some((mark, true)) = step.undoes() else { return Ok(None) };
    let header = step.header();
    let goes_on = store.is_open(&header.session, &header.id).map_err(store::failure)?;
    Ok(if goes_on { None } else { mark.step.parse().ok() })
}
