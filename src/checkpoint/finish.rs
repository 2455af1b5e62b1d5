//! The state after the line: what became of every touched path, and which names are new.

use super::dirs::Dirs;
use super::error::StoreError;
use super::keep::open_quietly;
use super::meta::{Meta, attributes_of};
use super::objects::name_of;
use super::paths::order;
use super::place::{open_dir, resolve};
use super::record::{Content, Coverage, Depth, Keep, Moved, Post, StepOutcome, types};
use super::state::{State, Told};
use crate::sys::{self, DirFd, FileKind, Stat};
use std::collections::{HashMap, HashSet};
use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Bytes read at once of a file that is longer than it said.
const READ: usize = 64 << 10;
/// Room that is made at once for a whole file.
const MOST_ROOM: u64 = 64 << 20;

/// Counts what is read of content after the line.
struct Reading {
    left: u64,
    created: HashSet<PathBuf>,
    walked: usize,
    /// Links still in the store, by inode: folder, number, and the file as it was.
    links: HashMap<(u64, u64), (u32, u64, Meta)>,
    /// Names found for some of them.
    moved: HashMap<(u64, u64), PathBuf>,
    /// The last directory that the step has left closed to us, though it is ours.
    closed: Option<PathBuf>,
}

impl Reading {
    /// Notes a directory whose mode, which the step has changed, hides from its owner what is in it.
    fn note_closed(&mut self, path: &Path, stat: &Stat, depth: Depth) {
        let hides = stat.kind() == FileKind::Directory && stat.mode & 0o500 != 0o500;
        if hides && depth > Depth::Parent && stat.uid == nix::unistd::geteuid().as_raw() {
            self.closed = Some(path.to_owned());
        }
    }

    /// True when that is why a path cannot be looked at.
    fn hides(&self, path: &Path, error: &io::Error) -> bool {
        let behind = self.closed.as_ref().is_some_and(|closed| path.starts_with(closed));
        behind && error.raw_os_error() == Some(libc::EACCES)
    }

    /// Notes that the file of a link has this name now.
    fn see(&mut self, path: &Path, stat: &Stat) {
        let found = Meta::bare(stat);
        if self.links.get(&found.inode()).is_some_and(|(_, _, before)| found.same_content_stamp(before)) {
            self.moved.entry(found.inode()).or_insert_with(|| path.to_owned());
        }
    }
}

impl State {
    pub(super) fn finish(&mut self, outcome: &StepOutcome) -> Result<(), StoreError> {
        let mut reading = Reading {
            left: self.settings.limits.post_step_bytes,
            created: HashSet::new(),
            walked: 0,
            links: self.links(),
            moved: HashMap::new(),
            closed: None,
        };
        let mut paths: Vec<PathBuf> = self.entries.keys().cloned().collect();
        paths.sort_by_cached_key(|path| order(path));
        let mut unchanged = Vec::new();
        let mut gone: Option<PathBuf> = None;
        let dirs = Dirs::default();
        for path in &paths {
            if gone.as_ref().is_some_and(|gone| path.starts_with(gone)) {
                continue;
            }
            match dirs.look(path) {
                Ok(None) => {
                    match &self.entries[path] {
                        entry if entry.before.is_none() => unchanged.push(entry.seq),
                        _ => self.post(path, None, false, None, &[])?,
                    }
                    gone = Some(path.clone());
                }
                Ok(Some((place, name, stat))) => {
                    self.settle(path, &place, &name, stat, &mut unchanged, &mut reading)?;
                }
                // Nothing changes there before somebody opens it: the undo can, and then looks at how long that is.
                Err(error) if reading.hides(path, &error) => {}
                Err(error) => {
                    let _reported_in_coverage = self.miss(path, error.into());
                }
            }
        }
        self.log.append(types::UNCHANGED, &unchanged, &[])?;
        for tree in self.watched.clone() {
            if let Ok(Some((place, name, stat))) = look(&tree)
                && stat.kind() == FileKind::Directory
                && let Ok(dir) = place.dir_beneath(Path::new(&name))
            {
                self.find_new(&dir, &tree, b"", &mut reading)?;
            }
        }
        for beginning in self.beginnings.clone() {
            let Some((parent, name)) = beginning.parent().zip(beginning.file_name()) else { continue };
            if let Ok(dir) = open_dir(parent) {
                self.find_new(&dir, parent, name.as_bytes(), &mut reading)?;
            }
        }
        self.drop_moved(&reading)?;
        self.settle_pins()?;
        if self.coverage != Coverage::Full || self.told != Told::Full {
            let coverage = self.coverage.clone();
            self.log.append(types::COVERAGE, &coverage, &[])?;
        }
        self.log.append(types::END, outcome, &[])?;
        self.seal_end()
    }

    fn seal_end(&mut self) -> Result<(), StoreError> {
        use super::limits::Durability;
        if self.settings.durability == Durability::Group { self.log.sync() } else { self.log.flush() }
    }

    /// The hard links this step keeps.
    fn links(&self) -> HashMap<(u64, u64), (u32, u64, Meta)> {
        let link = |entry: &super::state::Entry| match (&entry.content, &entry.before) {
            (Content::Object { folder, number, how: Keep::Link }, Some(before)) => {
                Some((before.inode(), (*folder, *number, before.clone())))
            }
            _ => None,
        };
        self.entries.values().filter_map(link).collect()
    }

    /// A link whose file lives on under another name would only raise its link count: it is dropped, and the name
    /// noted instead.
    fn drop_moved(&mut self, reading: &Reading) -> Result<(), StoreError> {
        for (inode, path) in &reading.moved {
            let Some((folder, number, _)) = reading.links.get(inode) else { continue };
            let moved = Moved { folder: *folder, number: *number, path: path.as_os_str().as_bytes().to_vec() };
            self.log.append(types::MOVED, &moved, &[])?;
        }
        // The note must be there before the link is not.
        self.log.flush()?;
        for inode in reading.moved.keys() {
            let Some((folder, number, _)) = reading.links.get(inode) else { continue };
            let at = self.objects.path(*folder).to_owned();
            self.objects.dir(*folder)?.unlink(&name_of(*number)).map_err(StoreError::io("drop a link in", at))?;
        }
        Ok(())
    }

    /// Records one path that exists now.
    fn settle(
        &mut self,
        path: &Path,
        dir: &DirFd,
        name: &OsStr,
        mut stat: Stat,
        unchanged: &mut Vec<u32>,
        reading: &mut Reading,
    ) -> Result<(), StoreError> {
        let entry = &self.entries[path];
        let Some(before) = entry.before.clone() else {
            reading.note_closed(path, &stat, entry.depth);
            self.post_created(dir, name, path, &stat, reading)?;
            if stat.kind() == FileKind::Directory
                && let Ok(child) = dir.dir_beneath(Path::new(name))
            {
                self.find_new(&child, path, b"", reading)?;
            }
            return Ok(());
        };
        reading.note_closed(path, &stat, entry.depth);
        let (seq, depth, content) = (entry.seq, entry.depth, entry.content.clone());
        if stat.kind() == FileKind::Directory
            && !before.is_dir()
            && let Ok(child) = dir.dir_beneath(Path::new(name))
        {
            self.find_new(&child, path, b"", reading)?;
        }
        let now = Meta::bare(&stat);
        let mut linked = false;
        if let Content::Object { folder, number, how: Keep::Link } = content {
            linked = true;
            if now.same_content_stamp(&before) {
                reading.links.remove(&before.inode());
                self.objects.dir(folder)?.unlink(&name_of(number)).map_err(StoreError::io("drop link of", path))?;
                stat = dir.stat(name).map_err(StoreError::io("stat", path))?;
            }
        }
        if self.unpin(&stat)? {
            stat = dir.stat(name).map_err(StoreError::io("stat", path))?;
        }
        reading.see(path, &stat);
        let alike = now.same_content_stamp(&before)
            && now.same_ownership(&before)
            && (!linked || attributes_of(dir, name).ok() == before.attributes);
        if alike && (linked || now.ctime == before.ctime || depth == Depth::Parent) {
            unchanged.push(seq);
            return Ok(());
        }
        if depth == Depth::Parent {
            return self.post(path, Some(Meta::bare(&stat)), false, None, &[]);
        }
        let after = Meta::read(dir, name, &stat, before.attributes.is_some());
        let after = after.map_err(StoreError::io("read", path))?;
        let (hash, bytes) = self.read_content(dir, name, &stat, reading);
        self.post(path, Some(after), false, hash, &bytes)
    }

    fn post_created(
        &mut self,
        dir: &DirFd,
        name: &OsStr,
        path: &Path,
        stat: &Stat,
        reading: &mut Reading,
    ) -> Result<(), StoreError> {
        if !reading.created.insert(path.to_owned()) {
            return Ok(());
        }
        let mut stat = *stat;
        if self.unpin(&stat)? {
            stat = dir.stat(name).map_err(StoreError::io("stat", path))?;
        }
        let stat = &stat;
        reading.see(path, stat);
        let Ok(after) = Meta::read(dir, name, stat, false) else { return Ok(()) };
        let (hash, bytes) = self.read_content(dir, name, stat, reading);
        self.post(path, Some(after), true, hash, &bytes)
    }

    /// Finds names in `dir` that begin so and were not there before, and everything below them.
    fn find_new(
        &mut self,
        dir: &DirFd,
        path: &Path,
        beginning: &[u8],
        reading: &mut Reading,
    ) -> Result<(), StoreError> {
        let Ok(entries) = dir.entries() else { return Ok(()) };
        reading.walked += entries.len();
        if reading.walked > self.settings.limits.entries {
            let limit = self.settings.limits.entries;
            let _reported_in_coverage = self.miss(path, super::error::Why::TooMany { limit });
            return Ok(());
        }
        for entry in entries {
            if !entry.name.as_bytes().starts_with(beginning) {
                continue;
            }
            let below = path.join(&entry.name);
            let known = self.entries.get(&below).map(|entry| (entry.before.is_some(), entry.depth));
            if self.is_own(&below) || (known.is_none() && self.present.contains(&below)) {
                continue;
            }
            let Ok(stat) = dir.stat(&entry.name) else { continue };
            if known.is_none() {
                self.post_created(dir, &entry.name, &below, &stat, reading)?;
            }
            // A directory that was there and is only known as someone's parent was not listed before.
            let listed = known.is_none_or(|(_, depth)| depth > Depth::Parent);
            if stat.kind() == FileKind::Directory
                && listed
                && let Ok(child) = dir.dir_beneath(Path::new(&entry.name))
            {
                self.find_new(&child, &below, b"", reading)?;
            }
        }
        Ok(())
    }

    /// The hash of a regular file's content, and the content of a small text, within the bounds of the step.
    fn read_content(
        &self,
        dir: &DirFd,
        name: &OsStr,
        stat: &Stat,
        reading: &mut Reading,
    ) -> (Option<[u8; 32]>, Vec<u8>) {
        let fits = stat.size <= self.settings.limits.post_file_bytes && stat.size <= reading.left;
        if stat.kind() != FileKind::Regular || !fits {
            return (None, Vec::new());
        }
        let mut bytes = Vec::with_capacity(stat.size as usize);
        let read = open_quietly(dir, name).and_then(|file| {
            use std::io::Read;
            file.take(stat.size + 1).read_to_end(&mut bytes)
        });
        if read.is_err() || bytes.len() as u64 != stat.size {
            return (None, Vec::new());
        }
        reading.left -= stat.size;
        let hash = Some(*blake3::hash(&bytes).as_bytes());
        if bytes.contains(&0) { (hash, Vec::new()) } else { (hash, bytes) }
    }

    fn post(
        &mut self,
        path: &Path,
        after: Option<Meta>,
        created: bool,
        hash: Option<[u8; 32]>,
        bytes: &[u8],
    ) -> Result<(), StoreError> {
        let inline = (!bytes.is_empty()).then_some(bytes.len() as u32);
        let post = Post { path: path.as_os_str().as_bytes().to_vec(), after, hash, inline, created };
        self.log.append(types::POST, &post, bytes)
    }
}

/// Where a path is now and what it is; `None` when the name is gone.
pub(crate) fn look(path: &Path) -> io::Result<Option<(DirFd, std::ffi::OsString, Stat)>> {
    if path.parent().is_none() {
        let dir = DirFd::open(path)?;
        let stat = Stat::of_fd(&dir)?;
        return Ok(Some((dir, ".".into(), stat)));
    }
    let place = resolve(path)?;
    if !place.whole || place.path() != path {
        return Ok(None);
    }
    match place.dir.stat(&place.name) {
        Ok(stat) => Ok(Some((place.dir, place.name, stat))),
        Err(error) if matches!(error.raw_os_error(), Some(libc::ENOENT | libc::ENOTDIR)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The bytes of a regular file as it is now; `None` when there is none.
pub(crate) fn content(path: &Path) -> io::Result<Option<Vec<u8>>> {
    match look(path)? {
        Some((dir, name, stat)) if stat.kind() == FileKind::Regular => read_all(&dir, &name).map(Some),
        _ => Ok(None),
    }
}

/// The hash of those bytes; `None` also when they cannot be read.
pub(crate) fn hash_of(path: &Path) -> Option<[u8; 32]> {
    content(path).ok().flatten().map(|bytes| *blake3::hash(&bytes).as_bytes())
}

/// Reads a whole file beneath a directory.
pub(super) fn read_all(dir: &DirFd, name: &OsStr) -> io::Result<Vec<u8>> {
    let file = open_quietly(dir, name)?;
    let size = Stat::of_fd(&file)?.size;
    let (mut bytes, mut at) = (Vec::new(), 0);
    // One byte more than it has: a read that gives less than asked has seen the end (read(2), of regular files).
    let mut room = size.min(MOST_ROOM) as usize + 1;
    loop {
        bytes.resize(at + room, 0);
        let count = sys::read_at(&file, &mut bytes[at..], at as u64)?;
        at += count;
        if count == 0 || at as u64 == size {
            bytes.truncate(at);
            return Ok(bytes);
        }
        room = READ;
    }
}
