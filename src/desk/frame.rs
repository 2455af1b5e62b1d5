//! Messages on a stream: four bytes of length, little-endian, then that many bytes.

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;

/// The longest message. A longer one is an error on both sides.
pub const MOST_BYTES: usize = 4 << 20;

/// Sends one message; `InvalidInput` when it is too long. The stream's own write timeout holds.
pub fn send(mut stream: &UnixStream, message: &[u8]) -> io::Result<()> {
    let length = u32::try_from(message.len()).ok().filter(|_| message.len() <= MOST_BYTES);
    let length = length.ok_or(io::ErrorKind::InvalidInput)?;
    let mut bytes = Vec::with_capacity(message.len() + 4);
    bytes.extend_from_slice(&length.to_le_bytes());
    bytes.extend_from_slice(message);
    stream.write_all(&bytes)
}

/// What has arrived of messages. Bytes that do not make one are kept until they do, or until the stream ends.
#[derive(Debug, Default)]
pub struct Frames {
    bytes: Vec<u8>,
}

impl Frames {
    /// Takes what a stream that does not block has, and gives the first whole message. `Ok(None)`: not yet.
    /// `UnexpectedEof`: the other side is gone. `InvalidData`: it announced a message that is too long.
    pub fn take(&mut self, mut stream: &UnixStream) -> io::Result<Option<Vec<u8>>> {
        let mut buffer = [0; 16 << 10];
        loop {
            if let Some(message) = self.first()? {
                return Ok(Some(message));
            }
            match stream.read(&mut buffer) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(count) => self.bytes.extend_from_slice(&buffer[..count]),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(None),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    fn first(&mut self) -> io::Result<Option<Vec<u8>>> {
        let Some(head) = self.bytes.first_chunk::<4>() else { return Ok(None) };
        let length = u32::from_le_bytes(*head) as usize;
        if length > MOST_BYTES {
            return Err(io::ErrorKind::InvalidData.into());
        }
        if self.bytes.len() < length + 4 {
            return Ok(None);
        }
        let rest = self.bytes.split_off(length + 4);
        let message = std::mem::replace(&mut self.bytes, rest);
        Ok(Some(message[4..].to_vec()))
    }
}

#[cfg(test)]
mod tests {
    use super::{Frames, MOST_BYTES, send};
    use std::io::{ErrorKind, Write};
    use std::os::unix::net::UnixStream;

    #[test]
    fn messages_arrive_whole_however_they_are_cut() {
        let (mut near, far) = UnixStream::pair().expect("a pair");
        far.set_nonblocking(true).expect("a flag");
        let mut frames = Frames::default();
        near.write_all(&[3, 0, 0]).expect("room");
        assert_eq!(frames.take(&far).expect("open"), None);
        near.write_all(&[0, b'a', b'b', b'c', 1, 0, 0, 0]).expect("room");
        assert_eq!(frames.take(&far).expect("open").as_deref(), Some(&b"abc"[..]));
        assert_eq!(frames.take(&far).expect("open"), None);
        send(&near, b"").expect("room");
        assert!(send(&near, &vec![0; MOST_BYTES + 1]).is_err());
        drop(near);
        assert_eq!(frames.take(&far).expect("the byte that was promised").map(|m| m.len()), Some(1));
        let end = loop {
            match frames.take(&far) {
                Ok(_) => {}
                Err(error) => break error.kind(),
            }
        };
        assert_eq!(end, ErrorKind::UnexpectedEof);
    }

    #[test]
    fn a_length_beyond_the_limit_is_an_error() {
        let (mut near, far) = UnixStream::pair().expect("a pair");
        far.set_nonblocking(true).expect("a flag");
        near.write_all(&u32::MAX.to_le_bytes()).expect("room");
        assert_eq!(Frames::default().take(&far).expect_err("too long").kind(), ErrorKind::InvalidData);
    }
}
