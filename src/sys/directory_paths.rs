//! The paths of directories that are held open, for a process that asks for them all the time.
//!
//! The kernel tells the path of a working directory at a quarter of what it takes to read a link of proc(5), and going there and
//! back costs less than the rest. So a thread that asks gets a working directory of its own (unshare(2), `CLONE_FS`), which is
//! `/` again when it has been told.

use super::dir::DirFd;
use nix::errno::Errno;
use nix::fcntl::{self, OFlag};
use nix::sys::stat::Mode;
use nix::unistd::{chdir, fchdir};
use std::ffi::OsStr;
use std::io::{self, Write};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Longest path the kernel gives (`PATH_MAX`).
const LONGEST: usize = 4096;

thread_local! {
    /// True on a thread that has a working directory of its own. Where that is not permitted, threads share one for good.
    static IS_APART: bool = is_apart();
}

fn is_apart() -> bool {
    // SAFETY: unshare(2) takes an integer; with CLONE_FS it gives this thread its own copy of root, working directory and umask.
    #[expect(unsafe_code, reason = "nix has unshare only with all of its scheduling")]
    let result = unsafe { libc::unshare(libc::CLONE_FS) };
    result == 0
}

/// What paths are asked of, held open: `/` and this process's `/proc/self/fd`. The latter names the descriptors of the process
/// that opened it, so a child must open its own.
#[derive(Debug)]
pub struct DirectoryPaths {
    root: OwnedFd,
    descriptors: OwnedFd,
}

impl DirectoryPaths {
    /// Opens both; fails where no proc(5) is mounted.
    pub fn open() -> io::Result<Self> {
        let open = |path: &str| fcntl::open(path, OFlag::O_PATH | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC, Mode::empty());
        Ok(Self { root: open("/")?, descriptors: open("/proc/self/fd")? })
    }

    /// The path the kernel knows `dir` by, as [`DirFd::real_path`] gives it. The working directory of the calling thread is its
    /// own from then on, and `/`.
    pub fn of(&self, dir: &DirFd) -> io::Result<PathBuf> {
        if !IS_APART.with(|apart| *apart) {
            return self.of_link(dir);
        }
        let path = match fchdir(dir) {
            Err(Errno::ENOTDIR) => return Err(Errno::ENOTDIR.into()),
            there => there.ok().and_then(|()| here()),
        };
        fchdir(&self.root)?;
        path.map_or_else(|| self.of_link(dir), Ok)
    }

    /// Opens the directory `path` that begins at `base`, as [`DirFd::reach_plainly`] does from there, and gives its path too.
    /// `base` is followed whatever it is; going there takes less than holding it open.
    pub fn reach(&self, base: &Path, path: &Path) -> io::Result<(DirFd, PathBuf)> {
        if !IS_APART.with(|apart| *apart) || chdir(base).is_err() {
            let base = DirFd::reach(base)?;
            let dir = DirFd::reach_plainly(Some(&base), path)?;
            return self.of(&dir).map(|path| (dir, path));
        }
        match DirFd::reach_plainly(None, path) {
            // It goes back to `/` itself.
            Ok(dir) => self.of(&dir).map(|path| (dir, path)),
            Err(error) => {
                fchdir(&self.root)?;
                Err(error)
            }
        }
    }

    /// The same by the link in `/proc/self/fd`.
    fn of_link(&self, dir: &DirFd) -> io::Result<PathBuf> {
        let mut name = [0_u8; 16];
        // A number of at most ten digits, and the zero that is there already.
        write!(&mut name[..15], "{}", dir.as_fd().as_raw_fd())?;
        let mut buffer = [MaybeUninit::<u8>::uninit(); LONGEST];
        // SAFETY: `name` is a string that ends in zero, and the kernel writes at most as many bytes as `buffer` has.
        #[expect(unsafe_code, reason = "nix takes a page from the allocator for every answer")]
        let count = Errno::result(unsafe {
            libc::readlinkat(self.descriptors.as_raw_fd(), name.as_ptr().cast(), buffer.as_mut_ptr().cast(), LONGEST)
        })?;
        // SAFETY: the kernel has written the first `count` bytes, which is at most the length of `buffer`.
        #[expect(unsafe_code, reason = "the written part of the buffer")]
        let path = unsafe { std::slice::from_raw_parts(buffer.as_ptr().cast::<u8>(), count.cast_unsigned()) };
        // A longer one would have been cut.
        if path.len() == LONGEST { dir.real_path() } else { Ok(Path::new(OsStr::from_bytes(path)).to_owned()) }
    }
}

/// The working directory's path; `None` when it is longer than the kernel tells, was removed, or lies outside our root
/// (getcwd(2)).
fn here() -> Option<PathBuf> {
    let mut buffer = [MaybeUninit::<u8>::uninit(); LONGEST];
    // SAFETY: the kernel writes at most as many bytes as `buffer` has.
    #[expect(unsafe_code, reason = "nix takes a page from the allocator for every answer")]
    let count = Errno::result(unsafe { libc::syscall(libc::SYS_getcwd, buffer.as_mut_ptr(), LONGEST) }).ok()?;
    // SAFETY: the kernel has written the first `count` bytes, which is at most the length of `buffer`.
    #[expect(unsafe_code, reason = "the written part of the buffer")]
    let path = unsafe { std::slice::from_raw_parts(buffer.as_ptr().cast::<u8>(), usize::try_from(count).ok()?) };
    let path = path.strip_suffix(b"\0").filter(|path| path.starts_with(b"/"))?;
    Some(Path::new(OsStr::from_bytes(path)).to_owned())
}

#[cfg(test)]
mod tests {
    use super::DirectoryPaths;
    use crate::sys::DirFd;
    use std::path::Path;

    #[test]
    fn a_directory_is_reached_from_another_and_nothing_stays_there() {
        let paths = DirectoryPaths::open().expect("a proc file system");
        let here = std::env::current_dir().expect("a folder");
        std::thread::spawn(move || {
            let (dir, path) = paths.reach(Path::new("/proc/self/cwd"), Path::new("src/../src")).expect("a folder");
            assert_eq!((path, dir.real_path().expect("a path")), (here.join("src"), here.join("src")));
            let error = |base: &str, path: &str| {
                paths.reach(Path::new(base), Path::new(path)).expect_err("no folder").raw_os_error()
            };
            assert_eq!(error("/usr", "no such folder"), Some(libc::ENOENT));
            assert_eq!(error("/no such folder", "usr"), Some(libc::ENOENT));
            assert_eq!(error("/proc", "self/cwd/src"), Some(libc::ELOOP), "a link that leads every process elsewhere");
            assert_eq!(std::fs::read_link("/proc/thread-self/cwd").expect("a folder"), Path::new("/"));
        })
        .join()
        .expect("no panic");
    }

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
        let gone = DirFd::reach(&deep.path().join("n".repeat(250))).expect("a folder");
        drop(deep);
        assert_eq!(paths.of(&gone).expect("a path"), gone.real_path().expect("a path"), "of one that was removed");
        assert!(std::env::current_dir().is_ok(), "nothing is kept busy");
    }
}
