//! What the session was resisted in before, for the judges of what runs now.

use crate::host::Resistances;
use crate::policy::Resisted;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long it is believed: another line of the session may be refused something meanwhile.
const BELIEVED: Duration = Duration::from_millis(250);

/// What is remembered of the session.
pub(super) struct Minded<'a> {
    resistances: Resistances,
    session: &'a str,
    known: Mutex<(Option<Instant>, Arc<[Resisted]>)>,
}

impl<'a> Minded<'a> {
    /// Of a session in the state directory.
    pub(super) fn new(state: &Path, session: &'a str) -> Self {
        Self { resistances: Resistances::of(state), session, known: Mutex::new((None, Arc::new([]))) }
    }

    /// What holds now.
    pub(super) fn list(&self) -> Arc<[Resisted]> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.0.is_none_or(|since| since.elapsed() > BELIEVED) {
            *known = (Some(Instant::now()), self.resistances.of_all(self.session).into());
        }
        Arc::clone(&known.1)
    }

    /// Something was answered just now.
    pub(super) fn forget(&self) {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).0 = None;
    }
}
