//! Links that a step no longer holds itself: their file lives on under another name, an undo gave it back, or a later step
//! keeps it that took it away again. Comes in: the step and what it says of the path. Goes out: where the file is, if it
//! still is that file with that content.

use super::error::StoreError;
use super::meta::Meta;
use super::record::{Content, Keep};
use super::step::{After, Kept, Source, Step};
use crate::sys::{DirFd, Stat};
use std::collections::HashMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Where packs keep links, by the inode of the file: the folder and the number of the object.
pub(super) type Holders = HashMap<(u64, u64), Vec<(PathBuf, u64)>>;

impl Step {
    /// The file of a link that is not in its folder any more. `moved` is the name it had when the step ended, if another
    /// than `path`.
    pub(super) fn lent(&self, kept: &Kept, path: &Path, moved: Option<&Path>) -> Result<Option<Source>, StoreError> {
        let there = self.elsewhere(kept, moved.unwrap_or(path))?.or_else(|| self.with_another(kept));
        match there.or_else(|| self.with_redo(kept, path)) {
            Some(source) => Ok(Some(source)),
            None => {
                let why = match moved {
                    Some(_) => "it was moved there, and has been changed or moved again since",
                    None => "an undo gave it back, and it has changed since: undo that instead",
                };
                Err(StoreError::Lost { path: moved.unwrap_or(path).to_owned(), why })
            }
        }
    }

    /// The file under a name it has in the tree.
    fn elsewhere(&self, kept: &Kept, path: &Path) -> Result<Option<Source>, StoreError> {
        let found = super::finish::look(path).map_err(StoreError::io("look for", path))?;
        let is_it = |stat: &Stat| is_that_file(kept, stat) || self.is_like_that_file(kept, path, stat);
        Ok(found.filter(|(_, _, stat)| is_it(stat)).map(|(dir, name, stat)| Source::Object {
            dir: Arc::new(dir),
            name,
            how: Keep::Link,
            stat,
        }))
    }

    /// True for another inode with the same content: the undo of a later step made it anew, with its times to the nanosecond.
    fn is_like_that_file(&self, kept: &Kept, path: &Path, stat: &Stat) -> bool {
        let found = Meta::bare(stat);
        let alike =
            |meta: &Meta| meta.is_file() && found.is_file() && (meta.size, meta.mtime) == (found.size, found.mtime);
        let is_own = self.before(path).is_some_and(|own| own.seq == kept.seq);
        let hash = match self.after(path) {
            // What the step left under the file's own name is another file: alike, it would be taken for the one it was.
            After::Is(left, _) if is_own => return !alike(left) && kept.before.as_ref().is_some_and(alike),
            After::Is(_, hash) => hash,
            _ => None,
        };
        kept.before.as_ref().is_some_and(alike) && hash.is_none_or(|hash| super::finish::hash_of(path) == Some(hash))
    }

    /// The file in the pack of another step of the session: what a redo takes away again is kept by the redo.
    fn with_another(&self, kept: &Kept) -> Option<Source> {
        let inode = kept.before.as_ref()?.inode();
        self.holders().get(&inode)?.iter().find_map(|(folder, number)| {
            let dir = DirFd::open(folder).ok()?;
            let name = super::objects::name_of(*number);
            let stat = dir.stat(&name).ok()?;
            is_that_file(kept, &stat).then(|| Source::Object { dir: Arc::new(dir), name, how: Keep::Link, stat })
        })
    }

    /// The content in the pack of a redo, which may have kept a small file by its bytes before it took that away again.
    fn with_redo(&self, kept: &Kept, path: &Path) -> Option<Source> {
        let before = kept.before.as_ref()?;
        self.redos().iter().find_map(|redo| {
            let theirs = redo.before(path).and_then(|theirs| theirs.before.as_ref())?;
            // The inode may be another: the redo of an earlier step made the file anew.
            let same = (theirs.size, theirs.mtime) == (before.size, before.mtime) && redo.keeps_content(path);
            same.then(|| redo.source(path).ok().flatten()).flatten()
        })
    }

    /// The links this step keeps, with their folders.
    fn kept_links(&self) -> impl Iterator<Item = ((u64, u64), (PathBuf, u64))> {
        let folders = self.folders();
        self.touched().filter_map(move |(_, kept)| {
            let (folder, number) = match (&kept.content, self.pin(kept.seq)) {
                (Content::Object { folder, number, how: Keep::Link }, _) => (*folder, *number),
                (_, Some(pin)) => (pin.folder, pin.number),
                _ => return None,
            };
            Some((kept.before.as_ref()?.inode(), (folders.get(folder as usize)?.clone(), number)))
        })
    }

    /// Takes files that live on under other names back into the store, so that they can be given back while those
    /// names go. Returns what to hand to [`Step::release`] afterwards.
    pub(crate) fn recall(&self) -> Vec<(Arc<DirFd>, OsString)> {
        let mut recalled = Vec::new();
        for (_, kept) in self.touched() {
            let Content::Object { folder, number, .. } = kept.content else { continue };
            let Some(moved) = self.moved_to(folder, number) else { continue };
            if let Some((dir, name)) = self.object(folder, number)
                && dir.stat(&name).is_err()
                && let Ok(Some(Source::Object { dir: there, name: other, .. })) = self.elsewhere(kept, moved)
                && there.link(&other, &dir, &name).is_ok()
            {
                recalled.push((dir, name));
            }
        }
        recalled
    }

    /// Drops again what [`Step::recall`] took back and nobody was given.
    pub(crate) fn release(recalled: Vec<(Arc<DirFd>, OsString)>) {
        for (dir, name) in recalled {
            // Gone is what it should be.
            dir.unlink(&name).ok();
        }
    }
}

/// The links that the packs beside this one keep.
pub(super) fn beside(log: &Path) -> Holders {
    let mut holders = Holders::new();
    for step in steps_beside(log) {
        for (inode, place) in step.kept_links() {
            holders.entry(inode).or_default().push(place);
        }
    }
    holders
}

/// The redos of a step: undos of undos of it, in no order.
pub(super) fn redos(log: &Path, id: &str) -> Vec<Step> {
    let (mut undos, mut others): (Vec<String>, Vec<(String, Step)>) = (Vec::new(), Vec::new());
    for step in steps_beside(log) {
        match step.undoes().map(|(mark, _)| mark.step.clone()) {
            Some(of) if of == id => undos.push(step.header().id.clone()),
            Some(of) => others.push((of, step)),
            None => {}
        }
    }
    others.into_iter().filter(|(of, _)| undos.contains(of)).map(|(_, step)| step).collect()
}

/// The packs beside this one that can be read.
fn steps_beside(log: &Path) -> impl Iterator<Item = Step> {
    let entries = log.parent().and_then(|folder| std::fs::read_dir(folder).ok());
    let paths = entries.into_iter().flatten().flatten().map(|entry| entry.path());
    let others = paths.filter(move |path| path != log && path.extension().is_some_and(|end| end == "log"));
    others.filter_map(|path| Some(Step::read(&path).ok()?.0))
}

/// True when it has the length that it had, and is the inode it was, whose times may have been set since (utimensat(2)), or
/// one made in its place with the same times.
pub(super) fn may_be_that_file(kept: &Kept, stat: &Stat) -> bool {
    let found = Meta::bare(stat);
    let may_be = |meta: &Meta| meta.inode() == found.inode() || meta.mtime == found.mtime;
    kept.before.as_ref().is_some_and(|meta| meta.size == found.size && may_be(meta))
}

/// True when it is the inode it was, and its content has not changed as far as length and time of change tell.
pub(super) fn is_that_file(kept: &Kept, stat: &Stat) -> bool {
    kept.before.as_ref().is_some_and(|meta| Meta::bare(stat).same_content_stamp(meta))
}
