//! Puts the question to a person, turns a verdict into a clearance or a refusal.
//!
//! In: a [`Question`] (a line, where it would run, what policy made of it). Out: [`Cleared`], which only this module can
//! make and without which `exec` runs nothing, or a [`Refusal`]. A person is asked on a terminal that is theirs and out
//! of the agent's reach, or later by `agentshctl approve`, which takes its [`Order`] on such a terminal too. Judges
//! nothing itself.

mod appraise;
mod card;
mod carried;
mod cleared;
mod granted;
mod hooked;
mod interrupts;
mod left;
mod lineage;
mod memory;
mod messages;
mod order;
mod passes;
mod prompt;
mod question;
mod refs;
mod refusal;
mod requests;
mod seat;
mod settle;
mod waiting;
mod weigh;

pub use appraise::{Appraisal, Appraiser, Carried, Took};
pub use card::{Card, Depth, Item};
pub use cleared::{Cleared, Grounds};
pub use hooked::{Hooked, named_by_hook, settle_after_hook, settle_at_hook};
pub use left::{amount_text, left_text};
pub use lineage::agent_above_us;
pub use memory::Memory;
pub use messages::{Call, Reply, Taken};
pub use order::{Order, OrderError};
pub use question::Question;
pub use refusal::{Cause, Ending, Refusal};
pub use requests::{APPROVAL_LASTS, REQUEST_LASTS, Request, Requests, new_id};
pub use seat::NoSeat;
pub use settle::{counted, settle, settle_held};
