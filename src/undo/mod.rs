//! Reverses recorded steps; refuses to overwrite later work.
//!
//! In: a [`crate::checkpoint::Step`] and the disk as it is. Out: an [`UndoPlan`], which says for every path the step
//! changed what would be done about it or why not, and which can be applied. Applying is itself a step: it first
//! captures what it overwrites, so redo is the undo of an undo. Only paths of the step are touched.

mod apply;
mod closed;
mod conflict;
mod contested;
mod item;
mod merge;
mod metadata;
mod now;
mod plan;
mod reclaim;
mod restore;
mod resume;

pub use apply::{Applied, UndoError};
pub use conflict::Conflict;
pub use contested::Contested;
pub use item::{Given, Item, Standing, Verb};
pub use plan::{PlanOptions, UndoPlan};
pub use resume::{Resumed, complete_unfinished};
