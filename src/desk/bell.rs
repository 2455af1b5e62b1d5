//! A waiting line's end of the connection to a desk.

use super::frame::{self, Frames};
use super::peer::Peer;
use super::place::Place;
use nix::sys::socket::{AddressFamily, SockFlag, SockType, UnixAddr, connect, socket};
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

/// More desks than anybody has open.
const MOST_DESKS: usize = 8;
/// A desk that does not take a message for so long is none.
const PATIENCE: Duration = Duration::from_secs(1);

/// A connection to a desk. Nothing is asked yet; whether the other end is a person's is for the caller to judge by
/// [`Bell::peer`] before and after the answer.
#[derive(Debug)]
pub struct Bell {
    stream: UnixStream,
    peer: Peer,
    frames: Frames,
}

impl Bell {
    /// Connects to every desk that listens in the state directory. Never waits: a desk that does not listen is left out.
    pub fn all(state: &Path) -> Vec<Self> {
        let Ok(place) = Place::find(state) else { return Vec::new() };
        let names = place.sockets();
        names.iter().filter_map(|name| Self::to(&place, name).ok()).take(MOST_DESKS).collect()
    }

    fn to(place: &Place, name: &str) -> io::Result<Self> {
        let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
        let socket = socket(AddressFamily::Unix, SockType::Stream, flags, None)?;
        connect(socket.as_raw_fd(), &UnixAddr::new(&place.address(name))?)?;
        let stream = UnixStream::from(socket);
        stream.set_write_timeout(Some(PATIENCE))?;
        let peer = Peer::of(&stream)?;
        Ok(Self { stream, peer, frames: Frames::default() })
    }

    /// The process that listens.
    pub fn peer(&self) -> &Peer {
        &self.peer
    }

    /// Sends one message.
    pub fn ring(&self, message: &[u8]) -> io::Result<()> {
        self.stream.set_nonblocking(false)?;
        let sent = frame::send(&self.stream, message);
        self.stream.set_nonblocking(true)?;
        sent
    }

    /// The next message of the desk; `Ok(None)` when there is none yet.
    pub fn answer(&mut self) -> io::Result<Option<Vec<u8>>> {
        self.frames.take(&self.stream)
    }
}

impl AsFd for Bell {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.stream.as_fd()
    }
}
