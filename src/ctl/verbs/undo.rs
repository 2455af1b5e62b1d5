//! `agentshctl undo`: takes a step back.

use super::super::args::Args;
use super::super::failure::{Failure, Result};
use super::super::paper::{Paper, warn};
use super::super::registry::{Flag, Verb};
use super::super::steps::{self, Told};
use super::super::store;
use super::super::touched::absolute;
use super::super::undoing::{NOTHING, PARTIAL, UNCOVERED, Wish, confirmed, take_back};
use crate::approval::agent_above_us;
use crate::host::Session;
use crate::journal::{Ended, StepId};
use std::path::Path;

pub(super) static VERB: Verb = Verb {
    name: "undo",
    summary: "take a step back",
    usage: "[STEP | --last=COUNT] [--session=ID] [-y] [--dry-run] [--json] [PATH…]",
    about: &[
        "Without STEP, the latest step that has not been taken back; repeated, it walks further back. Shows the plan, asks, and changes only paths that the step changed. Paths that somebody has changed since are left alone and named; so is what cannot be undone, such as a push. The undo is itself a step: 'agentshctl redo' reverses it.",
        "With --last, the latest COUNT steps, newest first; with --session alone, all steps of that session. Each is a step of its own to redo.",
        "An agent may undo steps of its own session.",
    ],
    flags: &OWN_FLAGS,
    words: &[],
    statuses: &STATUSES,
    run,
};

const OWN_FLAGS: [Flag; 5] = [
    FLAGS[0],
    FLAGS[1],
    FLAGS[2],
    Flag::value(Some('l'), "last", "COUNT", "the latest COUNT steps that can be undone"),
    Flag::value(Some('s'), "session", "ID", "only steps of this session ('agentshctl show STEP' names it)"),
];

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
    let mut wish = Wish {
        verb: "undo",
        sure: args.has("yes"),
        dry: args.has("dry-run"),
        json: args.has("json"),
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
        return take_all(&wanted, &steps, &mut wish, paper);
    }
    let Some(told) = named else {
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
    take_back(told, &steps, &wish, paper)
}

fn nothing() -> Failure {
    Failure::plain("there is no step to take back").status(NOTHING)
}

/// The session that is meant: the one named, or below an agent its own.
fn session(args: &Args) -> Option<String> {
    args.text("session").or_else(|| agent_above_us().map(|_| Session::detect().id))
}

/// Takes several steps back, newest first, after one question for all.
fn take_all(wanted: &[&Told], steps: &[Told], wish: &mut Wish, paper: &mut Paper) -> Result {
    if wanted.is_empty() {
        return Err(nothing());
    }
    if wish.dry || !wish.sure {
        let plural = if wanted.len() == 1 { "step" } else { "steps" };
        if !wish.json {
            paper.line(&format!("undo {} {plural}, newest first:", wanted.len()));
        }
        for told in wanted {
            if wish.json {
                paper.json(&super::log::Row::of(told, true));
                continue;
            }
            let id = told.id.to_string();
            paper.line(&format!("  {} {:<12} {}", paper.style.note(&id), told.changes_text(), line_of(told)));
        }
        if wish.dry {
            return Ok(0);
        }
        if !confirmed(paper)? {
            return Err(Failure::plain("nothing was changed"));
        }
    }
    wish.sure = true;
    let mut worst = 0;
    for (index, told) in wanted.iter().enumerate() {
        // Each undo changes what the journal says of the steps.
        let again = if index == 0 { None } else { Some(steps::all()?) };
        match take_back(told, again.as_deref().unwrap_or(steps), wish, paper) {
            Ok(NOTHING) => {}
            Ok(status) => worst = worst.max(status),
            Err(failure) if index == 0 => return Err(failure),
            Err(failure) => {
                let hint = format!("{index} of {} steps were taken back before", wanted.len());
                return Err(failure.hint(hint).status(PARTIAL));
            }
        }
    }
    Ok(worst)
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
        if store::step(step.id)?.is_some() {
            found.push(step);
            continue;
        }
        warn(&format!("note: passing over {} ({}): nothing of it was captured\n", step.id, line_of(step)));
    }
    Ok(found)
}
