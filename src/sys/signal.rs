//! Ending by a signal, as the shell would have.

#![expect(unsafe_code, reason = "signal dispositions are changed by an unsafe call")]

use super::process::{signal_thread, this_thread};
use nix::sys::signal::{SigHandler, SigSet, Signal, signal};

/// Ends this process by `number` with the default action, so that its parent sees a death by signal (signal(7), waitpid(2)).
/// Returns only when the number is no signal or its default action is not to end the process.
pub fn die_of(number: i32) {
    let Ok(chosen) = Signal::try_from(number) else { return };
    // SAFETY: SigDfl installs no handler, so nothing of ours can run in signal context (signal-safety(7)).
    let _ = unsafe { signal(chosen, SigHandler::SigDfl) };
    let mut only = SigSet::empty();
    only.add(chosen);
    let _ = only.thread_unblock();
    signal_thread(this_thread(), number);
}
