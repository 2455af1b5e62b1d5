//! What a path was, without its content.

use crate::sys::{self, DirFd, FileKind, Stat};
use serde::{Deserialize, Serialize};
use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::Path;

/// Names and values of extended attributes, ACLs among them.
pub type Attributes = Vec<(Vec<u8>, Vec<u8>)>;

/// Everything about a name but the bytes of a regular file. Times are seconds and nanoseconds since the epoch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Meta {
    /// Type and permission bits (`st_mode`).
    pub mode: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Device number of a device file.
    pub rdev: u64,
    /// Length in bytes.
    pub size: u64,
    /// Number of names.
    pub nlink: u64,
    /// Device the inode is on.
    pub dev: u64,
    /// Inode number.
    pub ino: u64,
    /// Last access.
    pub atime: (i64, u32),
    /// Last change of content.
    pub mtime: (i64, u32),
    /// Last change of the inode.
    pub ctime: (i64, u32),
    /// Text of a symbolic link.
    pub target: Option<Vec<u8>>,
    /// Extended attributes; `None` when they were not read.
    pub attributes: Option<Attributes>,
}

impl Meta {
    /// From a stat, with neither link text nor attributes.
    pub fn bare(stat: &Stat) -> Self {
        Self {
            mode: stat.mode,
            uid: stat.uid,
            gid: stat.gid,
            rdev: stat.rdev,
            size: stat.size,
            nlink: stat.nlink,
            dev: stat.dev,
            ino: stat.ino,
            atime: stat.atime,
            mtime: stat.mtime,
            ctime: stat.ctime,
            target: None,
            attributes: None,
        }
    }

    /// From a stat of `name` in `dir`, with the link text, and the attributes when asked for.
    pub fn read(dir: &DirFd, name: &OsStr, stat: &Stat, attributes: bool) -> io::Result<Self> {
        let mut meta = Self::bare(stat);
        if stat.kind() == FileKind::Symlink {
            meta.target = Some(dir.read_link(name)?.into_vec());
        }
        if attributes {
            meta.attributes = Some(attributes_of(dir, name)?);
        }
        Ok(meta)
    }

    /// The kind of file.
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

    /// True for a directory.
    pub fn is_dir(&self) -> bool {
        self.kind() == FileKind::Directory
    }

    /// True for a regular file.
    pub fn is_file(&self) -> bool {
        self.kind() == FileKind::Regular
    }

    /// The identity of the inode.
    pub fn inode(&self) -> (u64, u64) {
        (self.dev, self.ino)
    }

    /// True when both are the same inode, and its content was not changed in between as far as length and time of
    /// change tell.
    pub fn same_content_stamp(&self, other: &Self) -> bool {
        self.inode() == other.inode() && self.size == other.size && self.mtime == other.mtime
    }

    /// True when mode and owner agree.
    pub fn same_ownership(&self, other: &Self) -> bool {
        (self.mode, self.uid, self.gid) == (other.mode, other.uid, other.gid)
    }

    /// True when both read their attributes and they differ.
    pub fn attributes_differ(&self, other: &Self) -> bool {
        match (&self.attributes, &other.attributes) {
            (Some(mine), Some(theirs)) => mine != theirs,
            _ => false,
        }
    }
}

/// As [`read_attributes`], of a name in a directory.
pub(super) fn attributes_of(dir: &DirFd, name: &OsStr) -> io::Result<Attributes> {
    if sys::xattr::has_none(dir, name) { Ok(Vec::new()) } else { read_attributes(&dir.path_of(name)) }
}

/// All attributes of the path itself, sorted by name. A file system without attributes has none.
pub fn read_attributes(path: &Path) -> io::Result<Attributes> {
    let names = match sys::xattr::list(path) {
        Ok(names) => names,
        Err(error) if matches!(error.raw_os_error(), Some(libc::EOPNOTSUPP | libc::EPERM)) => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut all = Vec::with_capacity(names.len());
    for name in names {
        match sys::xattr::get(path, &name) {
            Ok(value) => all.push((name.as_bytes().to_vec(), value)),
            // Listed but not readable (`trusted.*` without privilege, removed meanwhile): not ours to keep.
            Err(error) if matches!(error.raw_os_error(), Some(libc::ENODATA | libc::EPERM | libc::EOPNOTSUPP)) => {}
            Err(error) => return Err(error),
        }
    }
    all.sort();
    Ok(all)
}
