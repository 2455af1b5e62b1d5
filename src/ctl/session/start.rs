//! An agent that is about to be started: what, where, in which environment, and whether under the guard.

use crate::guard::{Guard, Unguarded};
use crate::host::{Run, Session};
use crate::sys;
use nix::sys::signal::SigSet;
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The agent's process, before it is one.
#[derive(Debug)]
pub(in super::super) struct Start {
    program: OsString,
    arguments: Vec<OsString>,
    directory: PathBuf,
    environment: BTreeMap<OsString, OsString>,
}

impl Start {
    /// Of `program`, by a path or along PATH, with our environment.
    pub(in super::super) fn new(program: &OsStr, arguments: &[OsString], directory: &Path) -> Self {
        let (program, arguments) = (program.to_owned(), arguments.to_vec());
        Self { program, arguments, directory: directory.to_owned(), environment: std::env::vars_os().collect() }
    }

    /// The program as it was given.
    pub(in super::super) fn program(&self) -> &OsStr {
        &self.program
    }

    /// A variable of its environment.
    pub(in super::super) fn set(&mut self, name: &str, value: impl Into<OsString>) {
        self.environment.insert(name.into(), value.into());
    }

    /// Takes a variable from its environment.
    pub(in super::super) fn unset(&mut self, name: &str) {
        self.environment.remove(OsStr::new(name));
    }

    /// Starts it, its shells being all that is judged; gives its process id.
    pub(in super::super) fn alone(&self) -> io::Result<i32> {
        let mut command = Command::new(self.file().unwrap_or_else(|| self.program.clone().into()));
        command.args(&self.arguments).env_clear().envs(&self.environment).current_dir(&self.directory);
        // As it was called: some programs look at it.
        std::os::unix::process::CommandExt::arg0(&mut command, &self.program);
        // The standard library starts programs with no signal blocked.
        command.spawn().map(|child| child.id().cast_signed())
    }

    /// Starts it under the guard; gives the id of the process that ends as it ends. What keeps it from starting is said by
    /// `failed` in that process, whose status the number it gives becomes.
    pub(in super::super) fn guarded(
        &self,
        run: &Run,
        session: &Session,
        blocked: &SigSet,
        failed: impl FnOnce(&Self, &Unguarded) -> u8,
    ) -> io::Result<i32> {
        let file = self.file().ok_or(io::ErrorKind::NotFound)?;
        let argv: Vec<OsString> = std::iter::once(&self.program).chain(&self.arguments).cloned().collect();
        let environment: Vec<(OsString, OsString)> = self.environment.clone().into_iter().collect();
        sys::fork_heard(|| {
            let _ = sys::set_signals(blocked);
            let error = match std::env::set_current_dir(&self.directory) {
                Ok(()) => Guard::around(file.as_os_str(), &argv, &environment, session, Some(run)),
                Err(error) => Unguarded::NotStarted(error),
            };
            i32::from(failed(self, &error))
        })
    }

    /// The program's file: along the PATH that we have, from the directory we are in.
    pub(in super::super) fn file(&self) -> Option<PathBuf> {
        let given = Path::new(&self.program);
        if given.components().count() > 1 || given.is_absolute() {
            return std::path::absolute(given).ok();
        }
        super::on_path(&self.program)
    }
}
