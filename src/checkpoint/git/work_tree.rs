//! Keeping a work tree: tracked files and untracked ones; ignored directories when they are asked for, or when git may write
//! into them.

use super::super::error::{NotCaptured, Why};
use super::super::keep::Want;
use super::super::record::{Content, Depth};
use super::super::state::{Entry, Grip, State};
use super::ignore::Ignored;
use super::index::{GITLINK, Index, Tracked};
use super::layout::Layout;
use super::plain::is_plain;
use super::reach::reached;
use crate::checkpoint::Meta;
use crate::policy::Extent;
use crate::sys::{DirFd, FileKind, Stat};
use std::cell::RefCell;
use std::collections::{BTreeMap, HashSet};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// git replaces a file by removing it and writing another.
const REPLACED: Grip = Grip { depth: Depth::Whole, want: Some(Want::Link), in_tree: true };

/// What is known of a work tree while it is kept.
struct Survey {
    root: PathBuf,
    common_dir: PathBuf,
    /// Tracked names by directory, both relative to nothing: directories absolute.
    tracked: BTreeMap<PathBuf, Vec<Tracked>>,
    /// When the index was written.
    written: (i64, u32),
    /// Clean files are their blobs.
    plain: bool,
    extent: Extent,
    ignored: Ignored,
    /// Ignored directories that were passed by.
    passed: Vec<PathBuf>,
    present: Vec<PathBuf>,
}

impl State {
    pub(super) fn capture_work_tree(
        &mut self,
        layout: &Layout,
        root: &Path,
        extent: Extent,
    ) -> Result<(), NotCaptured> {
        let dir = super::super::place::open_dir(root).map_err(|error| self.miss(root, error.into()))?;
        let name = OsStr::new(".");
        let stat = dir.stat(name).map_err(|error| self.miss(root, error.into()))?;
        self.enter(&dir, root, name, &stat, Grip { want: None, ..REPLACED })?;
        self.watch(root)?;
        let Some(mut survey) = self.survey(layout, root, extent).map_err(|why| self.miss(root, why))? else {
            // An index of a form not known here: everything is kept.
            let git = root.join(".git");
            return self.walk(&dir, root, REPLACED, &|path| path == git);
        };
        let result = self.keep_dir(&dir, root, &mut survey).and(self.keep_reached(layout, root, &mut survey));
        let missing = self.keep_missing(&survey);
        let present = std::mem::take(&mut survey.present);
        self.note_present(&present).map_err(|why| self.miss(root, why))?;
        result.and(missing)
    }

    fn survey(&self, layout: &Layout, root: &Path, extent: Extent) -> Result<Option<Survey>, Why> {
        let path = layout.git_dir.join("index");
        let (bytes, written) = match std::fs::read(&path) {
            Ok(bytes) => (bytes, Stat::of(&path)?.mtime),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => (Vec::new(), (0, 0)),
            Err(error) => return Err(error.into()),
        };
        let sha256 = std::fs::read(layout.common_dir.join("config"))
            .is_ok_and(|config| config.to_ascii_lowercase().windows(6).any(|window| window == b"sha256"));
        let index =
            if bytes.is_empty() { Some(Index::default()) } else { Index::parse(&bytes, if sha256 { 32 } else { 20 }) };
        let Some(index) = index else { return Ok(None) };
        let plain = is_plain(layout, root, &index);
        let mut ignored = Ignored::default();
        ignored.add(&layout.common_dir.join("info/exclude"), root);
        let mut tracked: BTreeMap<PathBuf, Vec<Tracked>> = BTreeMap::new();
        for entry in index.entries {
            let path = root.join(OsStr::from_bytes(&entry.path));
            if let Some(parent) = path.parent() {
                tracked.entry(parent.to_owned()).or_default().push(entry);
            }
        }
        // A directory that only holds directories is a tracked one too.
        for dir in tracked.keys().cloned().collect::<Vec<_>>() {
            for above in dir.ancestors().skip(1).take_while(|above| above.starts_with(root)) {
                tracked.entry(above.to_owned()).or_default();
            }
        }
        let common_dir = layout.common_dir.clone();
        Ok(Some(Survey {
            root: root.to_owned(),
            common_dir,
            tracked,
            written,
            plain,
            extent,
            ignored,
            passed: Vec::new(),
            present: Vec::new(),
        }))
    }

    /// Keeps those of the ignored directories that git may write into.
    fn keep_reached(&mut self, layout: &Layout, root: &Path, survey: &mut Survey) -> Result<(), NotCaptured> {
        let passed = std::mem::take(&mut survey.passed);
        if passed.is_empty() {
            return Ok(());
        }
        let reached = reached(layout, root, &passed, (&self.header.line, &self.header.cwd));
        let mut result = Ok(());
        for path in passed {
            if reached.contains(&path) {
                result = result.and(self.capture_tree(&path, REPLACED, &|_| false));
            } else {
                survey.present.push(path);
            }
        }
        result
    }

    /// A submodule that is checked out: a work tree in the work tree.
    fn keep_submodule(
        &mut self,
        dir: &DirFd,
        path: &Path,
        name: &OsStr,
        stat: &Stat,
        extent: Extent,
    ) -> Result<(), NotCaptured> {
        match Layout::of(&path.join(".git")) {
            Ok(layout) => {
                let own = layout.common_dir.starts_with(path);
                let state = if own { self.capture_git_state(&layout) } else { Ok(()) };
                state.and(self.capture_work_tree(&layout, path, extent))
            }
            // Not checked out, or no repository: whatever is there is kept.
            Err(_) => {
                self.enter(dir, path, name, stat, REPLACED)?;
                let child = dir.dir_beneath(Path::new(name)).map_err(|error| self.miss(path, error.into()))?;
                self.watch(path)?;
                self.walk(&child, path, REPLACED, &|_| false)
            }
        }
    }

    /// Keeps one directory that holds tracked names, and those below it.
    fn keep_dir(&mut self, dir: &DirFd, path: &Path, survey: &mut Survey) -> Result<(), NotCaptured> {
        let entries = dir.entries().map_err(|error| self.miss(path, error.into()))?;
        survey.ignored.add_folder(path);
        let known = survey.tracked.get(path).cloned().unwrap_or_default();
        let by_name: BTreeMap<&[u8], &Tracked> = known.iter().map(|entry| (base_name(&entry.path), entry)).collect();
        let mut result = Ok(());
        for entry in entries {
            let below = path.join(&entry.name);
            let kept = match dir.stat(&entry.name) {
                // Kept, or not, with the state; a file that points there is a name like others.
                Ok(stat) if stat.kind() == FileKind::Directory && below == survey.root.join(".git") => {
                    survey.present.push(below);
                    continue;
                }
                Ok(stat) => {
                    let found = by_name.get(entry.name.as_bytes()).copied();
                    self.keep_name_of_tree(dir, (&below, &entry.name), &stat, found, survey)
                }
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
                Err(error) => Err(self.miss(&below, error.into())),
            };
            result = result.and(kept);
        }
        result
    }

    fn keep_name_of_tree(
        &mut self,
        dir: &DirFd,
        (path, name): (&Path, &OsStr),
        stat: &Stat,
        tracked: Option<&Tracked>,
        survey: &mut Survey,
    ) -> Result<(), NotCaptured> {
        let is_dir = stat.kind() == FileKind::Directory;
        if is_dir && survey.tracked.contains_key(path) {
            self.enter(dir, path, name, stat, Grip { want: None, ..REPLACED })?;
            let child = dir.dir_beneath(Path::new(name)).map_err(|error| self.miss(path, error.into()))?;
            return self.keep_dir(&child, path, survey);
        }
        match tracked {
            Some(entry) if entry.mode & libc::S_IFMT == GITLINK && is_dir => {
                self.keep_submodule(dir, path, name, stat, survey.extent)
            }
            Some(entry) if !is_dir => self.keep_tracked(dir, path, name, stat, entry, survey),
            // Or a directory has taken the place of a tracked file.
            _ => self.keep_untracked(dir, path, name, stat, survey),
        }
    }

    /// A tracked file: known by its blob when it is clean, else by its bytes.
    fn keep_tracked(
        &mut self,
        dir: &DirFd,
        path: &Path,
        name: &OsStr,
        stat: &Stat,
        entry: &Tracked,
        survey: &Survey,
    ) -> Result<(), NotCaptured> {
        let regular = stat.kind() == FileKind::Regular;
        let by_blob = survey.plain && regular && stat.nlink == 1 && entry.is_clean(stat, survey.written);
        if !by_blob || stat.size == 0 || self.entries.contains_key(path) {
            return self.enter(dir, path, name, stat, REPLACED);
        }
        let before = Meta::read(dir, name, stat, true).map_err(|error| self.miss(path, error.into()))?;
        let git_dir = survey.common_dir.as_os_str().as_bytes().to_vec();
        let content = Content::Blob { git_dir, oid: entry.oid.clone() };
        let touch = Entry { seq: self.take_seq(), before: Some(before), depth: Depth::Whole, content };
        self.put(path.to_owned(), touch, &[]).map_err(|error| self.miss(path, error.into()))
    }

    fn keep_untracked(
        &mut self,
        dir: &DirFd,
        path: &Path,
        name: &OsStr,
        stat: &Stat,
        survey: &mut Survey,
    ) -> Result<(), NotCaptured> {
        let is_dir = stat.kind() == FileKind::Directory;
        let everything = survey.extent == Extent::GitIgnored;
        if !everything && is_dir && survey.ignored.covers(path) {
            survey.passed.push(path.to_owned());
            return Ok(());
        }
        self.enter(dir, path, name, stat, REPLACED)?;
        if !is_dir {
            return Ok(());
        }
        let child = dir.dir_beneath(Path::new(name)).map_err(|error| self.miss(path, error.into()))?;
        if everything {
            return self.walk(&child, path, REPLACED, &|_| false);
        }
        let ignored = RefCell::new((&mut survey.ignored, &mut survey.passed));
        self.walk(&child, path, REPLACED, &|below| {
            let (ignored, passed) = &mut *ignored.borrow_mut();
            below.parent().into_iter().for_each(|parent| ignored.add_folder(parent));
            let skip = ignored.covers(below) && below.symlink_metadata().is_ok_and(|found| found.is_dir());
            if skip {
                passed.push(below.to_owned());
            }
            skip
        })
    }

    /// Tracked names that are not there: git may bring them back.
    fn keep_missing(&mut self, survey: &Survey) -> Result<(), NotCaptured> {
        let present: HashSet<&PathBuf> = survey.present.iter().collect();
        let mut absent = Vec::new();
        for entries in survey.tracked.values() {
            for entry in entries {
                let path = survey.root.join(OsStr::from_bytes(&entry.path));
                if !self.entries.contains_key(&path) && !present.contains(&path) {
                    absent.push(path);
                }
            }
        }
        for path in absent {
            if matches!(Stat::of(&path), Err(error) if is_absent(&error)) {
                self.enter_absent(&path).map_err(|error| self.miss(&path, error.into()))?;
            }
        }
        Ok(())
    }
}

fn is_absent(error: &std::io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::ENOENT | libc::ENOTDIR))
}

fn base_name(path: &[u8]) -> &[u8] {
    path.rsplit(|byte| *byte == b'/').next().unwrap_or(path)
}
