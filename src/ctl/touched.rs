//! The paths a step touched.

use super::failure::Result;
use super::store;
use crate::checkpoint::{ChangeKind, Depth};
use crate::journal::{Bytes, StepId};
use crate::ui::visible_bytes;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// A path and what became of it.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Touched {
    pub(super) what: &'static str,
    pub(super) path: Bytes,
}

impl Touched {
    /// True when it is `path` or lies below it.
    pub(super) fn is_at(&self, path: &Path) -> bool {
        as_path(&self.path).starts_with(path)
    }

    /// `delete /p/build`.
    pub(super) fn text(&self) -> String {
        format!("{:<8} {}", self.what, visible_bytes(&self.path.0))
    }
}

/// A path of the command line, absolute, without `.` and `..` taken away by name only.
pub(super) fn absolute(path: &Path) -> PathBuf {
    let joined = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    let mut clean = PathBuf::new();
    for part in joined.components() {
        match part {
            std::path::Component::ParentDir => {
                clean.pop();
            }
            part => clean.push(part),
        }
    }
    clean
}

/// What the step touched, as its pack tells: its changes, or what was captured when its end was not recorded.
pub(super) fn of(step: StepId) -> Result<Vec<Touched>> {
    let Some(step) = store::step(step)? else { return Ok(Vec::new()) };
    if step.outcome().is_none() {
        let captured = step.touched().filter(|(_, kept)| kept.depth != Depth::Parent);
        return Ok(captured.map(|(path, _)| Touched { what: "captured", path: Bytes::from(path) }).collect());
    }
    let changes = step.changes();
    Ok(changes
        .iter()
        .map(|change| Touched { what: what(&change.kind), path: Bytes::from(change.path.as_path()) })
        .collect())
}

/// The word for a kind of change.
pub(super) fn what(kind: &ChangeKind) -> &'static str {
    match kind {
        ChangeKind::Created => "create",
        ChangeKind::Modified => "modify",
        ChangeKind::Deleted => "delete",
        ChangeKind::Renamed(_) => "rename",
        ChangeKind::Metadata => "metadata",
    }
}

fn as_path(bytes: &Bytes) -> PathBuf {
    use std::os::unix::ffi::OsStrExt;
    std::ffi::OsStr::from_bytes(&bytes.0).into()
}
