//! Signals that end a question.

use nix::sys::signal::{SigSet, SigmaskHow, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use std::os::fd::{AsFd, BorrowedFd};

/// Signals held back for as long as this is there, to be read instead of ending the process. Those that the caller
/// ignores stay ignored.
#[derive(Debug)]
pub(super) struct Interrupts {
    before: SigSet,
    queue: SignalFd,
}

impl Interrupts {
    /// Holds `signals` back; `None` when the kernel will not.
    pub(super) fn take(signals: &[Signal]) -> Option<Self> {
        let ignored = ignored();
        let mut set = SigSet::empty();
        let heeded = |signal: &&Signal| ignored & (1 << (**signal as u64 - 1)) == 0;
        signals.iter().filter(heeded).for_each(|signal| set.add(*signal));
        let queue = SignalFd::with_flags(&set, SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK).ok()?;
        let before = set.thread_swap_mask(SigmaskHow::SIG_BLOCK).ok()?;
        Some(Self { before, queue })
    }

    /// The next signal that came.
    pub(super) fn next(&self) -> Option<Signal> {
        let info = self.queue.read_signal().ok()??;
        Signal::try_from(info.ssi_signo.cast_signed()).ok()
    }
}

impl Drop for Interrupts {
    fn drop(&mut self) {
        let _ = self.before.thread_set_mask();
    }
}

impl AsFd for Interrupts {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.queue.as_fd()
    }
}

/// Signals this process ignores, one bit each (proc_pid_status(5), `SigIgn`). The kernel queues them all the same while
/// they are blocked.
fn ignored() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0)
}
