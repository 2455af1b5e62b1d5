//! Files with further names that live on under a name which the step gave them: they go back as the very file, so that all
//! its names share its content again.

use super::apply::{failed, is_free_for, parent_of, still_as_planned};
use super::conflict::Conflict;
use super::item::{Given, Item, Standing, Verb};
use super::now::now;
use super::restore::take_free_name;
use crate::checkpoint::{Dirs, Meta, Step};
use crate::sys::DirFd;
use std::collections::HashMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// An item and the one under whose name its file is now, by index.
#[derive(Clone, Copy, Debug)]
pub(super) struct Living {
    /// The name that the file is to have again.
    pub(super) home: usize,
    /// The name it has.
    pub(super) at: usize,
}

/// The names whose file is found under another that will go, or go to another file.
pub(super) fn living(items: &[Item], step: &Step) -> Vec<Living> {
    let shared = |meta: &&Meta| meta.is_file() && meta.nlink > 1;
    let goes = |item: &Item| {
        let leaves = matches!(item.verb, Verb::Remove | Verb::Restore | Verb::MakeSpecial | Verb::MakeDir);
        item.is_ready() && leaves && item.given == Given::Kept
    };
    let wanted = |item: &Item| {
        let kept_itself = step.is_linked(&item.path) || step.same_inode_as(&item.path).is_some();
        let before = item.before.as_ref().filter(shared)?;
        let comes_back = item.is_ready() && item.verb == Verb::Restore && item.given == Given::Kept;
        (comes_back && !kept_itself).then(|| before.inode())
    };
    if !items.iter().any(|item| wanted(item).is_some()) {
        return Vec::new();
    }
    let gone = items.iter().enumerate().filter(|(_, item)| goes(item));
    let at: HashMap<(u64, u64), usize> =
        gone.filter_map(|(index, item)| Some((item.now.as_ref().filter(shared)?.inode(), index))).collect();
    let homes = items.iter().enumerate();
    homes.filter_map(|(home, item)| Some(Living { home, at: *at.get(&wanted(item)?)? })).collect()
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
    at: PathBuf,
}

impl Fetched {
    /// Gives the file a name of ours, in the directory it is to be in or the nearest above that is there: the name it has may
    /// go before the one it is to have is free.
    pub(super) fn from(items: &[Item], living: Living, temporary: &str) -> Result<Self, Conflict> {
        let (home, at) = (&items[living.home], &items[living.at]);
        let dirs = Dirs::default();
        let (from, name) = parent_of(&dirs, &at.path)?;
        still_as_planned(at, now(&dirs, &at.path).map_err(failed)?.as_ref())?;
        let mut above = home.path.ancestors().skip(1);
        let near = above.find(|dir| Dirs::default().open(dir).is_ok()).unwrap_or(Path::new("/"));
        from.link(&name, &*dirs.open(near).map_err(failed)?, OsStr::new(temporary)).map_err(failed)?;
        Ok(Self { home: living.home, at: near.join(temporary) })
    }

    /// True when the directory that it is to be in is there, and what has its name can be replaced.
    pub(super) fn can_go(&self, items: &[Item]) -> bool {
        let home = &items[self.home];
        self.at.parent() == home.path.parent() && home.now.as_ref().is_none_or(Meta::is_file)
    }

    /// Gives the file its name back; what it holds is put right in place afterwards.
    pub(super) fn bring_home(&self, home: &Item) -> Result<Item, Conflict> {
        let dirs = Dirs::default();
        let (from, temporary) = parent_of(&dirs, &self.at)?;
        let taken = if home.is_ready() { self.take(home, &from, &temporary) } else { Err(Conflict::ChangedSince) };
        // rename(2) does nothing when both names are the same file already.
        if taken.is_err() || home.now.is_some() {
            from.unlink(&temporary).ok();
        }
        taken?;
        let now = now(&dirs, &home.path).map_err(failed)?;
        Ok(Item { verb: Verb::RestoreInPlace, now, ..home.clone() })
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
