//! Giving a file its owner, attributes, mode and times back.

use crate::checkpoint::{Meta, read_attributes};
use crate::sys::{self, DirFd, FileKind, Stat, Times};
use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;

/// Makes owner, attributes, mode and times of `name`, which is `stat` now, those of `meta`, in the order in which the kernel
/// lets them stand: changing the owner clears set-user-id and capabilities, so it comes first.
/// What may not be set (an owner, without privilege) is returned as a phrase, not an error.
pub(super) fn set_all(dir: &DirFd, name: &OsStr, stat: &Stat, meta: &Meta) -> io::Result<Vec<String>> {
    let left = set_ownership(dir, name, stat, meta)?;
    // None of that changes a time that can be set.
    if (stat.atime, stat.mtime) != (meta.atime, meta.mtime) {
        set_times(dir, name, meta)?;
    }
    Ok(left)
}

/// The same but for the times.
pub(super) fn set_ownership(dir: &DirFd, name: &OsStr, stat: &Stat, meta: &Meta) -> io::Result<Vec<String>> {
    let mut left = Vec::new();
    let mut owned = (stat.uid, stat.gid) == (meta.uid, meta.gid);
    // What owner and ACL do to the mode has to be looked at.
    let mut touched = !owned;
    if !owned {
        match dir.set_owner(name, Some(meta.uid), Some(meta.gid)) {
            Ok(()) => owned = true,
            Err(error) => left.push(format!("owner {}:{} not given back: {error}", meta.uid, meta.gid)),
        }
    }
    if let Some(wanted) = &meta.attributes {
        touched |= set_attributes(dir, name, wanted, &mut left)?;
    }
    if meta.kind() != FileKind::Symlink {
        let special = meta.mode & 0o6000;
        let mode = if owned { meta.mode & 0o7777 } else { meta.mode & 0o1777 };
        if !owned && special != 0 {
            left.push("set-user-id not given back to another owner's file".to_owned());
        }
        let there = if touched { dir.stat(name)?.permissions() } else { stat.permissions() };
        if there != mode {
            dir.set_mode(name, mode)?;
        }
    }
    Ok(left)
}

/// Makes access and modification times those of `meta`.
pub(super) fn set_times(dir: &DirFd, name: &OsStr, meta: &Meta) -> io::Result<()> {
    dir.set_times(name, Times { atime: Some(meta.atime), mtime: Some(meta.mtime) })
}

/// True when there was something to change.
fn set_attributes(
    dir: &DirFd,
    name: &OsStr,
    wanted: &[(Vec<u8>, Vec<u8>)],
    left: &mut Vec<String>,
) -> io::Result<bool> {
    if wanted.is_empty() && sys::xattr::has_none(dir, name) {
        return Ok(false);
    }
    let path = dir.path_of(name);
    let there = read_attributes(&path)?;
    if there == wanted {
        return Ok(false);
    }
    for (key, _) in there.iter().filter(|(key, _)| !wanted.iter().any(|(wanted, _)| wanted == key)) {
        note(sys::xattr::remove(&path, OsStr::from_bytes(key)), key, left);
    }
    for (key, value) in wanted.iter().filter(|pair| !there.contains(pair)) {
        note(sys::xattr::set(&path, OsStr::from_bytes(key), value), key, left);
    }
    Ok(true)
}

fn note(result: io::Result<()>, key: &[u8], left: &mut Vec<String>) {
    if let Err(error) = result {
        left.push(format!("attribute {} not given back: {error}", String::from_utf8_lossy(key)));
    }
}
