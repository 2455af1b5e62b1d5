//! Paths that were changed again after the step: what becomes of the later work.

use super::conflict::Conflict;
use super::item::{Given, Item, Standing, Verb};
use super::merge::merge;
use super::plan::PlanOptions;
use crate::checkpoint::{After, Depth, Meta, Step, content};
use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

/// What to do about a path that was changed after the step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Contested {
    /// Leave it as it is.
    #[default]
    Skip,
    /// Take the step's change out of a text where the later change is on other lines; else leave it as it is and put
    /// what it was beside it.
    Merge,
    /// As `Merge`, and where both are on the same lines, the later change stays.
    Ours,
    /// Give back what it was; the later work is kept in the undo's own step.
    Theirs,
}

/// Longest name of a file (`NAME_MAX`).
const NAME_MAX: usize = 255;

/// Applies the choice to an item that is left alone because of later work: what becomes of it, and a file beside it.
pub(super) fn settle(step: &Step, mut item: Item, options: &PlanOptions<'_>) -> Vec<Item> {
    let contested = matches!(item.standing, Standing::Skip(Conflict::ChangedSince | Conflict::ChangedBy(_)));
    if !contested || options.contested == Contested::Skip {
        return vec![item];
    }
    if options.contested == Contested::Theirs {
        let needs = matches!(item.verb, Verb::Restore | Verb::RestoreInPlace);
        if !needs || (step.keeps_content(&item.path) && step.check_source(&item.path).is_ok()) {
            item.standing = Standing::Ready;
        }
        return vec![item];
    }
    let (Some(before), Some(now)) = (&item.before, &item.now) else { return beside(step, item, options) };
    if !before.is_file() || !now.is_file() {
        return beside(step, item, options);
    }
    let After::Is(left, hash) = step.after(&item.path) else { return beside(step, item, options) };
    let meta = merged_meta(before, left, now);
    let only_metadata = step.before(&item.path).is_some_and(|kept| kept.depth == Depth::Meta)
        || (before.size == left.size
            && (before.mtime == left.mtime || hash.is_some() && hash == hash_before(step, &item.path)));
    if only_metadata {
        if meta.same_ownership(now) {
            return vec![item];
        }
        return vec![Item { verb: Verb::Adjust, standing: Standing::Ready, before: Some(meta), ..item }];
    }
    let texts = (base(step, &item.path, left, options), content(&item.path), step.content_before(&item.path));
    if let (Some(base), Ok(Some(ours)), Ok(Some(theirs))) = texts
        && let Some(text) = merge(&base, &ours, &theirs, options.contested == Contested::Ours)
    {
        if text == ours && meta.same_ownership(now) {
            // The later work has taken the step's change out already.
            return Vec::new();
        }
        let given = Given::Merged(text);
        return vec![Item { verb: Verb::Merge, standing: Standing::Ready, before: Some(meta), given, ..item }];
    }
    beside(step, item, options)
}

/// What the file is now, with mode and owner of before the step where nobody else has changed them since.
fn merged_meta(before: &Meta, left: &Meta, now: &Meta) -> Meta {
    let mut meta = now.clone();
    if now.mode == left.mode {
        meta.mode = before.mode;
    }
    if (now.uid, now.gid) == (left.uid, left.gid) {
        (meta.uid, meta.gid) = (before.uid, before.gid);
    }
    meta
}

fn hash_before(step: &Step, path: &Path) -> Option<[u8; 32]> {
    step.content_before(path).ok().flatten().map(|bytes| *blake3::hash(&bytes).as_bytes())
}

/// What the step left: as it was kept then, or as the next step found it.
fn base(step: &Step, path: &Path, left: &Meta, options: &PlanOptions<'_>) -> Option<Vec<u8>> {
    if let Ok(Some(kept)) = step.content_after(path) {
        return Some(kept);
    }
    let next = options.later.iter().find(|later| later.touches(path))?;
    let found = next.before(path)?.before.as_ref()?;
    let same = found.size == left.size && found.mtime == left.mtime;
    same.then(|| next.content_before(path).ok().flatten()).flatten()
}

/// The item as it is, and a new file beside its place with what it was.
fn beside(step: &Step, item: Item, options: &PlanOptions<'_>) -> Vec<Item> {
    let Some(before) = item.before.as_ref().filter(|before| before.is_file()) else { return vec![item] };
    let kept = step.keeps_content(&item.path) && step.check_source(&item.path).is_ok();
    let there = item.path.parent().is_some_and(Path::is_dir);
    if options.contested != Contested::Merge || !kept || !there {
        return vec![item];
    }
    let path = name_beside(&item.path, &step.header().id);
    if path.symlink_metadata().is_ok() {
        return vec![item];
    }
    let before = Some(Meta { nlink: 1, ..before.clone() });
    let given = Given::Of(item.path.clone());
    let file = Item { path, verb: Verb::Beside, standing: Standing::Ready, before, now: None, given };
    vec![item, file]
}

/// `src/a.rs` → `src/a.rs.agentsh-k7`, cut where it would be too long a name.
fn name_beside(path: &Path, step: &str) -> PathBuf {
    let ending = format!(".agentsh-{step}");
    let mut name = path.file_name().unwrap_or_default().as_bytes().to_vec();
    name.truncate(NAME_MAX - ending.len());
    name.extend_from_slice(ending.as_bytes());
    path.with_file_name(OsString::from_vec(name))
}
