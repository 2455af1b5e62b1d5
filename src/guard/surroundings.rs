//! The machine as a process about to start a program sees it: our disk, its environment and directory.

use crate::effect::{Entry, EntryKind, World};
use crate::host::Disk;
use std::cell::{Cell, RefCell};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Variables with their values, `None` for one that was not set.
pub(super) type Variables = Vec<(Vec<u8>, Option<Vec<u8>>)>;

/// Those of one process.
pub(super) struct Surroundings {
    disk: Disk,
    /// `NAME=VALUE`.
    variables: Vec<Vec<u8>>,
    /// The program file, when what is judged is its start; `None` for the text of a shell.
    program: Option<PathBuf>,
    /// Variables that were asked for.
    asked: RefCell<Variables>,
    /// Another file than the program's was read.
    has_read: Cell<bool>,
}

impl Surroundings {
    /// Of a process with this directory and environment that becomes `program`, or a shell for a text.
    pub(super) fn new(directory: PathBuf, variables: Vec<Vec<u8>>, program: Option<PathBuf>) -> Self {
        let (asked, has_read) = (RefCell::default(), Cell::default());
        Self { disk: Disk::new(directory), variables, program, asked, has_read }
    }

    /// The environment.
    pub(super) fn variables(&self) -> &[Vec<u8>] {
        &self.variables
    }

    /// The variables that were asked for; `None` when files were read, which may say something else the next time.
    pub(super) fn depends_on(&self) -> Option<Variables> {
        (!self.has_read.get()).then(|| self.asked.borrow().clone())
    }
}

/// The value of a variable among `NAME=VALUE`.
pub(super) fn value<'v>(variables: &'v [Vec<u8>], name: &[u8]) -> Option<&'v [u8]> {
    variables.iter().find_map(|variable| variable.strip_prefix(name)?.strip_prefix(b"="))
}

impl World for Surroundings {
    fn working_directory(&self) -> PathBuf {
        self.disk.working_directory()
    }

    /// No shell looks for a program that starts, nor reads anything before: it is the file it is.
    fn variable(&self, name: &[u8]) -> Option<Vec<u8>> {
        let found = value(&self.variables, name).map(<[u8]>::to_vec);
        match (&self.program, name) {
            (Some(_), b"BASH_ENV") => None,
            (Some(program), b"PATH") => {
                let folder = program.parent().unwrap_or(program).as_os_str().as_bytes();
                Some([folder, b":", found.as_deref().unwrap_or_default()].concat())
            }
            _ => {
                let mut asked = self.asked.borrow_mut();
                if !asked.iter().any(|(known, _)| known == name) {
                    asked.push((name.to_vec(), found.clone()));
                }
                found
            }
        }
    }

    fn exported_functions(&self) -> Vec<(Vec<u8>, Vec<u8>)> {
        if self.program.is_some() {
            return Vec::new();
        }
        let function = |text: &Vec<u8>| {
            let end = text.iter().position(|byte| *byte == b'=')?;
            let name = text[..end].strip_prefix(b"BASH_FUNC_")?.strip_suffix(b"%%")?;
            Some((name.to_vec(), text[end + 1..].to_vec()))
        };
        self.variables.iter().filter_map(function).collect()
    }

    fn home(&self, user: Option<&[u8]>) -> Option<PathBuf> {
        match (user, self.variable(b"HOME")) {
            (None, Some(home)) if home.starts_with(b"/") => Some(PathBuf::from(OsStr::from_bytes(&home))),
            _ => self.disk.home(user),
        }
    }

    fn inspect(&self, path: &Path) -> Option<Entry> {
        self.disk.inspect(path)
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
        // The program's own file is known by its inode and the time of its last change.
        self.has_read.set(self.has_read.get() || self.program.as_deref() != Some(path));
        self.disk.contents(path, limit)
    }

    fn executable(&self, path: &Path) -> bool {
        self.disk.executable(path)
    }
}
