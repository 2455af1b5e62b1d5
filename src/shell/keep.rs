//! What is kept before a line runs, and recorded after it has ended.
//!
//! Comes in: a judged line. Goes out: its step, with every preimage on disk, or the reason why something could not be
//! kept. Read-only lines leave no trace unless `journal_reads` is set.

use crate::approval::{Appraiser, Question};
use crate::checkpoint::{Store, StoreSettings};
use crate::effect::{Effect, Reversibility};
use crate::exec::{Outcome, Sidecar};
use crate::guard::{self, Ahead, Guard, Lost, Watching};
use crate::host::{Attempt, Places, Session};
use crate::journal::{Journal, StepId};
use crate::policy::{Decision, Reason, Verdict};
use std::path::PathBuf;

/// A step that is about to run: its intent is in the journal, its preimages are on disk.
#[derive(Debug)]
pub(super) struct Kept {
    state: PathBuf,
    step: StepId,
    /// Folder of the step in the store; `None` when there was nothing to capture.
    session: Option<String>,
    settings: StoreSettings,
    /// The session as it names itself, whose budgets pay.
    owner: String,
    /// Names it has paid for as deleted.
    paid: u64,
    /// What is to be remembered should the line fail.
    attempt: Option<Attempt>,
}

/// Journals the intent and captures what the verdict obliges to. With the step, or instead of it, comes the reason to
/// ask when something could not be kept. Denied lines are left to `approval`, which records them itself, and those of a guarded
/// agent to the guard.
pub(super) fn keep(
    question: &Question,
    places: &Places,
    appraiser: &Appraiser,
    watching: Option<&Watching>,
) -> (Option<Kept>, Option<Reason>) {
    let verdict = &question.verdict;
    let reads = only_reads(verdict);
    let recorded = watching == Some(&Watching::OfAgent);
    if verdict.decision == Decision::Deny || recorded || (reads && !wants_reads(appraiser)) {
        return (None, None);
    }
    let mut kept = None;
    match capture(question, (places, appraiser, watching), &mut kept) {
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

fn capture(
    question: &Question,
    (places, appraiser, watching): (&Places, &Appraiser, Option<&Watching>),
    kept: &mut Option<Kept>,
) -> Result<(), Lost> {
    let watched = watching == Some(&Watching::Full);
    let settings = guard::store_settings(appraiser);
    // The journal speaks first: a crash from here on leaves a step that says what was about to happen.
    let _ = places.make_state();
    let intent = || {
        let mut intent = question.intent(if watched { "full" } else { guard::promised(question) });
        intent.guard = watching.map(Watching::name).unwrap_or_default();
        if watched {
            intent.guard += &guard::hard_scope_text(appraiser.loaded().policy.settings());
        }
        Journal::open(&places.state).begin(intent)
    };
    let step = question.step.map_or_else(intent, Ok)?;
    let session = (watched || !question.verdict.obligations.is_empty()).then(|| guard::folder_name(&question.session));
    let kept = kept.insert(Kept {
        state: places.state.clone(),
        step,
        session,
        settings,
        owner: question.session.clone(),
        paid: 0,
        attempt: None,
    });
    // The guard begins the pack itself, beside the shell's start, and keeps everything before it is lost, what the line shows included.
    let Some(session) = kept.session.clone().filter(|_| !watched) else { return Ok(()) };
    let store = Store::open(&places.state, settings)?;
    guard::keep_ahead(&store, question, step, &session)
}

impl Kept {
    /// The watcher that records exit status and post-state when the shell has ended.
    pub(super) fn sidecar(self) -> Sidecar {
        // Until it has recorded the end, nobody is to undo the step.
        let held = self.session.as_ref().and_then(|session| {
            Store::open(&self.state, self.settings).ok()?.keep_open(session, &self.step.to_string()).ok()
        });
        let sidecar = Sidecar::new(move |outcome| self.finish(&outcome));
        match held {
            Some(held) => sidecar.keeping(held),
            None => sidecar,
        }
    }

    /// The guard that goes on with the step while the line runs; `None` when the step has no pack.
    pub(super) fn guard<'a>(
        &self,
        appraiser: &'a Appraiser,
        places: &'a Places,
        session: &'a Session,
    ) -> Option<Guard<'a>> {
        let folder = self.session.clone()?;
        let guard = Guard::new(appraiser, places, session, self.step, folder, self.settings);
        Some(guard.attempting(self.attempt.clone()))
    }

    /// The same, so many names paid for as deleted.
    #[must_use]
    pub(super) fn paid_for(self, deleted: u64) -> Self {
        Self { paid: deleted, ..self }
    }

    /// The same, about to run as this question was cleared.
    #[must_use]
    pub(super) fn attempting(self, question: &Question) -> Self {
        Self { attempt: guard::attempt(question), ..self }
    }

    /// The step's name in the journal.
    pub(super) fn step(&self) -> StepId {
        self.step
    }

    /// Removes the preimages of a line that did not run after all.
    pub(super) fn forget(&self) {
        self.ahead().forget();
    }

    /// In the side-car, for which nobody waits: so what the journal says of the step survives a power cut too, as its
    /// preimages do.
    fn finish(&self, outcome: &Outcome) {
        self.ahead().end(outcome.ending, outcome.wall);
        // A failing sync leaves the record no less complete, only less durable.
        let _ = Journal::open(&self.state).sync();
    }

    fn ahead(&self) -> Ahead<'_> {
        Ahead {
            state: &self.state,
            settings: self.settings,
            step: self.step,
            folder: self.session.as_deref(),
            owner: &self.owner,
            paid: self.paid,
            attempt: self.attempt.as_ref(),
        }
    }
}

/// The reason to ask when something cannot be kept.
fn reason(question: &Question, lost: &Lost) -> Reason {
    let reversible = |effect: &Effect| effect.reversibility == Reversibility::Reversible;
    Reason::not_kept(&lost.to_string(), question.verdict.effects.iter().position(reversible))
}
