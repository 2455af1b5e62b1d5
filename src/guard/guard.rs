//! Running a cleared line under the guard.

use super::front::{self, Ended};
use super::hard::{HardScope, hard_scope_text};
use super::record::Begun;
use super::step::{Ahead, folder_name, store_settings};
use super::supervisor::{Shell, Supervisor};
use crate::approval::{Appraiser, Cleared, Question};
use crate::checkpoint::{Store, StoreSettings};
use crate::host::{Attempt, Places, Session};
use crate::journal::{Entry, Journal, StepId};
use crate::sys::{self, Composure, Ending, PidFd, clock};
use nix::sys::signal::SigSet;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

/// The guard of one line: the step its preimages go to, and the judge of what it starts.
pub struct Guard<'a> {
    appraiser: &'a Appraiser,
    places: &'a Places,
    session: &'a Session,
    /// `None` when what runs is an agent: steps begin with what it changes.
    step: Option<StepId>,
    folder: String,
    settings: StoreSettings,
    attempt: Option<Attempt>,
}

/// The line did not run under the guard. Nothing has run.
#[derive(Debug, thiserror::Error)]
pub enum Unguarded {
    /// The guard could not be set up, although it could when it was tried.
    #[error("guard it (setting `guard`): {0}")]
    NoGuard(io::Error),
    /// The kernel would not start the shell.
    #[error("start the shell: {0}")]
    NotStarted(io::Error),
}

impl<'a> Guard<'a> {
    /// For a line recorded as `step`, whose pack lies in the store's `folder`.
    pub fn new(
        appraiser: &'a Appraiser,
        places: &'a Places,
        session: &'a Session,
        step: StepId,
        folder: String,
        settings: StoreSettings,
    ) -> Self {
        Self { appraiser, places, session, step: Some(step), folder, settings, attempt: None }
    }

    /// The same, and should the line fail this is remembered.
    #[must_use]
    pub fn attempting(self, attempt: Option<Attempt>) -> Self {
        Self { attempt, ..self }
    }

    /// For an agent, whose steps begin with what it changes.
    pub(super) fn of_agent(appraiser: &'a Appraiser, places: &'a Places, session: &'a Session) -> Self {
        let (folder, settings) = (folder_name(&session.id), store_settings(appraiser));
        Self { appraiser, places, session, step: None, folder, settings, attempt: None }
    }

    /// Runs `program` under the guard, gives back to it what was set aside of the caller's, and ends this process as the
    /// program ends. Returns only when nothing has run.
    pub fn run(
        &self,
        cleared: &Cleared,
        program: &OsStr,
        arguments: &[OsString],
        composure: Option<Composure>,
    ) -> Unguarded {
        let loaded = self.appraiser.loaded();
        let hard = HardScope::of(&loaded.scope, loaded.policy.settings(), cleared.verdict());
        self.supervise(cleared.question(), |mask| Shell {
            program,
            arguments,
            environment: None,
            mask,
            composure: Cell::new(composure),
            hard: hard.as_ref(),
        })
    }

    /// Starts what `shell` says, given the signals that were blocked, and stands in for it until it has ended.
    pub(super) fn supervise<'s>(&self, question: &Question, shell: impl FnOnce(SigSet) -> Shell<'s>) -> Unguarded {
        let before = match sys::block_signals() {
            Ok(before) => before,
            Err(error) => return Unguarded::NoGuard(error),
        };
        let since = Instant::now();
        let begun = clock::milliseconds();
        let failed = match self.start(question, &shell(before)) {
            Ok(Ended::With(status)) => front::end_like(status),
            Ok(Ended::Unsupervised) => {
                match self.step {
                    Some(step) => self.record_end_for_the_dead(step, since),
                    None => self.record_ends_for_the_dead(begun),
                }
                front::end_like(libc::SIGKILL)
            }
            Ok(Ended::NotStarted(error)) => Unguarded::NotStarted(io::Error::from_raw_os_error(error)),
            Ok(Ended::NoFilter(error)) => Unguarded::NoGuard(io::Error::from_raw_os_error(error)),
            Err(error) => Unguarded::NoGuard(error),
        };
        let _ = sys::set_signals(&before);
        failed
    }

    /// The supervisor was killed before it could record the end of its step. Under its filter nothing can be changed by name
    /// any more, so what is there now is what the line has left: new names among it, which only the end says.
    fn record_end_for_the_dead(&self, step: StepId, since: Instant) {
        let store = Store::open(&self.places.state, self.settings);
        let loaded = store.and_then(|store| store.load(&self.folder, &step.to_string()));
        if loaded.is_ok_and(|loaded| loaded.outcome().is_none()) {
            let folder = Some(self.folder.as_str());
            let (state, settings, owner) = (self.places.state.as_path(), self.settings, self.session.id.as_str());
            let ahead = Ahead { state, settings, step, folder, owner, paid: 0, attempt: None };
            ahead.end(Ending::Killed(libc::SIGKILL, false), since.elapsed());
        }
    }

    /// The same for an agent's supervisor, which went through many steps: those of the session that began since `begun`, have
    /// no end and nobody who could record one. How the lines among them ended nobody knows.
    fn record_ends_for_the_dead(&self, begun: u64) {
        let Ok(store) = Store::open(&self.places.state, self.settings) else { return };
        let records = Journal::open(&self.places.state).entries().unwrap_or_default();
        let mut open: BTreeMap<StepId, (u64, String)> = BTreeMap::new();
        for record in records.into_iter().filter(|record| record.time >= begun) {
            match record.entry {
                Some(Entry::Intent(intent)) if folder_name(&intent.session) == self.folder => {
                    open.insert(StepId::new(record.number), (record.time, intent.session));
                }
                Some(Entry::Outcome(outcome)) => drop(open.remove(&outcome.step)),
                _ => {}
            }
        }
        for (step, (time, owner)) in open {
            if store.is_open(&self.folder, &step.to_string()).unwrap_or(true) {
                continue;
            }
            let folder = Some(self.folder.as_str());
            let (state, settings, owner) = (self.places.state.as_path(), self.settings, owner.as_str());
            let lasted = Duration::from_millis(clock::milliseconds().saturating_sub(time));
            Ahead { state, settings, step, folder, owner, paid: 0, attempt: None }.end(Ending::Unknown, lasted);
        }
    }

    fn start(&self, question: &Question, shell: &Shell<'_>) -> io::Result<Ended> {
        let (ours, theirs) = UnixStream::pair()?;
        let front = PidFd::to_poll(std::process::id().cast_signed())?;
        sys::fork_child(|| {
            let mut intent = question.intent("full");
            intent.guard = format!("full{}", hard_scope_text(self.appraiser.loaded().policy.settings()));
            let begun = Begun {
                state: self.places.state.clone(),
                step: self.step,
                session: self.folder.clone(),
                settings: self.settings,
                intent,
                attempt: self.attempt.clone(),
            };
            let supervisor = Supervisor {
                appraiser: self.appraiser,
                session: self.session,
                places: self.places,
                question,
                begun,
                front: theirs,
            };
            supervisor.run(shell, &front)
        })?;
        front::relay(&ours)
    }
}

impl std::fmt::Debug for Guard<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Guard").field("step", &self.step).finish_non_exhaustive()
    }
}
