//! From a verdict to a clearance or a refusal.

use super::granted::granted;
use super::lineage::{GUARD, agent_above_us};
use super::prompt::{Reply, ask};
use super::requests::{Requests, key_of};
use super::seat::Seat;
use super::waiting::{Asker, Desks, Waited};
use super::{Card, Cause, Cleared, Grounds, Question, Refusal};
use crate::host::{Resistances, Uses};
use crate::journal::{self, Answer, Ended, Entry, Journal, Note, Outcome};
use crate::policy::{Decision, Reason, Resisted};
use crate::ui::deed;
use nix::sys::signal::Signal;
use std::path::Path;

/// Clears the line, or says why not. `state` is the state directory: approvals are taken from it; requests, and in the
/// journal questions, answers and what is denied, are left in it. What is allowed is cleared without touching it. What asks
/// runs when a person had approved exactly this line here in this session (the approval is spent), or says yes now on a
/// terminal that is theirs.
///
/// Where that terminal cannot be had, the line waits at most `question.hold` for an answer from the person's desk, if one
/// listens. A signal then ends the wait, and when the agent has gone nothing runs.
pub fn settle(question: Question, state: &Path) -> Result<Cleared, Box<Refusal>> {
    settle_for(question, state, Asker::Line)
}

/// The same for a process that is held up elsewhere, such as by a guard: it waits for the desk only as long as
/// `is_waiting` says so, and signals are not touched.
pub fn settle_held(question: Question, state: &Path, is_waiting: &dyn Fn() -> bool) -> Result<Cleared, Box<Refusal>> {
    settle_for(question, state, Asker::Held(is_waiting))
}

fn settle_for(question: Question, state: &Path, asker: Asker<'_>) -> Result<Cleared, Box<Refusal>> {
    let question = counted(question, state);
    match question.verdict.decision {
        Decision::Allow => Ok(Cleared::new(question, Grounds::Allowed)),
        Decision::Deny => {
            let step = refused(&question, state, &Journal::open(state));
            Err(Box::new(Refusal::of(&question, Cause::Denied, step)))
        }
        Decision::Ask => {
            let cleared = put(question, state, asker)?;
            forgive(cleared.question(), state);
            let uses = &cleared.verdict().uses;
            if !uses.is_empty() {
                // What a person has seen the rest of runs, counted or not.
                let _ = Uses::of(state).spend(uses);
            }
            Ok(cleared)
        }
    }
}

/// What came of asking.
enum Asked {
    /// A person said yes.
    Yes(String),
    /// A person said no, in this way.
    No(String, Cause),
    /// A person approved the request in another terminal; recorded there.
    Approved,
    /// No answer, for this cause.
    None(Cause),
}

fn put(question: Question, state: &Path, asker: Asker<'_>) -> Result<Cleared, Box<Refusal>> {
    let (requests, journal) = (Requests::of(state), Journal::open(state));
    let key = key_of(&question);
    if let Some(request) = requests.spend(&key) {
        return Ok(Cleared::new(question, Grounds::Approved { request }));
    }
    if let Some(grants) = granted(&question, state, &journal) {
        return Ok(Cleared::new(question, Grounds::Granted { grants }));
    }
    let card = Card::of(&question);
    let saved = requests.save(&key, card.clone());
    let id = saved.as_ref().map(|request| request.id.clone()).unwrap_or_default();
    let seat = Seat::take();
    // A line that would not wait asks nobody.
    let desks = match (&seat, &saved) {
        (Err(_), Ok(_)) if !question.hold.is_zero() => Desks::find(state),
        _ => Desks::none(),
    };
    let at = seat.as_ref().map_or_else(|_| desks.name(), |seat| Some(seat.name.clone()));
    let at = at.unwrap_or_else(|| "pending".to_owned());
    let _ = journal.append(Entry::Question(journal::Question { request: id.clone(), rules: question.rules(), at }));
    let waiting = if saved.is_ok() { Cause::Pending } else { Cause::Unsaved };
    let asked = match (seat, saved) {
        (Ok(seat), _) => ask_at(&seat, &card.with_commits(), &question, waiting),
        (Err(_), Ok(request)) => match desks.wait(&request, &requests, question.hold, asker) {
            Waited::Nobody | Waited::Silence => Asked::None(Cause::Pending),
            Waited::Yes(by) => Asked::Yes(by),
            Waited::No(by) => Asked::No(by, Cause::Declined),
            Waited::Approved => Asked::Approved,
            Waited::Gone => Asked::None(Cause::Gone),
            Waited::Interrupted(signal) => Asked::None(Cause::Interrupted(signal as i32)),
        },
        (Err(_), Err(_)) => Asked::None(Cause::Unsaved),
    };
    if let Asked::Yes(by) | Asked::No(by, _) = &asked {
        let _ = requests.withdraw(&id);
        let yes = matches!(asked, Asked::Yes(_));
        let _ = journal.append(Entry::Answer(Answer { request: id.clone(), yes, by: by.clone() }));
    }
    let cause = match asked {
        Asked::Yes(_) | Asked::Approved => return Ok(Cleared::new(question, Grounds::Answered { request: id })),
        Asked::No(_, cause) | Asked::None(cause) => cause,
    };
    let _ = refused(&question, state, &journal);
    Err(Box::new(Refusal::of(&question, cause, id)))
}

/// Asks on the person's own terminal.
fn ask_at(seat: &Seat, card: &Card, question: &Question, waiting: Cause) -> Asked {
    // Less than an agent's own limit, so that the line never runs after its agent has gone on.
    let hurry = question.agent.is_some() || agent_above_us().is_some_and(|agent| agent != GUARD);
    let by = || format!("{} uid {}", seat.name, nix::unistd::getuid());
    match ask(seat, card, hurry.then_some(question.hold)) {
        Reply::Yes => Asked::Yes(by()),
        Reply::No => Asked::No(by(), Cause::Declined),
        Reply::Interrupted(Signal::SIGINT) => Asked::No(by(), Cause::Interrupted(libc::SIGINT)),
        Reply::Interrupted(signal) => Asked::None(Cause::Interrupted(signal as i32)),
        Reply::Silence | Reply::Gone => Asked::None(waiting),
    }
}

/// Takes a use of the counted rules that answer for the line. One whose last use another line had since makes it a question.
pub fn counted(mut question: Question, state: &Path) -> Question {
    let uses = &question.verdict.uses;
    if uses.is_empty() || question.counted || question.verdict.decision != Decision::Allow {
        return question;
    }
    let why = match Uses::of(state).spend(uses) {
        Ok(None) => {
            question.counted = true;
            return question;
        }
        Ok(Some(rule)) => format!("the rule {rule} has answered for as many lines as it holds for"),
        Err(error) => format!("agentsh cannot count the use of a rule in {}: {error}", state.display()),
    };
    let instead = "Ask the person; they may write the rule anew.";
    question.asked_because(vec![Reason::asked("times", why, instead, None)])
}

/// The session is to be asked when it tries to get there by another way.
fn remember(question: &Question, state: &Path) {
    let refused = Resisted::refused(&question.verdict, &question.commands);
    if !refused.is_empty() {
        Resistances::of(state).refused(&question.session, &question.line, refused);
    }
}

/// A person wants it to be done: what it is about may be gone at by any way again.
pub(super) fn forgive(question: &Question, state: &Path) {
    Resistances::of(state).forgive(&question.session, |resisted| resisted.is_of(&question.verdict));
}

/// Records a line that does not run, and remembers what it was about; gives the step's name, empty when the journal could not
/// be written.
fn refused(question: &Question, state: &Path, journal: &Journal) -> String {
    remember(question, state);
    if question.running {
        let deeds: Vec<String> = question.verdict.effects.iter().map(deed).collect();
        let text = format!("refused: {} (rule {})", deeds.join(", "), question.rules().join(", "));
        let _ = journal.append(Entry::Note(Note { step: question.step, text }));
        return question.step.map(|step| step.to_string()).unwrap_or_default();
    }
    let begun = question.step.map_or_else(|| journal.begin(question.intent("none")), Ok);
    let Ok(step) = begun else { return String::new() };
    let _ = journal.append(Entry::Outcome(Outcome {
        step,
        ended: Ended::Refused,
        wall: 0,
        changes: None,
        coverage: None,
        goes_on: false,
    }));
    step.to_string()
}
