//! Where our shell stands under the names agents look for.

use crate::agents::Shim;
use crate::sys::{ProgramKind, program_kind};
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::path::{Path, PathBuf};

/// The directory with our shell under the names of shells.
#[derive(Clone, Debug)]
pub(in super::super) struct Shims {
    folder: PathBuf,
}

impl Shims {
    /// Finds the directory beside this program: `../lib/agentsh` as it is installed. `None` when no `bash` that is agentsh
    /// stands there.
    pub(in super::super) fn find() -> Option<Self> {
        let own = std::env::current_exe().ok()?;
        let folder = own.parent()?.parent()?.join("lib/agentsh");
        is_agentsh(&folder.join("bash")).then_some(Self { folder })
    }

    /// The file for a variable.
    pub(in super::super) fn file(&self, shim: Shim) -> PathBuf {
        match shim {
            Shim::Bash => self.folder.join("bash"),
        }
    }

    /// `path`, a value of PATH, with the directory in front of the others.
    pub(in super::super) fn before(&self, path: Option<&OsStr>) -> OsString {
        let listed = path.map(|path| std::env::split_paths(path).collect::<Vec<PathBuf>>()).unwrap_or_default();
        let others = listed.into_iter().filter(|folder| *folder != self.folder);
        let all = std::iter::once(self.folder.clone()).chain(others);
        // Only a colon in the directory's own name can fail; then it could not stand in PATH at all.
        std::env::join_paths(all).unwrap_or_else(|_| path.unwrap_or_default().to_owned())
    }
}

/// True for a file that is some build of agentsh.
pub(in super::super) fn is_agentsh(file: &Path) -> bool {
    File::open(file).and_then(|file| program_kind(&file)).is_ok_and(|kind| kind == ProgramKind::Agentsh)
}
