//! A process of ours that lives on beside the shell we become, and that the shell, its parent and its terminal cannot
//! notice.

use super::{entry, mask};
use nix::errno::Errno;
use nix::fcntl::{self, OFlag};
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal};
use nix::sys::stat::Mode;
use std::ffi::CStr;
use std::io;
use std::os::fd::{IntoRawFd, RawFd};

/// Runs `work` in a new process and returns at once.
///
/// The process is nobody's child that we know of (forked twice, so that the next subreaper or init waits for it), is in
/// a session without a terminal and cannot get one, stands in `/`, has signals at their defaults (SIGHUP, SIGPIPE and
/// SIGXFSZ ignored) and keeps no descriptor but those of `keep`; 0–2 are `/dev/null`. It shows `title` for its name and arguments. It
/// ends when `work` returns; nothing after the call of this function runs in it, and no destructor of the caller's.
///
/// To be called from a process with one thread. Fails when no process can be made (`EAGAIN` at the limit); the caller
/// is then as it was.
pub fn detach(title: &CStr, keep: &[RawFd], work: impl FnOnce()) -> io::Result<()> {
    // A signal of the terminal between the fork and the new session would otherwise take the watcher along.
    let blocked = mask::swap(&mask::every())?;
    let child = fork_silently();
    if let Ok(0) = child {
        let ready = nix::unistd::setsid().is_ok();
        match fork_silently() {
            Ok(0) if ready => {
                settle(title, keep);
                work();
                exit_now(0)
            }
            Ok(_) if ready => exit_now(0),
            _ => exit_now(1),
        }
    }
    let result = child.and_then(wait_for);
    mask::swap(&blocked)?;
    match result {
        Ok(0) => Ok(()),
        Ok(_) => Err(Errno::EAGAIN.into()),
        Err(error) => Err(error.into()),
    }
}

/// fork(2) with no signal to the parent when the child ends: a SIGCHLD that the caller has blocked would stay pending
/// and be seen by the shell. 0 in the child.
pub(super) fn fork_silently() -> nix::Result<i32> {
    fork_telling(0)
}

/// fork(2) with `signal` to the parent when the child ends or stops. 0 in the child.
pub(super) fn fork_telling(signal: i32) -> nix::Result<i32> {
    // SAFETY: clone(2) without CLONE_VM copies the address space as fork(2) does, and with a null stack both continue
    // here. There is one thread, so no lock is held by another; the C library's fork handlers, which this passes by, are
    // none of ours.
    #[expect(unsafe_code, reason = "the C library's fork always asks for SIGCHLD")]
    let pid = Errno::result(unsafe { libc::syscall(libc::SYS_clone, signal, 0, 0, 0, 0) })?;
    Ok(pid as i32)
}

/// Waits for a child of [`fork_silently`] and gives its exit status.
pub(super) fn wait_for(child: i32) -> nix::Result<i32> {
    let mut status = 0;
    loop {
        // SAFETY: wait4(2) writes one integer to `status`, ours for the length of the call.
        #[expect(unsafe_code, reason = "nix has no flag for children that send no SIGCHLD")]
        let result = unsafe { libc::waitpid(child, &raw mut status, libc::__WALL) };
        match Errno::result(result) {
            Ok(_) => return Ok(status),
            Err(Errno::EINTR) => {}
            Err(error) => return Err(error),
        }
    }
}

/// Lets go of everything of the command's.
fn settle(title: &CStr, keep: &[RawFd]) {
    release(keep);
    for signal in Signal::iterator() {
        let handler = match signal {
            Signal::SIGKILL | Signal::SIGSTOP => continue,
            Signal::SIGHUP | Signal::SIGPIPE | Signal::SIGXFSZ => SigHandler::SigIgn,
            _ => SigHandler::SigDfl,
        };
        // SAFETY: no handler function is installed, only the kernel's two built-in dispositions (sigaction(2)).
        #[expect(unsafe_code, reason = "sigaction is unsafe for the sake of handlers")]
        let _ =
            unsafe { nix::sys::signal::sigaction(signal, &SigAction::new(handler, SaFlags::empty(), SigSet::empty())) };
    }
    let _ = SigSet::empty().thread_set_mask();
    entry::set_title(title);
}

/// Keeps no descriptor but those of `keep`, has `/dev/null` for 0–2, and stands in `/`.
pub(super) fn release(keep: &[RawFd]) {
    close_all_but(keep);
    for _ in 0..3 {
        // Numbers 0–2 are free now (unless kept), so these are the descriptors opened.
        let null = fcntl::open("/dev/null", OFlag::O_RDWR | OFlag::O_CLOEXEC, Mode::empty());
        match null
            .or_else(|_| fcntl::open("/", OFlag::O_PATH | OFlag::O_CLOEXEC, Mode::empty()))
            .map(IntoRawFd::into_raw_fd)
        {
            Ok(0..2) => {}
            _ => break,
        }
    }
    let _ = nix::unistd::chdir("/");
}

fn close_all_but(keep: &[RawFd]) {
    let mut keep: Vec<u32> = keep.iter().filter_map(|fd| u32::try_from(*fd).ok()).collect();
    keep.sort_unstable();
    let mut first = 0;
    for fd in keep {
        if first < fd {
            close_range(first, fd - 1);
        }
        first = fd + 1;
    }
    close_range(first, u32::MAX);
}

/// Closes the descriptors `first..=last`.
fn close_range(first: u32, last: u32) {
    // SAFETY: close_range(2) takes integers. Whatever owned one of these descriptors belongs to the caller of `detach`,
    // whose code never runs again in this process.
    #[expect(unsafe_code, reason = "no safe wrapper exists for close_range")]
    let result = unsafe { libc::syscall(libc::SYS_close_range, first, last, 0) };
    if result != 0 {
        // Before Linux 5.9: one by one, as far as the table reaches.
        let open = std::fs::read_dir("/proc/self/fd").map(|dir| {
            dir.flatten().filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok()).collect::<Vec<u32>>()
        });
        for fd in open.unwrap_or_default().into_iter().filter(|fd| (first..=last).contains(fd)) {
            // SAFETY: as above.
            #[expect(unsafe_code, reason = "closes a descriptor whose owner never runs again")]
            let _ = unsafe { libc::close(fd as RawFd) };
        }
    }
}

pub(super) fn exit_now(status: i32) -> ! {
    // SAFETY: _exit(2) never returns; no destructor or exit handler is due in a forked copy.
    #[expect(unsafe_code, reason = "std has no _exit")]
    unsafe {
        libc::_exit(status)
    }
}
