//! Directories that a link leads to which every process sees differently: `/proc/self`, and the links of `/proc/PID`. Such
//! paths are walked name by name, as the process means them.

use super::place::MOST_LINKS;
use super::process::Process;
use crate::sys::DirFd;
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Component, Path, PathBuf};

/// Opens the directory that `path` leads to from `base`, for the process. `ELOOP` beyond the kernel's own limit.
pub(super) fn directory(process: Process, base: &Path, path: &Path) -> io::Result<DirFd> {
    let mut here = if path.is_absolute() { PathBuf::from("/") } else { DirFd::reach(base)?.real_path()? };
    let mut ahead = names(path);
    let mut links = 0;
    while let Some(name) = ahead.pop() {
        if name == ".." {
            here.pop();
            continue;
        }
        let next = here.join(&name);
        if !next.symlink_metadata()?.is_symlink() {
            here = next;
            continue;
        }
        links += 1;
        if links > MOST_LINKS {
            return Err(io::Error::from_raw_os_error(libc::ELOOP));
        }
        let own =
            here == Path::new("/proc") && [OsStr::new("self"), OsStr::new("thread-self")].contains(&name.as_os_str());
        if own {
            here = process.proc("").components().collect();
        } else if is_of_process(&here) {
            // Its text is no path: only the kernel knows where it leads.
            here = DirFd::reach(&next)?.real_path()?;
        } else {
            let target = std::fs::read_link(&next)?;
            if target.is_absolute() {
                here = PathBuf::from("/");
            }
            ahead.extend(names(&target));
        }
    }
    DirFd::reach(&here)
}

/// The names of a path, the last one first.
fn names(path: &Path) -> Vec<OsString> {
    let name = |component: Component<'_>| match component {
        Component::Normal(name) => Some(name.to_owned()),
        Component::ParentDir => Some("..".into()),
        _ => None,
    };
    path.components().rev().filter_map(name).collect()
}

/// The process whose folder of `/proc` a path is, or is in.
pub(super) fn owner(path: &Path) -> Option<i32> {
    let mut names = path.components().skip(1);
    (names.next()?.as_os_str() == "proc").then_some(())?;
    names.next()?.as_os_str().to_str()?.parse().ok()
}

fn is_of_process(path: &Path) -> bool {
    owner(path).is_some()
}
