//! The machine as it is.

use crate::effect::{Entry, EntryKind, World, is_plain};
use std::fs::{DirEntry, FileType, Metadata};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// Entries of one directory beyond which it is not listed.
const MOST_NAMES: usize = 10_000;
/// Questions about the disk beyond which all are answered with "not known": a line must not cost more than it does.
const MOST_QUESTIONS: u32 = 50_000;
/// How long the searches of a line may take; so many names as they may look at take a few milliseconds when the disk need
/// not be read for them.
const LONGEST_SEARCH: Duration = Duration::from_millis(20);

/// What the working directory and those above it are when they are not there: a line that starts in a directory starts in
/// one, also when it is judged on another machine or after the directory was removed.
const SOME_DIRECTORY: Entry =
    Entry { kind: EntryKind::Directory, device: 0, inode: 0, size: 0, mode: 0o755, links: 2, owner: 0 };

/// [`World`] on the real machine: the environment of this process and the disk, both bounded.
#[derive(Debug)]
pub struct Disk {
    working_directory: PathBuf,
    /// The kernel has just named it: it and those above it are directories and no links.
    settled: bool,
    questions: AtomicU32,
    /// When the first search was under way.
    searching_since: OnceLock<Instant>,
}

impl Disk {
    /// The machine as seen from an absolute working directory.
    pub fn new(working_directory: PathBuf) -> Self {
        Self { working_directory, settled: false, questions: AtomicU32::new(0), searching_since: OnceLock::new() }
    }

    /// Asks the kernel whether this is the directory that the process is in, as getcwd(3) names it: one call in place of one
    /// for every directory on the way to it. For a line that is judged at once.
    pub fn settle(&mut self) {
        self.settled = std::env::current_dir().is_ok_and(|here| here == self.working_directory);
    }

    /// The same from the directory this process is in; `None` when it has been removed.
    pub fn here() -> Option<Self> {
        std::env::current_dir().ok().map(Self::new)
    }

    /// True when the working directory is the path or below it.
    fn stands_below(&self, path: &Path) -> bool {
        let longer = path.as_os_str().len() > self.working_directory.as_os_str().len();
        !(longer && is_plain(path)) && self.working_directory.starts_with(path)
    }

    /// What [`World::inspect`] says of a name that is known not to be there.
    pub fn absent(&self, path: &Path) -> Option<Entry> {
        self.stands_below(path).then_some(SOME_DIRECTORY)
    }

    /// False when so many questions have been asked that answers say nothing any more.
    pub fn answers(&self) -> bool {
        self.questions.load(Ordering::Relaxed) < MOST_QUESTIONS
    }

    /// What `of` makes of each entry of a directory; `None` as [`World::names`] has it.
    fn listed<T>(&self, directory: &Path, of: impl Fn(&DirEntry) -> Option<T>) -> Option<Vec<T>> {
        let listing = self.may_ask().then(|| directory.read_dir().ok()).flatten()?;
        let mut all = Vec::new();
        for found in listing {
            if all.len() == MOST_NAMES {
                return None;
            }
            all.push(of(&found.ok()?)?);
        }
        Some(all)
    }

    /// False when too many questions have been asked already.
    fn may_ask(&self) -> bool {
        self.questions.fetch_add(1, Ordering::Relaxed) < MOST_QUESTIONS
    }
}

impl World for Disk {
    fn working_directory(&self) -> PathBuf {
        self.working_directory.clone()
    }

    fn variable(&self, name: &[u8]) -> Option<Vec<u8>> {
        crate::sys::variable(name).map(|value| value.as_bytes().to_vec())
    }

    fn exported_functions(&self) -> Vec<(Vec<u8>, Vec<u8>)> {
        crate::sys::environment()
            .filter_map(|entry| {
                let entry = entry.strip_prefix(b"BASH_FUNC_")?;
                let end = entry.iter().position(|byte| *byte == b'=')?;
                Some((entry[..end].strip_suffix(b"%%")?.to_vec(), entry[end + 1..].to_vec()))
            })
            .collect()
    }

    fn home(&self, user: Option<&[u8]>) -> Option<PathBuf> {
        match user {
            None => super::places::home(),
            Some(user) => super::passwd::home_of(user),
        }
    }

    fn inspect(&self, path: &Path) -> Option<Entry> {
        let found = self.may_ask().then(|| path.symlink_metadata().ok()).flatten();
        found.map(|found| entry(&found)).or_else(|| self.absent(path))
    }

    fn is_settled(&self, path: &Path) -> bool {
        self.settled && self.stands_below(path)
    }

    fn link_target(&self, path: &Path) -> Option<PathBuf> {
        self.may_ask().then(|| path.read_link().ok()).flatten()
    }

    fn names(&self, directory: &Path) -> Option<Vec<Vec<u8>>> {
        self.listed(directory, |found| Some(found.file_name().into_vec()))
    }

    fn listing(&self, directory: &Path) -> Option<Vec<(Vec<u8>, Option<EntryKind>)>> {
        // Where the directory does not say what a name is, the standard library asks (readdir(3), `DT_UNKNOWN`).
        self.listed(directory, |found| Some((found.file_name().into_vec(), found.file_type().ok().map(kind))))
    }

    fn contents(&self, path: &Path, limit: u64) -> Option<Vec<u8>> {
        if !self.may_ask() {
            return None;
        }
        super::texts::regular_file(path, limit).ok()
    }

    fn executable(&self, path: &Path) -> bool {
        use nix::unistd::{AccessFlags, access};
        self.may_ask() && access(path, AccessFlags::X_OK).is_ok()
    }

    fn has_time(&self) -> bool {
        self.searching_since.get_or_init(Instant::now).elapsed() < LONGEST_SEARCH
    }
}

fn entry(found: &Metadata) -> Entry {
    Entry {
        kind: kind(found.file_type()),
        device: found.dev(),
        inode: found.ino(),
        size: found.len(),
        mode: found.mode() & 0o7777,
        links: found.nlink(),
        owner: found.uid(),
    }
}

fn kind(found: FileType) -> EntryKind {
    match found {
        _ if found.is_file() => EntryKind::File,
        _ if found.is_dir() => EntryKind::Directory,
        _ if found.is_symlink() => EntryKind::Link,
        _ if found.is_block_device() => EntryKind::BlockDevice,
        _ if found.is_char_device() => EntryKind::CharacterDevice,
        _ => EntryKind::Pipe,
    }
}
