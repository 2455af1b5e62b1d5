//! From what a grammar states to effects on real things: paths as the tool reaches them, repositories, hosts.

mod aliases;
mod code;
mod database;
mod deed;
mod directories;
pub(crate) mod find;
mod git;
mod git_code;
mod git_config;
mod git_moves;
mod git_worked;
mod into;
mod mongo;
mod mounts;
mod naming;
mod path;
mod redis;
mod remote;
pub(crate) mod severity;
mod sql;
mod sql_functions;

pub(crate) use deed::Act;
pub(crate) use git::host_of;
pub use git_moves::{MOVES, UNTOLD};
pub use naming::NAMES;
pub(crate) use severity::of as reversibility_of;
