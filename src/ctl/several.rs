//! Taking several steps back, newest first, after one question for all.

use super::failure::{Failure, Result};
use super::paper::Paper;
use super::steps::{self, Told};
use super::undoing::{NOTHING, PARTIAL, UNCOVERED, Wish, confirmed, foresee, take_back};
use crate::journal::StepId;
use std::collections::BTreeMap;

/// Shows what taking `wanted` back would do, asks unless that is settled, and does it. Each is an undo of its own.
pub(super) fn take_all(wanted: &[&Told], steps: &[Told], wish: &Wish, paper: &mut Paper) -> Result {
    if wanted.is_empty() {
        return Err(Failure::plain("there is no step to take back").status(NOTHING));
    }
    if wish.dry || !wish.sure {
        let plural = if wanted.len() == 1 { "step" } else { "steps" };
        if !wish.json {
            paper.line(&format!("{} {} {plural}, newest first:", wish.verb, wanted.len()));
        }
        let mut worst = 0;
        // What the newer ones will have given back is what the older ones find.
        let mut states = BTreeMap::new();
        for told in wanted {
            let status = foresee(told, steps, wish, &mut states, paper)?;
            worst = if status == NOTHING { worst } else { worst.max(status) };
        }
        if wish.dry {
            return Ok(worst);
        }
        if !confirmed(paper)? {
            return Err(Failure::plain("nothing was changed"));
        }
    }
    let wish = Wish { sure: true, ..wish.clone() };
    let mut worst = 0;
    for (index, told) in wanted.iter().enumerate() {
        // Each undo changes what the journal says of the steps.
        let again = if index == 0 { None } else { Some(steps::all()?) };
        match take_back(told, again.as_deref().unwrap_or(steps), &wish, paper) {
            Ok(NOTHING) => {}
            Ok(status) => worst = worst.max(status),
            Err(failure) if index == 0 || failure.status == UNCOVERED => return Err(failure),
            Err(failure) => {
                let hint = format!("{index} of {} steps were taken back before", wanted.len());
                return Err(failure.hint(hint).status(PARTIAL));
            }
        }
    }
    Ok(worst)
}

/// The steps to take back so that all is as before `first`: those since that are in force, and undos since of older ones.
pub(super) fn since(first: StepId, steps: &[Told]) -> Vec<&Told> {
    let counts = |told: &&Told| {
        told.id >= first && told.undone_by.is_none() && told.undoes.as_ref().is_none_or(|undo| undo.of < first)
    };
    steps.iter().rev().filter(counts).collect()
}
