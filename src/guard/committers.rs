//! Turns of guarded programs at repositories: a git that changes one waits until no other session's does.

use super::process::Process;
use crate::host::{Places, Session, take_turn};
use crate::sys::FileLock;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// The turns that programs of one session have. They share one among themselves: git's own locks keep them apart, and one of
/// them may be what another waits for.
#[derive(Debug)]
pub(super) struct Committers<'a> {
    places: &'a Places,
    session: &'a Session,
    held: Mutex<HashMap<PathBuf, Arc<Mutex<Weak<FileLock>>>>>,
}

/// A program's part in a turn, to be kept until it has ended.
#[derive(Debug)]
pub(super) struct Part {
    /// `None` where a line above has the turn.
    pub(super) lock: Option<Arc<FileLock>>,
    /// Another session had it before.
    pub(super) waited: bool,
}

impl<'a> Committers<'a> {
    pub(super) fn new(places: &'a Places, session: &'a Session) -> Self {
        Self { places, session, held: Mutex::default() }
    }

    /// The turn at a repository for a process, which is told when it has to wait.
    pub(super) fn take(&self, process: Process, git: &Path) -> Part {
        let of_repository =
            self.held.lock().unwrap_or_else(PoisonError::into_inner).entry(git.to_owned()).or_default().clone();
        let mut known = of_repository.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(lock) = known.upgrade() {
            return Part { lock: Some(lock), waited: false };
        }
        let tell = |message: &str| process.tell(&format!("agentsh: {message}"));
        let turn = take_turn(self.places, git, &self.session.id, process.leader(), tell);
        let waited = turn.waited;
        let lock = turn.into_lock().map(Arc::new);
        *known = lock.as_ref().map(Arc::downgrade).unwrap_or_default();
        Part { lock, waited }
    }
}
