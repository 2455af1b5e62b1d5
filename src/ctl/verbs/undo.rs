//! `agentshctl undo`: takes a step back.

use super::super::args::Args;
use super::super::failure::{Failure, Result};
use super::super::paper::{Paper, warn};
use super::super::registry::{Flag, Verb};
use super::super::steps::{self, Told};
use super::super::store;
use super::super::touched::absolute;
use super::super::undoing::{NOTHING, PARTIAL, UNCOVERED, Wish, take_back};
use crate::journal::{Ended, StepId};
use std::path::Path;

pub(super) static VERB: Verb = Verb {
    name: "undo",
    summary: "take a step back",
    usage: "[STEP] [-y] [--dry-run] [--json] [PATH…]",
    about: &[
        "Without STEP, the latest step that has not been taken back; repeated, it walks further back. Shows the plan, asks, and changes only paths that the step changed. Paths that somebody has changed since are left alone and named; so is what cannot be undone, such as a push. The undo is itself a step: 'agentshctl redo' reverses it.",
        "An agent may undo steps of its own session.",
    ],
    flags: &FLAGS,
    words: &[],
    statuses: &STATUSES,
    run,
};

pub(super) const FLAGS: [Flag; 3] = [
    Flag::switch(Some('y'), "yes", "do not ask"),
    Flag::switch(Some('n'), "dry-run", "only show the plan"),
    Flag::switch(Some('j'), "json", "answer in JSON"),
];

pub(super) const STATUSES: [(u8, &str); 4] = [
    (0, "all of it was taken back"),
    (PARTIAL, "some of it was left as it is"),
    (NOTHING, "there was nothing to take back"),
    (UNCOVERED, "what the step changed was not captured"),
];

fn run(args: &Args, paper: &mut Paper) -> Result {
    let steps = steps::all()?;
    let named = args.operands.first().and_then(|operand| operand.to_str()?.parse::<StepId>().ok());
    let named = named.and_then(|id| steps.iter().find(|step| step.id == id));
    let paths = if named.is_some() { &args.operands[1..] } else { &args.operands[..] };
    if let (None, Some(path)) = (named, paths.first())
        && Path::new(path).symlink_metadata().is_err()
        && path.to_str().is_some_and(|text| text.parse::<StepId>().is_ok())
    {
        return Err(Failure::plain(format!("there is no step {}", path.to_string_lossy()))
            .hint("'agentshctl log' lists the steps"));
    }
    let told = match named {
        Some(told) => told,
        None => latest(&steps)?.ok_or_else(|| Failure::plain("there is no step to take back").status(NOTHING))?,
    };
    if let Some(by) = told.undone_by.filter(|_| paths.is_empty()) {
        return Err(Failure::plain(format!("step {} was taken back already, by {by}", told.id)).status(NOTHING));
    }
    let wish = Wish {
        verb: "undo",
        sure: args.has("yes"),
        dry: args.has("dry-run"),
        json: args.has("json"),
        only: paths.iter().map(|path| absolute(Path::new(path))).collect(),
    };
    take_back(told, &steps, &wish, paper)
}

/// The latest step in force that is no undo and of which something was captured. A step that changed things of which
/// nothing was captured is passed over, and said so.
fn latest(steps: &[Told]) -> Result<Option<&Told>> {
    let candidates = steps.iter().rev().filter(|step| {
        let ran = step.ended != Some(Ended::Refused) && step.glyph() != "·";
        ran && step.undone_by.is_none() && step.undoes.is_none()
    });
    for step in candidates {
        if store::step(step.id)?.is_some() {
            return Ok(Some(step));
        }
        let line = super::shortened(&step.intent.line.0);
        warn(&format!("note: passing over {} ({line}): nothing of it was captured\n", step.id));
    }
    Ok(None)
}
