//! A step, whoever keeps it: the guard while its line runs, a shell before it, a hook before an agent's tool.

use crate::approval::{Appraiser, Question};
use crate::checkpoint::{
    Change, ChangeKind, Limits, NotCaptured, Step, StepHeader, StepOutcome, Store, StoreError, StoreSettings,
};
use crate::effect::Reversibility;
use crate::host::{Attempt, Budgets, Resistances};
use crate::journal::{self, Changes, Ended, Entry, Intent, Journal, JournalError, StepId};
use crate::policy::{Amounts, Resisted};
use crate::sys::{Ending, clock};
use std::path::Path;
use std::time::Duration;

/// Files of one step whose size is looked at.
const MOST_WEIGHED: usize = 20_000;

/// Why a preimage is not kept; a lowercase fragment.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Lost {
    #[error("cannot keep a copy: {0}")]
    NotCaptured(#[from] NotCaptured),
    #[error("cannot keep a copy: {0}")]
    Store(#[from] StoreError),
    #[error("cannot record it: {0}")]
    Journal(#[from] JournalError),
}

impl Lost {
    /// The kernel's error number behind it, `EIO` when there is none.
    pub(super) fn error_number(&self) -> i32 {
        let mut error: Option<&dyn std::error::Error> = Some(self);
        while let Some(inner) = error {
            if let Some(number) = inner.downcast_ref::<std::io::Error>().and_then(std::io::Error::raw_os_error) {
                return number;
            }
            error = inner.source();
        }
        libc::EIO
    }
}

/// How much is kept, by the settings.
pub(crate) fn store_settings(appraiser: &Appraiser) -> StoreSettings {
    let stated = &appraiser.loaded().policy.settings().limits;
    let limits = Limits { file_bytes: stated.file_bytes(), step_bytes: stated.step_bytes(), ..Limits::default() };
    StoreSettings { limits, ..StoreSettings::default() }
}

/// A session's folder in the store. Session ids come from the environment: what is no plain file name is replaced, and
/// a hash keeps different ids apart.
pub(crate) fn folder_name(session: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if !session.is_empty() && session.len() <= 80 && session.chars().all(plain) {
        return session.to_owned();
    }
    let shown: String = session.chars().filter(|c| plain(*c)).take(40).collect();
    format!("{shown}.{}", &blake3::hash(session.as_bytes()).to_hex()[..12])
}

/// The coverage that the journal promises of what [`keep_ahead`] is to keep: everything when the line shows all that it
/// changes. What is then really kept, the step's pack knows.
pub(crate) fn promised(question: &Question) -> &'static str {
    if shows_all(question) && !question.verdict.obligations.is_empty() { "full" } else { "none" }
}

fn shows_all(question: &Question) -> bool {
    question.verdict.reversibility != Reversibility::Opaque
}

/// Keeps what `question` is about to change, as `step` of the folder `session`. On failure the rest is kept all the same, and
/// the step's coverage names what is not.
pub(crate) fn keep_ahead(store: &Store, question: &Question, step: StepId, session: &str) -> Result<(), Lost> {
    let pack = store.begin(&StepHeader {
        id: step.to_string(),
        session: session.to_owned(),
        line: question.line.clone(),
        cwd: question.cwd.clone(),
        started: clock::timestamp(),
    })?;
    if !shows_all(question) {
        pack.uncover();
    }
    let obligations = &question.verdict.obligations;
    let lost = obligations.iter().filter_map(|obligation| pack.capture(obligation).err()).next();
    pack.seal()?;
    lost.map_or(Ok(()), |lost| Err(lost.into()))
}

/// A step that was kept ahead, and what ran.
pub(crate) struct Ahead<'a> {
    /// The state directory.
    pub(crate) state: &'a Path,
    pub(crate) settings: StoreSettings,
    pub(crate) step: StepId,
    /// Its folder in the store; `None` when there was nothing to keep.
    pub(crate) folder: Option<&'a str>,
    /// The session as it names itself, whose budgets pay.
    pub(crate) owner: &'a str,
    /// Names it has paid for as deleted.
    pub(crate) paid: u64,
    /// What is to be remembered should it have failed.
    pub(crate) attempt: Option<&'a Attempt>,
}

/// What the session is to remember should this line fail.
pub(crate) fn attempt(question: &Question) -> Option<Attempt> {
    let tried = Resisted::attempted(&question.verdict, &question.commands);
    if tried.is_empty() {
        return None;
    }
    Resistances::attempt(&question.session, &question.line, tried)
}

/// A line that an agent's shell is about to run.
#[derive(Debug)]
pub(super) struct Begins {
    pub(super) intent: Intent,
    /// What is to be remembered should it fail.
    pub(super) attempt: Option<Attempt>,
}

impl Begins {
    /// Of a line that was judged so.
    pub(super) fn of(question: &Question) -> Self {
        Self { intent: question.intent("full"), attempt: attempt(question) }
    }
}

/// Remembers what was tried in vain.
pub(super) fn remember(state: &Path, attempt: Option<&Attempt>, ending: Ending) {
    if let (Some(attempt), Ending::Exited(1..)) = (attempt, ending) {
        Resistances::of(state).failed(attempt);
    }
}

impl Ahead<'_> {
    /// Records how it ended and what it comes to. Nobody is there to be told of a failure: a step without an end can be undone
    /// all the same.
    pub(crate) fn end(&self, ending: Ending, wall: Duration) {
        remember(self.state, self.attempt, ending);
        let account = self.folder.and_then(|folder| {
            let store = Store::open(self.state, self.settings).ok()?;
            let pack = store.resume(folder, &self.step.to_string()).ok()?;
            pack.finish(&step_outcome(ending)).ok()?;
            let account = Account::of(&store.load(folder, &self.step.to_string()).ok()?);
            account.charge(self.state, self.owner, self.paid);
            Some(account)
        });
        let last = outcome(self.step, ending, wall, account.as_ref());
        let _ = Journal::open(self.state).append(Entry::Outcome(last));
    }

    /// Removes the preimages of what did not run after all.
    pub(crate) fn forget(&self) {
        if let Some(folder) = self.folder
            && let Ok(store) = Store::open(self.state, self.settings)
        {
            let _ = store.forget(folder, &self.step.to_string());
        }
    }
}

/// The journal's last word on a step; `kept` is what the store has of it.
pub(super) fn outcome(step: StepId, ending: Ending, wall: Duration, kept: Option<&Account>) -> journal::Outcome {
    let ended = match ending {
        Ending::Exited(status) => Ended::Exit(status),
        Ending::Killed(signal, _) => Ended::Signal(signal),
        Ending::Unknown => Ended::Unknown,
    };
    let wall = u64::try_from(wall.as_millis()).unwrap_or(u64::MAX);
    let coverage = kept.map(|kept| kept.coverage.to_owned());
    journal::Outcome { step, ended, wall, changes: kept.map(Account::count), coverage, goes_on: false }
}

/// The pack's last word on a step.
pub(super) fn step_outcome(ending: Ending) -> StepOutcome {
    let (status, signal) = match ending {
        Ending::Exited(status) => (Some(i32::from(status)), None),
        Ending::Killed(signal, _) => (None, Some(signal)),
        Ending::Unknown => (None, None),
    };
    StepOutcome { status, signal, ended: clock::timestamp() }
}

/// What a step that has ended comes to, as the store tells it. To find out, files that look changed are read.
pub(super) struct Account {
    changes: Vec<Change>,
    coverage: &'static str,
}

impl Account {
    /// Of a step that was read back.
    pub(super) fn of(step: &Step) -> Self {
        Self { changes: step.changes(), coverage: step.coverage().name() }
    }

    /// How many names it changed.
    fn count(&self) -> Changes {
        let mut changes = Changes::default();
        for change in &self.changes {
            let counter = match change.kind {
                ChangeKind::Created => &mut changes.created,
                ChangeKind::Modified | ChangeKind::Metadata => &mut changes.modified,
                ChangeKind::Deleted => &mut changes.deleted,
                ChangeKind::Renamed(_) => &mut changes.renamed,
            };
            *counter += 1;
        }
        changes
    }

    /// Takes from the session's budgets what the step really did, less the names it has paid for as deleted. A session that
    /// nothing was taken from yet has none, and this is not what opens one.
    pub(super) fn charge(&self, state: &Path, session: &str, paid: u64) {
        let deleted = self.changes.iter().filter(|change| change.kind == ChangeKind::Deleted).count() as u64;
        let is_written = |change: &&Change| matches!(change.kind, ChangeKind::Created | ChangeKind::Modified);
        let size = |path: &Path| path.symlink_metadata().ok().filter(|found| found.is_file()).map(|found| found.len());
        let changed = self.changes.iter().filter(is_written);
        let written = changed.take(MOST_WEIGHED).filter_map(|change| size(&change.path)).sum();
        let cost = Amounts::of_changes(deleted.saturating_sub(paid), written);
        let _ = Budgets::of(state).take_all(session, None, cost);
    }
}
