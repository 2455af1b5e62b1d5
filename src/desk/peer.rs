//! Who is at the other end of a socket, as the kernel says.

use crate::sys::ProcStat;
use nix::sys::socket::{getsockopt, sockopt::PeerCredentials};
use std::io;
use std::os::unix::net::UnixStream;

/// The process at the other end: the one that connected, or for whoever connects the one that called listen(2)
/// (`SO_PEERCRED`, unix(7)). It cannot be forged; what the process *is* has to be looked up by its id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Its process id in our namespace.
    pub pid: i32,
    /// Its effective user id at that moment.
    pub uid: u32,
    /// When it started, in clock ticks since boot; `None` when it is gone already.
    pub started: Option<u64>,
}

impl Peer {
    /// Of a connected socket.
    pub(super) fn of(stream: &UnixStream) -> io::Result<Self> {
        let credentials = getsockopt(stream, PeerCredentials)?;
        let started = ProcStat::of(credentials.pid()).ok().map(|stat| stat.start_time);
        Ok(Self { pid: credentials.pid(), uid: credentials.uid(), started })
    }

    /// True while the process is the one it was, and runs as this user.
    pub fn is_alive_and_ours(&self) -> bool {
        let now = ProcStat::of(self.pid).ok().filter(|stat| stat.state != b'Z').map(|stat| stat.start_time);
        self.pid > 0 && self.uid == nix::unistd::geteuid().as_raw() && now.is_some() && now == self.started
    }
}
