//! The process its caller waits for: it has the caller's process id and nothing to do but to end, stop and be signalled
//! as the shell is.

use super::wire::Message;
use crate::sys;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout};
use std::io;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;

/// `si_code` of a signal the kernel sent, as a terminal's driver does to a whole process group (sigaction(2)).
const FROM_KERNEL: i32 = 0x80;

/// How the line ended, or that nothing ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// With this status of wait(2).
    With(i32),
    /// The supervisor was killed; what it had under it can change nothing any more.
    Unsupervised,
    /// Nothing ran: no filter.
    NoFilter(i32),
    /// Nothing ran: no shell.
    NotStarted(i32),
}

/// Relays until the shell has ended. All signals must be blocked.
pub(super) fn relay(supervisor: &UnixStream) -> io::Result<Ended> {
    let queue = sys::signal_queue()?;
    loop {
        let mut slots =
            [PollFd::new(queue.as_fd(), PollFlags::POLLIN), PollFd::new(supervisor.as_fd(), PollFlags::POLLIN)];
        match nix::poll::poll(&mut slots, PollTimeout::NONE) {
            Ok(_) => {}
            Err(Errno::EINTR) => continue,
            Err(error) => return Err(error.into()),
        }
        let speaks = slots[1].revents().is_some_and(|events| !events.is_empty());
        while let Ok(Some(signal)) = queue.read_signal() {
            let number = signal.ssi_signo.cast_signed();
            let everybodys = signal.ssi_code == FROM_KERNEL;
            if number != libc::SIGCHLD && !everybodys {
                let _ = Message::Signal(number).send(supervisor);
            }
        }
        if !speaks {
            continue;
        }
        match Message::receive(supervisor) {
            Ok(Message::Ended(status)) => return Ok(Ended::With(status)),
            Ok(Message::NoFilter(error)) => return Ok(Ended::NoFilter(error)),
            Ok(Message::NotStarted(error)) => return Ok(Ended::NotStarted(error)),
            Ok(Message::Stopped(signal)) => sys::stop_by(signal),
            Ok(Message::Signal(_)) => {}
            Err(_) => return Ok(Ended::Unsupervised),
        }
    }
}

/// Ends this process as the shell ended.
pub(super) fn end_like(status: i32) -> ! {
    if let sys::Ending::Killed(signal, _) = sys::Ending::of_wait_status(status) {
        // The core is the shell's to dump.
        let _ = nix::sys::prctl::set_dumpable(false);
        sys::die_of(signal);
    }
    sys::exit_at_once((status >> 8) & 0xff)
}
