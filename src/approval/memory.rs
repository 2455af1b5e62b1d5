//! What the disk said a moment ago.

use crate::effect::{Entry, World};
use crate::host::Disk;
use std::cell::RefCell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How long an answer is believed. Shorter than the time between a verdict and the line's first system call, for which
/// it has to be good anyway.
const BELIEVED: Duration = Duration::from_millis(20);
/// Answers kept.
const MOST: usize = 20_000;

/// Answers about names, shared by lines that are judged one right after the other.
#[derive(Debug)]
pub struct Memory {
    answers: RefCell<Answers>,
}

#[derive(Debug)]
struct Answers {
    since: Instant,
    entries: HashMap<PathBuf, Option<Entry>>,
    executables: HashMap<PathBuf, bool>,
}

impl Default for Memory {
    fn default() -> Self {
        let answers = Answers { since: Instant::now(), entries: HashMap::new(), executables: HashMap::new() };
        Self { answers: RefCell::new(answers) }
    }
}

impl Memory {
    /// Forgets what is too old to be believed, or too much.
    pub(super) fn refresh(&self) {
        let mut answers = self.answers.borrow_mut();
        if answers.since.elapsed() > BELIEVED || answers.entries.len() + answers.executables.len() > MOST {
            answers.since = Instant::now();
            answers.entries.clear();
            answers.executables.clear();
        }
    }
}

/// The disk, each name looked at once.
#[derive(Debug)]
pub(super) struct Remembering<'a> {
    pub(super) disk: Disk,
    pub(super) memory: &'a Memory,
}

impl World for Remembering<'_> {
    fn working_directory(&self) -> PathBuf {
        self.disk.working_directory()
    }

    fn variable(&self, name: &[u8]) -> Option<Vec<u8>> {
        self.disk.variable(name)
    }

    fn exported_functions(&self) -> Vec<(Vec<u8>, Vec<u8>)> {
        self.disk.exported_functions()
    }

    fn home(&self, user: Option<&[u8]>) -> Option<PathBuf> {
        self.disk.home(user)
    }

    fn inspect(&self, path: &Path) -> Option<Entry> {
        debug_assert!(path.is_absolute(), "lines from several directories share the answers");
        if let Some(known) = self.memory.answers.borrow().entries.get(path) {
            return *known;
        }
        let found = self.disk.inspect(path);
        self.memory.answers.borrow_mut().entries.insert(path.to_path_buf(), found);
        found
    }

    fn link_target(&self, path: &Path) -> Option<PathBuf> {
        self.disk.link_target(path)
    }

    fn names(&self, directory: &Path) -> Option<Vec<Vec<u8>>> {
        self.disk.names(directory)
    }

    fn contents(&self, path: &Path, limit: u64) -> Option<Vec<u8>> {
        self.disk.contents(path, limit)
    }

    fn executable(&self, path: &Path) -> bool {
        if let Some(known) = self.memory.answers.borrow().executables.get(path) {
            return *known;
        }
        let found = self.disk.executable(path);
        self.memory.answers.borrow_mut().executables.insert(path.to_path_buf(), found);
        found
    }
}
