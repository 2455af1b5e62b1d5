//! From what a grammar states to effects on real things: paths as the tool reaches them, repositories, hosts.

mod code;
mod deed;
mod find;
mod git;
mod git_code;
mod git_config;
mod into;
mod mongo;
mod naming;
mod path;
mod redis;
pub(crate) mod severity;
mod sql;

pub(crate) use deed::Act;
pub(crate) use git::host_of;
pub(crate) use severity::of as reversibility_of;
