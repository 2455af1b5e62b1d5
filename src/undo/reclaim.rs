//! Files with further names that live on under a name which the step made: they go back as the very file, so that all its names
//! share its content again.

use super::apply::{failed, parent_of, still_as_planned};
use super::conflict::Conflict;
use super::item::{Given, Item, Standing, Verb};
use super::now::now;
use super::restore::take_free_name;
use crate::checkpoint::{Dirs, Meta, Step};
use std::collections::HashMap;
use std::path::PathBuf;

/// An item and the one under whose name its file is now, by index.
#[derive(Clone, Copy, Debug)]
pub(super) struct Living {
    /// The name that the file is to have again.
    pub(super) home: usize,
    /// The name it has.
    pub(super) at: usize,
}

/// The names whose file is found under another that will be removed.
pub(super) fn living(items: &[Item], step: &Step) -> Vec<Living> {
    let shared = |meta: &&Meta| meta.is_file() && meta.nlink > 1;
    let goes = |item: &Item| item.is_ready() && item.verb == Verb::Remove;
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

/// Gives the file its name back; what it holds is put right in place afterwards.
pub(super) fn bring_home(home: &Item, at: &Item, temporary: &str) -> Result<Item, Conflict> {
    let dirs = Dirs::default();
    let (from, name) = parent_of(&dirs, &at.path)?;
    still_as_planned(at, now(&dirs, &at.path).map_err(failed)?.as_ref())?;
    still_as_planned(home, now(&dirs, &home.path).map_err(failed)?.as_ref())?;
    let (dir, own) = parent_of(&dirs, &home.path)?;
    let temporary = std::ffi::OsStr::new(temporary);
    from.link(&name, &dir, temporary).map_err(failed)?;
    let taken = match home.now {
        None => take_free_name(&dir, temporary, &dir, &own),
        Some(_) => dir.rename(temporary, &dir, &own).map_err(failed),
    };
    if let Err(conflict) = taken {
        dir.unlink(temporary).ok();
        return Err(conflict);
    }
    let now = now(&dirs, &home.path).map_err(failed)?;
    Ok(Item { verb: Verb::RestoreInPlace, now, ..home.clone() })
}
