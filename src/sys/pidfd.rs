//! Watching a process that is not our child.

use super::procstat::ProcStat;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout};
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};

/// How long to wait, in milliseconds, for a parent to take notice of its ended child.
const REAP_LIMIT_MS: u16 = 2000;

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// It called exit with this status.
    Exited(u8),
    /// This signal ended it; true when it left a core dump.
    Killed(i32, bool),
    /// It ended, and the kernel would not say how: before Linux 6.15 only its parent is told for certain.
    Unknown,
}

impl Ending {
    /// Decodes a status as wait(2) gives it.
    pub fn of_wait_status(status: i32) -> Self {
        match status & 0x7f {
            0 => Self::Exited(((status >> 8) & 0xff) as u8),
            signal => Self::Killed(signal, status & 0x80 != 0),
        }
    }
}

/// A descriptor that stands for one process, never for a later one of the same number (pidfd_open(2)).
#[derive(Debug)]
pub struct PidFd {
    fd: OwnedFd,
    pid: i32,
    start_time: Option<u64>,
}

impl PidFd {
    /// Opens the process `pid` (a thread group leader); `ENOSYS` before Linux 5.3, `ESRCH` when it is gone.
    pub fn open(pid: i32) -> io::Result<Self> {
        Ok(Self { start_time: ProcStat::of(pid).ok().map(|stat| stat.start_time), ..Self::bare(pid, 0)? })
    }

    fn bare(pid: i32, flags: u32) -> io::Result<Self> {
        // SAFETY: pidfd_open(2) takes two integers and touches no memory of ours.
        #[expect(unsafe_code, reason = "no safe wrapper exists for pidfd_open")]
        let number = Errno::result(unsafe { libc::syscall(libc::SYS_pidfd_open, pid, flags) })?;
        // SAFETY: the call has just returned this descriptor, so nobody else owns it.
        #[expect(unsafe_code, reason = "takes ownership of a new descriptor")]
        let fd = unsafe { OwnedFd::from_raw_fd(number as RawFd) };
        Ok(Self { fd, pid, start_time: None })
    }

    /// Opens a process to wait for its end alone: how it ended is not asked.
    pub fn to_poll(pid: i32) -> io::Result<Self> {
        Self::bare(pid, 0)
    }

    /// Opens one thread, to borrow of it; `EINVAL` before Linux 6.9.
    pub fn of_thread(thread: i32) -> io::Result<Self> {
        Self::bare(thread, libc::PIDFD_THREAD)
    }

    /// Opens our own process, for a watcher that is forked later.
    pub fn own() -> io::Result<Self> {
        Self::open(std::process::id().cast_signed())
    }

    /// Waits until the process has ended and says how. Never reaps it. An interrupted wait goes on.
    pub fn wait(&self) -> io::Result<Ending> {
        loop {
            let mut slots = [PollFd::new(self.fd.as_fd(), PollFlags::POLLIN)];
            match nix::poll::poll(&mut slots, PollTimeout::NONE) {
                Ok(_) => return Ok(self.ending()),
                Err(Errno::EINTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// How it ended, once it has. While it waits for its parent its status stands in `/proc`, if we may see it;
    /// afterwards the kernel keeps it for holders of a descriptor. The parent may reap it in between.
    fn ending(&self) -> Ending {
        let status = self.kept_status().or_else(|| self.zombie_status()).or_else(|| {
            // A hang-up follows when the parent has reaped it. Some parents never do, hence the limit.
            let mut slots = [PollFd::new(self.fd.as_fd(), PollFlags::empty())];
            let _ = nix::poll::poll(&mut slots, PollTimeout::from(REAP_LIMIT_MS));
            self.kept_status()
        });
        status.map_or(Ending::Unknown, Ending::of_wait_status)
    }

    /// `PIDFD_GET_INFO` with `PIDFD_INFO_EXIT`, for a process already waited for (Linux 6.15).
    fn kept_status(&self) -> Option<i32> {
        // SAFETY: all fields are integers, for which zero is a value.
        #[expect(unsafe_code, reason = "a zeroed structure of integers")]
        let mut info: libc::pidfd_info = unsafe { std::mem::zeroed() };
        info.mask = u64::from(libc::PIDFD_INFO_EXIT);
        // SAFETY: the request number carries the size of `info`, and the kernel writes no more than that to it; `info`
        // is ours alone for the length of the call (include/uapi/linux/pidfd.h).
        #[expect(unsafe_code, reason = "no safe wrapper exists for PIDFD_GET_INFO")]
        let result = unsafe { libc::ioctl(self.fd.as_raw_fd(), libc::PIDFD_GET_INFO, &raw mut info) };
        (result == 0 && info.mask & u64::from(libc::PIDFD_INFO_EXIT) != 0).then_some(info.exit_code)
    }

    /// The status of a process not yet waited for; checked to be the same process by its start time. A process that
    /// has taken other ids than ours shows 0 whatever it ended with (ptrace(2), access mode checking), so it is not asked.
    fn zombie_status(&self) -> Option<i32> {
        let stat = ProcStat::of(self.pid).ok()?;
        let same = stat.state == b'Z' && Some(stat.start_time) == self.start_time;
        let visible = nix::unistd::geteuid().is_root() || has_our_ids(self.pid)?;
        (same && visible).then_some(stat.exit_code)
    }
}

/// True when all user and group ids of `pid` are our effective ones.
fn has_our_ids(pid: i32) -> Option<bool> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let all = |key: &str, own: u32| {
        let line = status.lines().find_map(|line| line.strip_prefix(key))?;
        Some(line.split_ascii_whitespace().all(|id| id.parse() == Ok(own)))
    };
    Some(all("Uid:", nix::unistd::geteuid().as_raw())? && all("Gid:", nix::unistd::getegid().as_raw())?)
}

impl AsFd for PidFd {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}
