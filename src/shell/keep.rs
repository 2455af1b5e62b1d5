//! What is kept before a line runs, and recorded after it has ended.
//!
//! Comes in: a judged line. Goes out: its step, with every preimage on disk, or the reason why something could not be
//! kept. Read-only lines leave no trace unless `journal_reads` is set.

use crate::approval::{Appraiser, Question};
use crate::checkpoint::{ChangeKind, Limits, NotCaptured, StepHeader, StepOutcome, Store, StoreError, StoreSettings};
use crate::effect::Reversibility;
use crate::exec::{Outcome, Sidecar};
use crate::host::Places;
use crate::journal::{self, Changes, Ended, Entry, Journal, JournalError, StepId};
use crate::policy::{Confirm, Decision, Reason, Verdict};
use crate::sys::Ending;
use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A step that is about to run: its intent is in the journal, its preimages are on disk.
#[derive(Debug)]
pub(super) struct Kept {
    state: PathBuf,
    step: StepId,
    /// Folder of the step in the store; `None` when there was nothing to capture.
    session: Option<String>,
    settings: StoreSettings,
}

/// Why something could not be kept.
#[derive(Debug, thiserror::Error)]
enum Lost {
    #[error("cannot keep a copy: {0}")]
    NotCaptured(#[from] NotCaptured),
    #[error("cannot keep a copy: {0}")]
    Store(#[from] StoreError),
    #[error("cannot record it: {0}")]
    Journal(#[from] JournalError),
}

/// Journals the intent and captures what the verdict obliges to. With the step, or instead of it, comes the reason to
/// ask when something could not be kept. Denied lines are left to `approval`, which records them itself.
pub(super) fn keep(question: &Question, places: &Places, appraiser: &Appraiser) -> (Option<Kept>, Option<Reason>) {
    let verdict = &question.verdict;
    let reads = only_reads(verdict);
    if verdict.decision == Decision::Deny || (reads && !wants_reads(appraiser)) {
        return (None, None);
    }
    let mut kept = None;
    match capture(question, places, appraiser, &mut kept) {
        Ok(()) => (kept, None),
        // A line that loses nothing runs whether or not it can be recorded.
        Err(_) if reads => (None, None),
        Err(lost) => (kept, Some(reason(question, &lost))),
    }
}

/// True for a line of which nothing will be asked, kept or recorded.
pub(super) fn leaves_no_trace(verdict: &Verdict, appraiser: &Appraiser) -> bool {
    verdict.decision == Decision::Allow && only_reads(verdict) && !wants_reads(appraiser)
}

fn only_reads(verdict: &Verdict) -> bool {
    verdict.reversibility == Reversibility::ReadOnly && verdict.obligations.is_empty()
}

fn wants_reads(appraiser: &Appraiser) -> bool {
    appraiser.loaded().policy.settings().journal_reads == Some(true)
}

fn capture(question: &Question, places: &Places, appraiser: &Appraiser, kept: &mut Option<Kept>) -> Result<(), Lost> {
    let settings = store_settings(appraiser);
    let obligations = &question.verdict.obligations;
    let covered = question.verdict.reversibility != Reversibility::Opaque && !obligations.is_empty();
    // The journal speaks first: a crash from here on leaves a step that says what was about to happen.
    let _ = places.make_state();
    let intent = || Journal::open(&places.state).begin(question.intent(if covered { "full" } else { "none" }));
    let step = question.step.map_or_else(intent, Ok)?;
    let session = (!obligations.is_empty()).then(|| folder_name(&question.session));
    let kept = kept.insert(Kept { state: places.state.clone(), step, session, settings });
    let Some(session) = kept.session.clone() else { return Ok(()) };
    let store = Store::open(&places.state, settings)?;
    let pack = store.begin(&StepHeader {
        id: step.to_string(),
        session,
        line: question.line.clone(),
        cwd: question.cwd.clone(),
        started: now(),
    })?;
    if question.verdict.reversibility == Reversibility::Opaque {
        pack.uncover();
    }
    let lost = obligations.iter().filter_map(|obligation| pack.capture(obligation).err()).next();
    pack.seal()?;
    lost.map_or(Ok(()), |lost| Err(lost.into()))
}

impl Kept {
    /// The watcher that records exit status and post-state when the shell has ended.
    pub(super) fn sidecar(self) -> Sidecar {
        Sidecar::new(move |outcome| self.finish(&outcome))
    }

    /// The step's name in the journal.
    pub(super) fn step(&self) -> StepId {
        self.step
    }

    /// Removes the preimages of a line that did not run after all.
    pub(super) fn forget(&self) {
        if let Some(session) = &self.session
            && let Ok(store) = Store::open(&self.state, self.settings)
        {
            let _ = store.forget(session, &self.step.to_string());
        }
    }

    /// Nobody is there to be told of a failure here: a step without an end is undoable all the same.
    fn finish(&self, outcome: &Outcome) {
        let changes = self.session.as_ref().and_then(|session| {
            let store = Store::open(&self.state, self.settings).ok()?;
            let pack = store.resume(session, &self.step.to_string()).ok()?;
            pack.finish(&step_outcome(outcome)).ok()?;
            store.load(session, &self.step.to_string()).ok().map(|step| count(&step))
        });
        let ended = match outcome.ending {
            Ending::Exited(status) => Ended::Exit(status),
            Ending::Killed(signal, _) => Ended::Signal(signal),
            Ending::Unknown => Ended::Unknown,
        };
        self.record(ended, outcome.wall, changes);
    }

    fn record(&self, ended: Ended, wall: Duration, changes: Option<Changes>) {
        let wall = u64::try_from(wall.as_millis()).unwrap_or(u64::MAX);
        let entry = Entry::Outcome(journal::Outcome { step: self.step, ended, wall, changes });
        let _ = Journal::open(&self.state).append(entry);
    }
}

/// The reason to ask when something cannot be kept.
fn reason(question: &Question, lost: &Lost) -> Reason {
    let first = question.verdict.effects.iter().position(|effect| effect.reversibility == Reversibility::Reversible);
    Reason {
        rule: "not-kept".to_owned(),
        decision: Decision::Ask,
        confirm: Some(Confirm::Yes),
        why: format!("what cannot be kept cannot be taken back: {lost}"),
        instead: String::new(),
        effect: first,
    }
}

fn store_settings(appraiser: &Appraiser) -> StoreSettings {
    let stated = &appraiser.loaded().policy.settings().limits;
    let limits = Limits { file_bytes: stated.file_bytes(), step_bytes: stated.step_bytes(), ..Limits::default() };
    StoreSettings { limits, ..StoreSettings::default() }
}

/// A session's folder in the store. Session ids come from the environment: what is no plain file name is replaced, and
/// a hash keeps different ids apart.
fn folder_name(session: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if !session.is_empty() && session.len() <= 80 && session.chars().all(plain) {
        return session.to_owned();
    }
    let shown: String = session.chars().filter(|c| plain(*c)).take(40).collect();
    format!("{shown}.{}", &blake3::hash(session.as_bytes()).to_hex()[..12])
}

fn step_outcome(outcome: &Outcome) -> StepOutcome {
    let (status, signal) = match outcome.ending {
        Ending::Exited(status) => (Some(i32::from(status)), None),
        Ending::Killed(signal, _) => (None, Some(signal)),
        Ending::Unknown => (None, None),
    };
    StepOutcome { status, signal, ended: now() }
}

fn count(step: &crate::checkpoint::Step) -> Changes {
    let mut changes = Changes::default();
    for change in step.changes() {
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

/// Seconds and nanoseconds since the epoch.
fn now() -> (i64, u32) {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    (i64::try_from(since.as_secs()).unwrap_or(i64::MAX), since.subsec_nanos())
}
