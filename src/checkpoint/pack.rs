//! A step being captured.

use super::error::{NotCaptured, StoreError, Why};
use super::keep::Want;
use super::limits::Durability;
use super::objects::name_of;
use super::place::{Place, resolve};
use super::record::{Coverage, Depth, StepHeader, StepOutcome, UndoMark, types};
use super::state::{Grip, State, Told};
use crate::policy::{Extent, Obligation};
use crate::sys::{FileKind, Stat};
use std::fs::File;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Looks at a file that others write to all the while.
const MOST_LOOKS: usize = 20;
/// Paths named among those a step does not keep; more would only fill the record.
const MOST_LEFT_OUT: usize = 200;

/// The pack of a step that is running: preimages go in, and at the end what became of them.
///
/// Any number of threads may capture at once. A path is captured once a step, as it was when first touched; asking
/// again only adds what is missing (bytes to a hard link, content to metadata).
#[must_use = "a step pack that is not sealed before the line runs keeps nothing"]
#[derive(Debug)]
pub struct StepPack {
    state: Mutex<State>,
}

impl StepPack {
    pub(super) fn new(state: State) -> Self {
        Self { state: Mutex::new(state) }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the step is.
    pub fn header(&self) -> StepHeader {
        self.lock().header.clone()
    }

    /// Keeps what `obligation` asks for. Nothing is durable, or even out of this process, before [`Self::seal`].
    ///
    /// On failure everything else below the path has still been kept, the step's coverage names every path that was
    /// not, and the first of them is returned: the line must then be treated as irreversible.
    pub fn capture(&self, obligation: &Obligation) -> Result<(), NotCaptured> {
        self.lock().capture(&obligation.path, obligation.extent)
    }

    /// Writes out what was captured, and with [`Durability::Group`] makes it survive a power cut. Call it after the
    /// last capture and before the line runs; under the guard after each capture and before the call goes on.
    pub fn seal(&self) -> Result<(), StoreError> {
        self.lock().seal()
    }

    /// As [`Self::capture`] and [`Self::seal`] in one, of a name whose directory is held open and which was looked at
    /// already (`stat`, `None` when nothing is there): for calls that wait until it is done.
    pub fn capture_at(&self, place: &Place, stat: Option<&Stat>, extent: Extent) -> Result<(), NotCaptured> {
        let mut state = self.lock();
        let path = place.path();
        if state.knows(&path, stat, extent) {
            return Ok(());
        }
        let before = state.coverage.left_out();
        let mut captured = state.capture_at(place, &path, stat, extent);
        for _ in 0..MOST_LOOKS {
            if !matches!(&captured, Err(NotCaptured { why: Why::Changed, .. })) {
                break;
            }
            state.coverage.forget_after(before);
            let stat = place.dir.stat(&place.name).ok();
            captured = state.capture_at(place, &path, stat.as_ref(), extent);
        }
        let sealed = state.tell_coverage().and_then(|()| state.log.flush());
        captured?;
        sealed.map_err(|error| state.miss(&path, error.into()))
    }

    /// Notes that something changed that this step does not keep.
    pub fn leave_out(&self, path: &Path, why: &'static str) {
        let mut state = self.lock();
        let known = matches!(&state.coverage, Coverage::Partial(list) if list.len() >= MOST_LEFT_OUT
            || list.iter().any(|(known, _)| known == path));
        if !known {
            let _noted = state.miss(path, Why::Unsupported(why));
            let _best_effort = state.tell_coverage().and_then(|()| state.log.flush());
        }
    }

    /// What could not be kept was then not lost either: the change was not made.
    pub fn was_not_lost(&self, path: &Path) {
        self.lock().coverage.forget(path);
    }

    /// Makes what was sealed survive a power cut.
    pub fn sync(&self) -> Result<(), StoreError> {
        self.lock().log.sync()
    }

    /// True when something was kept by its bytes since [`Self::take_unsynced`] was called last.
    pub fn is_unsynced(&self) -> bool {
        self.lock().unsynced.pack
    }

    /// The files whose content a power cut could still lose, for whoever makes them durable (`fdatasync(2)`) while captures
    /// go on. What is kept by a link needs none of it: the file system orders names.
    pub fn take_unsynced(&self) -> Result<Vec<File>, StoreError> {
        let mut state = self.lock();
        let unsynced = std::mem::take(&mut state.unsynced);
        let mut files = Vec::with_capacity(unsynced.objects.len() + 1);
        for (folder, number) in unsynced.objects {
            let name = name_of(number);
            let at = state.objects.path(folder).join(&name);
            let opened = state.objects.dir(folder)?.file_beneath(Path::new(&name), libc::O_RDONLY, 0);
            files.push(opened.map_err(StoreError::io("open", at))?);
        }
        if unsynced.pack {
            files.push(state.log.another()?);
        }
        Ok(files)
    }

    /// Lowers the step's coverage to none: something runs that nobody watches.
    pub fn uncover(&self) {
        self.lock().coverage = Coverage::None;
    }

    /// True when the name did not exist before this step, or lies below one that did not: nothing of it can be lost.
    pub fn is_new(&self, path: &Path) -> bool {
        let state = self.lock();
        state.absent.contains(path) || state.is_below_absent(path)
    }

    /// What has been captured of what was asked for.
    pub fn coverage(&self) -> Coverage {
        self.lock().coverage.clone()
    }

    /// Records that this step undoes another, before its first change.
    pub fn begin_undo(&self, mark: &UndoMark) -> Result<(), StoreError> {
        let mut state = self.lock();
        let marker = state.log.path().with_extension("undo");
        std::fs::write(&marker, b"").map_err(StoreError::io("write", &marker))?;
        let begun = state.log.append(types::UNDO_BEGIN, mark, &[]).and_then(|()| state.log.sync());
        if begun.is_err() {
            // Nothing was changed, so nothing is to be completed later.
            let _ = std::fs::remove_file(&marker);
        }
        begun
    }

    /// Records that the undo this step is was carried out.
    pub fn end_undo(&self) -> Result<(), StoreError> {
        let mut state = self.lock();
        state.log.append(types::UNDO_END, &(), &[])?;
        state.log.sync()?;
        let marker = state.log.path().with_extension("undo");
        std::fs::remove_file(&marker).map_err(StoreError::io("remove", marker))
    }

    /// Records what became of every touched path and how the line ended; drops links whose file is still there.
    pub fn finish(&self, outcome: &StepOutcome) -> Result<Coverage, StoreError> {
        let mut state = self.lock();
        state.finish(outcome)?;
        Ok(state.coverage.clone())
    }
}

impl State {
    fn seal(&mut self) -> Result<(), StoreError> {
        self.tell_coverage()?;
        if self.settings.durability == Durability::Group { self.log.sync() } else { self.log.flush() }
    }

    /// Writes the coverage down when its kind is no longer the one the pack tells of; the whole list of what is left out
    /// comes with the end.
    fn tell_coverage(&mut self) -> Result<(), StoreError> {
        if Told::of(&self.coverage) == self.told {
            return Ok(());
        }
        let coverage = self.coverage.clone();
        self.log.append(types::COVERAGE, &coverage, &[])?;
        self.told = Told::of(&coverage);
        Ok(())
    }

    fn capture(&mut self, path: &Path, extent: Extent) -> Result<(), NotCaptured> {
        match extent {
            Extent::GitIndex | Extent::GitState | Extent::GitWorktree | Extent::GitUntracked | Extent::GitIgnored => {
                match path.symlink_metadata() {
                    // The line makes the repository (`git init x && cd x && git commit`).
                    Err(error) if error.kind() == std::io::ErrorKind::NotFound => match self.is_below_absent(path) {
                        true => Ok(()),
                        false => self.capture_path(path, Extent::Name),
                    },
                    _ => self.capture_git(path, extent),
                }
            }
            Extent::NewNames | Extent::Names => self.capture_names(path, extent == Extent::Names),
            _ => self.capture_path(path, extent),
        }
    }

    pub(super) fn capture_path(&mut self, path: &Path, extent: Extent) -> Result<(), NotCaptured> {
        let place = resolve(path).map_err(|error| self.miss(path, error.into()))?;
        let stat = match place.dir.stat(&place.name) {
            Ok(stat) => Some(stat),
            Err(error) if error.raw_os_error() == Some(libc::ENOENT) => None,
            Err(error) => return Err(self.miss(&place.path(), error.into())),
        };
        self.capture_at(&place, &place.path(), stat.as_ref(), extent)
    }

    /// True when nothing has to be done for a name: it is the step's own, or kept deep enough already.
    fn knows(&self, path: &Path, stat: Option<&Stat>, extent: Extent) -> bool {
        let known = match self.entries.get(path) {
            Some(entry) if entry.before.is_none() => true,
            Some(entry) => {
                let has_parent = || path.parent().is_some_and(|parent| self.entries.contains_key(parent));
                entry.depth == Depth::Whole && has_parent()
            }
            None => self.is_below_absent(path) && !self.is_own(path),
        };
        // What the name stands for now may be a file that a link keeps: moved here, or the very one the name was.
        let shared = |stat: &Stat| self.inodes.get(&(stat.dev, stat.ino)).is_some_and(|inode| inode.linked);
        known && !extent_is_tree(extent) && !stat.is_some_and(shared)
    }

    /// `path` is that of `place`.
    fn capture_at(
        &mut self,
        place: &Place,
        path: &Path,
        stat: Option<&Stat>,
        extent: Extent,
    ) -> Result<(), NotCaptured> {
        if self.is_own(path) || (extent_is_tree(extent) && self.own.starts_with(path)) {
            return Err(self.miss(path, Why::Unsupported("it is, or holds, agentsh's own state")));
        }
        self.enter_parent(place).map_err(|error| self.miss(path, error))?;
        let Some(stat) = stat else {
            return self.enter_absent(path).map_err(|error| self.miss(path, error.into()));
        };
        let (depth, want, tree) = match extent {
            Extent::Name | Extent::Metadata => (Depth::Meta, None, false),
            Extent::MetadataTree => (Depth::Meta, None, true),
            Extent::Unlinked => (Depth::Whole, Some(Want::Link), false),
            Extent::UnlinkedTree => (Depth::Whole, Some(Want::Link), true),
            Extent::ContentsTree => (Depth::Whole, Some(Want::Bytes), true),
            _ => (Depth::Whole, Some(Want::Bytes), false),
        };
        let grip = Grip { depth, want, in_tree: tree };
        if extent == Extent::UnlinkedTree {
            self.lost.push(path.to_owned());
        }
        self.enter(&place.dir, path, &place.name, stat, grip)?;
        if !tree || stat.kind() != FileKind::Directory {
            return Ok(());
        }
        if depth == Depth::Whole {
            self.watch(path)?;
        }
        let dir = place.dir.dir_beneath(Path::new(&place.name)).map_err(|error| self.miss(path, error.into()))?;
        self.walk(&dir, path, grip, &|_| false)
    }

    /// Touches a directory and everything below it but what `skip` names, and watches it for new names.
    pub(super) fn capture_tree(
        &mut self,
        path: &Path,
        grip: Grip,
        skip: &dyn Fn(&Path) -> bool,
    ) -> Result<(), NotCaptured> {
        let place = resolve(path).map_err(|error| self.miss(path, error.into()))?;
        let stat = place.dir.stat(&place.name).map_err(|error| self.miss(path, error.into()))?;
        self.enter_parent(&place).map_err(|error| self.miss(path, error))?;
        self.enter(&place.dir, path, &place.name, &stat, grip)?;
        self.watch(path)?;
        let dir = place.dir.dir_beneath(Path::new(&place.name)).map_err(|error| self.miss(path, error.into()))?;
        self.walk(&dir, path, grip, skip)
    }

    /// Touches the directory a name is in: adding or removing the name changes its times.
    pub(super) fn enter_parent(&mut self, place: &Place) -> Result<(), Why> {
        if self.entries.contains_key(&place.parent) {
            return Ok(());
        }
        let stat = Stat::of_fd(&place.dir)?;
        let grip = Grip { depth: Depth::Parent, want: None, in_tree: false };
        let name = place.parent.file_name().unwrap_or_else(|| std::ffi::OsStr::from_bytes(b"."));
        let parent: PathBuf = place.parent.clone();
        self.enter(&place.dir, &parent, name, &stat, grip).map_err(|lost| lost.why)
    }
}

fn extent_is_tree(extent: Extent) -> bool {
    matches!(extent, Extent::MetadataTree | Extent::UnlinkedTree | Extent::ContentsTree)
}
