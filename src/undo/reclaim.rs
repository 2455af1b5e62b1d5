//! Files with further names that live on under a name which the step gave them: they go back as the very file, so that all
//! its names share its content again.

use super::apply::{failed, is_free_for, parent_of, still_as_planned};
use super::conflict::Conflict;
use super::item::{Given, Item, Standing, Verb};
use super::now::{is_unwritten, now};
use super::restore::take_free_name;
use crate::checkpoint::{After, Dirs, Meta, Pinned, Step};
use crate::sys::DirFd;
use std::collections::HashMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// An item whose file lives on under another name than its own.
#[derive(Clone, Copy, Debug)]
pub(super) struct Living {
    /// The name that the file is to have again, by index.
    pub(super) home: usize,
    /// The name it has.
    pub(super) at: At,
}

/// Where a file lives on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum At {
    /// Under the name of another item, by index.
    Item(usize),
    /// Under names that nobody knows; the store holds it.
    Pin,
}

/// The names whose file is found under another that will go, or go to another file.
pub(super) fn living(items: &[Item], step: &Step) -> Vec<Living> {
    let shared = |meta: &&Meta| meta.is_file() && meta.nlink > 1;
    let goes = |item: &Item| {
        let leaves = matches!(item.verb, Verb::Remove | Verb::Restore | Verb::MakeSpecial | Verb::MakeDir);
        item.is_ready() && leaves && item.given == Given::Kept
    };
    let wanted = |item: &Item| {
        let before = item.before.as_ref().filter(shared)?;
        // The very file, unless what its other names lose by that has to be kept for a redo.
        let plain = || !step.pinned(&item.path).is_some_and(|held| held.is_shared_and_changed(before));
        let linked = step.is_linked(&item.path) && (step.lives_on_as(&item.path).is_some() || plain());
        let kept_itself = linked || step.same_inode_as(&item.path).is_some();
        let comes_back = item.is_ready() && item.verb == Verb::Restore && item.given == Given::Kept;
        (comes_back && !kept_itself).then(|| before.inode())
    };
    if !items.iter().any(|item| wanted(item).is_some()) {
        return Vec::new();
    }
    let gone = items.iter().enumerate().filter(|(_, item)| goes(item));
    let mut at: HashMap<(u64, u64), usize> = HashMap::new();
    for (index, item) in gone {
        let Some(now) = item.now.as_ref().filter(shared) else { continue };
        at.insert(now.inode(), index);
        // The undo of another step may have made it anew, with all its names.
        if let After::Is(left, _) = step.after(&item.path) {
            at.entry(left.inode()).or_insert(index);
        }
    }
    let homes = items.iter().enumerate();
    let find = |(home, item): (usize, &Item)| {
        let found = at.get(&wanted(item)?).map(|at| At::Item(*at));
        let at = found.or_else(|| step.pinned(&item.path).map(|_| At::Pin))?;
        Some(Living { home, at })
    };
    homes.filter_map(find).collect()
}

/// A file that the step moved is not removed under its new name while the one it had is left alone: it may be all there is
/// of it.
pub(super) fn hold_back(items: &mut [Item], step: &Step) {
    let given_elsewhere: Vec<_> = items
        .iter()
        .filter_map(|item| match &item.given {
            Given::Of(path) if item.is_ready() => Some(path.clone()),
            _ => None,
        })
        .collect();
    let left: Vec<(PathBuf, PathBuf)> = items
        .iter()
        .filter(|item| !item.is_ready() && !given_elsewhere.contains(&item.path))
        .filter_map(|item| Some((step.lives_on_as(&item.path)?.to_owned(), item.path.clone())))
        .collect();
    for (at, home) in left {
        for item in items.iter_mut().filter(|item| item.path == at && item.verb == Verb::Remove && item.is_ready()) {
            item.standing = Standing::Skip(Conflict::Holds(home.clone()));
        }
    }
}

/// A file that is to go home, and has a name of ours for as long.
#[derive(Debug)]
pub(super) struct Fetched {
    /// The item that it goes home to, by index.
    pub(super) home: usize,
    /// The name of ours.
    pub(super) at: PathBuf,
    /// What held it so far.
    pin: Option<Pinned>,
}

impl Fetched {
    /// Gives the file a name of ours, in the directory it is to be in or the nearest above that is there: the name it has may
    /// go before the one it is to have is free.
    pub(super) fn from(items: &[Item], step: &Step, living: Living, temporary: &str) -> Result<Self, Conflict> {
        let home = &items[living.home];
        let dirs = Dirs::default();
        let mut above = home.path.ancestors().skip(1);
        let near = above.find(|dir| Dirs::default().open(dir).is_ok()).unwrap_or(Path::new("/"));
        let (near, temporary) = (dirs.open(near).map_err(failed)?, near.join(temporary));
        let pin = match living.at {
            At::Item(index) => {
                let at = &items[index];
                let (from, name) = parent_of(&dirs, &at.path)?;
                still_as_planned(at, now(&dirs, &at.path).map_err(failed)?.as_ref())?;
                from.link(&name, &near, temporary.file_name().unwrap_or_default()).map_err(failed)?;
                None
            }
            At::Pin => {
                let pin = step.pinned(&home.path).ok_or(Conflict::ChangedSince)?;
                pin.dir.link(&pin.name, &near, temporary.file_name().unwrap_or_default()).map_err(failed)?;
                Some(pin)
            }
        };
        Ok(Self { home: living.home, at: temporary, pin })
    }

    /// True when the directory that it is to be in is there, and what has its name can be replaced.
    pub(super) fn can_go(&self, items: &[Item]) -> bool {
        let home = &items[self.home];
        self.at.parent() == home.path.parent() && home.now.as_ref().is_none_or(Meta::is_file)
    }

    /// True for a file that the store held, when it is not what it was before the step.
    pub(super) fn is_changed(&self, items: &[Item]) -> bool {
        let Some(before) = items[self.home].before.as_ref().filter(|_| self.pin.is_some()) else { return false };
        let found = now(&Dirs::default(), &self.at).ok().flatten();
        found.is_some_and(|found| {
            !found.same_content_stamp(before) || !found.same_ownership(before) || found.attributes_differ(before)
        })
    }

    /// Gives the file its name back; what it holds is put right in place afterwards.
    pub(super) fn bring_home(&self, home: &Item, step: &Step) -> Result<Item, Conflict> {
        let dirs = Dirs::default();
        let (from, temporary) = parent_of(&dirs, &self.at)?;
        let taken = if home.is_ready() { self.take(home, &from, &temporary) } else { Err(Conflict::ChangedSince) };
        // rename(2) does nothing when both names are the same file already.
        if taken.is_err() || home.now.is_some() {
            from.unlink(&temporary).ok();
        }
        taken?;
        if let Some(pin) = self.pin.as_ref().filter(|pin| pin.own) {
            pin.dir.unlink(&pin.name).ok();
        }
        let now = now(&dirs, &home.path).map_err(failed)?;
        let unwritten = |now: &Meta| home.before.as_ref().is_some_and(|was| is_unwritten(step, &home.path, now, was));
        let verb = if now.as_ref().is_some_and(unwritten) { Verb::Adjust } else { Verb::RestoreInPlace };
        Ok(Item { verb, now, ..home.clone() })
    }

    fn take(&self, home: &Item, from: &DirFd, temporary: &OsStr) -> Result<(), Conflict> {
        let dirs = Dirs::default();
        let (dir, own) = parent_of(&dirs, &home.path)?;
        let there = now(&dirs, &home.path).map_err(failed)?;
        is_free_for(home, there.as_ref())?;
        match there {
            None => take_free_name(from, temporary, &dir, &own),
            Some(_) => from.rename(temporary, &dir, &own).map_err(failed),
        }
    }
}
