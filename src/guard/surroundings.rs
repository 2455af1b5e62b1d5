//! The machine as a process about to start a program sees it: our disk, its environment and directory.

use crate::effect::{Entry, World};
use crate::host::Disk;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Those of one process.
pub(super) struct Surroundings {
    pub(super) disk: Disk,
    /// `NAME=VALUE`.
    pub(super) variables: Vec<Vec<u8>>,
}

impl World for Surroundings {
    fn working_directory(&self) -> PathBuf {
        self.disk.working_directory()
    }

    fn variable(&self, name: &[u8]) -> Option<Vec<u8>> {
        let value = |text: &Vec<u8>| Some(text.strip_prefix(name)?.strip_prefix(b"=")?.to_vec());
        self.variables.iter().find_map(value)
    }

    fn exported_functions(&self) -> Vec<(Vec<u8>, Vec<u8>)> {
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

    fn contents(&self, path: &Path, limit: u64) -> Option<Vec<u8>> {
        self.disk.contents(path, limit)
    }

    fn executable(&self, path: &Path) -> bool {
        self.disk.executable(path)
    }
}
