//! What a step has touched so far, in memory, and how a touch gets into the pack.

use super::budget::Budget;
use super::error::{NotCaptured, StoreError, Why};
use super::keep::Want;
use super::limits::StoreSettings;
use super::log::Log;
use super::meta::{Meta, attributes_of};
use super::objects::Objects;
use super::record::{Content, Coverage, Depth, Pin, StepHeader, Touch, types};
use crate::effect::{Set, Table};
use crate::sys::{DirFd, FileKind, Stat};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// A path the step touched.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) seq: u32,
    pub(super) before: Option<Meta>,
    pub(super) depth: Depth,
    pub(super) content: Content,
}

/// An inode whose content the step keeps.
#[derive(Debug)]
pub(super) struct Inode {
    /// The touch that holds it.
    pub(super) seq: u32,
    /// Kept as a hard link, which an in-place change would ruin.
    pub(super) linked: bool,
}

/// Bytes that were written and may not have reached the device.
#[derive(Debug, Default)]
pub(super) struct Unsynced {
    pub(super) pack: bool,
    /// Copies: folder and number.
    pub(super) objects: Vec<(u32, u64)>,
}

/// The working state of a step pack.
#[derive(Debug)]
pub(super) struct State {
    pub(super) header: StepHeader,
    pub(super) settings: StoreSettings,
    pub(super) log: Log,
    pub(super) objects: Objects,
    pub(super) budget: Budget,
    /// The state directory: never walked into.
    pub(super) own: PathBuf,
    /// The name of our folders on other file systems.
    pub(super) own_name: String,
    pub(super) entries: Table<PathBuf, Entry>,
    /// Names among them that did not exist.
    pub(super) absent: Set<PathBuf>,
    pub(super) inodes: Table<(u64, u64), Inode>,
    /// Files with several names that are held by a link of ours while they are written to.
    pub(super) pins: Table<(u64, u64), Pin>,
    /// What files with several names were when the first of them was entered.
    pub(super) firsts: Table<(u64, u64), Meta>,
    /// Trees in which new names are looked for at the end.
    pub(super) watched: Vec<PathBuf>,
    /// Beginnings of names that are looked for at the end, each in its directory.
    pub(super) beginnings: Vec<PathBuf>,
    /// Trees that will be lost, where no side folder may be made.
    pub(super) lost: Vec<PathBuf>,
    /// Names known to exist and not captured.
    pub(super) present: Set<PathBuf>,
    pub(super) coverage: Coverage,
    /// What the pack says of it, so that it is true too when nobody lives to finish the step.
    pub(super) told: Told,
    /// What was kept by its bytes, and a power cut could lose.
    pub(super) unsynced: Unsynced,
    pub(super) walked: usize,
    pub(super) next: u32,
    pub(super) scratch: Vec<u8>,
}

/// The kind of the last [`Coverage`] in a pack; one that has none is full.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Told {
    #[default]
    Full,
    Partial,
    None,
}

impl Told {
    /// Of this coverage.
    pub(super) fn of(coverage: &Coverage) -> Self {
        match coverage {
            Coverage::Full => Self::Full,
            Coverage::Partial(_) => Self::Partial,
            Coverage::None => Self::None,
        }
    }
}

/// How deep to touch a name that exists, and how its content will be lost.
#[derive(Clone, Copy, Debug)]
pub(super) struct Grip {
    pub(super) depth: Depth,
    pub(super) want: Option<Want>,
    pub(super) in_tree: bool,
}

impl State {
    pub(super) fn new(header: StepHeader, settings: StoreSettings, log: Log, objects: Objects, own: PathBuf) -> Self {
        Self {
            header,
            settings,
            log,
            objects,
            budget: Budget::new(settings.limits),
            own,
            own_name: format!(".agentsh-{}", nix::unistd::geteuid()),
            entries: Table::default(),
            absent: Set::default(),
            inodes: Table::default(),
            pins: Table::default(),
            firsts: Table::default(),
            watched: Vec::new(),
            beginnings: Vec::new(),
            lost: Vec::new(),
            present: Set::default(),
            coverage: Coverage::Full,
            told: Told::default(),
            unsynced: Unsynced::default(),
            walked: 0,
            next: 0,
            scratch: Vec::new(),
        }
    }

    /// Notes that a path could not be kept and hands the reason on.
    pub(super) fn miss(&mut self, path: &Path, why: Why) -> NotCaptured {
        let line = (path.to_owned(), why.to_string());
        match &mut self.coverage {
            Coverage::Partial(list) => list.push(line),
            Coverage::Full => self.coverage = Coverage::Partial(vec![line]),
            Coverage::None => {}
        }
        NotCaptured { path: path.to_owned(), why }
    }

    /// Touches a name that does not exist.
    pub(super) fn enter_absent(&mut self, path: &Path) -> Result<(), StoreError> {
        if self.entries.contains_key(path) || self.is_below_absent(path) {
            return Ok(());
        }
        self.absent.insert(path.to_owned());
        let entry = Entry { seq: self.take_seq(), before: None, depth: Depth::Whole, content: Content::None };
        self.put(path.to_owned(), entry, &[])
    }

    /// Touches `name` in `dir`. The first touch of a path says what it was; a later one may only add what is missing.
    pub(super) fn enter(
        &mut self,
        dir: &DirFd,
        path: &Path,
        name: &OsStr,
        stat: &Stat,
        grip: Grip,
    ) -> Result<(), NotCaptured> {
        let earlier = self.entries.get(path);
        if let Some(entry) = earlier {
            // What the name stands for now may be another file than the one it was: moved here, and kept under its own name.
            let linked = entry.before.as_ref().is_some_and(|before| {
                grip.want == Some(Want::Bytes)
                    && before.inode() == (stat.dev, stat.ino)
                    && self.inodes.get(&before.inode()).is_some_and(|inode| inode.linked)
            });
            if entry.before.is_none() || (entry.depth >= grip.depth && !linked) {
                return self.unshare(dir, path, name, stat, grip);
            }
        } else if self.is_below_absent(path) {
            return self.unshare(dir, path, name, stat, grip);
        }
        let earlier_depth = earlier.map(|entry| entry.depth);
        let (seq, known) = match earlier {
            Some(entry) => (Some(entry.seq), entry.before.clone()),
            // Under another name it may have been changed already.
            None => (None, self.firsts.get(&(stat.dev, stat.ino)).cloned()),
        };
        let seq = seq.unwrap_or_else(|| self.take_seq());
        let before = self.describe(dir, name, stat, grip, known).map_err(|error| self.miss(path, error.into()))?;
        if stat.nlink > 1 && stat.kind() != FileKind::Directory {
            self.firsts.entry((stat.dev, stat.ino)).or_insert_with(|| before.clone());
        }
        let mut bytes = std::mem::take(&mut self.scratch);
        bytes.clear();
        let kept = match (grip.want, stat.kind()) {
            (Some(want), FileKind::Regular) => self.keep(dir, name, stat, want, grip.in_tree, (path, seq), &mut bytes),
            (None, _) | (_, FileKind::Directory) => Ok(Content::None),
            // Its metadata is all there is of it; a link only makes it come back as one of its names.
            _ if stat.nlink > 1 => self.keep_special(dir, name, stat, (path, seq)),
            _ => Ok(Content::None),
        };
        let (entry, lost) = match kept {
            Ok(content) => (Entry { seq, before: Some(before), depth: grip.depth, content }, None),
            // Whoever can looks again, and then enters it as it is.
            Err(Why::Changed) if earlier_depth.is_none() => {
                self.scratch = bytes;
                return Err(self.miss(path, Why::Changed));
            }
            Err(why) => (Entry { seq, before: Some(before), depth: Depth::Meta, content: Content::None }, Some(why)),
        };
        let put = self.put(path.to_owned(), entry, &bytes);
        self.scratch = bytes;
        put.map_err(|error| self.miss(path, error.into()))?;
        lost.map_or(Ok(()), |why| Err(self.miss(path, why)))
    }

    /// For a name that needs no capture: when its file is one that the step keeps by a hard link (it was moved here, or has
    /// another name), its bytes are kept before they are written over.
    fn unshare(&mut self, dir: &DirFd, path: &Path, name: &OsStr, stat: &Stat, grip: Grip) -> Result<(), NotCaptured> {
        let linked = self.inodes.get(&(stat.dev, stat.ino)).is_some_and(|inode| inode.linked);
        if grip.want != Some(Want::Bytes) || stat.kind() != FileKind::Regular || !linked {
            return Ok(());
        }
        let mut bytes = Vec::new();
        let kept = self.keep(dir, name, stat, Want::Bytes, false, (path, u32::MAX), &mut bytes);
        kept.map(drop).map_err(|why| self.miss(path, why))
    }

    /// True below a name that did not exist when the step began: whatever is there now is the step's own.
    pub(super) fn is_below_absent(&self, path: &Path) -> bool {
        if self.absent.is_empty() {
            return false;
        }
        // A directory with an entry of its own is there since before the step, or one of the names; no other has to be
        // looked at then.
        match path.parent().and_then(|parent| self.entries.get(parent)) {
            Some(parent) => parent.before.is_none(),
            None => path.ancestors().skip(1).any(|above| self.absent.contains(above)),
        }
    }

    fn describe(
        &self,
        dir: &DirFd,
        name: &OsStr,
        stat: &Stat,
        grip: Grip,
        known: Option<Meta>,
    ) -> std::io::Result<Meta> {
        // A hard link keeps its attributes; reading them here would be wasted in a large tree.
        let wants = grip.depth > Depth::Parent;
        match known {
            Some(mut meta) => {
                if wants && meta.attributes.is_none() {
                    meta.attributes = Some(attributes_of(dir, name)?);
                }
                Ok(meta)
            }
            None => Meta::read(dir, name, stat, wants),
        }
    }

    /// Writes a touch and remembers it.
    pub(super) fn put(&mut self, path: PathBuf, entry: Entry, bytes: &[u8]) -> Result<(), StoreError> {
        let raw = path.as_os_str().as_bytes().to_vec();
        let Entry { seq, before, depth, content } = entry;
        let touch = Touch { seq, path: raw, before, depth, content };
        self.log.append(types::TOUCH, &touch, bytes)?;
        let Touch { seq, before, depth, content, .. } = touch;
        self.entries.insert(path, Entry { seq, before, depth, content });
        Ok(())
    }

    pub(super) fn take_seq(&mut self) -> u32 {
        self.next += 1;
        self.next - 1
    }

    /// True for a path inside our own state, which no step may keep or walk.
    pub(super) fn is_own(&self, path: &Path) -> bool {
        path.starts_with(&self.own) || path.file_name().is_some_and(|name| name.as_bytes() == self.own_name.as_bytes())
    }
}
