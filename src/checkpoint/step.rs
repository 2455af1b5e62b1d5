//! A step read back.

use super::error::StoreError;
use super::lent::{Holders, may_be_that_file};
use super::log::{self, RawRecord};
use super::meta::Meta;
use super::objects::name_of;
use super::paths::Paths;
use super::record::{
    Content, Coverage, Depth, Folder, Keep, Moved, OPTIONAL, Pin, Post, StepHeader, StepOutcome, Touch, TreeMark,
    UndoMark, types,
};
use super::state::{Entry, Inode, State, Told};
use crate::sys::{DirFd, Stat};
use serde::de::DeserializeOwned;
use std::collections::{HashMap, HashSet};
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// A path as it was before the step.
#[derive(Clone, Debug)]
pub struct Kept {
    /// What it was; `None` when the name did not exist.
    pub before: Option<Meta>,
    /// How deep it was captured.
    pub depth: Depth,
    pub(super) seq: u32,
    pub(super) content: Content,
    /// Where in the pack the bytes of an inline content begin.
    at: u64,
}

impl Kept {
    /// True when its content is kept in the step itself.
    pub(super) fn holds(&self) -> bool {
        !matches!(self.content, Content::None | Content::Empty | Content::Blob { .. })
    }
}

/// A path as it was when the step ended.
#[derive(Clone, Debug)]
pub struct Ended {
    /// What it is; `None` when the name is gone.
    pub after: Option<Meta>,
    /// BLAKE3 of its content, when it was read.
    pub hash: Option<[u8; 32]>,
    /// The name is new.
    pub created: bool,
    inline: Option<(u64, u32)>,
}

/// What a path was when the step ended.
#[derive(Clone, Copy, Debug)]
pub enum After<'a> {
    /// The step never recorded its end.
    Unknown,
    /// The name was gone.
    Gone,
    /// As before the step.
    Unchanged(Option<&'a Meta>),
    /// Different.
    Is(&'a Meta, Option<[u8; 32]>),
}

/// Content to be given back.
#[derive(Debug)]
pub enum Source {
    /// Bytes.
    Bytes(Vec<u8>),
    /// The file `name` in `dir`.
    Object {
        /// The folder.
        dir: Arc<DirFd>,
        /// The object.
        name: OsString,
        /// How it was made; a link is the very file.
        how: Keep,
        /// What it was found to be.
        stat: Stat,
    },
}

/// A step as its pack tells it.
#[derive(Clone, Debug, Default)]
pub struct Step {
    header: StepHeader,
    outcome: Option<StepOutcome>,
    coverage: Coverage,
    undoes: Option<UndoMark>,
    undo_complete: bool,
    log: PathBuf,
    folders: Vec<Folder>,
    touches: Paths<Kept>,
    by_seq: HashMap<u32, PathBuf>,
    unchanged: Vec<bool>,
    posts: Paths<Ended>,
    watched: Vec<PathBuf>,
    beginnings: Vec<PathBuf>,
    present: Vec<PathBuf>,
    moved: HashMap<(u32, u64), PathBuf>,
    pins: HashMap<u32, Pin>,
    blobs: super::git::Blobs,
    /// The pack and its folders, opened when first asked for.
    opened: Arc<Opened>,
}

#[derive(Debug, Default)]
struct Opened {
    pack: OnceLock<File>,
    folders: Mutex<HashMap<u32, Arc<DirFd>>>,
    holders: OnceLock<Holders>,
    redos: OnceLock<Vec<Step>>,
    /// Touches whose object was looked for in vain: it is lent to the tree, or gone.
    lent: Mutex<HashSet<u32>>,
}

impl Step {
    /// Reads a pack; also returns the length of its sound part.
    pub(super) fn read(path: &Path) -> Result<(Self, u64), StoreError> {
        let mut step = Self { log: path.to_owned(), ..Self::default() };
        let mut begun = false;
        let sound = log::read(path, |record| {
            begun |= record.kind == types::BEGIN;
            step.take(&record)
        });
        let sound = match sound {
            Err(StoreError::Io { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => 0,
            result => result?,
        };
        if !begun {
            // Not there, or what was to be its first record did not get there: nothing has been done for it.
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            return Err(StoreError::NoSuchStep(name));
        }
        Ok((step, sound))
    }

    fn take(&mut self, record: &RawRecord<'_>) -> Result<(), StoreError> {
        match record.kind {
            types::BEGIN => self.header = self.decode(record)?.0,
            types::TOUCH => {
                let (touch, at): (Touch, u64) = self.decode(record)?;
                let path = path_of(&touch.path);
                self.by_seq.insert(touch.seq, path.clone());
                let Touch { seq, before, depth, content, .. } = touch;
                self.touches.insert(path, Kept { before, depth, seq, content, at });
            }
            types::POST => {
                let (post, at): (Post, u64) = self.decode(record)?;
                let inline = post.inline.map(|length| (at, length));
                let ended = Ended { after: post.after, hash: post.hash, created: post.created, inline };
                self.posts.insert(path_of(&post.path), ended);
            }
            types::UNCHANGED => {
                let (all, _): (Vec<u32>, u64) = self.decode(record)?;
                let top = all.iter().max().map_or(0, |top| *top as usize + 1);
                self.unchanged.resize(self.unchanged.len().max(top), false);
                all.iter().for_each(|seq| self.unchanged[*seq as usize] = true);
            }
            types::TREE => {
                let (tree, _): (TreeMark, u64) = self.decode(record)?;
                let marks = if tree.watch { &mut self.watched } else { &mut self.beginnings };
                marks.push(path_of(&tree.path));
            }
            types::PRESENT => {
                let (paths, _): (Vec<Vec<u8>>, u64) = self.decode(record)?;
                self.present.extend(paths.iter().map(|path| path_of(path)));
            }
            types::FOLDER => self.folders.push(self.decode(record)?.0),
            types::COVERAGE => self.coverage = self.decode(record)?.0,
            types::END => self.outcome = Some(self.decode(record)?.0),
            types::UNDO_BEGIN => self.undoes = Some(self.decode(record)?.0),
            types::MOVED => {
                let (moved, _): (Moved, u64) = self.decode(record)?;
                self.moved.insert((moved.folder, moved.number), path_of(&moved.path));
            }
            types::PIN => {
                let (pin, _): (Pin, u64) = self.decode(record)?;
                self.pins.insert(pin.seq, pin);
            }
            types::UNDO_END => self.undo_complete = true,
            kind if kind >= OPTIONAL => {}
            _ => {
                let why = "it was written by a newer agentsh";
                return Err(StoreError::Format { path: self.log.clone(), why });
            }
        }
        Ok(())
    }

    /// The payload, and where in the file the bytes after it begin.
    fn decode<T: DeserializeOwned>(&self, record: &RawRecord<'_>) -> Result<(T, u64), StoreError> {
        let (value, rest) = postcard::take_from_bytes(record.payload)
            .map_err(|_| StoreError::Format { path: self.log.clone(), why: "a record does not decode" })?;
        Ok((value, record.at + (record.payload.len() - rest.len()) as u64))
    }

    /// Fills the working state of a pack that is taken up again.
    pub(super) fn pour_into(self, state: &mut State) {
        let mut next_object = 0;
        for (path, kept) in self.touches {
            state.next = state.next.max(kept.seq + 1);
            if let Content::Object { number, .. } = kept.content {
                next_object = next_object.max(number + 1);
            }
            let holds = !matches!(kept.content, Content::None | Content::Same(_) | Content::Blob { .. });
            if let (Some(before), true) = (&kept.before, holds) {
                let linked = matches!(kept.content, Content::Object { how: Keep::Link, .. });
                state.inodes.insert(before.inode(), Inode { seq: kept.seq, linked });
            }
            let Kept { seq, before, depth, content, .. } = kept;
            if before.is_none() {
                state.absent.insert(path.clone());
            }
            if let (Some(before), Some(pin)) = (&before, self.pins.get(&seq)) {
                next_object = next_object.max(pin.number + 1);
                state.pins.insert(before.inode(), pin.clone());
            }
            state.entries.insert(path, Entry { seq, before, depth, content });
        }
        state.objects.resume(self.folders, next_object);
        state.watched = self.watched;
        state.beginnings = self.beginnings;
        state.present = self.present.into_iter().collect();
        state.told = Told::of(&self.coverage);
        state.coverage = self.coverage;
    }

    /// What the step was.
    pub fn header(&self) -> &StepHeader {
        &self.header
    }

    /// How it ended; `None` while it runs, and when whoever was to record it died.
    pub fn outcome(&self) -> Option<&StepOutcome> {
        self.outcome.as_ref()
    }

    /// How much of what it changed is here.
    pub fn coverage(&self) -> &Coverage {
        &self.coverage
    }

    /// The undo this step is, if it is one, and whether it was carried out to the end.
    pub fn undoes(&self) -> Option<(&UndoMark, bool)> {
        self.undoes.as_ref().map(|mark| (mark, self.undo_complete))
    }

    /// Every touched path that is not new, in path order: parents before what is below them.
    pub fn touched(&self) -> impl Iterator<Item = (&Path, &Kept)> {
        self.touches.iter()
    }

    /// Every name that is new, in path order, with what it was when the step ended.
    pub fn created(&self) -> impl Iterator<Item = (&Path, &Ended)> {
        self.posts.iter().filter(|(_, ended)| ended.created)
    }

    /// True when the step touched the path in any way but as a directory of something it touched.
    pub fn touches(&self, path: &Path) -> bool {
        self.touches.get(path).is_some_and(|kept| kept.depth > Depth::Parent) || self.posts.contains(path)
    }

    /// What the path was before; `None` when the step did not touch it.
    pub fn before(&self, path: &Path) -> Option<&Kept> {
        self.touches.get(path)
    }

    /// What the path was when the step ended.
    pub fn after(&self, path: &Path) -> After<'_> {
        if let Some(ended) = self.posts.get(path) {
            return ended.after.as_ref().map_or(After::Gone, |meta| After::Is(meta, ended.hash));
        }
        let Some(kept) = self.touches.get(path) else { return After::Unknown };
        if self.unchanged.get(kept.seq as usize) == Some(&true) {
            return After::Unchanged(kept.before.as_ref());
        }
        for above in path.ancestors().skip(1) {
            let gone = self.posts.get(above).is_some_and(|ended| ended.after.is_none());
            let absent = self
                .touches
                .get(above)
                .is_some_and(|kept| kept.before.is_none() && self.unchanged.get(kept.seq as usize) == Some(&true));
            if gone || absent {
                return After::Gone;
            }
        }
        After::Unknown
    }

    /// Trees in which new names were looked for.
    pub fn watched(&self) -> &[PathBuf] {
        &self.watched
    }

    /// True when the name existed before without having been captured.
    pub fn was_present(&self, path: &Path) -> bool {
        self.present.iter().any(|known| known == path)
    }

    /// Folders of objects this step uses.
    pub fn folders(&self) -> Vec<PathBuf> {
        self.folders.iter().map(|folder| path_of(&folder.path)).collect()
    }

    /// True when the content of the path, a regular file before the step, was kept.
    pub fn keeps_content(&self, path: &Path) -> bool {
        self.touches.get(path).is_some_and(|kept| kept.content != Content::None)
    }

    /// True when the content of the path was kept apart from the file itself. Nothing then holds the file's inode, and its
    /// number may have been given to another one since.
    pub(crate) fn keeps_bytes(&self, path: &Path) -> bool {
        let Some(kept) = self.touches.get(path) else { return false };
        match &kept.content {
            Content::None | Content::Object { how: Keep::Link, .. } => false,
            Content::Same(seq) => self.by_seq.get(seq).is_some_and(|holder| holder != path && self.keeps_bytes(holder)),
            _ => true,
        }
    }

    /// Whether [`Self::source`] will have something to give, without reading blobs or bytes.
    pub fn check_source(&self, path: &Path) -> Result<(), StoreError> {
        match self.touches.get(path).map(|kept| &kept.content) {
            Some(Content::Object { .. } | Content::Same(_)) => self.source(path).map(drop),
            _ => Ok(()),
        }
    }

    /// True when the file itself is kept, by a link.
    pub(crate) fn is_linked(&self, path: &Path) -> bool {
        let content = self.touches.get(path).map(|kept| &kept.content);
        matches!(content, Some(Content::Object { how: Keep::Link, .. }))
    }

    /// True when the file itself is kept, by a link in a folder on the device `dev`. Whether it is still the file it was,
    /// [`Self::source`] says.
    pub(crate) fn is_linked_on(&self, path: &Path, dev: u64) -> bool {
        let Some(kept) = self.touches.get(path) else { return false };
        let Content::Object { folder, number, how: Keep::Link } = kept.content else { return false };
        self.folders.get(folder as usize).is_some_and(|folder| folder.dev == dev)
            && self.moved_to(folder, number).is_none()
            && !self.opened.lent.lock().unwrap_or_else(PoisonError::into_inner).contains(&kept.seq)
    }

    /// The content a regular file had before the step; `None` when it was not kept, or there was none.
    pub fn source(&self, path: &Path) -> Result<Option<Source>, StoreError> {
        let Some(kept) = self.touches.get(path) else { return Ok(None) };
        let lost = |why| StoreError::Lost { path: path.to_owned(), why };
        match &kept.content {
            Content::None => Ok(None),
            Content::Empty => Ok(Some(Source::Bytes(Vec::new()))),
            Content::Inline(length) => self.bytes(kept.at, *length).map(Source::Bytes).map(Some),
            Content::Same(seq) => match self.by_seq.get(seq) {
                Some(holder) if holder != path => self.source(holder),
                _ => Err(lost("the pack names no holder")),
            },
            Content::Blob { git_dir, oid } => {
                let bytes = self.blobs.read(&path_of(git_dir), oid)?;
                if kept.before.as_ref().is_some_and(|meta| meta.size != bytes.len() as u64) {
                    return Err(lost("the blob is of another length than the file was"));
                }
                Ok(Some(Source::Bytes(bytes)))
            }
            Content::Object { folder, number, how } => {
                let (dir, name) = self.object(*folder, *number).ok_or_else(|| lost("the pack names no folder"))?;
                let Ok(stat) = dir.stat(&name) else {
                    self.opened.lent.lock().unwrap_or_else(PoisonError::into_inner).insert(kept.seq);
                    return self.lent(kept, path, self.moved_to(*folder, *number));
                };
                if *how == Keep::Link && !may_be_that_file(kept, &stat) {
                    return Err(lost("a process that still had it open wrote to it"));
                }
                Ok(Some(Source::Object { dir, name, how: *how, stat }))
            }
        }
    }

    /// The name that the file of `path` had when the step ended, where it is noted because no link is kept.
    pub(crate) fn lives_on_as(&self, path: &Path) -> Option<&Path> {
        match self.touches.get(path)?.content {
            Content::Object { folder, number, how: Keep::Link } => self.moved_to(folder, number),
            _ => None,
        }
    }

    /// The pin of a touch.
    pub(super) fn pin(&self, seq: u32) -> Option<&Pin> {
        self.pins.get(&seq)
    }

    /// The name that a dropped link's file had when the step ended.
    pub(super) fn moved_to(&self, folder: u32, number: u64) -> Option<&Path> {
        self.moved.get(&(folder, number)).map(PathBuf::as_path)
    }

    /// Links that other steps of the session keep, read when first asked for.
    pub(super) fn holders(&self) -> &Holders {
        self.opened.holders.get_or_init(|| super::lent::beside(&self.log))
    }

    /// The steps that did again what this one did, after it had been taken back; read when first asked for.
    pub(crate) fn redos(&self) -> &[Step] {
        self.opened.redos.get_or_init(|| super::lent::redos(&self.log, &self.header.id))
    }

    pub(super) fn object(&self, folder: u32, number: u64) -> Option<(Arc<DirFd>, OsString)> {
        let mut opened = self.opened.folders.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(dir) = opened.get(&folder) {
            return Some((Arc::clone(dir), name_of(number)));
        }
        let dir = Arc::new(DirFd::open(&path_of(&self.folders.get(folder as usize)?.path)).ok()?);
        opened.insert(folder, Arc::clone(&dir));
        Some((dir, name_of(number)))
    }

    /// Bytes of the pack.
    fn bytes(&self, at: u64, length: u32) -> Result<Vec<u8>, StoreError> {
        use std::os::unix::fs::FileExt;
        let pack = match self.opened.pack.get() {
            Some(pack) => pack,
            None => {
                let pack = log::open(&self.log)?;
                self.opened.pack.get_or_init(|| pack)
            }
        };
        let mut bytes = vec![0; length as usize];
        pack.read_exact_at(&mut bytes, at).map_err(StoreError::io("read", &self.log))?;
        Ok(bytes)
    }

    /// The bytes a regular file had before the step.
    pub fn content_before(&self, path: &Path) -> Result<Option<Vec<u8>>, StoreError> {
        match self.source(path)? {
            None => Ok(None),
            Some(Source::Bytes(bytes)) => Ok(Some(bytes)),
            Some(Source::Object { dir, name, .. }) => {
                super::finish::read_all(&dir, &name).map(Some).map_err(StoreError::io("read what was kept of", path))
            }
        }
    }

    /// The text a file had when the step ended, when it was small enough to be kept.
    pub fn content_after(&self, path: &Path) -> Result<Option<Vec<u8>>, StoreError> {
        match self.posts.get(path) {
            Some(Ended { inline: Some((at, length)), .. }) => self.bytes(*at, *length).map(Some),
            Some(Ended { after: Some(meta), hash: Some(_), .. }) if meta.size == 0 => Ok(Some(Vec::new())),
            _ => Ok(None),
        }
    }

    /// Paths whose text after the step is kept.
    pub(super) fn texts_after(&self) -> impl Iterator<Item = &Path> {
        self.posts.iter().filter(|(_, ended)| ended.inline.is_some()).map(|(path, _)| path)
    }

    /// How many touched names had the inode of this one.
    pub fn names_of_same_inode(&self, path: &Path) -> usize {
        let Some(inode) = self.touches.get(path).and_then(|kept| kept.before.as_ref()).map(Meta::inode) else {
            return 0;
        };
        self.touches.iter().filter(|(_, kept)| kept.before.as_ref().is_some_and(|meta| meta.inode() == inode)).count()
    }

    /// The first path with the same inode, for names that were hard links of one file.
    pub fn same_inode_as(&self, path: &Path) -> Option<&Path> {
        match self.touches.get(path)?.content {
            Content::Same(seq) => self.by_seq.get(&seq).map(PathBuf::as_path).filter(|holder| *holder != path),
            _ => None,
        }
    }
}

fn path_of(bytes: &[u8]) -> PathBuf {
    PathBuf::from(OsStr::from_bytes(bytes))
}
