//! Walking a tree before it is lost, directory by directory, never through a link and never waiting on a FIFO.

use super::error::{NotCaptured, Why};
use super::record::{TreeMark, types};
use super::state::{Grip, State};
use crate::sys::{DirFd, FileKind};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

impl State {
    /// Notes a tree whose new names are to be found at the end.
    pub(super) fn watch(&mut self, path: &Path) -> Result<(), NotCaptured> {
        if self.watched.iter().any(|tree| tree == path) {
            return Ok(());
        }
        let mark = TreeMark { path: path.as_os_str().as_bytes().to_vec(), watch: true };
        self.log.append(types::TREE, &mark, &[]).map_err(|error| self.miss(path, error.into()))?;
        self.watched.push(path.to_owned());
        Ok(())
    }

    /// Touches everything below `dir`, whose path is `path`; `skip` names paths (and what is below them) that are left
    /// out. Walks on after a failure, so that as much as possible is kept, and then returns the first.
    pub(super) fn walk(
        &mut self,
        dir: &DirFd,
        path: &Path,
        grip: Grip,
        skip: &dyn Fn(&Path) -> bool,
    ) -> Result<(), NotCaptured> {
        self.walk_at(dir, path, grip, skip, 0)
    }

    fn walk_at(
        &mut self,
        dir: &DirFd,
        path: &Path,
        grip: Grip,
        skip: &dyn Fn(&Path) -> bool,
        level: usize,
    ) -> Result<(), NotCaptured> {
        let limits = *self.budget.limits();
        if level > limits.depth {
            return Err(self.miss(path, Why::TooDeep { limit: limits.depth }));
        }
        let entries = dir.entries().map_err(|error| self.miss(path, error.into()))?;
        self.walked += entries.len();
        if self.walked > limits.entries {
            return Err(self.miss(path, Why::TooMany { limit: limits.entries }));
        }
        let mut first = Ok(());
        for entry in entries {
            let below: PathBuf = path.join(&entry.name);
            if skip(&below) {
                continue;
            }
            if self.is_own(&below) {
                first = first.and(Err(self.miss(&below, Why::Unsupported("it is agentsh's own state"))));
                continue;
            }
            let stat = match dir.stat(&entry.name) {
                Ok(stat) => stat,
                Err(error) if error.raw_os_error() == Some(libc::ENOENT) => continue,
                Err(error) => {
                    first = first.and(Err(self.miss(&below, error.into())));
                    continue;
                }
            };
            let touched = self.enter(dir, &below, &entry.name, &stat, grip);
            first = first.and(touched);
            if stat.kind() == FileKind::Directory {
                let walked = match dir.dir_beneath(Path::new(&entry.name)) {
                    Ok(child) => self.walk_at(&child, &below, grip, skip, level + 1),
                    Err(error) => Err(self.miss(&below, error.into())),
                };
                first = first.and(walked);
            }
        }
        first
    }
}
