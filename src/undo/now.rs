//! What a path is now, compared with what a step says of it.

use crate::checkpoint::{Dirs, Meta, Source, Step, content, hash_of, look};
use std::io;
use std::path::Path;

/// What the path is; `None` when there is nothing, or a directory on the way is missing or a link.
pub(super) fn now(dirs: &Dirs, path: &Path) -> io::Result<Option<Meta>> {
    match dirs.look(path)? {
        Some((dir, name, stat)) => Ok(Some(Meta::read(&dir, &name, &stat, true)?)),
        None => Ok(None),
    }
}

/// True when `now` is the state `meta` with content of `hash`: the step's own result, untouched since. What is only
/// `pretended` cannot be read.
pub(super) fn is_as_left(path: &Path, now: &Meta, meta: &Meta, hash: Option<[u8; 32]>, pretended: bool) -> bool {
    if now.kind() != meta.kind() || !now.same_ownership(meta) || now.target != meta.target || now.rdev != meta.rdev {
        return false;
    }
    if !now.is_file() || (now.same_content_stamp(meta) && now.ctime == meta.ctime) {
        return true;
    }
    match hash.filter(|_| !pretended) {
        Some(hash) => now.size == meta.size && hash_of(path) == Some(hash),
        // Too large to have been hashed. The change time also moves when a capture links the file or drops the link, and
        // the inode when the undo of a later step gives the file back; length and time to the nanosecond stay.
        None => now.size == meta.size && now.mtime == meta.mtime,
    }
}

/// True when `now` already is what it was before the step, times of directories aside.
pub(super) fn is_as_before(step: &Step, path: &Path, now: &Meta, before: &Meta) -> bool {
    if now.kind() != before.kind()
        || !now.same_ownership(before)
        || now.target != before.target
        || now.rdev != before.rdev
        || now.attributes_differ(before)
    {
        return false;
    }
    if now.is_dir() {
        return true;
    }
    if now.mtime != before.mtime {
        return false;
    }
    !now.is_file() || is_unwritten(step, path, now, before) || has_content_of(step, path, now, before)
}

/// True for a regular file that is the very file it was, not written to since. Another one may have got the number of an inode
/// that is gone, and with times of whole seconds (tar(1), cp(1) from such a file system) its time of change too: where
/// bytes were kept, they tell.
pub(super) fn is_unwritten(step: &Step, path: &Path, now: &Meta, before: &Meta) -> bool {
    now.same_content_stamp(before) && (now.ctime == before.ctime || !step.keeps_bytes(path) || same_bytes(step, path))
}

/// True for a regular file that holds what it held before the step.
pub(super) fn has_content_of(step: &Step, path: &Path, now: &Meta, before: &Meta) -> bool {
    now.is_file() && before.is_file() && now.size == before.size && same_bytes(step, path)
}

/// True when the same bytes take more room than what was kept of them.
pub(super) fn has_lost_holes(step: &Step, path: &Path) -> bool {
    match (step.source(path), look(path)) {
        (Ok(Some(Source::Object { stat: kept, .. })), Ok(Some((_, _, stat)))) => stat.allocated > kept.allocated,
        _ => false,
    }
}

fn same_bytes(step: &Step, path: &Path) -> bool {
    match (step.content_before(path), content(path)) {
        (Ok(Some(kept)), Ok(Some(there))) => kept == there,
        _ => false,
    }
}
