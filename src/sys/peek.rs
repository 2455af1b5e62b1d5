//! Looking at what waits in a pipe without taking it.

use super::content::read_at;
use nix::errno::Errno;
use nix::fcntl::{self, OFlag, SpliceFFlags};
use nix::poll::{PollFd, PollFlags, PollTimeout};
use nix::sys::socket::MsgFlags;
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsFd, AsRawFd};

/// What could be seen of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peeked {
    /// The bytes, from the first one a reader would get.
    pub bytes: Vec<u8>,
    /// True when a reader would get these bytes and no more, ever.
    pub whole: bool,
}

/// Looks at up to `limit` bytes waiting in the pipe `pipe` and leaves them there (`tee(2)`); never waits for more.
/// Whole only when no writer is left. `EINVAL` when it is no pipe.
pub fn peek_pipe(pipe: impl AsFd, limit: usize) -> io::Result<Peeked> {
    // Asked before looking: if nobody could write then, nothing can have come after the look.
    let mut slots = [PollFd::new(pipe.as_fd(), PollFlags::POLLIN)];
    nix::poll::poll(&mut slots, PollTimeout::ZERO)?;
    let hung_up = slots[0].revents().is_some_and(|events| events.contains(PollFlags::POLLHUP));

    let (reader, writer) = nix::unistd::pipe2(OFlag::O_CLOEXEC | OFlag::O_NONBLOCK)?;
    // A tee never gives more than the second pipe holds; ours is made as wide as the first. Where that is refused
    // (the user's limit on pipe memory) less is seen, and the result says that it is not whole.
    let width = fcntl::fcntl(pipe.as_fd(), fcntl::FcntlArg::F_GETPIPE_SZ)?;
    let _ = fcntl::fcntl(&writer, fcntl::FcntlArg::F_SETPIPE_SZ(width));
    let copied = match fcntl::tee(pipe.as_fd(), &writer, limit, SpliceFFlags::SPLICE_F_NONBLOCK) {
        Ok(copied) => copied,
        Err(Errno::EAGAIN) => 0,
        Err(error) => return Err(error.into()),
    };
    drop(writer);
    let mut bytes = Vec::with_capacity(copied);
    File::from(reader).read_to_end(&mut bytes)?;
    let waiting = waiting(&pipe)?;
    Ok(Peeked { whole: hung_up && bytes.len() == waiting, bytes })
}

/// Looks at up to `limit` bytes waiting in the stream socket `socket` and leaves them there (recv(2), `MSG_PEEK`). Whole
/// only when the other side has shut down its writing.
pub fn peek_socket(socket: impl AsFd, limit: usize) -> io::Result<Peeked> {
    let half_closed = PollFlags::from_bits_retain(libc::POLLRDHUP);
    let mut slots = [PollFd::new(socket.as_fd(), PollFlags::POLLIN | half_closed)];
    nix::poll::poll(&mut slots, PollTimeout::ZERO)?;
    let hung_up = slots[0].revents().is_some_and(|events| events.intersects(PollFlags::POLLHUP | half_closed));

    let mut bytes = vec![0; waiting(&socket)?.min(limit)];
    let flags = MsgFlags::MSG_PEEK | MsgFlags::MSG_DONTWAIT;
    let count = match nix::sys::socket::recv(socket.as_fd().as_raw_fd(), &mut bytes, flags) {
        Ok(count) => count,
        Err(Errno::EAGAIN) => 0,
        Err(error) => return Err(error.into()),
    };
    bytes.truncate(count);
    Ok(Peeked { whole: hung_up && bytes.len() == waiting(&socket)?, bytes })
}

/// Reads up to `limit` bytes of a seekable file from the descriptor's current offset on, and leaves the offset where it
/// is (`pread(2)`). Whole when the file ends there.
pub fn peek_file(file: impl AsFd, limit: usize) -> io::Result<Peeked> {
    let start = nix::unistd::lseek(&file, 0, nix::unistd::Whence::SeekCur)?.cast_unsigned();
    let mut bytes = vec![0; 4096.min(limit)];
    let mut length = 0;
    loop {
        if length == bytes.len() {
            if length == limit {
                let more = read_at(&file, &mut [0], start + length as u64)?;
                return Ok(Peeked { bytes, whole: more == 0 });
            }
            bytes.resize((length * 4).min(limit), 0);
        }
        match read_at(&file, &mut bytes[length..], start + length as u64)? {
            0 => {
                bytes.truncate(length);
                return Ok(Peeked { bytes, whole: true });
            }
            count => length += count,
        }
    }
}

/// How many bytes wait to be read (`FIONREAD`).
fn waiting(pipe: &impl AsFd) -> io::Result<usize> {
    let mut count: libc::c_int = 0;
    // SAFETY: FIONREAD writes one int to its argument, ours for the length of the call.
    #[expect(unsafe_code, reason = "no safe wrapper exists for FIONREAD")]
    Errno::result(unsafe { libc::ioctl(pipe.as_fd().as_raw_fd(), libc::FIONREAD, &raw mut count) })?;
    Ok(usize::try_from(count).unwrap_or(0))
}
