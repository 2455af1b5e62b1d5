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

#[cfg(test)]
mod tests {
    use super::Peer;
    use std::os::unix::net::UnixListener;
    use std::process::{Command, Stdio};

    #[test]
    fn a_peer_is_the_process_that_connected_while_it_lives() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("socket");
        let listener = UnixListener::bind(&path).expect("binds");
        let connect =
            "use Socket; socket(S, PF_UNIX, SOCK_STREAM, 0) or die; connect(S, sockaddr_un(shift)) or die; <STDIN>";
        let mut child = Command::new("perl")
            .args(["-e", connect])
            .arg(&path)
            .stdin(Stdio::piped())
            .spawn()
            .expect("perl is needed for the tests");
        let (stream, _) = listener.accept().expect("accepts");
        let peer = Peer::of(&stream).expect("has a peer");
        assert_eq!(peer.pid, child.id().cast_signed());
        assert!(peer.is_alive_and_ours(), "{peer:?}");
        for other in [
            Peer { uid: peer.uid + 1, ..peer.clone() },
            Peer { started: peer.started.map(|started| started + 1), ..peer.clone() },
            Peer { started: None, ..peer.clone() },
        ] {
            assert!(!other.is_alive_and_ours(), "{other:?}");
        }
        child.kill().expect("is there");
        while child.try_wait().is_ok_and(|ended| ended.is_none()) {
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
        assert!(!peer.is_alive_and_ours(), "{peer:?}");
    }
}
