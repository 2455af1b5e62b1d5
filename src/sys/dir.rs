//! A directory held open: every operation below it names its files relative to it, so that nothing can be swapped
//! under a path between two calls.
//!
//! Names are bytes and may have several components; only the `*_beneath` functions refuse symbolic links and `..`
//! on the way. All other functions follow links in every component but the last. Errors are the kernel's.

use super::stat::{FileKind, Stat};
use nix::NixPath;
use nix::dir::{Dir, Type};
use nix::errno::Errno;
use nix::fcntl::{self, AtFlags, OFlag, OpenHow, ResolveFlag};
use nix::sys::stat::{FchmodatFlags, Mode, SFlag, UtimensatFlags};
use nix::sys::time::TimeSpec;
use nix::unistd::{self, AccessFlags, Gid, Uid, UnlinkatFlags};
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// An open directory.
#[derive(Debug)]
pub struct DirFd(OwnedFd);

/// A descriptor's entry in `/proc/self/fd`, written without memory of its own: it is asked for at every call of a
/// guarded program.
struct Descriptor(i32);

impl Descriptor {
    fn write_to<'a>(&self, buffer: &'a mut [u8; 32]) -> &'a Path {
        use std::io::Write;
        let mut rest = buffer.as_mut_slice();
        let _fits = write!(rest, "/proc/self/fd/{}", self.0);
        let left = rest.len();
        Path::new(OsStr::from_bytes(&buffer[..buffer.len() - left]))
    }
}

/// One name in a directory, as `readdir(3)` gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DirEntry {
    /// The name, never `.` or `..`.
    pub name: OsString,
    /// Inode number as the directory has it (differs from `stat` at a mount point).
    pub ino: u64,
    /// The kind, when the file system says it without a `stat`.
    pub kind: Option<FileKind>,
}

/// The times to give a file: `None` leaves that one as it is (`UTIME_OMIT`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Times {
    /// Last access: seconds, nanoseconds.
    pub atime: Option<(i64, u32)>,
    /// Last change of content: seconds, nanoseconds.
    pub mtime: Option<(i64, u32)>,
}

impl DirFd {
    /// Of a descriptor that another process has; whether it is a directory's, its use will tell.
    pub(super) fn borrowed(descriptor: OwnedFd) -> Self {
        Self(descriptor)
    }

    /// Opens a directory by path, following links (`O_RDONLY | O_DIRECTORY | O_CLOEXEC`).
    pub fn open(path: &Path) -> io::Result<Self> {
        Ok(Self(fcntl::open(path, OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC, Mode::empty())?))
    }

    /// Holds a directory, following links, to name files by it; it need not be readable (`O_PATH | O_DIRECTORY`).
    pub fn reach(path: &Path) -> io::Result<Self> {
        let flags = libc::O_PATH | libc::O_DIRECTORY | libc::O_CLOEXEC;
        // SAFETY: openat(2) reads a NUL-terminated string, which lives as long as the call, and keeps nothing of it.
        #[expect(unsafe_code, reason = "musl asks for O_CLOEXEC once more, by a call of its own")]
        let opened = path.with_nix_path(|path| unsafe {
            libc::syscall(libc::SYS_openat, libc::AT_FDCWD, path.as_ptr(), flags, 0)
        })?;
        // SAFETY: the call has just given this descriptor to nobody but us.
        #[expect(unsafe_code, reason = "takes what a raw call gave")]
        Ok(Self(unsafe { OwnedFd::from_raw_fd(Errno::result(opened)? as i32) }))
    }

    /// As [`Self::reach`], from a directory or the working directory, but following none of the links in `/proc/PID`:
    /// `ELOOP` when there is one on the way, because it leads every process somewhere else (openat2(2),
    /// `RESOLVE_NO_MAGICLINKS`).
    pub fn reach_plainly(from: Option<&Self>, path: &Path) -> io::Result<Self> {
        let flags = OFlag::O_PATH | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
        let how = OpenHow::new().flags(flags).resolve(ResolveFlag::RESOLVE_NO_MAGICLINKS);
        let opened = match from {
            Some(dir) => fcntl::openat2(&dir.0, path, how),
            None => fcntl::openat2(fcntl::AT_FDCWD, path, how),
        };
        Ok(Self(opened?))
    }

    /// The number of the mount it is on, as in `/proc/PID/mountinfo` (proc_pid_fdinfo(5)).
    pub fn mount(&self) -> Option<u64> {
        let text = std::fs::read_to_string(format!("/proc/self/fdinfo/{}", self.0.as_raw_fd())).ok()?;
        text.lines().find_map(|line| line.strip_prefix("mnt_id:"))?.trim().parse().ok()
    }

    /// As [`Self::reach`] for a path that is resolved with this directory as its root: absolute links and `..` stay below
    /// it (openat2(2), `RESOLVE_IN_ROOT`).
    pub fn reach_in_root(&self, path: &Path) -> io::Result<Self> {
        let flags = OFlag::O_PATH | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
        Ok(Self(fcntl::openat2(&self.0, path, OpenHow::new().flags(flags).resolve(ResolveFlag::RESOLVE_IN_ROOT))?))
    }

    /// The path the kernel knows it by, free of links. A directory that was removed has ` (deleted)` at its end; one
    /// outside our root is not to be found by it (proc_pid_fd(5)).
    pub fn real_path(&self) -> io::Result<PathBuf> {
        let mut name = [0; 32];
        let path = Descriptor(self.0.as_raw_fd()).write_to(&mut name);
        Ok(PathBuf::from(fcntl::readlink(path)?))
    }

    /// Opens the directory `path` below this one; a symbolic link in any component or a way out is an error
    /// (`ELOOP`, `EXDEV`; openat2(2) `RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS`).
    pub fn dir_beneath(&self, path: &Path) -> io::Result<Self> {
        Ok(Self(self.beneath(path, OFlag::O_RDONLY | OFlag::O_DIRECTORY, 0)?))
    }

    /// Opens the file `path` below this directory under the same promise as [`Self::dir_beneath`]. `flags` are `O_*`
    /// of open(2) (`O_CLOEXEC | O_NOFOLLOW` are added); `mode` counts only with `O_CREAT`.
    pub fn file_beneath(&self, path: &Path, flags: i32, mode: u32) -> io::Result<File> {
        Ok(File::from(self.beneath(path, OFlag::from_bits_retain(flags) | OFlag::O_NOFOLLOW, mode)?))
    }

    fn beneath(&self, path: &Path, flags: OFlag, mode: u32) -> io::Result<OwnedFd> {
        let create = flags.intersects(OFlag::O_CREAT | OFlag::O_TMPFILE);
        let how = OpenHow::new()
            .flags(flags | OFlag::O_CLOEXEC)
            .mode(if create { Mode::from_bits_truncate(mode) } else { Mode::empty() })
            .resolve(ResolveFlag::RESOLVE_BENEATH | ResolveFlag::RESOLVE_NO_SYMLINKS);
        Ok(fcntl::openat2(&self.0, path, how)?)
    }

    /// A path that leads through this descriptor (`/proc/self/fd/N/NAME`), for calls without an `*at` form.
    pub fn path_of(&self, name: &OsStr) -> PathBuf {
        Descriptor(self.0.as_raw_fd()).write_to(&mut [0; 32]).join(name)
    }

    /// All entries but `.` and `..`, in the directory's own order.
    pub fn entries(&self) -> io::Result<Vec<DirEntry>> {
        let mut dir =
            Dir::openat(&self.0, ".", OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC, Mode::empty())?;
        let mut entries = Vec::new();
        for entry in dir.iter() {
            let entry = entry?;
            let name = OsStr::from_bytes(entry.file_name().to_bytes());
            if name != "." && name != ".." {
                let kind = entry.file_type().map(kind_of);
                entries.push(DirEntry { name: name.to_owned(), ino: entry.ino(), kind });
            }
        }
        Ok(entries)
    }

    /// What `name` is, without following it (`fstatat(2)` with `AT_SYMLINK_NOFOLLOW`).
    pub fn stat(&self, name: &OsStr) -> io::Result<Stat> {
        Ok(Stat::from_raw(&nix::sys::stat::fstatat(&self.0, name, AtFlags::AT_SYMLINK_NOFOLLOW)?))
    }

    /// True when our effective user may do all of `access` to `name`, a link followed (faccessat2(2), Linux 5.8).
    pub fn permits(&self, name: &OsStr, access: AccessFlags) -> bool {
        let asked = name.with_nix_path(|name| {
            // SAFETY: faccessat2(2) reads a NUL-terminated string, which lives as long as the call, and keeps nothing of it.
            #[expect(
                unsafe_code,
                reason = "nix asks the C library, which may go by an older call and a process of its own"
            )]
            unsafe {
                libc::syscall(libc::SYS_faccessat2, self.0.as_raw_fd(), name.as_ptr(), access.bits(), libc::AT_EACCESS)
            }
        });
        asked == Ok(0)
    }

    /// The text of the symbolic link `name`.
    pub fn read_link(&self, name: &OsStr) -> io::Result<OsString> {
        Ok(fcntl::readlinkat(&self.0, name)?)
    }

    /// Makes the symbolic link `name` with the text `target`; `EEXIST` when the name is taken.
    pub fn symlink(&self, target: &OsStr, name: &OsStr) -> io::Result<()> {
        Ok(unistd::symlinkat(target, &self.0, name)?)
    }

    /// Makes the directory `name`; the mode is subject to the umask.
    pub fn make_dir(&self, name: &OsStr, mode: u32) -> io::Result<()> {
        Ok(nix::sys::stat::mkdirat(&self.0, name, Mode::from_bits_truncate(mode))?)
    }

    /// Makes a FIFO, socket or device node of the type bits in `mode` (`mknodat(2)`; devices need privilege).
    pub fn make_node(&self, name: &OsStr, mode: u32, rdev: u64) -> io::Result<()> {
        let kind = SFlag::from_bits_truncate(mode & libc::S_IFMT);
        Ok(nix::sys::stat::mknodat(&self.0, name, kind, Mode::from_bits_truncate(mode & 0o7777), rdev)?)
    }

    /// Gives the file `name` a second name in `other`; a symbolic link is linked itself, not its target.
    pub fn link(&self, name: &OsStr, other: &DirFd, new_name: &OsStr) -> io::Result<()> {
        Ok(unistd::linkat(&self.0, name, &other.0, new_name, AtFlags::empty())?)
    }

    /// Removes the name of a file that is no directory.
    pub fn unlink(&self, name: &OsStr) -> io::Result<()> {
        Ok(unistd::unlinkat(&self.0, name, UnlinkatFlags::NoRemoveDir)?)
    }

    /// Removes an empty directory.
    pub fn remove_dir(&self, name: &OsStr) -> io::Result<()> {
        Ok(unistd::unlinkat(&self.0, name, UnlinkatFlags::RemoveDir)?)
    }

    /// Renames `name` to `new_name` in `other`, replacing what is there.
    pub fn rename(&self, name: &OsStr, other: &DirFd, new_name: &OsStr) -> io::Result<()> {
        Ok(fcntl::renameat(&self.0, name, &other.0, new_name)?)
    }

    /// Renames and refuses to replace: `EEXIST` when `new_name` is taken (`RENAME_NOREPLACE`; `EINVAL` where the
    /// file system cannot).
    pub fn rename_new(&self, name: &OsStr, other: &DirFd, new_name: &OsStr) -> io::Result<()> {
        let (from, to) = (self.0.as_raw_fd(), other.0.as_raw_fd());
        let flags = libc::RENAME_NOREPLACE;
        let result = name.with_nix_path(|name| {
            new_name.with_nix_path(|new_name| {
                // SAFETY: renameat2(2) reads two NUL-terminated strings, which live as long as the call, and keeps neither.
                #[expect(unsafe_code, reason = "nix has no renameat2 where the C library is musl")]
                unsafe {
                    libc::syscall(libc::SYS_renameat2, from, name.as_ptr(), to, new_name.as_ptr(), flags)
                }
            })
        });
        Errno::result(result??)?;
        Ok(())
    }

    /// Sets permission bits (`mode & 07777`) of `name`, following a final link, because a link has no mode.
    pub fn set_mode(&self, name: &OsStr, mode: u32) -> io::Result<()> {
        let mode = Mode::from_bits_truncate(mode & 0o7777);
        Ok(nix::sys::stat::fchmodat(&self.0, name, mode, FchmodatFlags::FollowSymlink)?)
    }

    /// Sets owner and group of `name` itself, link or not; `None` leaves one as it is.
    pub fn set_owner(&self, name: &OsStr, uid: Option<u32>, gid: Option<u32>) -> io::Result<()> {
        let (uid, gid) = (uid.map(Uid::from_raw), gid.map(Gid::from_raw));
        Ok(unistd::fchownat(&self.0, name, uid, gid, AtFlags::AT_SYMLINK_NOFOLLOW)?)
    }

    /// Sets the times of `name` itself, link or not, to the nanosecond (`utimensat(2)`).
    pub fn set_times(&self, name: &OsStr, times: Times) -> io::Result<()> {
        let spec = |time: Option<(i64, u32)>| {
            time.map_or(TimeSpec::UTIME_OMIT, |(seconds, nanoseconds)| TimeSpec::new(seconds, i64::from(nanoseconds)))
        };
        let flags = UtimensatFlags::NoFollowSymlink;
        Ok(nix::sys::stat::utimensat(&self.0, name, &spec(times.atime), &spec(times.mtime), flags)?)
    }

    /// Writes the whole file system this directory is on to its device (`syncfs(2)`).
    pub fn sync_file_system(&self) -> io::Result<()> {
        Ok(unistd::syncfs(&self.0)?)
    }

    /// Makes the names in this directory durable (`fsync(2)` on the directory).
    pub fn sync(&self) -> io::Result<()> {
        Ok(unistd::fsync(&self.0)?)
    }
}

impl AsFd for DirFd {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

fn kind_of(kind: Type) -> FileKind {
    match kind {
        Type::File => FileKind::Regular,
        Type::Directory => FileKind::Directory,
        Type::Symlink => FileKind::Symlink,
        Type::Fifo => FileKind::Fifo,
        Type::Socket => FileKind::Socket,
        Type::CharacterDevice => FileKind::CharDevice,
        Type::BlockDevice => FileKind::BlockDevice,
    }
}
