//! The store of preimages, opened to look and to undo.

use super::failure::{Failure, Result};
use super::paper::warn;
use super::places;
use crate::checkpoint::{Limits, Step, Store, StoreError, StoreSettings};
use crate::journal::StepId;
use crate::sys::FileLock;
use nix::sys::signal::{SigSet, Signal};

/// The store, if there is one. Looking does not make it.
pub(super) fn open() -> Result<Option<Store>> {
    let state = places::state();
    if state.symlink_metadata().is_err() {
        return Ok(None);
    }
    let settings = StoreSettings { limits: Limits::of_an_undo(), ..StoreSettings::default() };
    Store::open(&state, settings).map(Some).map_err(failure)
}

/// What the store holds of a step; `None` when nothing was captured for it.
pub(super) fn step(id: StepId) -> Result<Option<Step>> {
    let Some(store) = open()? else { return Ok(None) };
    match store.find(&id.to_string()) {
        Ok(step) => Ok(Some(step)),
        Err(StoreError::NoSuchStep(_)) => Ok(None),
        Err(error) => Err(failure(error)),
    }
}

/// Whether the store holds something of a step, which can be very long to read.
pub(super) fn holds(id: StepId) -> Result<bool> {
    open()?.map_or(Ok(false), |store| store.holds(&id.to_string()).map_err(failure))
}

/// The store's error as a verb's.
pub(super) fn failure(error: StoreError) -> Failure {
    Failure::plain(format!("cannot {error}"))
}

/// The right to undo: one process at a time has it, for as long as it holds what this gives. `None` when nothing was ever
/// captured.
pub(super) fn turn() -> Result<Option<FileLock>> {
    let Some(store) = open()? else { return Ok(None) };
    // What is begun is not to be killed half-way: a file that may not grow (setrlimit(2), RLIMIT_FSIZE) is an error like a
    // full disk.
    let mut grown = SigSet::empty();
    grown.add(Signal::SIGXFSZ);
    grown.thread_block().map_err(|error| Failure::plain(format!("cannot block a signal: {error}")))?;
    if let Some(lock) = store.lock_for_undo(false).map_err(failure)? {
        return Ok(Some(lock));
    }
    warn("waiting for another undo to end\n");
    store.lock_for_undo(true).map_err(failure)
}
