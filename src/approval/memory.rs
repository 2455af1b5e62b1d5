//! What the disk said a moment ago.

use crate::effect::{Entry, EntryKind, Table, World};
use crate::host::Disk;
use std::cell::{OnceCell, RefCell};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How long an answer is believed at most.
const BELIEVED: Duration = Duration::from_millis(100);
/// Answers kept.
const MOST: usize = 20_000;
/// Bytes of a file that is kept at most: git's configuration, the files that name a project's tasks.
const LARGEST: usize = 64 * 1024;
/// Files kept.
const MOST_FILES: usize = 128;

/// Answers about names, shared by lines that are judged one right after the other.
#[derive(Debug, Default)]
pub struct Memory {
    answers: RefCell<Answers>,
    /// This process's, which nothing changes.
    functions: OnceCell<Vec<(Vec<u8>, Vec<u8>)>>,
}

/// Answers by the path's bytes: comparing those is cheaper than comparing paths, and a name found by another spelling
/// is only looked at twice.
#[derive(Debug, Default)]
struct Answers {
    /// When they were last forgotten; none yet when nobody asked how old they are.
    since: Option<Instant>,
    entries: Table<Vec<u8>, Option<Entry>>,
    executables: Table<Vec<u8>, bool>,
    /// The bytes of small files, or up to which size there is none.
    files: Table<Vec<u8>, Result<Vec<u8>, u64>>,
    /// The directories in which programs were looked for, and what was found there by name.
    directories: Vec<u8>,
    programs: Table<Vec<u8>, Option<PathBuf>>,
}

impl Answers {
    fn forget(&mut self) {
        self.since = Some(Instant::now());
        self.entries.clear();
        self.executables.clear();
        self.files.clear();
        self.programs.clear();
    }
}

impl Memory {
    /// Forgets everything that may have changed since.
    pub fn forget(&self) {
        self.answers.borrow_mut().forget();
    }

    /// Forgets what is too old to be believed, or too much.
    pub(super) fn refresh(&self) {
        let mut answers = self.answers.borrow_mut();
        if answers.since.is_none_or(|since| since.elapsed() > BELIEVED)
            || answers.entries.len() + answers.executables.len() + answers.programs.len() > MOST
        {
            answers.forget();
        }
    }
}

/// The disk, each name looked at once.
#[derive(Debug)]
pub(super) struct Remembering<'a> {
    pub(super) disk: Disk,
    pub(super) memory: &'a Memory,
}

impl Remembering<'_> {
    /// True when it is known already that there is nothing of that name, or no directory that it could be in.
    fn is_nothing(&self, path: &Path) -> bool {
        let answers = self.memory.answers.borrow();
        let known = |path: &Path| answers.entries.get(path.as_os_str().as_bytes());
        path.ancestors().find_map(known).is_some_and(Option::is_none)
    }
}

impl World for Remembering<'_> {
    fn working_directory(&self) -> PathBuf {
        self.disk.working_directory()
    }

    fn variable(&self, name: &[u8]) -> Option<Vec<u8>> {
        self.disk.variable(name)
    }

    fn exported_functions(&self) -> Vec<(Vec<u8>, Vec<u8>)> {
        self.memory.functions.get_or_init(|| self.disk.exported_functions()).clone()
    }

    fn home(&self, user: Option<&[u8]>) -> Option<PathBuf> {
        self.disk.home(user)
    }

    fn inspect(&self, path: &Path) -> Option<Entry> {
        debug_assert!(path.is_absolute(), "lines from several directories share the answers");
        if let Some(known) = self.memory.answers.borrow().entries.get(path.as_os_str().as_bytes()) {
            return *known;
        }
        let nothing = path.parent().is_some_and(|above| self.is_nothing(above));
        let found = if nothing { self.disk.absent(path) } else { self.disk.inspect(path) };
        if self.disk.answers() {
            self.memory.answers.borrow_mut().entries.insert(path.as_os_str().as_bytes().to_vec(), found);
        }
        found
    }

    fn is_settled(&self, path: &Path) -> bool {
        self.disk.is_settled(path)
    }

    fn link_target(&self, path: &Path) -> Option<PathBuf> {
        self.disk.link_target(path)
    }

    fn names(&self, directory: &Path) -> Option<Vec<Vec<u8>>> {
        self.disk.names(directory)
    }

    fn listing(&self, directory: &Path) -> Option<Vec<(Vec<u8>, Option<EntryKind>)>> {
        self.disk.listing(directory)
    }

    fn has_time(&self) -> bool {
        self.disk.has_time()
    }

    fn contents(&self, path: &Path, limit: u64) -> Option<Vec<u8>> {
        let name = path.as_os_str().as_bytes();
        match self.memory.answers.borrow().files.get(name) {
            Some(Ok(bytes)) => return (bytes.len() as u64 <= limit).then(|| bytes.clone()),
            Some(Err(tried)) if limit <= *tried => return None,
            _ => {}
        }
        if self.is_nothing(path) {
            return None;
        }
        let found = self.disk.contents(path, limit);
        let small = found.as_ref().is_none_or(|bytes| bytes.len() <= LARGEST);
        let mut answers = self.memory.answers.borrow_mut();
        if small && answers.files.len() < MOST_FILES && self.disk.answers() {
            answers.files.insert(name.to_vec(), found.clone().ok_or(limit));
        }
        found
    }

    fn executable(&self, path: &Path) -> bool {
        if let Some(known) = self.memory.answers.borrow().executables.get(path.as_os_str().as_bytes()) {
            return *known;
        }
        let found = self.disk.executable(path);
        if self.disk.answers() {
            self.memory.answers.borrow_mut().executables.insert(path.as_os_str().as_bytes().to_vec(), found);
        }
        found
    }

    fn program(&self, directories: &[u8], name: &[u8]) -> Option<PathBuf> {
        {
            let mut answers = self.memory.answers.borrow_mut();
            if answers.directories != directories {
                answers.directories = directories.to_vec();
                answers.programs.clear();
            }
            if let Some(known) = answers.programs.get(name) {
                return known.clone();
            }
        }
        let found = self.disk.program(directories, name);
        if self.disk.answers() {
            self.memory.answers.borrow_mut().programs.insert(name.to_vec(), found.clone());
        }
        found
    }
}
