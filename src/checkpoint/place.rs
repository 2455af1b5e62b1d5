//! Where a path is: its directory held open, reached without following a link, and its name there.

use crate::sys::DirFd;
use std::ffi::OsString;
use std::io;
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};

/// Longest path given to one call; longer ones are walked in pieces (`PATH_MAX` is 4096).
const PIECE: usize = 3000;

/// A name in an open directory.
#[derive(Debug)]
pub struct Place {
    /// The directory.
    pub dir: DirFd,
    /// Its path, free of links.
    pub parent: PathBuf,
    /// The name.
    pub name: OsString,
    /// False when a directory on the way is missing: then this is the first name that is.
    pub whole: bool,
}

impl Place {
    /// The absolute path, free of links.
    pub fn path(&self) -> PathBuf {
        self.parent.join(&self.name)
    }
}

/// Opens the directory `path`, absolute; a link in any component is `ELOOP`.
pub fn open_dir(path: &Path) -> io::Result<DirFd> {
    let mut dir = DirFd::open(Path::new("/"))?;
    let mut piece = PathBuf::new();
    for component in path.components() {
        let Component::Normal(name) = component else {
            if component == Component::RootDir {
                continue;
            }
            return Err(io::Error::from(io::ErrorKind::InvalidInput));
        };
        if piece.as_os_str().len() + name.len() > PIECE {
            dir = step(&dir, &piece)?;
            piece = PathBuf::new();
        }
        piece.push(name);
    }
    if piece.as_os_str().is_empty() { Ok(dir) } else { step(&dir, &piece) }
}

fn step(dir: &DirFd, piece: &Path) -> io::Result<DirFd> {
    for _ in 0..16 {
        match dir.dir_beneath(piece) {
            // A rename elsewhere made the walk unsure of itself (openat2(2)).
            Err(error) if error.raw_os_error() == Some(libc::EAGAIN) => {}
            Err(error) if error.raw_os_error() == Some(libc::ENOSYS) => return step_without_openat2(dir, piece),
            result => return result,
        }
    }
    Err(io::Error::from_raw_os_error(libc::EAGAIN))
}

/// For kernels before 5.6: opens, then asks the kernel where it ended up.
fn step_without_openat2(dir: &DirFd, piece: &Path) -> io::Result<DirFd> {
    let name_of =
        |dir: &DirFd| std::fs::read_link(Path::new("/proc/self/fd").join(dir.as_fd().as_raw_fd().to_string()));
    let opened = DirFd::open(&dir.path_of(piece.as_os_str()))?;
    if name_of(&opened)? == name_of(dir)?.join(piece) {
        Ok(opened)
    } else {
        Err(io::Error::from_raw_os_error(libc::ELOOP))
    }
}

/// Finds the place of an absolute path. Links and `..` in its directory are resolved; the last name is taken as it is.
pub fn resolve(path: &Path) -> io::Result<Place> {
    let invalid = || io::Error::from(io::ErrorKind::InvalidInput);
    if !path.is_absolute() {
        return Err(invalid());
    }
    let mut parent = path.parent().ok_or_else(invalid)?.to_owned();
    let mut name = path.file_name().ok_or_else(invalid)?.to_owned();
    let mut whole = true;
    if parent.components().any(|component| component == Component::ParentDir) {
        parent = canonical(&parent)?;
    }
    loop {
        match open_dir(&parent) {
            Ok(dir) => return Ok(Place { dir, parent, name, whole }),
            Err(error) => match error.raw_os_error() {
                Some(libc::ELOOP | libc::ENOTDIR) if parent.symlink_metadata().is_ok() && parent.is_dir() => {
                    parent = canonical(&parent)?;
                }
                Some(libc::ENOENT | libc::ENOTDIR | libc::ELOOP) => {
                    whole = false;
                    name = parent.file_name().ok_or(error)?.to_owned();
                    parent = parent.parent().ok_or_else(invalid)?.to_owned();
                }
                _ => return Err(error),
            },
        }
    }
}

fn canonical(path: &Path) -> io::Result<PathBuf> {
    if path.as_os_str().as_bytes().len() > PIECE {
        return Err(io::Error::from_raw_os_error(libc::ENAMETOOLONG));
    }
    path.canonicalize()
}
