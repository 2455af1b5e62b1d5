//! A line that an agent's hook asks about before the agent runs it.

use super::passes::Passes;
use super::requests::{Requests, key_of};
use super::settle::forgive;
use super::{Card, Cause, Cleared, Grounds, Question, Refusal, settle};
use crate::journal::{self, Entry, Journal};
use crate::policy::{Confirm, Decision};
use crate::ui::visible;
use std::path::Path;

/// What the hook is to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hooked {
    /// Nothing: the agent goes on.
    Pass,
    /// The agent asks the person, in these words.
    Ask(String),
    /// It does not run, for this reason.
    Deny(String),
}

/// Decides at a hook. `dialog`: the agent can put the question to the person itself; it does, unless a name is to be typed,
/// and only when they say yes does the line run. Otherwise the line waits here as it would in the shell. What was answered
/// here, the shell that the agent then starts with the line does not ask again.
pub fn settle_at_hook(question: Question, state: &Path, dialog: bool) -> Hooked {
    let passes = Passes::of(state);
    let by_agent = dialog && question.verdict.confirm != Some(Confirm::Type);
    match question.verdict.decision {
        Decision::Allow => {
            // Without it the record of the line lacks the agent's names.
            let _ = passes.leave(&question, None);
            Hooked::Pass
        }
        Decision::Ask if by_agent => ask(&question, state, &passes),
        _ => match settle(question, state) {
            Ok(cleared) => {
                let request = match cleared.grounds() {
                    Grounds::Approved { request } | Grounds::Answered { request } => request.clone(),
                    _ => String::new(),
                };
                pass(&passes, cleared.question(), &request)
            }
            Err(refusal) => Hooked::Deny(refusal.to_string()),
        },
    }
}

fn ask(question: &Question, state: &Path, passes: &Passes) -> Hooked {
    let (requests, key) = (Requests::of(state), key_of(question));
    if let Some(request) = requests.spend(&key) {
        return pass(passes, question, &request);
    }
    let Ok(request) = requests.save(&key, Card::of(question)) else {
        return Hooked::Deny(Refusal::of(question, Cause::Unsaved, String::new()).to_string());
    };
    let entry = journal::Question { request: request.id.clone(), rules: question.rules(), at: "agent".to_owned() };
    let _ = Journal::open(state).append(Entry::Question(entry));
    let refusal = Refusal::of(question, Cause::Pending, request.id.clone());
    let why = visible(refusal.why.trim_end_matches('.')).into_owned();
    let (rule, effect, id) = (visible(&refusal.rule), visible(&refusal.effect), &request.id);
    let text = format!(
        "agentsh: rule {rule}: {effect}: {why}. Without a yes nothing runs; where nobody can answer, the user runs 'agentshctl approve {id}' and the identical command is repeated"
    );
    match pass(passes, question, &request.id) {
        Hooked::Pass => Hooked::Ask(text),
        other => other,
    }
}

/// Clears a line in the shell: as [`settle`], but a question that the agent's hook has put already is not put again.
pub fn settle_after_hook(question: Question, state: &Path) -> Result<Cleared, Box<Refusal>> {
    if question.verdict.decision == Decision::Ask
        && let Some(request) = Passes::of(state).spend(&question)
    {
        forgive(&question, state);
        return Ok(Cleared::new(question, Grounds::Approved { request }));
    }
    settle(question, state)
}

/// Fills in what the agent calls the line, where its hook has said so.
pub fn named_by_hook(mut question: Question, state: &Path) -> Question {
    Passes::of(state).name(&mut question);
    question
}

/// Lets the line through. When that cannot be left for the shell, the shell asks once more.
fn pass(passes: &Passes, question: &Question, request: &str) -> Hooked {
    let _ = passes.leave(question, Some(request));
    Hooked::Pass
}
