//! Which path a call names.

use super::call::Name;
use super::process::{Process, Root};
use crate::sys::{FileKind, Stat};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Links followed before a path is given up, as the kernel does.
const MOST_LINKS: usize = 40;

/// What a call names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// A path of ours, and what is there.
    At(PathBuf, Option<Stat>),
    /// Nothing that could be lost: a pipe, a device, a file of `/proc`, one that has no name any more.
    Harmless,
    /// A file in another root or mount namespace.
    Foreign,
}

/// Finds it. `follow`: a link at the end stands for what it points to. An error means that it could not be read.
pub(super) fn place(process: Process, root: &Root, name: &Name, follow: bool) -> io::Result<Place> {
    if !process.shares_root(root)? {
        return Ok(Place::Foreign);
    }
    match *name {
        Name::Descriptor(number) => Ok(opened(&process.descriptor(number))),
        Name::Path { directory, address } => {
            let given = process.path(address)?;
            if given.as_os_str().is_empty() {
                return if directory == libc::AT_FDCWD {
                    Ok(Place::Harmless)
                } else {
                    Ok(opened(&process.descriptor(directory)))
                };
            }
            let path = match directory {
                _ if given.is_absolute() => given,
                libc::AT_FDCWD => process.directory()?.join(given),
                number => match std::fs::read_link(process.descriptor(number)) {
                    Ok(base) => base.join(given),
                    // The kernel will say EBADF.
                    Err(_) => return Ok(Place::Harmless),
                },
            };
            walk(process, path, follow)
        }
    }
}

/// What a path given to a call leads to.
fn walk(process: Process, path: PathBuf, follow: bool) -> io::Result<Place> {
    let mut path = path;
    for _ in 0..MOST_LINKS {
        path = process.own_view(&path);
        // A name that is no name (`/`, or one that ends in `..`) is resolved whole.
        if path.file_name().is_none() {
            path = match path.canonicalize() {
                Ok(path) if path.file_name().is_some() => path,
                _ => return Ok(Place::Harmless),
            };
        }
        let found = match Stat::of(&path) {
            Ok(stat) => Some(stat),
            Err(error) if matches!(error.raw_os_error(), Some(libc::ENOENT)) => None,
            // The kernel will say the same.
            Err(_) => return Ok(Place::Harmless),
        };
        let is_link = found.is_some_and(|stat| stat.kind() == FileKind::Symlink);
        if is_machine(&path) {
            return Ok(if is_link && follow { opened(&path) } else { Place::Harmless });
        }
        let ends_in_slash = path.as_os_str().as_bytes().ends_with(b"/");
        if !is_link || !(follow || ends_in_slash) {
            return Ok(match found.map(|stat| stat.kind()) {
                Some(FileKind::CharDevice | FileKind::Unknown) if follow => Place::Harmless,
                _ => Place::At(path, found),
            });
        }
        let Ok(target) = std::fs::read_link(&path) else { return Ok(Place::Harmless) };
        let parent = path.parent().unwrap_or(Path::new("/"));
        // A target that climbs does so from where the link really is.
        let parent = parent.canonicalize().unwrap_or_else(|_| parent.to_owned());
        path = parent.join(target);
    }
    Ok(Place::Harmless)
}

/// The file behind a `/proc/PID/fd/N`: by its name when it still has it.
fn opened(link: &Path) -> Place {
    let (Ok(stat), Ok(path)) = (Stat::target_of(link), std::fs::read_link(link)) else { return Place::Harmless };
    if !matches!(stat.kind(), FileKind::Regular | FileKind::Directory) || !path.is_absolute() || is_machine(&path) {
        return Place::Harmless;
    }
    match Stat::of(&path) {
        Ok(named) if named.same_file(&stat) => Place::At(path, Some(stat)),
        _ => Place::Harmless,
    }
}

/// True for file systems that hold no files.
fn is_machine(path: &Path) -> bool {
    path.starts_with("/proc") || path.starts_with("/sys")
}
