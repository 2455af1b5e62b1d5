//! `agentshctl redo`: takes the last undo back.

use super::super::args::Args;
use super::super::failure::{Failure, Result};
use super::super::paper::Paper;
use super::super::recovery::recover;
use super::super::registry::Verb;
use super::super::steps::{self, Told};
use super::super::store;
use super::super::undoing::{NOTHING, Wish, take_back};
use super::undo::{FLAGS, STATUSES};
use crate::undo::Contested;

pub(super) static VERB: Verb = Verb {
    name: "redo",
    summary: "take the last undo back",
    usage: "[-y] [--dry-run] [--json]",
    about: &["Repeated, it goes on to the undo before. It is itself a step."],
    flags: &FLAGS,
    words: &[],
    statuses: &STATUSES,
    run,
};

fn run(args: &Args, paper: &mut Paper) -> Result {
    args.none(&VERB)?;
    let _turn = store::turn()?;
    recover(paper)?;
    let steps = steps::all()?;
    let undo = last_undo(&steps).ok_or_else(|| Failure::plain("there is no undo to take back").status(NOTHING))?;
    let (sure, dry, json) = (args.has("yes"), args.has("dry-run"), args.has("json"));
    take_back(
        undo,
        &steps,
        &Wish { verb: "redo", sure, dry, json, contested: Contested::Merge, passing: false, only: Vec::new() },
        paper,
    )
}

/// The latest undo in force of a step that is no undo itself.
fn last_undo(steps: &[Told]) -> Option<&Told> {
    let is_undo = |id| steps.iter().any(|step| step.id == id && step.undoes.is_some());
    steps.iter().rev().find(|step| {
        step.undone_by.is_none() && step.undoes.as_ref().is_some_and(|undo| !undo.idle && !is_undo(undo.of))
    })
}
