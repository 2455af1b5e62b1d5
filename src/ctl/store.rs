//! The store of preimages, opened to look and to undo.

use super::failure::{Failure, Result};
use super::places;
use crate::checkpoint::{Step, Store, StoreError, StoreSettings};
use crate::journal::StepId;

/// The store, if there is one. Looking does not make it.
pub(super) fn open() -> Result<Option<Store>> {
    let state = places::state();
    if state.symlink_metadata().is_err() {
        return Ok(None);
    }
    Store::open(&state, StoreSettings::default()).map(Some).map_err(failure)
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

/// The store's error as a verb's.
pub(super) fn failure(error: StoreError) -> Failure {
    Failure::plain(format!("cannot {error}"))
}
