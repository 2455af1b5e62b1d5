//! `agentshctl restore`: back to the state before a step.

use super::super::args::Args;
use super::super::failure::{Failure, Result};
use super::super::paper::Paper;
use super::super::recovery::recover;
use super::super::registry::Verb;
use super::super::several::{since, take_all};
use super::super::touched::absolute;
use super::super::undoing::Wish;
use super::super::{steps, store};
use super::undo::{CHOICES, STATUSES, contested};
use crate::approval::agent_above_us;
use crate::host::Session;
use crate::journal::StepId;
use std::path::Path;

pub(super) static VERB: Verb = Verb {
    name: "restore",
    summary: "go back to the state before a step",
    usage: "[-y] [--dry-run] [--ours | --theirs | --skip] [--json] [--to] STEP [PATH…]",
    about: &[
        "Takes back STEP and everything captured since, newest first, so that the paths are as they were before STEP; with PATH only those. Undos since of older steps are taken back too. Nothing else is touched. Each step taken back is an undo of its own, which 'agentshctl redo' reverses.",
        "Below an agent, steps of other sessions are left alone.",
    ],
    flags: &CHOICES,
    words: &[],
    statuses: &STATUSES,
    run,
};

fn run(args: &Args, paper: &mut Paper) -> Result {
    let _turn = store::turn()?;
    recover(paper)?;
    let all = steps::all()?;
    let (name, paths) = match (args.value("to"), args.operands.as_slice()) {
        (Some(name), paths) => (name, paths),
        (None, [name, paths @ ..]) => (name.as_os_str(), paths),
        (None, []) => return Err(Failure::usage("the step is missing", VERB.usage_hint())),
    };
    let first: StepId = steps::find(&name.to_string_lossy())?.id;
    let own = agent_above_us().map(|_| Session::detect().id);
    let mut wanted = since(first, &all);
    wanted.retain(|told| own.as_ref().is_none_or(|own| *own == told.intent.session));
    let mut captured = Vec::new();
    for told in wanted {
        if store::step(told.id)?.is_some() {
            captured.push(told);
        }
    }
    let wish = Wish {
        verb: "restore",
        sure: args.has("yes"),
        dry: args.has("dry-run"),
        json: args.has("json"),
        contested: contested(args)?,
        passing: true,
        only: paths.iter().map(|path| absolute(Path::new(path))).collect(),
    };
    take_all(&captured, &all, &wish, paper)
}
