//! Starting a program on our terminal and ending when it ends.

use crate::sys::{self, Change, Ending};
use nix::poll::{PollFd, PollFlags, PollTimeout};
use std::io;
use std::os::fd::AsFd;
use std::process::Command;

/// `si_code` of a signal the kernel sent, as a terminal's driver does to a whole process group (sigaction(2)).
const FROM_KERNEL: i32 = 0x80;

/// Runs `command` with our descriptors and gives the status it ended with, 128 and the number for a signal. Keys that signal
/// reach it as they reach us; other signals are handed on. It stops and continues with us.
pub(in super::super) fn run_to_end(command: &mut Command) -> io::Result<u8> {
    let before = sys::block_signals()?;
    let queue = sys::signal_queue()?;
    // The standard library starts programs with no signal blocked.
    let child = command.spawn().inspect_err(|_| {
        let _ = sys::set_signals(&before);
    })?;
    let pid = child.id().cast_signed();
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
    // One signal may stand for several children; ours is the only one.
    match sys::wait_for_any()? {
        Some((child, Change::Ended(status))) if child == pid => Ok(Some(status)),
        Some((child, Change::Stopped(signal))) if child == pid => {
            sys::stop_by(signal);
            Ok(None)
        }
        _ => Ok(None),
    }
}
