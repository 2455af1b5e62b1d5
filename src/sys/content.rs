//! Moving the bytes of files: shared blocks where the file system can, kernel copies where not, names for open files.

use super::dir::DirFd;
use nix::fcntl::{AtFlags, OFlag};
use nix::unistd;
use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, AsRawFd};
use std::path::Path;

/// Makes `to` share all blocks of `from` (ioctl_ficlone(2)). `EOPNOTSUPP`, `EXDEV`, `EINVAL` or `ENOTTY` mean the file
/// system cannot; [`copy`] then does it.
pub fn clone_blocks(from: &File, to: &File) -> io::Result<()> {
    // SAFETY: FICLONE takes a descriptor number as its argument and touches no memory of ours; both descriptors are
    // open for the length of the call because they are borrowed (ioctl_ficlone(2)).
    #[expect(unsafe_code, reason = "no safe wrapper exists for FICLONE")]
    let result = unsafe { libc::ioctl(to.as_raw_fd(), libc::FICLONE, from.as_raw_fd()) };
    nix::errno::Errno::result(result)?;
    Ok(())
}

/// Copies all bytes of `from`, whose offset is not used or moved, to the same offsets of `to`, whose offset is moved;
/// returns how many. The copy stays in the kernel where it can (copy_file_range(2), else sendfile or read and write).
pub fn copy(from: &File, to: &File) -> io::Result<u64> {
    let mut offset: i64 = 0;
    loop {
        match nix::fcntl::copy_file_range(from, Some(&mut offset), to, None, 1 << 30) {
            Ok(0) if offset > 0 => return Ok(offset as u64),
            Ok(0) => break,
            Ok(_) | Err(nix::errno::Errno::EINTR) => {}
            Err(error) if offset == 0 && cannot_copy_in_kernel(error) => break,
            Err(error) => return Err(error.into()),
        }
    }
    // Files of /proc and the like claim length 0 and are only readable in the ordinary way.
    copy_through_memory(from, to)
}

fn cannot_copy_in_kernel(error: nix::errno::Errno) -> bool {
    use nix::errno::Errno;
    matches!(error, Errno::EXDEV | Errno::EINVAL | Errno::ENOSYS | Errno::EOPNOTSUPP | Errno::EPERM | Errno::EBADF)
}

fn copy_through_memory(from: &File, mut to: &File) -> io::Result<u64> {
    use std::io::Write;
    let mut buffer = vec![0; 128 * 1024];
    let mut offset = 0;
    loop {
        let count = read_at(from, &mut buffer, offset)?;
        if count == 0 {
            return Ok(offset);
        }
        to.write_all(&buffer[..count])?;
        offset += count as u64;
    }
}

/// Opens a file to look at it, without waiting for a writer should it be a FIFO, and without making a terminal ours.
pub fn open_to_look(path: &Path) -> io::Result<File> {
    let flags = OFlag::O_RDONLY | OFlag::O_NONBLOCK | OFlag::O_NOCTTY | OFlag::O_CLOEXEC | OFlag::O_LARGEFILE;
    loop {
        // Not open(2): musl asks for O_CLOEXEC once more behind it.
        match nix::fcntl::openat(nix::fcntl::AT_FDCWD, path, flags, nix::sys::stat::Mode::empty()) {
            Err(nix::errno::Errno::EINTR) => {}
            result => return Ok(result?.into()),
        }
    }
}

/// Reads at an offset without moving the descriptor's own (`pread(2)`); 0 at the end. Retries when interrupted.
pub fn read_at(fd: impl AsFd, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    let offset = i64::try_from(offset).map_err(|_| io::Error::from(io::ErrorKind::InvalidInput))?;
    loop {
        match nix::sys::uio::pread(&fd, buffer, offset) {
            Err(nix::errno::Errno::EINTR) => {}
            result => return Ok(result?),
        }
    }
}

/// Gives an open file the name `name` in `dir` (linkat(2) through `/proc/self/fd`, which unlike `AT_EMPTY_PATH` needs no
/// capability). Works for a file opened with `O_TMPFILE`, `O_PATH` or still linked; `ENOENT` when its last name is gone.
pub fn link_open_file(file: impl AsFd, dir: &DirFd, name: &OsStr) -> io::Result<()> {
    let magic = format!("/proc/self/fd/{}", file.as_fd().as_raw_fd());
    let here = nix::fcntl::AT_FDCWD;
    Ok(unistd::linkat(here, Path::new(&magic), dir.as_fd(), name, AtFlags::AT_SYMLINK_FOLLOW)?)
}
