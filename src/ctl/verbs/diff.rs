//! `agentshctl diff`: what a step changed.

use super::super::args::Args;
use super::super::failure::{Failure, Result};
use super::super::paper::Paper;
use super::super::registry::{Flag, Verb};
use super::super::touched::{absolute, what};
use super::super::{steps, store};
use crate::checkpoint::{Change, ChangeKind, Step};
use crate::ui::{unified_diff, visible};
use std::path::{Path, PathBuf};

pub(super) static VERB: Verb = Verb {
    name: "diff",
    summary: "show what a step changed",
    usage: "[--name-status] STEP [PATH…]",
    about: &[
        "What each file was before the step and after it, as a unified diff. Where what it was afterwards was not kept, the file as it is now stands in for it if nobody has changed it since.",
    ],
    flags: &[Flag::switch(Some('s'), "name-status", "only the kind of change and the path")],
    words: &[],
    statuses: &[],
    run,
};

fn run(args: &Args, paper: &mut Paper) -> Result {
    let [name, paths @ ..] = args.operands.as_slice() else {
        return Err(Failure::usage("the step is missing", VERB.usage_hint()));
    };
    let told = steps::find(&name.to_string_lossy())?;
    let only: Vec<PathBuf> = paths.iter().map(|path| absolute(Path::new(path))).collect();
    let step =
        store::step(told.id)?.ok_or_else(|| Failure::plain(format!("nothing of step {} was captured", told.id)))?;
    if step.outcome().is_none() {
        return Err(Failure::plain(format!("the end of step {} was not recorded", told.id))
            .hint("'agentshctl undo --dry-run' compares with the files as they are"));
    }
    for change in step.changes() {
        if !only.is_empty() && !only.iter().any(|only| change.path.starts_with(only)) {
            continue;
        }
        if args.has("name-status") {
            paper.line(&format!("{}\t{}", what(&change.kind), visible(&change.path.to_string_lossy())));
        } else {
            show(&step, &change, paper);
        }
    }
    Ok(0)
}

fn show(step: &Step, change: &Change, paper: &mut Paper) {
    let style = paper.style;
    let name =
        |path: &Path| visible(&path.strip_prefix(&step.header().cwd).unwrap_or(path).to_string_lossy()).into_owned();
    let shown = name(&change.path);
    let file = |meta: &Option<crate::checkpoint::Meta>| meta.as_ref().is_some_and(crate::checkpoint::Meta::is_file);
    match &change.kind {
        ChangeKind::Renamed(from) => paper.line(&style.strong(&format!("rename {} -> {shown}", name(from)))),
        ChangeKind::Metadata => paper.line(&style.strong(&format!("{shown}: {}", metadata(change)))),
        kind if !file(&change.before) && !file(&change.after) => {
            paper.line(&style.strong(&format!("{} {shown}{}", what(kind), link(change))));
        }
        kind => {
            let before = step.content_before(&change.path).ok().flatten();
            let after = after(step, change);
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
