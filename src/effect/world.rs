//! What the pure core may ask of the machine.

use std::path::{Path, PathBuf};

/// The machine as the evaluation sees it; faked in tests. Every answer may be stale by the time the line runs: the
/// guard decides what must not be. Implementations bound their own cost (entries, bytes) and answer `None` beyond.
pub trait World {
    /// The working directory the line starts in (absolute).
    fn working_directory(&self) -> PathBuf;
    /// A variable of the environment the shell is given.
    fn variable(&self, name: &[u8]) -> Option<Vec<u8>>;
    /// Names of the environment's exported functions (`BASH_FUNC_name%%`) and their text.
    fn exported_functions(&self) -> Vec<(Vec<u8>, Vec<u8>)>;
    /// Home directory of a user (`None`: the person's own, from `HOME` or the passwd file).
    fn home(&self, user: Option<&[u8]>) -> Option<PathBuf>;
    /// `lstat`: what the name itself is. `None`: nothing there, or not to be seen.
    fn inspect(&self, path: &Path) -> Option<Entry>;
    /// `readlink`.
    fn link_target(&self, path: &Path) -> Option<PathBuf>;
    /// Names in a directory, unordered, `.` and `..` left out. `None`: unreadable, or more than the bound.
    fn names(&self, directory: &Path) -> Option<Vec<Vec<u8>>>;
    /// The bytes of a regular file no larger than `limit`.
    fn contents(&self, path: &Path, limit: u64) -> Option<Vec<u8>>;
    /// True when the file may be executed by this user.
    fn executable(&self, path: &Path) -> bool;
}

/// What a name is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// File type.
    pub kind: EntryKind,
    /// Device, for identity.
    pub device: u64,
    /// Inode, for identity.
    pub inode: u64,
    /// Bytes.
    pub size: u64,
    /// Permission bits.
    pub mode: u32,
    /// Number of names.
    pub links: u64,
    /// Owner.
    pub owner: u32,
}

/// File types of `lstat`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// Regular file.
    File,
    /// Directory.
    Directory,
    /// Symbolic link.
    Link,
    /// Block device.
    BlockDevice,
    /// Character device.
    CharacterDevice,
    /// FIFO or socket.
    Pipe,
}
