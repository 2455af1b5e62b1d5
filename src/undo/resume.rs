//! Completing an undo that was interrupted.

use super::apply::{Applied, UndoError, remove_ours, temporary_prefix};
use super::contested::Contested;
use super::plan::{PlanOptions, UndoPlan};
use crate::checkpoint::{Store, StoreError, UndoMark, is_temporary};
use std::collections::HashSet;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// An undo that was completed.
#[derive(Debug)]
pub struct Resumed {
    /// The step that is the undo.
    pub undo: String,
    /// The step it undoes.
    pub of: String,
    /// What remained to be done.
    pub applied: Applied,
}

/// Completes every undo of the session that began and did not end. Call it before a new step begins; it is quick when
/// there is none. Paths that someone has changed since the interruption are left alone.
pub fn complete_unfinished(store: &Store, session: &str) -> Result<Vec<Resumed>, UndoError> {
    let mut resumed = Vec::new();
    for undo in store.unfinished_undos(session)? {
        let recorded = match store.load(session, &undo) {
            // It came to its end before its first record was written.
            Err(StoreError::NoSuchStep(_)) => {
                store.clear_unfinished(session, &undo)?;
                continue;
            }
            loaded => loaded?,
        };
        let Some((mark, false)) = recorded.undoes() else {
            store.clear_unfinished(session, &undo)?;
            continue;
        };
        let UndoMark { session: of_session, step: of, paths } = mark;
        let target = store.load(of_session, of)?;
        let begun: HashSet<PathBuf> = paths.iter().map(|path| PathBuf::from(OsStr::from_bytes(path))).collect();
        remove_temporaries(&begun, &temporary_prefix(&undo));
        let plan = UndoPlan::of(
            &target,
            &PlanOptions { begun: Some(&begun), contested: Contested::Merge, ..PlanOptions::default() },
        );
        let pack = store.resume(session, &undo)?;
        let applied = plan.apply(&target, &pack)?;
        remove_ours(begun.iter().filter(|path| is_temporary(path)).map(PathBuf::as_path));
        resumed.push(Resumed { undo, of: of.clone(), applied });
    }
    Ok(resumed)
}

fn remove_temporaries(paths: &HashSet<PathBuf>, prefix: &str) {
    let parents: HashSet<&Path> = paths.iter().filter_map(|path| path.parent()).collect();
    for parent in parents {
        let Ok(dir) = crate::checkpoint::open_dir(parent) else { continue };
        let Ok(entries) = dir.entries() else { continue };
        for entry in entries.iter().filter(|entry| entry.name.as_bytes().starts_with(prefix.as_bytes())) {
            dir.unlink(&entry.name).ok();
        }
    }
}
