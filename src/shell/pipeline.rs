//! The way of a line: read this function and you know the program.

use super::committer::{keeping, turn};
use super::keep::{Kept, keep, leaves_no_trace};
use super::run::{FAILED, complain, refuse};
use super::spending::spend;
use super::watching::watching;
use super::{Request, start};
use crate::approval::{Appraiser, Cleared, Grounds, Question, Refusal, named_by_hook, settle, settle_after_hook};
use crate::exec::Launch;
use crate::guard::Watching;
use crate::host::{Places, Session, Turn};
use crate::policy::Decision;
use crate::sys::Composure;
use tracing::debug;

/// Performs the request: judges its text, keeps what it is about to change, asks where nothing can be kept, and becomes
/// the real shell. Returns an exit status only when nothing runs.
pub fn run(request: &Request, places: &Places, appraiser: &Appraiser) -> i32 {
    let composure = Composure::take();
    let start = start::of(&request.args, &request.called, request.real.path());
    let appraise = || match request.text.known() {
        (line, true) => appraiser.appraise(line, &start),
        (beginning, false) => appraiser.appraise_beginning(beginning, &start),
    };
    let mut appraisal = appraise();
    debug!(decision = ?appraisal.verdict.decision, reversibility = ?appraisal.verdict.reversibility,
        complete = appraisal.assessment.complete, effects = appraisal.verdict.effects.len(), "judged");
    // Whose line it is costs a look at the parent, and matters only to what is asked or kept.
    let unnoticed = leaves_no_trace(&appraisal.verdict, appraiser);
    let session = if unnoticed { Session::nobodys() } else { Session::detect() };
    let (watching, unwatched) = watching(request, &appraisal, places, appraiser);
    // What waits for a person lets others go first.
    let allowed = appraisal.verdict.decision == Decision::Allow;
    let mut taken = allowed.then(|| turn(&appraisal.verdict, places, &session, watching.as_ref())).flatten();
    if taken.as_ref().is_some_and(|turn| turn.waited) {
        appraisal = appraise();
    }
    let question = appraiser.question(appraisal, &session).raised(unwatched);
    let question = if unnoticed {
        question
    } else {
        named_by_hook(question, &places.state).minding(&places.state, &appraiser.loaded().scope)
    };
    let (question, mut spending) = spend(question, places, appraiser, watching.as_ref());
    let take = |question: &Question| turn(&question.verdict, places, &session, watching.as_ref());
    match clear(question, (places, appraiser, watching.as_ref()), &mut taken, take) {
        Ok((cleared, mut kept)) => {
            if let Some(spending) = &mut spending {
                spending.cleared();
                kept = kept.map(|kept| kept.paid_for(spending.deleted()));
            }
            kept = kept.map(|kept| kept.attempting(cleared.question()));
            debug!(grounds = ?cleared.grounds(), step = ?kept.as_ref().map(Kept::step), "cleared");
            let operands = request.args.arguments.get(1..).unwrap_or_default();
            let mut launch = Launch::new(&request.real, &request.called, operands).returning(composure);
            if let (Some(Watching::Full), Some(kept)) = (&watching, &kept)
                && let Some(guard) = kept.guard(appraiser, places, &session)
            {
                // This process stays as the front of it, and keeps the turn.
                let error = launch.run_guarded(cleared, &guard);
                complain(&format!("cannot {error}"));
                return FAILED;
            }
            if let Some(sidecar) = keeping(kept.map(Kept::sidecar), taken) {
                launch = launch.watched(sidecar);
            }
            let error = launch.run(cleared);
            complain(&format!("cannot {error}"));
            FAILED
        }
        Err(refusal) => {
            debug!(cause = ?refusal.cause, rule = refusal.rule, "refused");
            refuse(&refusal)
        }
    }
}

/// Captures first and asks then, so that the question says what could not be kept. What a person held up for a while is
/// captured afresh after the answer, because others may have changed it meanwhile; so is what had its turn at a repository only then.
fn clear(
    question: Question,
    (places, appraiser, watching): (&Places, &Appraiser, Option<&Watching>),
    taken: &mut Option<Turn>,
    take: impl FnOnce(&Question) -> Option<Turn>,
) -> Result<(Cleared, Option<Kept>), Box<Refusal>> {
    let (kept, lost) = keep(&question, places, appraiser, watching);
    let known = lost.is_some();
    let question = question.recorded_as(kept.as_ref().map(Kept::step)).raised(lost);
    let cleared = settle_after_hook(question, &places.state).inspect_err(|_| forget(kept.as_ref()))?;
    let late = taken.is_none() && {
        *taken = take(cleared.question());
        taken.is_some()
    };
    if kept.is_none() || !late && !matches!(cleared.grounds(), Grounds::Answered { .. }) {
        return Ok((cleared, kept));
    }
    forget(kept.as_ref());
    let (kept, lost) = keep(cleared.question(), places, appraiser, watching);
    if lost.is_none() || known {
        return Ok((cleared, kept));
    }
    let cleared = settle(cleared.back().raised(lost), &places.state).inspect_err(|_| forget(kept.as_ref()))?;
    Ok((cleared, kept))
}

fn forget(kept: Option<&Kept>) {
    if let Some(kept) = kept {
        kept.forget();
    }
}
