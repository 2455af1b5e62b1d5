//! The process that stays behind when agentsh has become the shell.

use crate::sys::{self, Ending, PidFd};
use std::fmt;
use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::time::{Duration, Instant};

/// How a line ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Exit status or signal of the shell.
    pub ending: Ending,
    /// From the making of the side-car until the shell ended.
    pub wall: Duration,
}

/// A watcher that waits for this process, whatever it has become, and then runs a closure with the outcome.
///
/// Nobody waits for it, and nothing of the command can be told from its presence: it has left the parent, group,
/// session, terminal, working directory and descriptors of the command, and carries another name. The closure runs in
/// a process of its own that stands in `/`: it needs absolute paths, and of open files it has only those given to
/// [`Sidecar::keeping`].
pub struct Sidecar {
    record: Box<dyn FnOnce(Outcome)>,
    kept: Vec<OwnedFd>,
}

impl Sidecar {
    /// A side-car that runs `record` when the shell has ended.
    pub fn new(record: impl FnOnce(Outcome) + 'static) -> Self {
        Self { record: Box::new(record), kept: Vec::new() }
    }

    /// Keeps a descriptor open in the side-car, under the same number.
    pub fn keeping(mut self, file: impl Into<OwnedFd>) -> Self {
        self.kept.push(file.into());
        self
    }

    /// Starts it, watching the process that calls this.
    pub(super) fn start(self) -> io::Result<()> {
        let started = Instant::now();
        let shell = PidFd::own()?;
        let mut keep: Vec<_> = self.kept.iter().map(AsRawFd::as_raw_fd).collect();
        keep.push(shell.as_fd().as_raw_fd());
        let record = self.record;
        sys::detach(c"agentsh-sidecar", &keep, move || {
            let ending = shell.wait().unwrap_or(Ending::Unknown);
            record(Outcome { ending, wall: started.elapsed() });
        })
    }
}

impl fmt::Debug for Sidecar {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Sidecar").field("kept", &self.kept).finish_non_exhaustive()
    }
}
