//! Holding a process of ours between execve(2) and its first instruction (ptrace(2)).

use nix::errno::Errno;
use std::io;

/// What ptrace(2) takes as its first argument, which glibc and musl declare differently.
#[cfg(target_env = "musl")]
type Request = libc::c_int;
/// As above.
#[cfg(not(target_env = "musl"))]
type Request = libc::c_uint;

/// What a held process did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// It has become another program and waits before the first instruction; its thread group's id.
    Started(i32),
    /// It goes on without having become another program.
    Stayed(i32),
    /// It has ended.
    Ended,
}

/// A thread that this thread of ours traces. Dropping it lets the thread go.
#[derive(Debug)]
pub struct Tracee {
    thread: i32,
}

impl Tracee {
    /// Takes hold of a thread; it dies when we do. `EPERM` when another tracer has it or we may not
    /// (`/proc/sys/kernel/yama/ptrace_scope`), `EBUSY` for a child of our own, whose end another thread is to be told.
    pub fn seize(thread: i32) -> io::Result<Self> {
        if super::ProcStat::of(thread)?.ppid == std::process::id().cast_signed() {
            return Err(Errno::EBUSY.into());
        }
        let options = libc::PTRACE_O_EXITKILL | libc::PTRACE_O_TRACEEXEC;
        request(libc::PTRACE_SEIZE, thread, options as usize)?;
        Ok(Self { thread })
    }

    /// Has it stop as soon as it is back from the call it is in.
    pub fn interrupt(&self) -> io::Result<()> {
        request(libc::PTRACE_INTERRUPT, self.thread, 0)
    }

    /// Looks, without waiting, whether it has stopped. To be called by the thread that has hold of it.
    pub fn look(&mut self) -> io::Result<Option<Stop>> {
        let mut status = 0;
        // SAFETY: wait4(2) writes one integer to `status`, ours for the length of the call. Only this thread's own tracee
        // can be found: it starts no processes.
        #[expect(unsafe_code, reason = "nix has no flag for this thread's children alone")]
        let result = unsafe { libc::waitpid(-1, &raw mut status, libc::__WALL | libc::__WNOTHREAD | libc::WNOHANG) };
        match Errno::result(result) {
            Ok(0) | Err(Errno::EINTR) => Ok(None),
            Ok(pid) => self.take(pid, status),
            Err(Errno::ECHILD) => Ok(Some(Stop::Ended)),
            Err(error) => Err(error.into()),
        }
    }

    fn take(&mut self, pid: i32, status: i32) -> io::Result<Option<Stop>> {
        if !libc::WIFSTOPPED(status) {
            return Ok(Some(Stop::Ended));
        }
        // The leader takes over the id of the thread that became another program.
        self.thread = pid;
        match status >> 16 {
            libc::PTRACE_EVENT_EXEC => Ok(Some(Stop::Started(pid))),
            libc::PTRACE_EVENT_STOP => Ok(Some(Stop::Stayed(pid))),
            // A signal on its way: it is delivered, and the interruption stands.
            0 => request(libc::PTRACE_CONT, pid, libc::WSTOPSIG(status) as usize).map(|()| None),
            _ => request(libc::PTRACE_CONT, pid, 0).map(|()| None),
        }
    }
}

impl Drop for Tracee {
    fn drop(&mut self) {
        let _ = request(libc::PTRACE_DETACH, self.thread, 0);
    }
}

fn request(number: Request, thread: i32, data: usize) -> io::Result<()> {
    // SAFETY: of the requests used here none reads or writes memory of ours: address is ignored, data is a number.
    #[expect(unsafe_code, reason = "nix's ptrace is a feature we do without")]
    let result = unsafe { libc::ptrace(number, thread, std::ptr::null_mut::<libc::c_void>(), data) };
    Errno::result(result)?;
    Ok(())
}
