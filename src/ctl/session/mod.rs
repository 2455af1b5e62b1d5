//! A session of an agent, from its start to its end.

mod child;
mod shims;
mod worktree;

pub(super) use child::run_to_end;
pub(super) use shims::{Shims, is_agentsh};
pub(super) use worktree::Worktree;
