//! Names of which only the beginning is known: those there are kept or noted, so that at the end the new ones can be told.

use super::error::{NotCaptured, Why};
use super::place::resolve;
use super::record::{Depth, TreeMark, types};
use super::state::{Grip, State};
use crate::checkpoint::keep::Want;
use crate::sys::FileKind;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

impl State {
    /// Names in the directory of `path` that begin as it does will appear; with `written`, those there may be written in place.
    pub(super) fn capture_names(&mut self, path: &Path, written: bool) -> Result<(), NotCaptured> {
        if self.is_below_absent(path) {
            // Everything in the directory is new.
            return Ok(());
        }
        let place = resolve(path).map_err(|error| self.miss(path, error.into()))?;
        if !place.whole {
            return self.capture_path(&place.path(), crate::policy::Extent::Name);
        }
        self.enter_parent(&place).map_err(|error| self.miss(path, error))?;
        let entries = place.dir.entries().map_err(|error| self.miss(path, error.into()))?;
        let limit = self.budget.limits().entries;
        self.walked += entries.len();
        if self.walked > limit {
            return Err(self.miss(path, Why::TooMany { limit }));
        }
        let (mut left_alone, mut first): (Vec<PathBuf>, _) = (Vec::new(), Ok(()));
        for entry in entries.iter().filter(|entry| entry.name.as_bytes().starts_with(place.name.as_bytes())) {
            let found = place.parent.join(&entry.name);
            let stat = match place.dir.stat(&entry.name) {
                Ok(stat) if written => stat,
                _ => {
                    left_alone.push(found);
                    continue;
                }
            };
            let kept = match stat.kind() {
                FileKind::Regular => {
                    let grip = Grip { depth: Depth::Whole, want: Some(Want::Bytes), in_tree: false };
                    self.enter(&place.dir, &found, &entry.name, &stat, grip)
                }
                FileKind::Symlink => {
                    Err(self.miss(&found, Why::Unsupported("it is a link, and what it leads to may be written")))
                }
                // Nothing is lost by writing to it.
                _ => {
                    left_alone.push(found);
                    Ok(())
                }
            };
            first = first.and(kept);
        }
        self.note_present(&left_alone).map_err(|why| self.miss(path, why))?;
        let beginning = place.path();
        let mark = TreeMark { path: beginning.as_os_str().as_bytes().to_vec(), watch: false };
        self.log.append(types::TREE, &mark, &[]).map_err(|error| self.miss(path, error.into()))?;
        self.beginnings.push(beginning);
        first
    }
}
