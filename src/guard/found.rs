//! Where a process finds the program it names: in its own root and mount namespace, its own working directory and its own
//! `/proc/self`.
//!
//! Out: the file, under a path by which this process reaches the very same one. What cannot be looked at is an error, because a
//! program that is not seen must not start.

use super::call::Name;
use super::place::{self, MOST_LINKS};
use super::process::Process;
use super::view::View;
use crate::sys::{FileKind, Stat};
use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

/// Finds it; `None` when the kernel will find none either. `directory` is the working directory by its name.
pub(super) fn program(
    process: Process,
    view: &View,
    name: &Name,
    directory: &Path,
) -> io::Result<Option<(PathBuf, Stat)>> {
    let (base, given, named) = match *name {
        Name::Descriptor(number) => return regular(process.descriptor(number)),
        Name::Path { directory: base, address } => {
            let given = process.path(address)?;
            let path = Path::new(OsStr::from_bytes(&given));
            match base {
                libc::AT_FDCWD => (process.proc("cwd"), given.clone(), directory.join(path)),
                number if given.is_empty() => return regular(process.descriptor(number)),
                number => (process.descriptor(number), given.clone(), process.descriptor(number).join(path)),
            }
        }
    };
    if let Some(own) = process.own_view(Path::new(OsStr::from_bytes(&given))) {
        return regular(own);
    }
    let (real, stat) = match follow(process, view, base, given) {
        Ok(found) => found,
        Err(error) if is_absence(&error) => return Ok(None),
        Err(error) => return Err(error),
    };
    if stat.kind() != FileKind::Regular {
        return Ok(None);
    }
    // By the name it is given where that means the same to us, so that a person knows it again.
    let elsewhere = || process.proc("root").join(real.strip_prefix("/").unwrap_or(&real));
    let is_it = |path: &Path| Stat::target_of(path).is_ok_and(|found| found.same_file(&stat));
    let shown = [named, real.clone(), elsewhere()].into_iter().find(|path| is_it(path));
    shown.map(|path| Some((path, stat))).ok_or_else(|| io::Error::from_raw_os_error(libc::EACCES))
}

/// What a path of ours leads to.
fn regular(path: PathBuf) -> io::Result<Option<(PathBuf, Stat)>> {
    let stat = match Stat::target_of(&path) {
        Ok(stat) => Some(stat).filter(|stat| stat.kind() == FileKind::Regular),
        Err(error) if is_absence(&error) => None,
        Err(error) => return Err(error),
    };
    let named = path.starts_with("/proc").then(|| std::fs::read_link(&path).ok()).flatten();
    let path = named.filter(|real| real.is_absolute()).unwrap_or(path);
    Ok(stat.map(|stat| (path, stat)))
}

/// Follows links as the process would; the path that comes out is free of them.
fn follow(process: Process, view: &View, mut base: PathBuf, mut path: Vec<u8>) -> io::Result<(PathBuf, Stat)> {
    // What `base` stands for, once a link was followed.
    let mut held = None;
    for _ in 0..MOST_LINKS {
        let (folder, name, _) = place::split(&path);
        if matches!(name, b"" | b"." | b"..") {
            return Err(io::Error::from_raw_os_error(libc::ENOENT));
        }
        let (dir, parent) = place::reach(process, view, &base, held.take(), folder)?;
        let name = OsStr::from_bytes(name);
        let stat = dir.stat(name)?;
        if stat.kind() != FileKind::Symlink {
            return Ok((parent.join(name), stat));
        }
        if parent.starts_with("/proc") {
            // Its text is no path: only the kernel knows where it leads.
            let real = parent.join(name);
            return Ok((std::fs::read_link(&real)?, Stat::target_of(&real)?));
        }
        path = dir.read_link(name)?.into_vec();
        base = dir.path_of(OsStr::new("."));
        held = Some(dir);
    }
    Err(io::Error::from_raw_os_error(libc::ELOOP))
}

/// True where nothing is: the kernel will say the same.
fn is_absence(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::ENOENT | libc::ENOTDIR | libc::ELOOP))
}
