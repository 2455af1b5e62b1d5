//! What front and supervisor tell each other: one byte and one number.

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;

/// A message between front and supervisor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Message {
    /// To the front: the shell ended with this status of wait(2).
    Ended(i32),
    /// To the front: this signal stopped the shell.
    Stopped(i32),
    /// To the front: the shell could not be put under the filter; nothing has run. The error number.
    NoFilter(i32),
    /// To the front: the kernel would not start the shell; the error number.
    NotStarted(i32),
    /// To the supervisor: this signal was sent to the front.
    Signal(i32),
}

impl Message {
    pub(super) fn send(self, mut socket: &UnixStream) -> io::Result<()> {
        let (kind, number) = match self {
            Self::Ended(number) => (b'E', number),
            Self::Stopped(number) => (b'T', number),
            Self::NoFilter(number) => (b'F', number),
            Self::NotStarted(number) => (b'N', number),
            Self::Signal(number) => (b'S', number),
        };
        let mut bytes = [kind, 0, 0, 0, 0];
        bytes[1..].copy_from_slice(&number.to_le_bytes());
        socket.write_all(&bytes)
    }

    /// Waits for the next one; `UnexpectedEof` when the other side is gone.
    pub(super) fn receive(mut socket: &UnixStream) -> io::Result<Self> {
        let mut bytes = [0; 5];
        socket.read_exact(&mut bytes)?;
        let number = i32::from_le_bytes([bytes[1], bytes[2], bytes[3], bytes[4]]);
        match bytes[0] {
            b'E' => Ok(Self::Ended(number)),
            b'T' => Ok(Self::Stopped(number)),
            b'F' => Ok(Self::NoFilter(number)),
            b'N' => Ok(Self::NotStarted(number)),
            b'S' => Ok(Self::Signal(number)),
            _ => Err(io::ErrorKind::InvalidData.into()),
        }
    }
}
