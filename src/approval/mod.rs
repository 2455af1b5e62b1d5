//! Puts the question to a person, turns a verdict into a clearance or a refusal.
//!
//! In: a [`Question`] (a line, where it would run, what policy made of it). Out: [`Cleared`], which only this module can
//! make and without which `exec` runs nothing, or a [`Refusal`]. A person is asked on a terminal that is theirs and out
//! of the agent's reach, or later by `agentshctl approve`.

mod cleared;
mod question;
mod refusal;
mod settle;

pub use cleared::{Cleared, Grounds};
pub use question::Question;
pub use refusal::{Cause, Ending, Refusal};
pub use settle::settle;
