//! `agentshctl undo`: takes a step back.

use super::super::args::Args;
use super::super::failure::{Failure, Result};
use super::super::paper::{Paper, warn};
use super::super::recovery::recover;
use super::super::registry::{Flag, Verb};
use super::super::several::take_all;
use super::super::steps::{self, Told};
use super::super::store;
use super::super::touched::absolute;
use super::super::undoing::{NOTHING, PARTIAL, UNCOVERED, Wish, take_back};
use crate::approval::agent_above_us;
use crate::host::Session;
use crate::journal::{Ended, StepId};
use crate::undo::Contested;
use std::path::Path;

pub(super) static VERB: Verb = Verb {
    name: "undo",
    summary: "take a step back",
    usage: "[STEP | --last=COUNT] [--session=ID] [-y] [--dry-run] [--ours | --theirs | --skip] [--cascade] [--json] [PATH…]",
    about: &[
        "Without STEP, the latest step that has not been taken back; repeated, it walks further back. Shows the plan, asks, and changes only paths that the step changed. In a text that somebody has changed since on other lines, the step's change is taken out and the later one stays; any other file changed since is left alone and named, and what it was is put beside it as NAME.agentsh-STEP. What cannot be undone, such as a push, is named too. The undo is itself a step: 'agentshctl redo' reverses it.",
        "With --last, the latest COUNT steps, newest first; with --session alone, all steps of that session. Each is a step of its own to redo.",
        "An undo that was stopped half-way, by a full disk or a kill, is completed by the next one; that one takes nothing else back unless a STEP or a number of them is named.",
        "An agent may undo steps of its own session.",
    ],
    flags: &OWN_FLAGS,
    words: &[],
    statuses: &STATUSES,
    run,
};

const OWN_FLAGS: [Flag; 9] = [
    FLAGS[0],
    FLAGS[1],
    FLAGS[2],
    CHOICES[3],
    CHOICES[4],
    CHOICES[5],
    Flag::switch(None, "cascade", "take later steps that touched the same paths back first"),
    Flag::value(Some('l'), "last", "COUNT", "the latest COUNT steps that can be undone"),
    Flag::value(Some('s'), "session", "ID", "only steps of this session ('agentshctl show STEP' names it)"),
];

pub(super) const FLAGS: [Flag; 3] = [
    Flag::switch(Some('y'), "yes", "do not ask"),
    Flag::switch(Some('n'), "dry-run", "only show the plan"),
    Flag::switch(Some('j'), "json", "answer in JSON"),
];

/// The options of verbs that take several steps back.
pub(super) const CHOICES: [Flag; 7] = [
    FLAGS[0],
    FLAGS[1],
    FLAGS[2],
    Flag::switch(None, "ours", "where later work is on the same lines, keep it"),
    Flag::switch(None, "theirs", "give back what was there before the step, over later work"),
    Flag::switch(None, "skip", "leave every file that was changed since as it is"),
    Flag::value(None, "to", "STEP", "the step to go back before"),
];

/// What the options say about later work.
pub(super) fn contested(args: &Args) -> Result<Contested> {
    let given: Vec<Contested> = [("ours", Contested::Ours), ("theirs", Contested::Theirs), ("skip", Contested::Skip)]
        .into_iter()
        .filter(|(name, _)| args.has(name))
        .map(|(_, choice)| choice)
        .collect();
    match given[..] {
        [] => Ok(Contested::Merge),
        [Contested::Theirs] if agent_above_us().is_some() => {
            Err(Failure::plain("only a person may undo over later work").hint("without --theirs, later work stays"))
        }
        [one] => Ok(one),
        _ => Err(Failure::usage("--ours, --theirs and --skip exclude each other", VERB.usage_hint())),
    }
}

pub(super) const STATUSES: [(u8, &str); 4] = [
    (0, "all of it was taken back"),
    (PARTIAL, "some of it was left as it is"),
    (NOTHING, "there was nothing to take back"),
    (UNCOVERED, "what the step changed was not captured"),
];

fn run(args: &Args, paper: &mut Paper) -> Result {
    let _turn = store::turn()?;
    let completed = recover(paper)?;
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
    let wish = Wish {
        verb: "undo",
        sure: args.has("yes"),
        dry: args.has("dry-run"),
        json: args.has("json"),
        contested: contested(args)?,
        passing: false,
        only: paths.iter().map(|path| absolute(Path::new(path))).collect(),
    };
    let (last, session) = (args.number("last")?, session(args));
    let many = last.is_some() || (args.has("session") && named.is_none());
    if many && named.is_some() {
        return Err(Failure::usage("a step and --last are two ways of saying which", VERB.usage_hint()));
    }
    if many {
        let wanted = undoable(&steps, session.as_deref(), last.unwrap_or(usize::MAX))?;
        return take_all(&wanted, &steps, &wish, paper);
    }
    let Some(told) = named else {
        // Who says it again after an undo that stopped half-way means that one, not the step before as well.
        if let (Some(left), true) = (completed, paths.is_empty()) {
            return Ok(if left == 0 { 0 } else { PARTIAL });
        }
        // A step that left nothing behind to take back does not bar the way to the one before.
        for told in undoable(&steps, session.as_deref(), usize::MAX)? {
            match take_back(told, &steps, &Wish { passing: true, ..wish.clone() }, paper) {
                Ok(NOTHING) => {}
                result => return result,
            }
        }
        return Err(nothing());
    };
    if let Some(by) = told.undone_by.filter(|_| paths.is_empty()) {
        return Err(Failure::plain(format!("step {} was taken back already, by {by}", told.id)).status(NOTHING));
    }
    if args.has("cascade") {
        return take_all(&with_later(told, &steps)?, &steps, &wish, paper);
    }
    take_back(told, &steps, &wish, paper)
}

/// The step and the later ones in force that touched one of its paths, newest first.
fn with_later<'a>(told: &'a Told, steps: &'a [Told]) -> Result<Vec<&'a Told>> {
    let Some(step) = store::step(told.id)? else { return Ok(vec![told]) };
    let names = step.touched().map(|(path, _)| path).chain(step.created().map(|(path, _)| path));
    let paths: Vec<&Path> = names.filter(|path| step.touches(path)).collect();
    let mut wanted = Vec::new();
    for later in steps.iter().rev().take_while(|later| later.id > told.id) {
        let in_force = later.undone_by.is_none() && later.undoes.is_none();
        if in_force && store::step(later.id)?.is_some_and(|later| paths.iter().any(|path| later.touches(path))) {
            wanted.push(later);
        }
    }
    wanted.push(told);
    Ok(wanted)
}

fn nothing() -> Failure {
    Failure::plain("there is no step to take back").status(NOTHING)
}

/// The session that is meant: the one named, or below an agent its own.
fn session(args: &Args) -> Option<String> {
    args.text("session").or_else(|| agent_above_us().map(|_| Session::detect().id))
}

fn line_of(told: &Told) -> String {
    super::shortened(&told.intent.line.0)
}

/// The latest `count` steps in force that are no undo and of which something was captured, newest first. A step that
/// changed things of which nothing was captured is passed over, and said so.
fn undoable<'a>(steps: &'a [Told], session: Option<&str>, count: usize) -> Result<Vec<&'a Told>> {
    let candidates = steps.iter().rev().filter(|step| {
        let ran = step.ended != Some(Ended::Refused) && step.glyph() != "·";
        let ours = session.is_none_or(|session| session == step.intent.session);
        ran && ours && step.undone_by.is_none() && step.undoes.is_none()
    });
    let mut found = Vec::new();
    for step in candidates {
        if found.len() == count {
            break;
        }
        if store::holds(step.id)? {
            found.push(step);
            continue;
        }
        warn(&format!("note: passing over {} ({}): nothing of it was captured\n", step.id, line_of(step)));
    }
    Ok(found)
}
