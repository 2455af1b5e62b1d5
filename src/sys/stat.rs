//! What the file system says about one file.

use nix::sys::stat::FileStat;
use std::io;
use std::os::fd::AsFd;
use std::path::Path;

/// The kind of a file, from the `S_IFMT` bits of its mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FileKind {
    /// Ordinary file.
    Regular,
    /// Directory.
    Directory,
    /// Symbolic link (the link itself).
    Symlink,
    /// Named pipe.
    Fifo,
    /// Unix socket.
    Socket,
    /// Character device.
    CharDevice,
    /// Block device.
    BlockDevice,
    /// Bits no manual page names.
    Unknown,
}

/// One file's inode data as `stat(2)` gives it. Times are seconds and nanoseconds since the epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stat {
    /// Device the inode lives on.
    pub dev: u64,
    /// Inode number; together with `dev` the file's identity.
    pub ino: u64,
    /// Type and permission bits, as in `st_mode`.
    pub mode: u32,
    /// Number of hard links.
    pub nlink: u64,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Device number of a device file.
    pub rdev: u64,
    /// Length in bytes (of a symbolic link: of its target text).
    pub size: u64,
    /// Bytes of disk it occupies.
    pub allocated: u64,
    /// Last access.
    pub atime: (i64, u32),
    /// Last change of content.
    pub mtime: (i64, u32),
    /// Last change of the inode; no call can set it.
    pub ctime: (i64, u32),
}

impl Stat {
    /// Of the file a path names; a final symbolic link is *not* followed (`lstat(2)`).
    pub fn of(path: &Path) -> io::Result<Self> {
        Ok(Self::from_raw(&nix::sys::stat::lstat(path)?))
    }

    /// Of what a path leads to, symbolic links followed (`stat(2)`).
    pub fn target_of(path: &Path) -> io::Result<Self> {
        Ok(Self::from_raw(&nix::sys::stat::stat(path)?))
    }

    /// Of an open descriptor (`fstat(2)`; also one opened with `O_PATH`).
    pub fn of_fd(fd: impl AsFd) -> io::Result<Self> {
        Ok(Self::from_raw(&nix::sys::stat::fstat(fd)?))
    }

    pub(super) fn from_raw(raw: &FileStat) -> Self {
        #[expect(clippy::unnecessary_cast, reason = "the field is 32 bits wide on arm64")]
        let nlink = raw.st_nlink as u64;
        let time = |seconds: i64, nanoseconds: i64| (seconds, u32::try_from(nanoseconds).unwrap_or(0));
        Self {
            dev: raw.st_dev,
            ino: raw.st_ino,
            mode: raw.st_mode,
            nlink,
            uid: raw.st_uid,
            gid: raw.st_gid,
            rdev: raw.st_rdev,
            size: u64::try_from(raw.st_size).unwrap_or(0),
            allocated: u64::try_from(raw.st_blocks).unwrap_or(0).saturating_mul(512),
            atime: time(raw.st_atime, raw.st_atime_nsec),
            mtime: time(raw.st_mtime, raw.st_mtime_nsec),
            ctime: time(raw.st_ctime, raw.st_ctime_nsec),
        }
    }

    /// Which kind of file it is.
    pub fn kind(&self) -> FileKind {
        match self.mode & libc::S_IFMT {
            libc::S_IFREG => FileKind::Regular,
            libc::S_IFDIR => FileKind::Directory,
            libc::S_IFLNK => FileKind::Symlink,
            libc::S_IFIFO => FileKind::Fifo,
            libc::S_IFSOCK => FileKind::Socket,
            libc::S_IFCHR => FileKind::CharDevice,
            libc::S_IFBLK => FileKind::BlockDevice,
            _ => FileKind::Unknown,
        }
    }

    /// The permission bits with set-user-id, set-group-id and sticky: `mode & 07777`.
    pub fn permissions(&self) -> u32 {
        self.mode & 0o7777
    }

    /// True when both describe the same inode.
    pub fn same_file(&self, other: &Self) -> bool {
        (self.dev, self.ino) == (other.dev, other.ino)
    }
}
