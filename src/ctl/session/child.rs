//! Starting a program on our terminal and ending when it ends.

use crate::sys::{self, Ending};
use nix::poll::{PollFd, PollFlags, PollTimeout};
use nix::sys::signal::SigSet;
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;
use std::io;
use std::os::fd::AsFd;

/// `si_code` of a signal the kernel sent, as a terminal's driver does to a whole process group (sigaction(2)).
const FROM_KERNEL: i32 = 0x80;

/// Waits for the child that `start` makes and gives the status it ended with, 128 and the number for a signal. `start` is told
/// which signals were blocked before; now all are. Keys that signal reach the child as they reach us; other signals are handed
/// on. It stops and continues with us.
pub(in super::super) fn run_to_end(start: impl FnOnce(&SigSet) -> io::Result<i32>) -> io::Result<u8> {
    let before = sys::block_signals()?;
    let queue = sys::signal_queue()?;
    let pid = start(&before).inspect_err(|_| {
        let _ = sys::set_signals(&before);
    })?;
    let status = loop {
        let mut slots = [PollFd::new(queue.as_fd(), PollFlags::POLLIN)];
        let _ = nix::poll::poll(&mut slots, PollTimeout::NONE);
        let mut ended = None;
        while let Ok(Some(signal)) = queue.read_signal() {
            let number = signal.ssi_signo.cast_signed();
            match number {
                libc::SIGCHLD => ended = ended.or(look(pid)?),
                _ if signal.ssi_code == FROM_KERNEL => {}
                _ => sys::send_signal(pid, number),
            }
        }
        if let Some(status) = ended {
            break status;
        }
    };
    let _ = sys::set_signals(&before);
    Ok(match Ending::of_wait_status(status) {
        Ending::Killed(signal, _) => u8::try_from(128 + signal).unwrap_or(u8::MAX),
        _ => u8::try_from((status >> 8) & 0xff).unwrap_or(u8::MAX),
    })
}

/// What has become of the child: its status, when it has ended.
fn look(pid: i32) -> io::Result<Option<i32>> {
    let flags = WaitPidFlag::WNOHANG | WaitPidFlag::WUNTRACED;
    Ok(match waitpid(Pid::from_raw(pid), Some(flags))? {
        WaitStatus::Exited(_, status) => Some(status << 8),
        WaitStatus::Signaled(_, signal, _) => Some(signal as i32),
        WaitStatus::Stopped(_, signal) => {
            sys::stop_by(signal as i32);
            None
        }
        _ => None,
    })
}
