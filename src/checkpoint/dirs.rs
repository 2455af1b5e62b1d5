//! Directories held open from one path to the next, for whoever looks at very many paths in order.

use super::place::open_dir;
use crate::sys::{DirFd, Stat};
use std::cell::{OnceCell, RefCell};
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// Most directories held open at once.
const MOST: usize = 64;

/// One of them.
#[derive(Debug)]
struct Held {
    path: PathBuf,
    dir: Rc<DirFd>,
    /// Its device, once somebody has asked.
    device: OnceCell<u64>,
}

/// The directories on the way to the last path, outermost first, each reached without following a link. A directory that
/// is moved while it is held stays the one it was: to be used for one pass over sorted paths, and then let go.
#[derive(Debug, Default)]
pub(crate) struct Dirs {
    held: RefCell<Vec<Held>>,
    /// The last directory that was not there.
    missing: RefCell<Option<PathBuf>>,
}

impl Dirs {
    /// The directory `path`, absolute; errors are those of [`open_dir`].
    pub(crate) fn open(&self, path: &Path) -> io::Result<Rc<DirFd>> {
        if self.missing.borrow().as_ref().is_some_and(|missing| path.starts_with(missing)) {
            return Err(io::Error::from_raw_os_error(libc::ENOENT));
        }
        let mut held = self.held.borrow_mut();
        if let Some(last) = held.last().filter(|last| last.path.as_os_str() == path.as_os_str()) {
            return Ok(Rc::clone(&last.dir));
        }
        while held.last().is_some_and(|last| !path.starts_with(&last.path)) {
            held.pop();
        }
        if let Some(last) = held.last().filter(|last| last.path == path) {
            return Ok(Rc::clone(&last.dir));
        }
        let opened = match held.last() {
            Some(last) => below(&last.dir, path.strip_prefix(&last.path).unwrap_or(path)).or_else(|_| open_dir(path)),
            None => open_dir(path),
        };
        let dir = Rc::new(opened.inspect_err(|error| {
            if error.raw_os_error() == Some(libc::ENOENT) {
                *self.missing.borrow_mut() = Some(path.to_owned());
            }
        })?);
        if held.len() >= MOST {
            held.clear();
        }
        held.push(Held { path: path.to_owned(), dir: Rc::clone(&dir), device: OnceCell::new() });
        Ok(dir)
    }

    /// The device the directory `path` is on; errors are those of [`Self::open`].
    pub(crate) fn device(&self, path: &Path) -> io::Result<u64> {
        let dir = self.open(path)?;
        let held = self.held.borrow();
        match held.last().and_then(|last| last.device.get()) {
            Some(device) => Ok(*device),
            None => {
                let device = Stat::of_fd(&*dir)?.dev;
                held.last().map(|last| last.device.set(device));
                Ok(device)
            }
        }
    }

    /// Where a path is now and what it is; `None` when the name is gone, or a directory on the way is missing or a link.
    pub(crate) fn look(&self, path: &Path) -> io::Result<Option<(Rc<DirFd>, OsString, Stat)>> {
        let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
            let dir = self.open(path)?;
            let stat = Stat::of_fd(&*dir)?;
            return Ok(Some((dir, ".".into(), stat)));
        };
        let absent =
            |error: &io::Error| matches!(error.raw_os_error(), Some(libc::ENOENT | libc::ENOTDIR | libc::ELOOP));
        let dir = match self.open(parent) {
            Err(error) if absent(&error) => return Ok(None),
            opened => opened?,
        };
        match dir.stat(name) {
            Ok(stat) => Ok(Some((dir, name.to_owned(), stat))),
            Err(error) if absent(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// One step down; a longer way is left to [`open_dir`], which knows how to walk in pieces.
fn below(dir: &DirFd, path: &Path) -> io::Result<DirFd> {
    if path.as_os_str().len() > 1024 {
        return Err(io::Error::from_raw_os_error(libc::ENAMETOOLONG));
    }
    dir.dir_beneath(path)
}
