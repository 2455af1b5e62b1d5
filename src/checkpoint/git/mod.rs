//! What git verbs that lose work need kept: the files of `.git` that are not objects, and the work tree.
//!
//! Objects are never kept and never removed by an undo: they are only ever added by the verbs concerned, and the kept
//! refs and reflogs bring them back into use.

mod blobs;
mod ignore;
mod index;
mod layout;
mod plain;
mod reach;
mod work_tree;

pub(super) use blobs::Blobs;

use super::error::{NotCaptured, Why};
use super::keep::Want;
use super::record::{Depth, types};
use super::state::{Grip, State};
use crate::policy::Extent;
use layout::Layout;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

impl State {
    /// Keeps a repository to the extent asked for; `path` is a work tree's `.git`.
    pub(super) fn capture_git(&mut self, path: &Path, extent: Extent) -> Result<(), NotCaptured> {
        let layout = Layout::of(path).map_err(|why| self.miss(path, why))?;
        if extent == Extent::GitIndex {
            // git replaces its index by renaming a new one over it, and looks after those of submodules on the way.
            let mut modules = Vec::new();
            find_object_folders(&layout.git_dir.join("modules"), 0, &mut modules);
            let others = modules.iter().filter_map(|objects| objects.parent()).map(|folder| folder.join("index"));
            let mut result = self.capture_path(&layout.git_dir.join("index"), Extent::Unlinked);
            for index in others {
                result = result.and(self.capture_path(&index, Extent::Unlinked));
            }
            return result;
        }
        self.capture_git_state(&layout)?;
        match (&layout.work_tree, extent) {
            (None, _) | (_, Extent::GitState) => Ok(()),
            (Some(root), _) => self.capture_work_tree(&layout, &root.clone(), extent),
        }
    }

    /// Everything in `.git` but objects.
    fn capture_git_state(&mut self, layout: &Layout) -> Result<(), NotCaptured> {
        let mut roots = vec![layout.common_dir.clone()];
        if !layout.git_dir.starts_with(&layout.common_dir) {
            roots.push(layout.git_dir.clone());
        }
        let mut result = Ok(());
        for root in roots {
            let mut kept_out: Vec<PathBuf> = ["objects", "lfs"].iter().map(|name| root.join(name)).collect();
            // Submodules keep theirs below `modules/<name>/`.
            find_object_folders(&root.join("modules"), 0, &mut kept_out);
            self.note_present(&kept_out).map_err(|why| self.miss(&root, why))?;
            // These are replaced by renaming, and may be large: a link will do.
            let replaced = ["index", "packed-refs"].map(|name| root.join(name));
            for path in &replaced {
                result = result.and(self.capture_path(path, Extent::Unlinked));
            }
            let grip = Grip { depth: Depth::Whole, want: Some(Want::Bytes), in_tree: true };
            let skip = |path: &Path| kept_out.iter().chain(&replaced).any(|out| out == path);
            result = result.and(self.capture_tree(&root, grip, &skip));
        }
        result
    }

    /// Records names that exist and are not kept, so that they are not taken for new ones at the end.
    pub(in crate::checkpoint) fn note_present(&mut self, paths: &[PathBuf]) -> Result<(), Why> {
        let raw: Vec<&[u8]> = paths.iter().map(|path| path.as_os_str().as_bytes()).collect();
        self.log.append(types::PRESENT, &raw, &[])?;
        self.present.extend(paths.iter().cloned());
        Ok(())
    }
}

fn find_object_folders(folder: &Path, level: usize, found: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten().filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())) {
        let path = entry.path();
        if path.join("HEAD").exists() && path.join("objects").is_dir() {
            found.push(path.join("objects"));
            find_object_folders(&path.join("modules"), level + 1, found);
        } else if level < 8 {
            find_object_folders(&path, level + 1, found);
        }
    }
}
