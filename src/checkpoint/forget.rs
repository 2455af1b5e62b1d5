//! Removing what a step keeps of some paths, and nothing else of it.

use super::error::StoreError;
use super::log;
use super::objects::name_of;
use super::record::{Content, Pin, Post, Touch, types};
use super::step::Step;
use super::store::Store;
use std::collections::HashSet;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

impl Step {
    /// Touched paths at or below one of `paths` of which contents are kept here, before or after the step, and those that
    /// were other names of the same files.
    pub fn kept_below(&self, paths: &[PathBuf]) -> Vec<PathBuf> {
        let inside = |path: &Path| paths.iter().any(|above| path.starts_with(above));
        let inodes: HashSet<(u64, u64)> = self
            .touched()
            .filter(|(path, _)| inside(path))
            .filter_map(|(_, kept)| kept.before.as_ref().filter(|meta| meta.is_file()))
            .map(super::Meta::inode)
            .collect();
        let same = |kept: &super::Kept| kept.before.as_ref().is_some_and(|meta| inodes.contains(&meta.inode()));
        let touched = self.touched().filter(|(path, kept)| (inside(path) || same(kept)) && kept.holds());
        let mut found: Vec<PathBuf> = touched.map(|(path, _)| path.to_owned()).collect();
        found.extend(self.texts_after().filter(|path| inside(path)).map(Path::to_owned));
        found.sort();
        found.dedup();
        found
    }
}

impl Store {
    /// Removes what the step keeps of the contents of `paths` and of what is below them; gives how many paths that were.
    /// [`StoreError::Format`] while the step goes on.
    pub fn forget_contents(&self, session: &str, step: &str, paths: &[PathBuf]) -> Result<usize, StoreError> {
        let path = self.path_of(session, step)?;
        if log::is_open(&path)? {
            return Err(StoreError::Format { path, why: "its step still goes on" });
        }
        let loaded = self.load(session, step)?;
        let forgotten: HashSet<PathBuf> = loaded.kept_below(paths).into_iter().collect();
        let folders = loaded.folders();
        let place = |folder: u32, number: u64| folders.get(folder as usize).map(|folder| folder.join(name_of(number)));
        let seqs: HashSet<u32> =
            loaded.touched().filter(|(path, _)| forgotten.contains(*path)).map(|(_, kept)| kept.seq).collect();
        let mut bytes = log::head();
        let mut objects = Vec::new();
        log::read(&path, |record| {
            let broken = |_| StoreError::Format { path: path.clone(), why: "a record does not decode" };
            match record.kind {
                types::TOUCH => {
                    let (mut touch, rest) = postcard::take_from_bytes::<Touch>(record.payload).map_err(broken)?;
                    if !forgotten.contains(Path::new(OsStr::from_bytes(&touch.path))) {
                        log::frame(record.kind, record.payload, &mut bytes);
                        return Ok(());
                    }
                    let _dropped = rest;
                    if let Content::Object { folder, number, .. } = &touch.content {
                        objects.extend(place(*folder, *number));
                    }
                    touch.content = Content::None;
                    log::frame(record.kind, &postcard::to_allocvec(&touch).map_err(broken)?, &mut bytes);
                }
                types::POST => {
                    let (mut post, _) = postcard::take_from_bytes::<Post>(record.payload).map_err(broken)?;
                    if !forgotten.contains(Path::new(OsStr::from_bytes(&post.path))) {
                        log::frame(record.kind, record.payload, &mut bytes);
                        return Ok(());
                    }
                    // The hash stays: it tells later work from the step's, and nothing of the content.
                    post.inline = None;
                    log::frame(record.kind, &postcard::to_allocvec(&post).map_err(broken)?, &mut bytes);
                }
                types::PIN => {
                    let (pin, _) = postcard::take_from_bytes::<Pin>(record.payload).map_err(broken)?;
                    if seqs.contains(&pin.seq) {
                        objects.extend(place(pin.folder, pin.number));
                    } else {
                        log::frame(record.kind, record.payload, &mut bytes);
                    }
                }
                _ => log::frame(record.kind, record.payload, &mut bytes),
            }
            Ok(())
        })?;
        log::replace(&path, &bytes)?;
        for object in objects {
            match std::fs::remove_file(&object) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(StoreError::io("remove", object)(error));
                }
                _ => {}
            }
        }
        Ok(forgotten.len())
    }
}
