//! A session of an agent, from its start to its end.

mod child;
mod path;
mod shims;
mod start;
mod worktree;

pub(super) use child::run_to_end;
pub(super) use path::on_path;
pub(super) use shims::{Shims, is_agentsh};
pub(super) use start::Start;
pub(super) use worktree::Worktree;
