//! Becomes the real shell so that nobody can tell, and leaves a side-car behind that records the outcome.
//!
//! In: a clearance, the arguments agentsh was given, the program to become. Out: that program, in this process, with
//! everything else as the caller left it. Which lines may run is not decided here; without a
//! [`crate::approval::Cleared`] nothing does.

mod called;
mod launch;
mod real_shell;
mod sidecar;

pub use called::Called;
pub use launch::{Launch, NotStarted};
pub use real_shell::{NoShell, RealShell};
pub use sidecar::{Outcome, Sidecar};
