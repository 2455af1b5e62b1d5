//! Giving one name its file back.

use super::apply::{failed, parent_of};
use super::conflict::Conflict;
use super::item::{Given, Item, Verb};
use super::metadata::{set_all, set_ownership};
use crate::checkpoint::{Dirs, Keep, Meta, Source, Step, copy_sparse};
use crate::sys::{self, DirFd, FileKind, Stat};
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

/// A file that is ready to take its name. Holds no directory open: there may be very many.
#[derive(Debug)]
pub(super) enum Prepared {
    /// The very file, kept as a hard link in the store.
    Link,
    /// A new file beside its place, under this name.
    New(OsString),
}

impl Prepared {
    /// Takes the name, replacing what is there in one step; where nothing was to be, only if nothing is.
    pub(super) fn take_name(
        self,
        step: &Step,
        item: &Item,
        dirs: &Dirs,
        notes: &mut Vec<String>,
    ) -> Result<(), Conflict> {
        let (dir, name) = parent_of(dirs, &item.path)?;
        let (from, temporary, kept) = match self {
            Self::New(temporary) => (At::Beside(Rc::clone(&dir)), temporary, None),
            Self::Link => match source(step, item)? {
                Source::Object { dir, name, stat, .. } => (At::Store(dir), name, Some(stat)),
                Source::Bytes(_) => return Err(Conflict::NotKept("its link is gone".to_owned())),
            },
        };
        notes.extend(kept.and_then(|stat| doubt(step, item, &stat)));
        let from: &DirFd = match &from {
            At::Beside(dir) => dir,
            At::Store(dir) => dir,
        };
        let taken = dress(from, &temporary, kept, item, notes).map_err(failed).and_then(|()| {
            if item.now.is_none() {
                return take_free_name(from, &temporary, &dir, &name);
            }
            from.rename(&temporary, &dir, &name).map_err(failed)
        });
        if taken.is_err() && kept.is_none() {
            // A directory or file that may not be changed keeps its name; nothing of ours stays beside it.
            from.unlink(&temporary).ok();
        }
        // rename(2) does nothing when both names are the same file already; nor is there anything to do when both are one name.
        let one = || {
            temporary == name
                && Stat::of_fd(from).ok().zip(Stat::of_fd(&*dir).ok()).is_some_and(|(a, b)| a.same_file(&b))
        };
        if taken.is_ok() && kept.is_some() && item.now.is_some() && !one() {
            from.unlink(&temporary).ok();
        }
        taken
    }

    /// Gives it up.
    pub(super) fn discard(self, item: &Item, dirs: &Dirs) {
        if let (Self::New(temporary), Ok((dir, _))) = (self, parent_of(dirs, &item.path)) {
            dir.unlink(&temporary).ok();
        }
    }
}

/// What has to be said of a file that is kept by a link and has another time of change than it had. A program that set the
/// times is the usual reason; a write that the step did not see, by a process that had it open before, would leave that of
/// the write.
fn doubt(step: &Step, item: &Item, stat: &Stat) -> Option<String> {
    let found = Meta::bare(stat);
    let begun = step.header().started.0 - 1;
    let maybe = item.before.as_ref().is_some_and(|before| before.mtime != found.mtime) && found.mtime.0 >= begun;
    maybe.then(|| {
        format!(
            "{}: its times were set, or a process that had it open wrote to it, after it was kept",
            item.path.display()
        )
    })
}

/// Renames to a name that nobody else may have taken meanwhile.
pub(super) fn take_free_name(from: &DirFd, temporary: &OsStr, dir: &DirFd, name: &OsStr) -> Result<(), Conflict> {
    match from.rename_new(temporary, dir, name).map_err(|error| (error.raw_os_error(), error)) {
        Ok(()) => Ok(()),
        Err((Some(libc::EEXIST), _)) => Err(Conflict::ChangedSince),
        // A file system, or a kernel, without that: looked at just before.
        Err((Some(libc::EINVAL | libc::ENOSYS), _)) => match dir.stat(name) {
            Ok(_) => Err(Conflict::ChangedSince),
            Err(error) if error.raw_os_error() == Some(libc::ENOENT) => {
                from.rename(temporary, dir, name).map_err(failed)
            }
            Err(error) => Err(failed(error)),
        },
        Err((_, error)) => Err(failed(error)),
    }
}

/// Gives a file that is ready, and is `stat` now when that is known, the owner, mode, attributes and times it is to have.
fn dress(dir: &DirFd, name: &OsStr, stat: Option<Stat>, item: &Item, notes: &mut Vec<String>) -> std::io::Result<()> {
    let Some(before) = &item.before else { return Ok(()) };
    let stat = stat.map_or_else(|| dir.stat(name), Ok)?;
    // What is merged is new: its time of change is now.
    let set = if item.verb == Verb::Merge { set_ownership } else { set_all };
    notes.extend(set(dir, name, &stat, before)?.into_iter().map(|what| format!("{}: {what}", item.path.display())));
    Ok(())
}

/// Where a prepared file is.
enum At {
    Beside(Rc<DirFd>),
    Store(Arc<DirFd>),
}

/// Makes the file of an item ready under the name `temporary` beside its place, or finds it in the store. The file is
/// returned open when bytes were written that must be durable before the name is taken.
pub(super) fn prepare(
    step: &Step,
    item: &Item,
    temporary: &str,
    dirs: &Dirs,
    notes: &mut Vec<String>,
) -> Result<(Prepared, Option<File>), Conflict> {
    let Some(before) = &item.before else { return Err(Conflict::NotKept("there was nothing".to_owned())) };
    let (dir, _) = parent_of(dirs, &item.path)?;
    let device = item.path.parent().and_then(|parent| dirs.device(parent).ok());
    // The usual case by far; the link itself is looked at when it takes the name.
    let linked = || device.is_some_and(|device| step.is_linked_on(&item.path, device));
    if before.is_file() && item.given == Given::Kept && linked() {
        return Ok((Prepared::Link, None));
    }
    let name = OsString::from(temporary);
    let kept = if before.is_file() { Some(source(step, item)?) } else { step.source(&item.path).ok().flatten() };
    let source = match kept {
        Some(Source::Object { how: Keep::Link, stat, .. }) if item.given == Given::Kept && device == Some(stat.dev) => {
            return Ok((Prepared::Link, None));
        }
        Some(source) if before.is_file() => source,
        _ => {
            make_special(&dir, &name, before)?;
            return Ok((Prepared::New(name), None));
        }
    };
    let flags = libc::O_WRONLY | libc::O_CREAT | libc::O_EXCL;
    let file = dir.file_beneath(Path::new(&name), flags, 0o600).map_err(failed)?;
    if let Err(conflict) = fill(&file, source, before) {
        dir.unlink(&name).ok();
        return Err(conflict);
    }
    if before.nlink > 1 && item.given == Given::Kept && step.names_of_same_inode(&item.path) < before.nlink as usize {
        notes.push(format!("{}: had further names; it comes back as a file of its own", item.path.display()));
    }
    Ok((Prepared::New(name), Some(file)))
}

/// Writes the content into the file that is there.
pub(super) fn write_in_place(step: &Step, item: &Item, notes: &mut Vec<String>) -> Result<(), Conflict> {
    let Some(before) = &item.before else { return Err(Conflict::NotKept("there was nothing".to_owned())) };
    let source = source(step, item)?;
    let (dir, name) = parent_of(&Dirs::default(), &item.path)?;
    if let (Source::Object { stat, .. }, Ok(there)) = (&source, dir.stat(&name))
        && stat.same_file(&there)
    {
        // What is kept is the file itself, under its name still.
        notes.extend(doubt(step, item, &there));
        return dress(&dir, &name, Some(there), item, notes).map_err(failed);
    }
    let file = dir.file_beneath(Path::new(&name), libc::O_WRONLY | libc::O_TRUNC, 0).map_err(failed)?;
    fill(&file, source, before)?;
    file.sync_data().ok();
    dress(&dir, &name, None, item, notes).map_err(failed)
}

fn source(step: &Step, item: &Item) -> Result<Source, Conflict> {
    let path = match &item.given {
        Given::Merged(bytes) => return Ok(Source::Bytes(bytes.clone())),
        Given::Of(path) => path,
        Given::Kept => &item.path,
    };
    match step.source(path) {
        Ok(Some(source)) => Ok(source),
        Ok(None) => Err(Conflict::NotKept("only its metadata was captured".to_owned())),
        Err(error) => Err(Conflict::NotKept(error.to_string())),
    }
}

fn fill(file: &File, source: Source, before: &Meta) -> Result<(), Conflict> {
    match source {
        Source::Bytes(bytes) => {
            let mut file = file;
            file.write_all(&bytes).map_err(failed)
        }
        Source::Object { dir, name, .. } => {
            let from = dir.file_beneath(Path::new(&name), libc::O_RDONLY, 0).map_err(failed)?;
            if sys::clone_blocks(&from, file).is_ok() {
                return Ok(());
            }
            copy_sparse(&from, file, before.size).map_err(failed)
        }
    }
}

fn make_special(dir: &DirFd, name: &OsStr, before: &Meta) -> Result<(), Conflict> {
    match before.kind() {
        FileKind::Symlink => {
            let target = before.target.as_deref().unwrap_or_default();
            dir.symlink(OsStr::from_bytes(target), name).map_err(failed)
        }
        FileKind::Fifo | FileKind::Socket | FileKind::CharDevice | FileKind::BlockDevice => {
            dir.make_node(name, before.mode, before.rdev).map_err(failed)
        }
        _ => Err(Conflict::NotKept("it was of a kind no call can make".to_owned())),
    }
}
