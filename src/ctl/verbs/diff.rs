//! `agentshctl diff`: what a step changed.

use super::super::args::Args;
use super::super::failure::{Failure, Result};
use super::super::paper::Paper;
use super::super::registry::{Flag, Verb};
use super::super::touched::{absolute, what};
use super::super::{steps, store};
use crate::checkpoint::{Change, ChangeKind, Step};
use crate::ui::{Style, unified_diff, visible};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

pub(super) static VERB: Verb = Verb {
    name: "diff",
    summary: "show what a step changed",
    usage: "[--stat | --name-status] STEP[..STEP] [PATH…]",
    about: &[
        "What each file was before the step and after it, as a unified diff. Where what it was afterwards was not kept, the file as it is now stands in for it if nobody has changed it since.",
        "STEP..STEP shows all that the steps from the first to the last changed together, undos included; an end left out is the oldest or the newest step.",
    ],
    flags: &[
        Flag::switch(None, "stat", "only how many lines came and went in each file"),
        Flag::switch(Some('s'), "name-status", "only the kind of change and the path"),
    ],
    words: &[],
    statuses: &[],
    run,
};

/// A change, the step that kept what was before, and the step that knows what was after.
struct Span {
    first: Rc<Step>,
    last: Rc<Step>,
    change: Change,
}

fn run(args: &Args, paper: &mut Paper) -> Result {
    let [name, paths @ ..] = args.operands.as_slice() else {
        return Err(Failure::usage("the step is missing", VERB.usage_hint()));
    };
    let only: Vec<PathBuf> = paths.iter().map(|path| absolute(Path::new(path))).collect();
    let name = name.to_string_lossy();
    let spans = match name.split_once("..") {
        Some((first, last)) => range(first, last)?,
        None => one(&name)?,
    };
    let (mut files, mut plus, mut minus) = (0, 0, 0);
    for span in spans {
        let path = &span.change.path;
        if !only.is_empty() && !only.iter().any(|only| path.starts_with(only)) {
            continue;
        }
        if args.has("name-status") {
            paper.line(&format!("{}\t{}", what(&span.change.kind), visible(&path.to_string_lossy())));
        } else if args.has("stat") {
            let (came, went) = stat(&span);
            (files, plus, minus) = (files + 1, plus + came, minus + went);
            let style = paper.style;
            let counts = format!("{} {}", style.good(&format!("+{came:<5}")), style.bad(&format!("-{went:<5}")));
            paper.line(&format!("{counts} {:<8} {}", what(&span.change.kind), shown_name(&span.first, path)));
        } else {
            show(&span, paper);
        }
    }
    if args.has("stat") {
        let plural = if files == 1 { "" } else { "s" };
        paper.line(&format!("{files} name{plural} changed, {plus} lines came, {minus} went"));
    }
    Ok(0)
}

/// What one step changed.
fn one(name: &str) -> Result<Vec<Span>> {
    let told = steps::find(name)?;
    let step =
        store::step(told.id)?.ok_or_else(|| Failure::plain(format!("nothing of step {} was captured", told.id)))?;
    if step.outcome().is_none() {
        return Err(Failure::plain(format!("the end of step {} was not recorded", told.id))
            .hint("'agentshctl undo --dry-run' compares with the files as they are"));
    }
    let step = Rc::new(step);
    let spans = step.changes().into_iter();
    Ok(spans.map(|change| Span { first: Rc::clone(&step), last: Rc::clone(&step), change }).collect())
}

/// What all steps from `first` to `last` changed together.
fn range(first: &str, last: &str) -> Result<Vec<Span>> {
    let end = |name: &str| if name.is_empty() { Ok(None) } else { steps::find(name).map(|step| Some(step.id)) };
    let (first, last) = (end(first)?, end(last)?);
    if first.is_some() && last.is_some() && first > last {
        return Err(Failure::usage("the first step is younger than the last", "give the older step first"));
    }
    let mut paths: BTreeMap<PathBuf, Span> = BTreeMap::new();
    for told in steps::all()? {
        if first.is_some_and(|first| told.id < first) || last.is_some_and(|last| told.id > last) {
            continue;
        }
        let Some(step) = store::step(told.id)?.filter(|step| step.outcome().is_some()) else { continue };
        let step = Rc::new(step);
        for change in step.changes().into_iter().flat_map(unjoined) {
            match paths.get_mut(&change.path) {
                Some(span) => {
                    span.last = Rc::clone(&step);
                    span.change.after = change.after;
                }
                None => {
                    let span = Span { first: Rc::clone(&step), last: Rc::clone(&step), change };
                    paths.insert(span.change.path.clone(), span);
                }
            }
        }
    }
    let mut spans: Vec<Span> = paths.into_values().collect();
    spans.retain_mut(|span| {
        span.change.kind = match (&span.change.before, &span.change.after) {
            (None, None) => return false,
            (None, Some(_)) => ChangeKind::Created,
            (Some(_), None) => ChangeKind::Deleted,
            (Some(before), Some(after)) if before.is_file() && after.is_file() => {
                let (old, new) = contents(span);
                match old.is_some() && old == new {
                    true if before.mode == after.mode => return false,
                    true => ChangeKind::Metadata,
                    false => ChangeKind::Modified,
                }
            }
            (Some(before), Some(after)) if before.is_dir() && after.is_dir() && before.mode == after.mode => {
                return false;
            }
            (Some(_), Some(_)) => ChangeKind::Modified,
        };
        true
    });
    Ok(spans)
}

/// A rename as the two names it is about.
fn unjoined(change: Change) -> Vec<Change> {
    match change.kind {
        ChangeKind::Renamed(from) => vec![
            Change { path: from, kind: ChangeKind::Deleted, before: change.before, after: None },
            Change { path: change.path, kind: ChangeKind::Created, before: None, after: change.after },
        ],
        _ => vec![change],
    }
}

/// The contents before and after, as far as they are kept.
fn contents(span: &Span) -> (Option<Vec<u8>>, Option<Vec<u8>>) {
    let from = match &span.change.kind {
        ChangeKind::Renamed(from) => from,
        _ => &span.change.path,
    };
    (span.first.content_before(from).ok().flatten(), after(&span.last, &span.change))
}

/// Lines that came and that went.
fn stat(span: &Span) -> (usize, usize) {
    let (before, after) = contents(span);
    let text = unified_diff(
        before.as_deref().map(|bytes| ("a", bytes)),
        after.as_deref().map(|bytes| ("b", bytes)),
        Style::plain(),
    );
    let rows = || text.lines().skip(2);
    (rows().filter(|row| row.starts_with('+')).count(), rows().filter(|row| row.starts_with('-')).count())
}

/// A path as it is shown: below the step's directory relative to it.
fn shown_name(step: &Step, path: &Path) -> String {
    visible(&path.strip_prefix(&step.header().cwd).unwrap_or(path).to_string_lossy()).into_owned()
}

fn show(span: &Span, paper: &mut Paper) {
    let (style, change) = (paper.style, &span.change);
    let name = |path: &Path| shown_name(&span.first, path);
    let shown = name(&change.path);
    let file = |meta: &Option<crate::checkpoint::Meta>| meta.as_ref().is_some_and(crate::checkpoint::Meta::is_file);
    match &change.kind {
        ChangeKind::Renamed(from) => paper.line(&style.strong(&format!("rename {} -> {shown}", name(from)))),
        ChangeKind::Metadata => paper.line(&style.strong(&format!("{shown}: {}", metadata(change)))),
        kind if !file(&change.before) && !file(&change.after) => {
            paper.line(&style.strong(&format!("{} {shown}{}", what(kind), link(change))));
        }
        kind => {
            let (before, after) = contents(span);
            let (old, new) = (format!("a/{shown}"), format!("b/{shown}"));
            match (before, after) {
                (Some(before), Some(after)) => {
                    paper.write(&unified_diff(Some((&old, &before)), Some((&new, &after)), style));
                }
                (Some(before), None) if *kind == ChangeKind::Deleted => {
                    paper.write(&unified_diff(Some((&old, &before)), None, style));
                }
                (None, Some(after)) if *kind == ChangeKind::Created => {
                    paper.write(&unified_diff(None, Some((&new, &after)), style));
                }
                _ => paper.line(&format!("{} {shown} (not both contents are kept)", what(kind))),
            }
        }
    }
}

/// What the file was after the step: as kept, else as it is now if it is still the same file.
fn after(step: &Step, change: &Change) -> Option<Vec<u8>> {
    use std::os::unix::fs::MetadataExt;
    if let Some(kept) = step.content_after(&change.path).ok().flatten() {
        return Some(kept);
    }
    let left = change.after.as_ref()?;
    let now = std::fs::symlink_metadata(&change.path).ok()?;
    let same = now.is_file()
        && now.len() == left.size
        && (now.mtime(), now.mtime_nsec()) == (left.mtime.0, i64::from(left.mtime.1));
    same.then(|| std::fs::read(&change.path).ok()).flatten()
}

fn metadata(change: &Change) -> String {
    match (&change.before, &change.after) {
        (Some(before), Some(after)) if before.mode != after.mode => {
            format!("mode {:o} -> {:o}", before.mode & 0o7777, after.mode & 0o7777)
        }
        (Some(before), Some(after)) if (before.uid, before.gid) != (after.uid, after.gid) => {
            format!("owner {}:{} -> {}:{}", before.uid, before.gid, after.uid, after.gid)
        }
        _ => "times or attributes".to_owned(),
    }
}

fn link(change: &Change) -> String {
    let target = |meta: &Option<crate::checkpoint::Meta>| meta.as_ref().and_then(|meta| meta.target.clone());
    match (target(&change.before), target(&change.after)) {
        (Some(before), Some(after)) => format!(
            " (link {} -> {})",
            visible(&String::from_utf8_lossy(&before)),
            visible(&String::from_utf8_lossy(&after))
        ),
        (Some(target), None) | (None, Some(target)) => {
            format!(" (link to {})", visible(&String::from_utf8_lossy(&target)))
        }
        (None, None) => String::new(),
    }
}
