//! Becoming the real shell.

use super::{Called, RealShell, Sidecar};
use crate::approval::Cleared;
use crate::guard::{Guard, Unguarded};
use crate::sys::{self, Composure};
use std::ffi::OsString;
use std::path::PathBuf;

/// A shell ready to be become: the program and its exact arguments. Process id, parent, group, session, descriptors,
/// signal dispositions and mask, limits, umask, working directory and environment stay as the caller made them; of the
/// arguments only `argv[0]` may differ, by [`Called::argv0_for`].
#[derive(Debug)]
pub struct Launch {
    program: PathBuf,
    arguments: Vec<OsString>,
    sidecar: Option<Sidecar>,
    composure: Option<Composure>,
}

/// The kernel would not start the real shell.
#[derive(Debug, thiserror::Error)]
#[error("start {}: {reason}", program.display())]
pub struct NotStarted {
    /// The shell.
    pub program: PathBuf,
    /// What execve(2) said.
    pub reason: std::io::Error,
}

impl Launch {
    /// Of `shell` with `operands`, the arguments after `argv[0]`.
    pub fn new(shell: &RealShell, called: &Called, operands: &[OsString]) -> Self {
        let mut arguments = Vec::with_capacity(operands.len() + 1);
        arguments.push(called.argv0_for(shell.path()));
        arguments.extend_from_slice(operands);
        Self { program: shell.path().to_owned(), arguments, sidecar: None, composure: None }
    }

    /// Gives back to the shell what was set aside of the caller's.
    pub fn returning(mut self, composure: Composure) -> Self {
        self.composure = Some(composure);
        self
    }

    /// Leaves `sidecar` behind to record how the shell ends.
    pub fn watched(mut self, sidecar: Sidecar) -> Self {
        self.sidecar = Some(sidecar);
        self
    }

    /// Becomes the shell; returns only when that fails. The clearance is used up. A side-car that cannot be started
    /// leaves the outcome unrecorded and does not hold the line back.
    pub fn run(self, _cleared: Cleared) -> NotStarted {
        if let Some(sidecar) = self.sidecar {
            let _ = sidecar.start();
        }
        if let Some(composure) = self.composure {
            composure.give_back();
        }
        let reason = sys::become_program(self.program.as_os_str(), &self.arguments);
        NotStarted { program: self.program, reason }
    }

    /// Runs the shell under `guard` and ends this process as the shell ends; returns only when nothing has run. The
    /// clearance is used up.
    pub fn run_guarded(self, cleared: Cleared, guard: &Guard<'_>) -> Unguarded {
        guard.run(&cleared, self.program.as_os_str(), &self.arguments, self.composure)
    }
}
