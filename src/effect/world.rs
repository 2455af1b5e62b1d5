//! What the pure core may ask of the machine.

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
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
    /// True for a directory that is known to be no link without a look at it: one that the line starts in or below.
    fn is_settled(&self, _path: &Path) -> bool {
        false
    }
    /// `readlink`.
    fn link_target(&self, path: &Path) -> Option<PathBuf>;
    /// Names in a directory, unordered, `.` and `..` left out. `None`: unreadable, or more than the bound.
    fn names(&self, directory: &Path) -> Option<Vec<Vec<u8>>>;
    /// The same with what each name is, where the directory itself says so; what it does not is to be inspected.
    fn listing(&self, directory: &Path) -> Option<Vec<(Vec<u8>, Option<EntryKind>)>> {
        Some(self.names(directory)?.into_iter().map(|name| (name, None)).collect())
    }

    /// The bytes of a regular file no larger than `limit`.
    fn contents(&self, path: &Path, limit: u64) -> Option<Vec<u8>>;
    /// True when the file may be executed by this user.
    fn executable(&self, path: &Path) -> bool;

    /// False once a search that began with the first of these questions has taken longer than a line may wait: a disk that
    /// has to be read first answers a thousand times slower. What was not looked at then is unknown.
    fn has_time(&self) -> bool {
        true
    }

    /// The first program called `name` in `directories`, absolute ones with colons between them, as in `PATH`. For
    /// worlds that remember what they found; the answer is what the other questions give.
    fn program(&self, directories: &[u8], name: &[u8]) -> Option<PathBuf> {
        let mut tried = Vec::new();
        directories.split(|byte| *byte == b':').find_map(|directory| {
            if tried.contains(&directory) {
                return None;
            }
            tried.push(directory);
            let candidate = [directory, b"/", name].concat();
            let candidate = PathBuf::from(OsString::from_vec(candidate));
            // Without doubled slashes and the like.
            let candidate = if is_plain(&candidate) { candidate } else { candidate.components().collect() };
            self.is_program(&candidate).then_some(candidate)
        })
    }

    /// True for a regular file with an execute bit, or a link to something this user may execute.
    fn is_program(&self, path: &Path) -> bool {
        self.inspect(path).is_some_and(|entry| match entry.kind {
            EntryKind::File => entry.mode & 0o111 != 0,
            EntryKind::Link => self.executable(path),
            _ => false,
        })
    }
}

/// True for an absolute path written without doubled slashes, a slash at its end and `.`: its bytes are its parts. Most
/// are, and comparing bytes is ten times quicker than taking paths apart.
pub(crate) fn is_plain(path: &Path) -> bool {
    let mut parts = path.as_os_str().as_bytes().split(|byte| *byte == b'/');
    parts.next() == Some(b"") && parts.all(|part| !part.is_empty() && part != b".")
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
