//! The desk's own socket.

use super::frame::{self, Frames};
use super::peer::Peer;
use super::place::Place;
use nix::sys::stat::{Mode, umask};
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::time::{Duration, Instant};

/// Whoever connects has so long to say what they want.
const PATIENCE: Duration = Duration::from_secs(5);
/// What a caller that does not read is waited for.
const WRITING: Duration = Duration::from_millis(200);

/// A socket on which lines that wait are heard: `<state>/desk/PID.sock`, 0600. The name goes when it is dropped.
#[derive(Debug)]
pub struct Socket {
    listener: UnixListener,
    place: Place,
    name: String,
}

impl Socket {
    /// Opens this process's socket; names that nobody listens on any more are removed.
    pub fn open(state: &Path) -> io::Result<Self> {
        let place = Place::make(state)?;
        for name in place.sockets() {
            if UnixStream::connect(place.address(&name)).is_err() {
                place.remove(&name);
            }
        }
        let name = format!("{}.sock", std::process::id());
        // The socket is never, not for a moment, there for others.
        let before = umask(Mode::S_IRWXG | Mode::S_IRWXO | Mode::S_IXUSR);
        let bound = UnixListener::bind(place.address(&name));
        umask(before);
        let listener = bound?;
        listener.set_nonblocking(true)?;
        Ok(Self { listener, place, name })
    }

    /// The next caller of this user's; `None` when nobody is waiting.
    pub fn accept(&self) -> Option<Caller> {
        loop {
            let (stream, _) = self.listener.accept().ok()?;
            let ready = stream.set_nonblocking(true).and_then(|()| stream.set_write_timeout(Some(WRITING)));
            if let (Ok(()), Ok(peer)) = (ready, Peer::of(&stream))
                && peer.is_alive_and_ours()
            {
                return Some(Caller { stream, peer, frames: Frames::default(), since: Instant::now(), heard: false });
            }
        }
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.place.remove(&self.name);
    }
}

impl AsFd for Socket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.listener.as_fd()
    }
}

/// Somebody who has connected.
#[derive(Debug)]
pub struct Caller {
    stream: UnixStream,
    peer: Peer,
    frames: Frames,
    since: Instant,
    heard: bool,
}

impl Caller {
    /// The process that connected.
    pub fn peer(&self) -> &Peer {
        &self.peer
    }

    /// The next message. `Ok(None)`: none yet. An error: the caller is gone, or never said anything that could be
    /// understood; it is to be dropped.
    pub fn hear(&mut self) -> io::Result<Option<Vec<u8>>> {
        let message = self.frames.take(&self.stream)?;
        self.heard |= message.is_some();
        if !self.heard && self.since.elapsed() > PATIENCE {
            return Err(io::ErrorKind::TimedOut.into());
        }
        Ok(message)
    }

    /// Sends one message.
    pub fn tell(&self, message: &[u8]) -> io::Result<()> {
        self.stream.set_nonblocking(false)?;
        let sent = frame::send(&self.stream, message);
        self.stream.set_nonblocking(true)?;
        sent
    }
}

impl AsFd for Caller {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.stream.as_fd()
    }
}
