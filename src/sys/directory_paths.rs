//! The paths of directories that are held open, for a process that asks for them all the time.

use super::dir::DirFd;
use nix::errno::Errno;
use nix::fcntl::{self, OFlag};
use nix::sys::stat::Mode;
use std::ffi::OsStr;
use std::io::{self, Write};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Longest path the kernel gives (`PATH_MAX`).
const LONGEST: usize = 4096;

/// This process's `/proc/self/fd`, held open: what is asked of it is found in one step. It names the descriptors of the process
/// that opened it, so a child must open its own.
#[derive(Debug)]
pub struct DirectoryPaths(OwnedFd);

impl DirectoryPaths {
    /// Opens it; fails where no proc(5) is mounted.
    pub fn open() -> io::Result<Self> {
        let flags = OFlag::O_PATH | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
        Ok(Self(fcntl::open("/proc/self/fd", flags, Mode::empty())?))
    }

    /// The path the kernel knows `dir` by, as [`DirFd::real_path`] gives it.
    pub fn of(&self, dir: &DirFd) -> io::Result<PathBuf> {
        let mut name = [0_u8; 16];
        // A number of at most ten digits, and the zero that is there already.
        write!(&mut name[..15], "{}", dir.as_fd().as_raw_fd())?;
        let mut buffer = [MaybeUninit::<u8>::uninit(); LONGEST];
        // SAFETY: `name` is a string that ends in zero, and the kernel writes at most as many bytes as `buffer` has.
        #[expect(unsafe_code, reason = "nix takes a page from the allocator for every answer")]
        let count = Errno::result(unsafe {
            libc::readlinkat(self.0.as_raw_fd(), name.as_ptr().cast(), buffer.as_mut_ptr().cast(), LONGEST)
        })?;
        // SAFETY: the kernel has written the first `count` bytes, which is at most the length of `buffer`.
        #[expect(unsafe_code, reason = "the written part of the buffer")]
        let path = unsafe { std::slice::from_raw_parts(buffer.as_ptr().cast::<u8>(), count.cast_unsigned()) };
        // A longer one would have been cut.
        if path.len() == LONGEST { dir.real_path() } else { Ok(Path::new(OsStr::from_bytes(path)).to_owned()) }
    }
}

#[cfg(test)]
mod tests {
    use super::DirectoryPaths;
    use crate::sys::DirFd;
    use std::path::Path;

    #[test]
    fn the_path_is_the_one_the_kernel_gives() {
        let paths = DirectoryPaths::open().expect("a proc file system");
        for path in ["/", "/usr/lib", "/proc/self/fd", "/usr/../usr"] {
            let dir = DirFd::reach(Path::new(path)).expect("a directory");
            assert_eq!(paths.of(&dir).expect("a path"), dir.real_path().expect("a path"), "{path}");
        }
        let deep = tempfile::tempdir().expect("a folder");
        let mut dir = DirFd::reach(deep.path()).expect("a folder");
        for _ in 0..20 {
            let name = "n".repeat(250);
            dir.make_dir(name.as_ref(), 0o700).expect("a folder");
            dir = DirFd::reach_plainly(Some(&dir), Path::new(&name)).expect("a folder");
        }
        assert_eq!(paths.of(&dir).map_err(|error| error.kind()), dir.real_path().map_err(|error| error.kind()));
    }
}
