//! Changes that were let through a moment ago. Many programs change the same file again and again: a log, a lock, an index.

use crate::effect::Verb;
use foldhash::fast::RandomState;
use std::hash::BuildHasher;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Changes remembered; a power of two.
const MOST: usize = 256;

/// Remembers changes for as long as no other one takes their place.
#[derive(Debug)]
pub(super) struct Recent {
    places: Mutex<Vec<Option<(Verb, PathBuf)>>>,
    hasher: RandomState,
}

impl Recent {
    /// Knows of none.
    pub(super) fn new() -> Self {
        Self { places: Mutex::new(vec![None; MOST]), hasher: RandomState::default() }
    }

    fn place(&self, path: &Path) -> usize {
        self.hasher.hash_one(path.as_os_str().as_bytes()) as usize % MOST
    }

    /// True when this very change is among them.
    pub(super) fn has(&self, verb: Verb, path: &Path) -> bool {
        let places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        let known = places[self.place(path)].as_ref();
        known.is_some_and(|(of, known)| *of == verb && known.as_os_str().as_bytes() == path.as_os_str().as_bytes())
    }

    /// Remembers it.
    pub(super) fn note(&self, verb: Verb, path: &Path) {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        places[self.place(path)] = Some((verb, path.to_owned()));
    }
}
