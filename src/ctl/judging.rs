//! Judging any number of lines.

use super::failure::{Failure, Result};
use crate::approval::{Appraisal, Appraiser, Memory};
use crate::effect::{Start, Table};
use crate::host::Places;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// Directories whose rules and scope are kept.
const KEPT: usize = 256;

/// Judges lines as a shell called `bash` would be given them with `-c`, from any directory.
pub(super) struct Bench {
    places: Places,
    first: Appraiser,
    /// By the bytes of the directory, which are quicker to compare than paths.
    others: Table<Vec<u8>, Appraiser>,
    start: Start,
    memory: Memory,
}

impl Bench {
    /// For lines that start in `cwd`, by default this process's.
    pub(super) fn new(cwd: Option<&Path>) -> Result<Self> {
        let places = Places::find();
        let cwd = match cwd {
            Some(cwd) => std::path::absolute(cwd),
            None => std::env::current_dir(),
        };
        let cwd =
            cwd.map_err(|error| Failure::plain(format!("cannot find the working directory: {error}")).status(125))?;
        let first = Appraiser::at(&places, &cwd);
        let start = Start { zero: b"bash".to_vec(), ..Start::default() };
        Ok(Self { places, first, others: Table::default(), start, memory: Memory::default() })
    }

    /// Judges a line that starts in `cwd`, by default where the bench stands.
    pub(super) fn appraise(&mut self, cwd: Option<&Path>, line: &[u8]) -> Result<Appraisal> {
        self.stand(cwd)?;
        let here = cwd.and_then(|cwd| self.others.get(cwd.as_os_str().as_bytes())).unwrap_or(&self.first);
        Ok(here.appraise_among(line, &self.start, &self.memory))
    }

    /// Looks at the disk afresh from here on: others may have changed it.
    pub(super) fn look_again(&self) {
        self.memory.forget();
    }

    /// Another bench with the same grammars, for another thread.
    pub(super) fn twin(&self) -> Self {
        let first = self.first.moved(&self.places, self.first.directory());
        let (places, start) = (self.places.clone(), self.start.clone());
        Self { places, first, others: Table::default(), start, memory: Memory::default() }
    }

    /// Sees to it that `cwd` is the first directory, or among the others.
    fn stand(&mut self, cwd: Option<&Path>) -> Result<()> {
        let own = self.first.directory().as_os_str();
        let Some(cwd) = cwd.filter(|cwd| cwd.as_os_str() != own) else { return Ok(()) };
        if !cwd.is_absolute() {
            return Err(Failure::usage(format!("the working directory '{}' is not absolute", cwd.display()), ""));
        }
        let bytes = cwd.as_os_str().as_bytes();
        if !self.others.contains_key(bytes) {
            if self.others.len() >= KEPT {
                self.others.clear();
            }
            let moved = self.first.moved(&self.places, cwd);
            self.others.insert(bytes.to_vec(), moved);
        }
        Ok(())
    }

    /// What is wrong with the files of rules, settings and grammars.
    pub(super) fn complaints(&self) -> Vec<String> {
        self.first.complaints()
    }

    /// What judges where the bench stands.
    pub(super) fn here(&self) -> &Appraiser {
        &self.first
    }
}
