//! Making processes, waiting for them, and passing signals and descriptors between them.

use super::detach::{exit_now, fork_silently, fork_telling, release};
use super::{entry, mask};
use nix::errno::Errno;
use nix::sys::signal::{SigSet, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use std::ffi::CStr;
use std::io::{self, Read, Write};
use std::os::fd::{OwnedFd, RawFd};
use std::os::unix::net::UnixStream;

/// What [`wait_now`] saw of a child.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Nothing new.
    None,
    /// It ended, with this status of wait(2).
    Ended(i32),
    /// This signal stopped it.
    Stopped(i32),
    /// It goes on.
    Continued,
}

/// Runs `work` in a child process and gives its id. The child sends no SIGCHLD. `work` should not return; when it does,
/// the child ends with the status it gives. To be called from a process with one thread.
pub fn fork_child(work: impl FnOnce() -> i32) -> io::Result<i32> {
    match fork_silently()? {
        0 => exit_now(work()),
        child => Ok(child),
    }
}

/// The same with a child whose end and stops are told by SIGCHLD, as those of other programs are.
pub fn fork_heard(work: impl FnOnce() -> i32) -> io::Result<i32> {
    match fork_telling(libc::SIGCHLD)? {
        0 => exit_now(work()),
        child => Ok(child),
    }
}

/// Ends this process at once, without destructors.
pub fn exit_at_once(status: i32) -> ! {
    exit_now(status)
}

/// Lets go of all that is the command's: descriptors but those of `keep`, working directory, name. Signals are left as they
/// are; whoever calls this has blocked them.
pub fn let_go(title: &CStr, keep: &[RawFd]) {
    release(keep);
    entry::set_title(title);
}

/// Blocks every signal; gives what was blocked before.
pub fn block_signals() -> io::Result<SigSet> {
    mask::swap(&mask::every())
}

/// Blocks exactly these signals.
pub fn set_signals(signals: &SigSet) -> io::Result<()> {
    mask::swap(signals).map(drop)
}

/// A descriptor from which the signals sent to this process are read, all of which must be blocked.
pub fn signal_queue() -> io::Result<SignalFd> {
    Ok(SignalFd::with_flags(&mask::every(), SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK)?)
}

/// Sends a signal by number; one that is gone needs none.
pub fn send_signal(pid: i32, signal: i32) {
    // SAFETY: kill(2) takes two integers.
    #[expect(unsafe_code, reason = "nix knows no real-time signals")]
    let _ = unsafe { libc::kill(pid, signal) };
}

/// The id of the calling thread (gettid(2)). musl remembers a thread's id, and after a clone(2) of our own, of
/// which it knows nothing, still the parent's.
pub fn this_thread() -> i32 {
    // SAFETY: the call takes nothing and cannot fail.
    #[expect(unsafe_code, reason = "the C library's function need not ask the kernel")]
    let thread = unsafe { libc::syscall(libc::SYS_gettid) };
    thread as i32
}

/// Sends a signal to one thread of this process (tgkill(2)).
pub fn signal_thread(thread: i32, signal: i32) {
    // SAFETY: tgkill(2) takes three integers.
    #[expect(unsafe_code, reason = "no safe wrapper exists for tgkill")]
    let _ = unsafe { libc::syscall(libc::SYS_tgkill, std::process::id(), thread, signal) };
}

/// Stops this process, by `signal` when it can, and returns when it is continued.
pub fn stop_by(signal: i32) {
    let chosen = Signal::try_from(signal).unwrap_or(Signal::SIGSTOP);
    if chosen != Signal::SIGSTOP {
        // SAFETY: SigDfl installs no handler.
        #[expect(unsafe_code, reason = "signal is unsafe for the sake of handlers")]
        let _ = unsafe { nix::sys::signal::signal(chosen, nix::sys::signal::SigHandler::SigDfl) };
        let mut only = SigSet::empty();
        only.add(chosen);
        let _ = only.thread_unblock();
        signal_thread(this_thread(), chosen as i32);
        let _ = only.thread_block();
    } else {
        signal_thread(this_thread(), libc::SIGSTOP);
    }
}

/// Looks, without waiting, for a child of this thread's that ended, stopped or goes on; the id is 0 when there is nothing
/// new, and `None` is given when there is no child any more.
pub fn wait_now() -> io::Result<Option<(i32, Change)>> {
    let mut status = 0;
    loop {
        let flags = libc::WUNTRACED | libc::WCONTINUED | libc::WNOHANG | libc::__WALL | libc::__WNOTHREAD;
        // SAFETY: wait4(2) writes one integer to `status`, ours for the length of the call.
        #[expect(unsafe_code, reason = "nix has no flag for children that send no SIGCHLD")]
        let result = unsafe { libc::waitpid(-1, &raw mut status, flags) };
        return Ok(Some(match Errno::result(result) {
            Ok(0) => (0, Change::None),
            Ok(pid) if libc::WIFSTOPPED(status) => (pid, Change::Stopped(libc::WSTOPSIG(status))),
            Ok(pid) if libc::WIFCONTINUED(status) => (pid, Change::Continued),
            Ok(pid) => (pid, Change::Ended(status)),
            Err(Errno::EINTR) => continue,
            Err(Errno::ECHILD) => return Ok(None),
            Err(error) => return Err(error.into()),
        }));
    }
}

/// Waits for one child of ours to end.
pub fn wait_for_child(child: i32) -> io::Result<i32> {
    Ok(super::detach::wait_for(child)?)
}

/// Says one byte, and which descriptor of this process is to be fetched with [`fetch_descriptor`]; it has to stay open until
/// then. No message carries it (`SCM_RIGHTS`), because the filter hands such calls over before anybody answers them.
pub fn offer_descriptor(mut socket: &UnixStream, byte: u8, descriptor: Option<RawFd>) -> io::Result<()> {
    let [a, b, c, d] = descriptor.unwrap_or(-1).to_le_bytes();
    socket.write_all(&[byte, a, b, c, d])
}

/// What `process`, a child of ours, said with [`offer_descriptor`]; `UnexpectedEof` when it is gone.
pub fn fetch_descriptor(mut socket: &UnixStream, process: i32) -> io::Result<(u8, Option<OwnedFd>)> {
    let mut bytes = [0; 5];
    socket.read_exact(&mut bytes)?;
    let [byte, a, b, c, d] = bytes;
    let number = RawFd::from_le_bytes([a, b, c, d]);
    let fetched = || super::tracee::borrow_descriptor(&super::PidFd::to_poll(process)?, number);
    Ok((byte, (number >= 0).then(fetched).transpose()?))
}

/// Orphans below this process become its children, and processes of the same user may not look into it
/// (`PR_SET_CHILD_SUBREAPER`, `PR_SET_DUMPABLE`, prctl(2)).
pub fn become_supervisor() -> io::Result<()> {
    nix::sys::prctl::set_child_subreaper(true)?;
    Ok(nix::sys::prctl::set_dumpable(false)?)
}
