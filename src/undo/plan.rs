//! What undoing a step would do.

use super::closed;
use super::conflict::Conflict;
use super::contested::{Contested, settle};
use super::item::{Given, Item, Standing, Verb};
use super::now::{has_content_of, has_lost_holes, is_as_before, is_as_left, is_unwritten, now};
use super::reclaim;
use crate::checkpoint::{After, Depth, Dirs, Kept, Meta, Step};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::{Path, PathBuf};

/// What a plan is made with.
#[derive(Clone, Copy, Debug, Default)]
pub struct PlanOptions<'a> {
    /// Later steps that are not undone, for naming who changed a path.
    pub later: &'a [Step],
    /// Only these paths and what is below them; empty for all.
    pub only: &'a [PathBuf],
    /// What the step did that is no file change, one phrase each: it is listed as not undone.
    pub outward: &'a [String],
    /// Paths an interrupted undo of the same step had set out to change.
    pub begun: Option<&'a HashSet<PathBuf>>,
    /// What becomes of paths that were changed after the step.
    pub contested: Contested,
    /// What undoing other steps first will make of some paths, for a plan of several.
    pub pretend: Option<&'a BTreeMap<PathBuf, Option<Meta>>>,
}

/// What undoing one step would do to the disk as it is now.
#[derive(Clone, Debug)]
pub struct UndoPlan {
    pub(super) session: String,
    pub(super) step: String,
    pub(super) items: Vec<Item>,
    /// Times directories get at the very end: those before the step, or those of now where someone else has changed
    /// the directory since.
    pub(super) times: BTreeMap<PathBuf, Meta>,
    /// What an interrupted undo of the step had set out to change.
    pub(super) begun: Option<HashSet<PathBuf>>,
    outward: Vec<String>,
    base: PathBuf,
}

impl UndoPlan {
    /// Works out what undoing `step` would do. Reads the disk, changes nothing.
    pub fn of(step: &Step, options: &PlanOptions<'_>) -> Self {
        let header = step.header();
        let mut plan = Self {
            session: header.session.clone(),
            step: header.id.clone(),
            items: Vec::new(),
            times: BTreeMap::new(),
            begun: options.begun.cloned(),
            outward: options.outward.to_vec(),
            base: header.cwd.clone(),
        };
        let dirs = &Dirs::default();
        for (path, kept) in step.touched() {
            if kept.depth == Depth::Parent || !wanted(path, options) {
                continue;
            }
            if let Some(item) = consider(step, path, kept, options, dirs) {
                plan.items.extend(settle(step, item, options));
            }
        }
        for (path, _) in step.created() {
            if step.before(path).is_none()
                && wanted(path, options)
                && let Some(item) = consider_new(step, path, options, dirs)
            {
                plan.items.extend(settle(step, item, options));
            }
        }
        if plan.items.is_empty() {
            plan.items = marks(step, options, dirs);
        }
        plan.items.sort_by(|a, b| a.path.cmp(&b.path));
        closed::hold_back(&mut plan.items, step);
        reclaim::hold_back(&mut plan.items, step);
        plan.note_times(step, options, dirs);
        plan
    }

    /// What it would do, path by path.
    pub fn items(&self) -> &[Item] {
        &self.items
    }

    /// Adds what the paths will be when it is carried out.
    pub fn foretell(&self, states: &mut BTreeMap<PathBuf, Option<Meta>>) {
        let ready = self.items.iter().filter(|item| item.is_ready());
        states.extend(ready.map(|item| (item.path.clone(), item.before.clone())));
    }

    /// True when nothing is left to undo.
    pub fn is_empty(&self) -> bool {
        !self.items.iter().any(Item::is_ready)
    }

    /// True when some path is left alone, or something is not undone by its nature.
    pub fn is_partial(&self) -> bool {
        !self.outward.is_empty() || self.items.iter().any(|item| !item.is_ready())
    }

    /// The plan for a person, one line a path.
    pub fn lines(&self) -> Vec<String> {
        let shown = self.items.iter().filter(|item| item.verb != Verb::Times && !item.is_ours());
        let outward = self.outward.iter().map(|what| format!("NOT UNDONE: {what}"));
        shown.map(|item| item.line(&self.step, &self.base)).chain(outward).collect()
    }

    /// Directories whose names or times change get their times back last.
    pub(super) fn note_times(&mut self, step: &Step, options: &PlanOptions<'_>, dirs: &Dirs) {
        let mut changed: BTreeSet<PathBuf> = BTreeSet::new();
        for item in self.items.iter().filter(|item| item.is_ready()) {
            if !matches!(item.verb, Verb::Adjust | Verb::Times) {
                changed.extend(item.path.parent().map(Path::to_owned));
            }
            if item.before.as_ref().is_some_and(Meta::is_dir) {
                changed.insert(item.path.clone());
            }
        }
        // A name that came and went leaves its mark on the directory too.
        let marked = step.touched().filter(|(_, kept)| kept.depth == Depth::Parent).map(|(path, _)| path);
        changed.extend(marked.filter(|path| matches!(step.after(path), After::Is(..))).map(Path::to_owned));
        self.times.clear();
        for dir in changed {
            let current = now(dirs, &dir).ok().flatten().filter(Meta::is_dir);
            let before = step.before(&dir).and_then(|kept| kept.before.as_ref()).filter(|meta| meta.is_dir());
            let left = match step.after(&dir) {
                After::Is(meta, _) => Some(meta.mtime),
                After::Unchanged(Some(meta)) => Some(meta.mtime),
                After::Unchanged(None) | After::Gone | After::Unknown => None,
            };
            let chosen = match (before, current) {
                (Some(before), Some(current))
                    if left.is_none_or(|left| left == current.mtime)
                        || options.begun.is_some_and(|begun| begun.contains(&dir)) =>
                {
                    before.clone()
                }
                (_, Some(current)) => current,
                (Some(before), None) => before.clone(),
                (None, None) => continue,
            };
            self.times.insert(dir, chosen);
        }
    }
}

/// What the path is, or will be when the steps undone before this one are.
fn found(path: &Path, options: &PlanOptions<'_>, dirs: &Dirs) -> std::io::Result<Option<Meta>> {
    match options.pretend.and_then(|pretend| pretend.get(path)) {
        Some(known) => Ok(known.clone()),
        None => now(dirs, path),
    }
}

fn wanted(path: &Path, options: &PlanOptions<'_>) -> bool {
    let named = options.only.is_empty() || options.only.iter().any(|only| path.starts_with(only));
    named && options.begun.is_none_or(|begun| begun.contains(path))
}

fn changed(path: &Path, options: &PlanOptions<'_>) -> Conflict {
    let by: Vec<String> = options
        .later
        .iter()
        .filter(|step| step.touches(path) && !matches!(step.after(path), After::Unchanged(_)))
        .map(|step| step.header().id.clone())
        .collect();
    if by.is_empty() { Conflict::ChangedSince } else { Conflict::ChangedBy(by) }
}

/// Whether a path can be given back of whose end nothing is known: not over what later steps made of it.
fn unended(path: &Path, pretended: bool, options: &PlanOptions<'_>) -> Standing {
    match changed(path, options) {
        Conflict::ChangedBy(by) if !pretended => Standing::Skip(Conflict::ChangedBy(by)),
        _ => Standing::Ready,
    }
}

/// Directories whose times are all that the step has left: a name came and went, or was replaced by its like.
fn marks(step: &Step, options: &PlanOptions<'_>, dirs: &Dirs) -> Vec<Item> {
    let parents = step.touched().filter(|(path, kept)| kept.depth == Depth::Parent && wanted(path, options));
    parents
        .filter_map(|(path, kept)| {
            dir_times(path, kept.before.as_ref()?, found(path, options, dirs).ok()??, step.after(path))
        })
        .collect()
}

/// What to do about a path the step touched; `None` when it did not change it or it is as it was.
pub(super) fn consider(step: &Step, path: &Path, kept: &Kept, options: &PlanOptions<'_>, dirs: &Dirs) -> Option<Item> {
    let after = step.after(path);
    if matches!(after, After::Unchanged(_)) {
        return None;
    }
    let current = match found(path, options, dirs) {
        Ok(current) => current,
        Err(error) => {
            if let Some(unseen) = closed::unseen(step, path, kept.before.as_ref(), &error) {
                return Some(unseen);
            }
            let standing = Standing::Skip(Conflict::Failed(error.to_string()));
            let before = kept.before.clone();
            return Some(Item {
                path: path.to_owned(),
                verb: Verb::Adjust,
                standing,
                before,
                now: None,
                given: Given::Kept,
            });
        }
    };
    let pretended = options.pretend.is_some_and(|pretend| pretend.contains_key(path));
    let Some(before) = &kept.before else { return consider_new(step, path, options, dirs) };
    let as_before =
        |current: &Meta| is_as_before(step, path, current, before) && !is_another(step, path, current, before, &after);
    if current.as_ref().is_some_and(as_before) {
        return dir_times(path, before, current?, after);
    }
    let verb = choose(step, path, kept, before, current.as_ref());
    let mut standing = match (&current, after) {
        (None, After::Gone) => Standing::Ready,
        (Some(current), After::Is(meta, hash)) if is_as_left(path, current, meta, hash, pretended) => Standing::Ready,
        _ if step.outcome().is_none() => unended(path, pretended, options),
        (current, After::Unknown) if closed::is_as_left(step, path, current.as_ref(), options, dirs) => Standing::Ready,
        (_, After::Unknown) => Standing::Skip(Conflict::Unrecorded),
        (Some(current), _) if half_done(path, verb, current, options) => Standing::Ready,
        _ => Standing::Skip(changed(path, options)),
    };
    let needs_content = matches!(verb, Verb::Restore | Verb::RestoreInPlace);
    if standing == Standing::Ready && needs_content {
        if !step.keeps_content(path) {
            standing = Standing::Skip(Conflict::NotKept("only its metadata was captured".to_owned()));
        } else if let Err(error) = step.check_source(path) {
            standing = Standing::Skip(Conflict::NotKept(error.to_string()));
        }
    }
    Some(Item { path: path.to_owned(), verb, standing, before: Some(before.clone()), now: current, given: Given::Kept })
}

/// True for a file that the step put here in the place of its exact like, where that makes a difference: it is another one of
/// the step's, and would share its content with the name it goes back to; or one of the two has further names.
fn is_another(step: &Step, path: &Path, current: &Meta, before: &Meta, after: &After<'_>) -> bool {
    let inode = current.inode();
    if current.is_file()
        && before.nlink > 1
        && inode != before.inode()
        && let Some(there) = lives_at(step, path, before)
    {
        return there != inode;
    }
    current.is_file()
        && inode != before.inode()
        && matches!(after, After::Is(meta, _) if meta.inode() == inode)
        && (before.nlink > 1
            || current.nlink > 1
            || step.touched().any(|(_, kept)| kept.before.as_ref().is_some_and(|other| other.inode() == inode)))
}

/// What the file of a path is now, that the step left under another name: the undo of another step may have made it anew.
fn lives_at(step: &Step, path: &Path, before: &Meta) -> Option<(u64, u64)> {
    let others = step.touched().map(|(other, _)| other).chain(step.created().map(|(other, _)| other));
    let holds = |other: &&Path| {
        *other != path && matches!(step.after(other), After::Is(left, _) if left.inode() == before.inode())
    };
    let dirs = Dirs::default();
    let mut found = others.filter(holds).filter_map(|other| now(&dirs, other).ok().flatten());
    found.find(Meta::is_file).map(|found| found.inode())
}

/// A directory that is as before except for its times.
fn dir_times(path: &Path, before: &Meta, current: Meta, after: After<'_>) -> Option<Item> {
    let After::Is(left, _) = after else { return None };
    if !current.is_dir() || current.mtime == before.mtime || current.mtime != left.mtime {
        return None;
    }
    let (verb, standing) = (Verb::Times, Standing::Ready);
    Some(Item {
        path: path.to_owned(),
        verb,
        standing,
        before: Some(before.clone()),
        now: Some(current),
        given: Given::Kept,
    })
}

/// What an interrupted undo may have left half done: a directory without its metadata, a file half written in place.
fn half_done(path: &Path, verb: Verb, current: &Meta, options: &PlanOptions<'_>) -> bool {
    options.begun.is_some_and(|begun| begun.contains(path)) && (current.is_dir() || verb == Verb::RestoreInPlace)
}

fn choose(step: &Step, path: &Path, kept: &Kept, before: &Meta, current: Option<&Meta>) -> Verb {
    let same_kind = current.filter(|current| current.kind() == before.kind());
    if before.is_dir() {
        return if same_kind.is_some() { Verb::Adjust } else { Verb::MakeDir };
    }
    match same_kind {
        Some(current) if current.is_file() && is_unwritten(step, path, current, before) => Verb::Adjust,
        Some(current) if current.is_file() && is_unwritten_by(step, path, current, before) => Verb::Adjust,
        // What was asked to be kept was metadata: a file of the same length was touched, not written. (An undo of a
        // later step may have given it another inode.)
        Some(current) if current.is_file() && kept.depth == Depth::Meta && current.size == before.size => Verb::Adjust,
        // It was opened for writing, and only its times were set (touch(1)).
        Some(current)
            if current.inode() == before.inode()
                && has_content_of(step, path, current, before)
                && !has_lost_holes(step, path) =>
        {
            Verb::Adjust
        }
        Some(current) if current.is_file() => {
            // The undo of another step may have made it anew, with all its names.
            let written = matches!(step.after(path), After::Is(left, _) if left.inode() == before.inode());
            let shared = current.nlink > 1 && (current.inode() == before.inode() || written);
            if shared || is_mount_point(path, current) || is_locked(path) {
                Verb::RestoreInPlace
            } else {
                Verb::Restore
            }
        }
        Some(current) if current.target == before.target && current.rdev == before.rdev => Verb::Adjust,
        None if before.is_file() => Verb::Restore,
        _ => Verb::MakeSpecial,
    }
}

/// True for a file that the step did not write to and that has not been written to since, though the undo of another step may
/// have made it anew.
fn is_unwritten_by(step: &Step, path: &Path, current: &Meta, before: &Meta) -> bool {
    let After::Is(left, hash) = step.after(path) else { return false };
    !step.keeps_bytes(path) && left.same_content_stamp(before) && is_as_left(path, current, left, hash, false)
}

/// True when no name can be changed in its directory, as far as permissions tell: a file there can only be written to.
fn is_locked(path: &Path) -> bool {
    use nix::unistd::{AccessFlags, eaccess, geteuid};
    let free = |dir: &Path| eaccess(dir, AccessFlags::W_OK | AccessFlags::X_OK);
    !geteuid().is_root() && path.parent().is_some_and(|dir| free(dir) == Err(nix::errno::Errno::EACCES))
}

fn is_mount_point(path: &Path, current: &Meta) -> bool {
    path.parent().and_then(|parent| crate::sys::Stat::of(parent).ok()).is_some_and(|stat| stat.dev != current.dev)
}

/// What to do about a name the step made.
pub(super) fn consider_new(step: &Step, path: &Path, options: &PlanOptions<'_>, dirs: &Dirs) -> Option<Item> {
    let pretended = options.pretend.is_some_and(|pretend| pretend.contains_key(path));
    let current = match found(path, options, dirs) {
        Ok(current) => current?,
        Err(error) => return closed::unseen(step, path, None, &error),
    };
    let standing = match step.after(path) {
        After::Is(meta, hash) if is_as_left(path, &current, meta, hash, pretended) => Standing::Ready,
        _ if step.outcome().is_none() => unended(path, pretended, options),
        After::Unknown if closed::is_as_left(step, path, Some(&current), options, dirs) => Standing::Ready,
        After::Unknown => Standing::Skip(Conflict::Unrecorded),
        After::Is(meta, _) if meta.is_dir() && current.is_dir() => Standing::Ready,
        After::Unchanged(_) => return None,
        _ => Standing::Skip(changed(path, options)),
    };
    Some(Item {
        path: path.to_owned(),
        verb: Verb::Remove,
        standing,
        before: None,
        now: Some(current),
        given: Given::Kept,
    })
}
