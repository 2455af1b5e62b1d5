//! What git verbs that lose work need kept: the files of `.git` that are not objects, and the work tree.

use super::error::{NotCaptured, StoreError, Why};
use super::state::State;
use crate::policy::Extent;
use std::path::Path;

impl State {
    /// Keeps a repository to the extent asked for; `path` is a work tree's `.git`.
    pub(super) fn capture_git(&mut self, path: &Path, _extent: Extent) -> Result<(), NotCaptured> {
        Err(self.miss(path, Why::Unsupported("repositories are not kept yet")))
    }
}

/// The content of a blob.
pub(super) fn blob(git_dir: &Path, _oid: &[u8]) -> Result<Vec<u8>, StoreError> {
    Err(StoreError::Lost { path: git_dir.to_owned(), why: "blobs are not read yet" })
}
