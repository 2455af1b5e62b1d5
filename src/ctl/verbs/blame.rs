//! `agentshctl blame`: which step wrote which line of a file.

use super::super::args::Args;
use super::super::failure::{Failure, Result};
use super::super::paper::Paper;
use super::super::registry::{Flag, Verb};
use super::super::steps::{self, Told};
use super::super::store;
use super::super::touched::absolute;
use super::shortened;
use crate::checkpoint::{Change, ChangeKind, Step};
use crate::journal::{Bytes, StepId};
use crate::sys::clock;
use crate::ui::{changed_lines, since_text, visible, visible_bytes};
use serde::Serialize;
use std::collections::HashMap;
use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

pub(super) static VERB: Verb = Verb {
    name: "blame",
    summary: "show which step wrote each line of a file",
    usage: "[--json] PATH[:LINE[,LINE]]",
    about: &[
        "For each line the step that wrote it, its age, the agent and the command. Lines that no recorded step wrote were there before, or were written by somebody else: they show '-'. Works from what the steps keep, so a step that was removed by 'gc' or whose text was too large to be kept counts as somebody else. A file that was renamed is followed.",
    ],
    flags: &[Flag::switch(Some('j'), "json", "one JSON object a line")],
    words: &[],
    statuses: &[],
    run,
};

/// A line of the file and the step that wrote it.
#[derive(Serialize)]
struct Row<'a> {
    line: usize,
    text: Bytes,
    step: Option<StepId>,
    session: Option<&'a str>,
    agent: Option<&'a str>,
    command: Option<&'a Bytes>,
    time: Option<u64>,
}

fn unread(path: &Path, error: &io::Error) -> Failure {
    let failure = Failure::plain(format!("cannot read {}: {error}", path.display()));
    if error.kind() == io::ErrorKind::NotFound {
        return failure.hint("'agentshctl log --path=PATH' lists the steps that touched it");
    }
    failure
}

fn run(args: &Args, paper: &mut Paper) -> Result {
    let operand = args.one(&VERB, "the path")?;
    let (path, first, last) = range(operand)?;
    let path = absolute(&path);
    let now = std::fs::read(&path).map_err(|error| unread(&path, &error))?;
    if now.contains(&0) {
        return Err(Failure::plain(format!("{} is no text", visible(&path.to_string_lossy()))));
    }
    let steps = steps::all()?;
    let writers = writers(&path, &now, &steps)?;
    let by_id: HashMap<StepId, &Told> = steps.iter().map(|told| (told.id, told)).collect();
    let lines = now.split_inclusive(|byte| *byte == b'\n').zip(writers).enumerate();
    for (index, (line, writer)) in lines.filter(|(index, _)| (first..=last).contains(&(index + 1))) {
        let told = writer.and_then(|id| by_id.get(&id).copied());
        let text = line.strip_suffix(b"\n").unwrap_or(line);
        if args.has("json") {
            let intent = told.map(|told| &told.intent);
            paper.json(&Row {
                line: index + 1,
                text: Bytes::from(text),
                step: writer,
                session: intent.map(|intent| intent.session.as_str()),
                agent: intent.and_then(|intent| intent.agent.as_deref()),
                command: intent.map(|intent| &intent.line),
                time: told.map(|told| told.time),
            });
            continue;
        }
        let (step, age, who) = match told {
            Some(told) => {
                let command: String = shortened(&told.intent.line.0).chars().take(24).collect();
                let agent =
                    told.intent.agent.as_deref().map(|agent| format!("{}: ", visible(agent))).unwrap_or_default();
                let age = since_text(clock::milliseconds().saturating_sub(told.time));
                (told.id.to_string(), age, format!("{agent}{command}"))
            }
            None => ("-".to_owned(), String::new(), String::new()),
        };
        let head = format!("{step:<4} {age:>4} {who:<36} {:>5}", index + 1);
        paper.line(&format!("{} {}", paper.style.faint(&head), visible_bytes(text).replace("\\t", "\t")));
    }
    Ok(0)
}

/// `PATH`, `PATH:3`, `PATH:3,7`.
fn range(operand: &OsStr) -> Result<(PathBuf, usize, usize)> {
    let bytes = operand.as_bytes();
    let whole = || Ok((PathBuf::from(operand), 1, usize::MAX));
    let Some(at) = bytes.iter().rposition(|byte| *byte == b':') else { return whole() };
    let numbers = std::str::from_utf8(&bytes[at + 1..]).unwrap_or("x");
    let (first, last) = numbers.split_once(',').unwrap_or((numbers, numbers));
    match (first.parse(), last.parse()) {
        (Ok(first), Ok(last)) if Path::new(operand).symlink_metadata().is_err() => {
            Ok((PathBuf::from(OsStr::from_bytes(&bytes[..at])), first, last))
        }
        _ => whole(),
    }
}

/// What a step found at the path and what it left there.
struct Version {
    step: StepId,
    before: Option<Vec<u8>>,
    after: Option<Vec<u8>>,
}

/// The writer of each line of `now`.
fn writers(path: &Path, now: &[u8], steps: &[Told]) -> Result<Vec<Option<StepId>>> {
    let mut text: Vec<u8> = Vec::new();
    let mut writers: Vec<Option<StepId>> = Vec::new();
    // A text that was there before has the writers it had then: an undo writes no line of its own.
    let mut known: HashMap<blake3::Hash, Vec<Option<StepId>>> = HashMap::new();
    let mut advance = |text: &mut Vec<u8>, writers: &mut Vec<Option<StepId>>, next: &[u8], by: Option<StepId>| {
        let hash = blake3::hash(next);
        *writers = known.get(&hash).cloned().unwrap_or_else(|| credited(text, writers, next, by));
        known.entry(hash).or_insert_with(|| writers.clone());
        *text = next.to_vec();
    };
    for version in versions(path, steps)? {
        if let Some(before) = &version.before {
            advance(&mut text, &mut writers, before, None);
        }
        match &version.after {
            Some(after) => advance(&mut text, &mut writers, after, Some(version.step)),
            None => (text, writers) = (Vec::new(), Vec::new()),
        }
    }
    advance(&mut text, &mut writers, now, None);
    Ok(writers)
}

/// The writers of `next`, whose new lines are those of `by`.
fn credited(text: &[u8], writers: &[Option<StepId>], next: &[u8], by: Option<StepId>) -> Vec<Option<StepId>> {
    let mut credited = Vec::new();
    let mut at = 0;
    for (removed, added) in changed_lines(text, next) {
        credited.extend_from_slice(&writers[at..removed.start]);
        credited.extend(added.map(|_| by));
        at = removed.end;
    }
    credited.extend_from_slice(&writers[at..]);
    credited
}

/// What the steps made of the file, oldest first; before a rename under its older name.
fn versions(path: &Path, steps: &[Told]) -> Result<Vec<Version>> {
    let mut path = path.to_owned();
    let mut versions = Vec::new();
    for told in steps.iter().rev() {
        let Some(step) = store::step(told.id)? else { continue };
        if step.outcome().is_none() || !step.touches(&path) {
            continue;
        }
        let changes = step.changes();
        let Some(change) = changes.iter().find(|change| change.path == path) else { continue };
        let after = after(&step, &path, &change.kind);
        if let Some(from) = older_name(change, &changes) {
            path = from;
        }
        let before = step.content_before(&path).ok().flatten();
        versions.push(Version { step: told.id, before, after });
    }
    versions.reverse();
    Ok(versions)
}

/// What the file was called before the step. One that was moved and written to is a new name of the inode that lost its
/// own: a file system may have given the number out again, and then no line is alike.
fn older_name(change: &Change, changes: &[Change]) -> Option<PathBuf> {
    if let ChangeKind::Renamed(from) = &change.kind {
        return Some(from.clone());
    }
    let inode = change.after.as_ref().filter(|_| change.kind == ChangeKind::Created)?.inode();
    let was = |other: &&Change| {
        other.kind == ChangeKind::Deleted && other.before.as_ref().is_some_and(|meta| meta.inode() == inode)
    };
    changes.iter().find(was).map(|other| other.path.clone())
}

fn after(step: &Step, path: &Path, kind: &ChangeKind) -> Option<Vec<u8>> {
    let kept = step.content_after(path).ok().flatten();
    match kind {
        ChangeKind::Deleted => None,
        ChangeKind::Metadata => kept.or_else(|| step.content_before(path).ok().flatten()),
        ChangeKind::Renamed(from) => kept.or_else(|| step.content_before(from).ok().flatten()),
        _ => kept,
    }
}
