//! From a verdict to a clearance or a refusal.

use super::lineage::agent_above_us;
use super::prompt::{Reply, ask};
use super::requests::{Requests, key_of};
use super::seat::Seat;
use super::{Card, Cause, Cleared, Grounds, Question, Refusal};
use crate::journal::{self, Answer, Ended, Entry, Journal, Note, Outcome};
use crate::policy::Decision;
use crate::ui::deed;
use nix::sys::signal::Signal;
use std::path::Path;

/// Clears the line, or says why not. `state` is the state directory: approvals are taken from it; requests, and in the
/// journal questions, answers and what is denied, are left in it. What is allowed is cleared without touching it. What asks
/// runs when a person had approved exactly this line here in this session (the approval is spent), or says yes now on a
/// terminal that is theirs.
pub fn settle(question: Question, state: &Path) -> Result<Cleared, Box<Refusal>> {
    match question.verdict.decision {
        Decision::Allow => Ok(Cleared::new(question, Grounds::Allowed)),
        Decision::Deny => {
            let step = refused(&question, &Journal::open(state));
            Err(Box::new(Refusal::of(&question, Cause::Denied, step)))
        }
        Decision::Ask => put(question, state),
    }
}

fn put(question: Question, state: &Path) -> Result<Cleared, Box<Refusal>> {
    let (requests, journal) = (Requests::of(state), Journal::open(state));
    let key = key_of(&question);
    if let Some(request) = requests.spend(&key) {
        return Ok(Cleared::new(question, Grounds::Approved { request }));
    }
    let card = Card::of(&question);
    let saved = requests.save(&key, card.clone());
    let id = saved.as_ref().map(|request| request.id.clone()).unwrap_or_default();
    let seat = Seat::take();
    let at = seat.as_ref().map_or("pending", |seat| seat.name.as_str()).to_owned();
    let rules = question.rules();
    let _ = journal.append(Entry::Question(journal::Question { request: id.clone(), rules, at }));
    let refuse = |question: &Question, cause, id| {
        let _ = refused(question, &journal);
        Err(Box::new(Refusal::of(question, cause, id)))
    };
    let waiting = if saved.is_ok() { Cause::Pending } else { Cause::Unsaved };
    let Ok(seat) = seat else { return refuse(&question, waiting, id) };
    // Less than an agent's own limit, so that the line never runs after its agent has gone on.
    let hurry = question.agent.is_some() || agent_above_us().is_some();
    let reply = ask(&seat, &card.with_commits(), hurry.then_some(question.hold));
    let answered = |yes| {
        let _ = requests.withdraw(&id);
        let by = format!("{} uid {}", seat.name, nix::unistd::getuid());
        let _ = journal.append(Entry::Answer(Answer { request: id.clone(), yes, by }));
    };
    match reply {
        Reply::Yes => {
            answered(true);
            Ok(Cleared::new(question, Grounds::Answered { request: id }))
        }
        Reply::No => {
            answered(false);
            refuse(&question, Cause::Declined, id)
        }
        Reply::Interrupted(Signal::SIGINT) => {
            answered(false);
            refuse(&question, Cause::Interrupted(libc::SIGINT), id)
        }
        Reply::Interrupted(signal) => refuse(&question, Cause::Interrupted(signal as i32), id),
        Reply::Silence | Reply::Gone => refuse(&question, waiting, id),
    }
}

/// Records a line that does not run; gives the step's name, empty when the journal could not be written.
fn refused(question: &Question, journal: &Journal) -> String {
    if question.running {
        let deeds: Vec<String> = question.verdict.effects.iter().map(deed).collect();
        let text = format!("refused: {} (rule {})", deeds.join(", "), question.rules().join(", "));
        let _ = journal.append(Entry::Note(Note { step: question.step, text }));
        return question.step.map(|step| step.to_string()).unwrap_or_default();
    }
    let begun = question.step.map_or_else(|| journal.begin(question.intent("none")), Ok);
    let Ok(step) = begun else { return String::new() };
    let _ = journal.append(Entry::Outcome(Outcome { step, ended: Ended::Refused, wall: 0, changes: None }));
    step.to_string()
}
