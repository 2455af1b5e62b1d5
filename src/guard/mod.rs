//! Holds running processes to what was cleared: judges every program they start, keeps every file before they change it.
//!
//! In: a cleared line and the step it is recorded as. Out: the shell's exit, as its caller would have seen it, and a step
//! with every preimage. Three processes: the *front* keeps the process id that the caller waits for and relays status and
//! signals; the *supervisor* is the parent of the shell and answers for it and all its descendants; the *shell* runs under a
//! seccomp filter that hands over calls which start programs or change files (`sys::install_filter`).
//!
//! A line is run by [`Guard::run`]. A whole agent is run by [`Guard::around`], from a process with one thread that then stands
//! in for it: `let error = Guard::around(program, &argv, &environment, &session, run);` returns only when nothing has run.
//!
//! What is not done here: judging (`approval::Appraiser`), asking (`approval::settle`), keeping (`checkpoint`).

mod around;
mod call;
mod clearance;
mod committers;
mod desk;
mod files;
mod found;
mod front;
#[expect(clippy::module_inception, reason = "the type the module is named after")]
mod guard;
mod hard;
mod latch;
mod minded;
mod namespace;
mod network;
mod others;
mod ours;
mod place;
mod privilege;
mod probe;
mod process;
mod programs;
mod reach;
mod recent;
mod record;
mod registry;
mod scope;
mod step;
mod supervisor;
mod surroundings;
mod turn;
mod view;
mod walk;
mod wanted;
mod wire;

pub use guard::{Guard, Unguarded};
pub(crate) use hard::hard_scope_text;
pub use privilege::{gains_privilege, privilege_reason, unwatched};
pub use probe::{Watching, is_of_agent, probe};
pub(crate) use step::{Ahead, Lost, attempt, folder_name, keep_ahead, promised, store_settings};
