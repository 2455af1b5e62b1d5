//! Carrying a plan out.

use super::closed;
use super::conflict::Conflict;
use super::item::{Item, Standing, Verb};
use super::metadata;
use super::now::now;
use super::plan::UndoPlan;
use super::reclaim::{self, At, Fetched, Living};
use super::restore::{Prepared, prepare, write_in_place};
use crate::checkpoint::{
    Dirs, Meta, Step, StepOutcome, StepPack, StoreError, TEMPORARY, UndoMark, lacks_room, look, open_dir,
};
use crate::policy::{Extent, Obligation};
use crate::sys::clock;
use crate::sys::{DirFd, FileKind, crash};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// More new files than this are made durable by one `syncfs(2)` instead of one `fsync(2)` each.
const SYNC_EACH: usize = 32;

/// Why an undo did not take place. Single paths that could not be undone are no error: they are in [`Applied`].
#[derive(Debug, thiserror::Error)]
pub enum UndoError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A disk is full. What is done is done, and the next undo completes it.
    #[error("finish the undo, there is no room for {}: {why}; make room and undo again", path.display())]
    NoRoom {
        /// What there is no room for.
        path: PathBuf,
        /// The kernel's answer.
        why: String,
    },
    /// The test hook stopped it.
    #[error("finish the undo: it was interrupted")]
    Interrupted,
}

/// What an undo did.
#[derive(Clone, Debug, Default)]
pub struct Applied {
    /// Every path of the plan with what became of it: `Ready` means done.
    pub items: Vec<Item>,
    /// What was given back only in part, one phrase each.
    pub notes: Vec<String>,
}

impl Applied {
    /// How many paths were given back.
    pub fn done(&self) -> usize {
        self.items.iter().filter(|item| item.is_ready()).count()
    }

    /// How many were left alone.
    pub fn skipped(&self) -> usize {
        self.items.len() - self.done()
    }
}

/// An undo under way.
struct Run<'a> {
    step: &'a Step,
    items: Vec<Item>,
    notes: Vec<String>,
    /// Prefix of temporary names, so that an interrupted undo's can be found.
    tag: String,
    /// Changes left before the test hook stops it.
    fuel: usize,
}

impl UndoPlan {
    /// Undoes: captures into `pack` what it is about to change, journals that it begins, changes, records the result
    /// and that it ended. `pack` is a new step; undoing that one is the redo.
    pub fn apply(&self, step: &Step, pack: &StepPack) -> Result<Applied, UndoError> {
        self.run(step, pack, usize::MAX)
    }

    /// The same, stopped as if killed after `changes` changes. For tests of interruption.
    #[doc(hidden)]
    pub fn apply_and_die(&self, step: &Step, pack: &StepPack, changes: usize) -> Result<Applied, UndoError> {
        self.run(step, pack, changes)
    }

    fn run(&self, step: &Step, pack: &StepPack, fuel: usize) -> Result<Applied, UndoError> {
        let tag = temporary_prefix(&pack.header().id);
        let mut run = Run { step, items: Vec::new(), notes: Vec::new(), tag, fuel };
        let mut plan = self.clone();
        let mut opened = Vec::new();
        if plan.has_closed(step) {
            // What is behind is not seen, and so not kept, before they are open: the undo begins with that.
            pack.begin_undo(&plan.mark(&plan.items, step))?;
            opened = plan.open_up(step, pack, &mut || run.burn())?;
        }
        run.items = std::mem::take(&mut plan.items);
        let living = reclaim::living(&run.items, step);
        run.capture(pack, &plan, &living)?;
        pack.begin_undo(&plan.mark(&run.items, step))?;
        let recalled = step.recall();
        let (near, far): (Vec<Fetched>, Vec<Fetched>) =
            run.fetch(&living).into_iter().partition(|fetched| fetched.can_go(&run.items));
        run.keep_held(pack, near.iter().chain(&far))?;
        run.bring_home(&near)?;
        run.remove()?;
        run.make_dirs()?;
        run.bring_home(&far)?;
        run.items.retain(|item| !item.is_ours() || item.verb != Verb::Restore);
        run.restore()?;
        remove_ours(run.items.iter().filter(|item| item.is_ours()).map(|item| item.path.as_path()));
        run.settle_dirs(&plan)?;
        closed::close(&opened, &run.items);
        Step::release(recalled);
        pack.finish(&StepOutcome { status: Some(0), signal: None, ended: clock::timestamp() })?;
        pack.end_undo()?;
        Ok(Applied { items: run.items, notes: run.notes })
    }

    /// What the undo sets out to change.
    fn mark(&self, items: &[Item], step: &Step) -> UndoMark {
        // A directory is named too when its times go back: an undo taken up again finds them changed by itself.
        let given = self.times.iter().filter(|(dir, meta)| {
            step.before(dir).and_then(|kept| kept.before.as_ref()).is_some_and(|before| before.mtime == meta.mtime)
        });
        let ready = items.iter().filter(|item| item.is_ready()).map(|item| &item.path);
        let mut paths: Vec<&PathBuf> = ready.chain(given.map(|(dir, _)| dir)).collect();
        paths.sort();
        paths.dedup();
        let paths = paths.into_iter().map(|path| path.as_os_str().as_bytes().to_vec()).collect();
        UndoMark { session: self.session.clone(), step: self.step.clone(), paths }
    }
}

/// What the names of an undo's temporary files begin with.
pub(super) fn temporary_prefix(step: &str) -> String {
    format!("{TEMPORARY}{step}-")
}

impl Run<'_> {
    /// Keeps what is about to be overwritten; what cannot be kept is not overwritten. Without room for it nothing is begun.
    fn capture(&mut self, pack: &StepPack, plan: &UndoPlan, living: &[Living]) -> Result<(), UndoError> {
        let written_to: HashSet<At> = living.iter().map(|living| living.at).collect();
        // What is below a name that is not there is not there either, and needs no record of its own.
        let mut absent: Option<PathBuf> = None;
        for (index, item) in self.items.iter_mut().enumerate().filter(|(_, item)| item.is_ready()) {
            if absent.as_ref().is_some_and(|absent| item.path.starts_with(absent)) {
                continue;
            }
            if item.now.is_none() {
                absent = Some(item.path.clone());
            }
            let extent = match item.verb {
                Verb::Adjust | Verb::Times => Extent::Metadata,
                Verb::RestoreInPlace | Verb::Merge => Extent::Contents,
                _ if written_to.contains(&At::Item(index)) => Extent::Contents,
                _ if item.now.is_none() => Extent::Name,
                _ => Extent::Unlinked,
            };
            if let Err(lost) = pack.capture(&Obligation { path: item.path.clone(), extent }) {
                if lost.why.is_lack_of_room() {
                    return Err(UndoError::NoRoom { path: lost.path, why: lost.why.to_string() });
                }
                item.standing = Standing::Skip(Conflict::CannotKeep(lost.why.to_string()));
            }
        }
        for dir in plan.times.keys().filter(|dir| dir.is_dir()) {
            // Only times are at stake: a failure here loses nothing.
            if let Err(lost) = pack.capture(&Obligation { path: dir.clone(), extent: Extent::Metadata }) {
                self.notes.push(lost.to_string());
            }
        }
        Ok(())
    }

    /// Leaves an item alone for this reason; one that only lacks room ends the undo for now.
    fn skip(&mut self, index: usize, conflict: Conflict) -> Result<(), UndoError> {
        if let Conflict::NoRoom(why) = conflict {
            return Err(UndoError::NoRoom { path: self.items[index].path.clone(), why });
        }
        self.items[index].standing = Standing::Skip(conflict);
        Ok(())
    }

    fn burn(&mut self) -> Result<(), UndoError> {
        if crash::is_due() {
            crash::die();
        }
        if self.fuel == 0 {
            return Err(UndoError::Interrupted);
        }
        self.fuel -= 1;
        Ok(())
    }

    /// Runs `change` on the ready items `pick` picks, deepest first when `down`; an item that fails is skipped.
    fn each(
        &mut self,
        down: bool,
        pick: impl Fn(&Item) -> bool,
        mut change: impl FnMut(&Step, &Item, &mut Vec<String>) -> Result<(), Conflict>,
    ) -> Result<(), UndoError> {
        let count = self.items.len();
        for step in 0..count {
            let index = if down { count - 1 - step } else { step };
            if !self.items[index].is_ready() || !pick(&self.items[index]) {
                continue;
            }
            self.burn()?;
            if let Err(conflict) = change(self.step, &self.items[index], &mut self.notes) {
                self.skip(index, conflict)?;
            }
        }
        Ok(())
    }

    /// Takes hold of files that live on under other names.
    fn fetch(&self, living: &[Living]) -> Vec<Fetched> {
        let ready = |at: At| !matches!(at, At::Item(at) if !self.items[at].is_ready());
        let both = |living: &&Living| self.items[living.home].is_ready() && ready(living.at);
        let name = |living: &Living| format!("{}h{}", self.tag, living.home);
        living.iter().filter(both).filter_map(|it| Fetched::from(&self.items, self.step, *it, &name(it)).ok()).collect()
    }

    /// Keeps what those are that nobody knows another name of, and that are not what they were, under our own: a redo finds it
    /// there.
    fn keep_held<'b>(&self, pack: &StepPack, fetched: impl Iterator<Item = &'b Fetched>) -> Result<(), UndoError> {
        for fetched in fetched.filter(|fetched| fetched.is_changed(&self.items)) {
            let path = fetched.at.clone();
            if pack.capture(&Obligation { path, extent: Extent::Contents }).is_ok() {
                pack.seal()?;
            }
        }
        Ok(())
    }

    /// Lets them go home; where that fails, what was kept of them becomes a file of its own.
    fn bring_home(&mut self, fetched: &[Fetched]) -> Result<(), UndoError> {
        for fetched in fetched {
            self.burn()?;
            if let Ok(item) = fetched.bring_home(&self.items[fetched.home], self.step) {
                self.items[fetched.home] = item;
            }
        }
        Ok(())
    }

    /// Removes what the step made, and what stands where something of another kind was.
    fn remove(&mut self) -> Result<(), UndoError> {
        // Someone who may not write to a directory cannot change its names; it gets its mode at the end.
        for item in self.items.iter().filter(|item| item.is_ready()) {
            if let Some(now) = item.now.as_ref().filter(|now| now.is_dir() && now.mode & 0o700 != 0o700)
                && let Ok(Some((dir, name, _))) = look(&item.path)
            {
                dir.set_mode(&name, now.mode | 0o700).ok();
            }
        }
        let goes = |item: &Item| match (&item.before, &item.now) {
            (None, _) => true,
            (Some(before), Some(now)) => before.kind() != now.kind(),
            (Some(_), None) => false,
        };
        let dirs = Dirs::default();
        self.each(true, goes, |_, item, _| {
            let Some((dir, name, stat)) = dirs.look(&item.path).map_err(failed)? else { return Ok(()) };
            still_as_planned(item, Some(&Meta::bare(&stat)))?;
            if stat.kind() == FileKind::Directory {
                dir.remove_dir(&name).map_err(|error| match error.raw_os_error() {
                    Some(libc::ENOTEMPTY | libc::EEXIST) => Conflict::NotEmpty,
                    _ => failed(error),
                })
            } else {
                dir.unlink(&name).map_err(failed)
            }
        })?;
        // A directory that stays after all gets its mode back at once.
        for item in self.items.iter().filter(|item| !item.is_ready() && item.now.as_ref().is_some_and(Meta::is_dir)) {
            if let (Some(now), Ok(Some((dir, name, stat)))) = (&item.now, look(&item.path))
                && stat.mode == now.mode | 0o700
                && stat.mode != now.mode
            {
                dir.set_mode(&name, now.mode).ok();
            }
        }
        Ok(())
    }

    fn make_dirs(&mut self) -> Result<(), UndoError> {
        let dirs = Dirs::default();
        self.each(
            false,
            |item| item.verb == Verb::MakeDir,
            |_, item, _| {
                let (dir, name) = parent_of(&dirs, &item.path)?;
                match dir.make_dir(&name, 0o700) {
                    Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(failed(error)),
                    _ => Ok(()),
                }
            },
        )
    }

    /// Gives contents back: all new files are written and made durable first, then each takes its name.
    fn restore(&mut self) -> Result<(), UndoError> {
        let tag = self.tag.clone();
        let mut prepared: Vec<Option<Prepared>> = Vec::new();
        prepared.resize_with(self.items.len(), || None);
        let living = self.living_names();
        let dirs = Dirs::default();
        let mut places = HashSet::new();
        let (mut written, mut files) = (0, Vec::new());
        for index in 0..prepared.len() {
            let item = &self.items[index];
            let linked = living.contains_key(&item.path) || self.step.same_inode_as(&item.path).is_some();
            if !item.is_ready() || !makes_new(item) || linked {
                continue;
            }
            match prepare(self.step, item, &format!("{tag}{index}"), &dirs, &mut self.notes) {
                Ok((ready, file)) => {
                    if let Some(file) = file {
                        written += 1;
                        places.insert(item.path.parent().map(Path::to_owned));
                        // More than these are made durable together, and none needs to stay open.
                        if files.len() < SYNC_EACH {
                            files.push(file);
                        }
                    }
                    prepared[index] = Some(ready);
                }
                Err(conflict) => {
                    if let Err(stopped) = self.skip(index, conflict) {
                        self.give_up(prepared, &dirs);
                        return Err(stopped);
                    }
                }
            }
        }
        for file in files.iter().filter(|_| written <= SYNC_EACH) {
            // A failing sync leaves the undo no less complete, only less durable.
            file.sync_data().ok();
        }
        if written > SYNC_EACH {
            sync_all(places.into_iter().flatten());
        }
        let dirs = Dirs::default();
        for index in 0..prepared.len() {
            let Some(ready) = prepared[index].take() else { continue };
            self.burn()?;
            let item = &self.items[index];
            if let Err(conflict) = place(self.step, item, ready, &dirs, &mut self.notes)
                && let Err(stopped) = self.skip(index, conflict)
            {
                self.give_up(prepared, &dirs);
                return Err(stopped);
            }
        }
        // Several names of one file are written once.
        let mut rewritten = HashSet::new();
        self.each(
            false,
            |item| item.verb == Verb::RestoreInPlace || (item.verb == Verb::Merge && !makes_new(item)),
            |step, item, notes| {
                if !item.now.as_ref().is_some_and(|now| rewritten.insert(now.inode())) {
                    return Ok(());
                }
                still_as_planned(item, now(&Dirs::default(), &item.path).map_err(failed)?.as_ref())?;
                write_in_place(step, item, notes)
            },
        )?;
        self.adjust()?;
        let index = std::cell::Cell::new(0);
        self.each(
            false,
            |item| matches!(item.verb, Verb::Restore | Verb::MakeSpecial),
            |step, item, notes| {
                let holder = living.get(&item.path).map(PathBuf::as_path).or_else(|| step.same_inode_as(&item.path));
                let Some(holder) = holder else { return Ok(()) };
                index.set(index.get() + 1);
                join(step, item, holder, &format!("{tag}l{}", index.get()), notes)
            },
        )
    }

    /// Removes new files whose turn has not come: they take the room that is wanting.
    fn give_up(&self, prepared: Vec<Option<Prepared>>, dirs: &Dirs) {
        for (item, ready) in self.items.iter().zip(prepared) {
            if let Some(ready) = ready {
                ready.discard(item, dirs);
            }
        }
    }

    /// For names that go back to files with further names: one of those that is there and still is that very file.
    fn living_names(&self) -> HashMap<PathBuf, PathBuf> {
        let comes_back = |item: &&Item| item.is_ready() && item.verb == Verb::Restore;
        let shared = |meta: &Meta| (meta.nlink > 1 && meta.is_file()).then(|| meta.inode());
        let wanted: HashSet<(u64, u64)> =
            self.items.iter().filter(comes_back).filter_map(|item| shared(item.before.as_ref()?)).collect();
        if wanted.is_empty() {
            return HashMap::new();
        }
        let coming: HashSet<&Path> = self.items.iter().filter(comes_back).map(|item| item.path.as_path()).collect();
        let mut alive: HashMap<(u64, u64), &Path> = HashMap::new();
        for (path, kept) in self.step.touched().filter(|(path, _)| !coming.contains(path)) {
            if let Some(inode) = kept.before.as_ref().and_then(shared).filter(|inode| wanted.contains(inode))
                && matches!(look(path), Ok(Some((_, _, stat))) if (stat.dev, stat.ino) == inode)
            {
                alive.entry(inode).or_insert(path);
            }
        }
        let holder = |item: &Item| alive.get(&shared(item.before.as_ref()?)?).map(|holder| (*holder).to_owned());
        let items = self.items.iter().filter(comes_back);
        items.filter_map(|item| Some((item.path.clone(), holder(item)?))).collect()
    }

    fn adjust(&mut self) -> Result<(), UndoError> {
        let dirs = Dirs::default();
        self.each(
            false,
            |item| item.verb == Verb::Adjust && !item.before.as_ref().is_some_and(Meta::is_dir),
            |_, item, notes| give_metadata(item, &dirs, notes),
        )
    }

    /// Directories last, deepest first: their times would not outlive a change below them.
    fn settle_dirs(&mut self, plan: &UndoPlan) -> Result<(), UndoError> {
        let is_dir = |item: &Item| item.is_ready() && item.before.as_ref().is_some_and(Meta::is_dir);
        let items = (0..self.items.len()).filter(|index| is_dir(&self.items[*index]));
        let mut all: BTreeMap<PathBuf, Option<usize>> = plan.times.keys().map(|path| (path.clone(), None)).collect();
        all.extend(items.map(|index| (self.items[index].path.clone(), Some(index))));
        let dirs = Dirs::default();
        for (path, index) in all.iter().rev() {
            if let Some(index) = *index {
                self.burn()?;
                if let Err(conflict) = give_metadata(&self.items[index], &dirs, &mut self.notes) {
                    self.skip(index, conflict)?;
                }
            }
            // Before those above get their modes, behind which it may be out of reach.
            if let Some(meta) = plan.times.get(path)
                && let Ok(Some((dir, name, stat))) = dirs.look(path)
                && stat.kind() == FileKind::Directory
                && (stat.atime, stat.mtime) != (meta.atime, meta.mtime)
                && let Err(error) = metadata::set_times(&dir, &name, meta)
            {
                self.notes.push(format!("times of {} not given back: {error}", path.display()));
            }
        }
        Ok(())
    }
}

fn give_metadata(item: &Item, dirs: &Dirs, notes: &mut Vec<String>) -> Result<(), Conflict> {
    let Some(before) = &item.before else { return Ok(()) };
    let (dir, name) = parent_of(dirs, &item.path)?;
    let stat = dir.stat(&name).map_err(failed)?;
    let left = metadata::set_all(&dir, &name, &stat, before).map_err(failed)?;
    notes.extend(left.into_iter().map(|what| format!("{}: {what}", item.path.display())));
    Ok(())
}

/// Takes away names that files were given for a while.
pub(super) fn remove_ours<'a>(paths: impl Iterator<Item = &'a Path>) {
    for path in paths {
        if let Ok(Some((dir, name, _))) = look(path) {
            dir.unlink(&name).ok();
        }
    }
}

/// True when a new file takes the name. A merged text goes into the file that is there when that has further names.
fn makes_new(item: &Item) -> bool {
    match item.verb {
        Verb::Restore | Verb::MakeSpecial | Verb::Beside => true,
        Verb::Merge => item.now.as_ref().is_some_and(|now| now.nlink == 1),
        _ => false,
    }
}

/// Lets a prepared file take its name.
fn place(step: &Step, item: &Item, ready: Prepared, dirs: &Dirs, notes: &mut Vec<String>) -> Result<(), Conflict> {
    if item.now.is_none() {
        return ready.take_name(step, item, dirs, notes);
    }
    let current = dirs.look(&item.path).map_err(failed)?.map(|(_, _, stat)| Meta::bare(&stat));
    match is_free_for(item, current.as_ref()) {
        Ok(()) => ready.take_name(step, item, dirs, notes),
        Err(conflict) => {
            ready.discard(item, dirs);
            Err(conflict)
        }
    }
}

/// True to the plan: what has the name is what had it then, or it is gone because it was of another kind and made way.
pub(super) fn is_free_for(item: &Item, current: Option<&Meta>) -> Result<(), Conflict> {
    let other = item.now.as_ref().zip(item.before.as_ref()).is_some_and(|(now, before)| now.kind() != before.kind());
    if other && current.is_none() { Ok(()) } else { still_as_planned(item, current) }
}

/// Makes a name one of the names of `holder` again; when that is not there, a file of its own.
fn join(step: &Step, item: &Item, holder: &Path, temporary: &str, notes: &mut Vec<String>) -> Result<(), Conflict> {
    let there = look(holder).map_err(failed)?;
    let dirs = Dirs::default();
    let (dir, name) = parent_of(&dirs, &item.path)?;
    let before = item.before.as_ref();
    if let Some((holder_dir, holder_name, stat)) = there
        && before.is_some_and(|before| before.size == stat.size && before.mtime == stat.mtime)
    {
        if dir.stat(&name).is_ok_and(|mine| mine.same_file(&stat)) {
            return Ok(());
        }
        is_free_for(item, now(&dirs, &item.path).map_err(failed)?.as_ref())?;
        let temporary = std::ffi::OsStr::new(temporary);
        holder_dir.link(&holder_name, &dir, temporary).map_err(failed)?;
        return dir.rename(temporary, &dir, &name).map_err(|error| {
            dir.unlink(temporary).ok();
            failed(error)
        });
    }
    notes.push(format!("{}: is a file of its own, no longer a link of {}", item.path.display(), holder.display()));
    let (ready, _) = prepare(step, item, temporary, &dirs, notes)?;
    place(step, item, ready, &dirs, notes)
}

/// Someone may have come between planning and doing. The change time is no witness: keeping the file moved it.
pub(super) fn still_as_planned(item: &Item, current: Option<&Meta>) -> Result<(), Conflict> {
    let same = match (&item.now, current) {
        (None, None) => true,
        (Some(planned), Some(current)) => {
            planned.inode() == current.inode()
                && (planned.is_dir() || (planned.size == current.size && planned.mtime == current.mtime))
        }
        _ => false,
    };
    if same { Ok(()) } else { Err(Conflict::ChangedSince) }
}

fn sync_all(places: impl Iterator<Item = PathBuf>) {
    let mut seen = HashSet::new();
    for path in places {
        if let Ok(dir) = open_dir(&path)
            && let Ok(stat) = crate::sys::Stat::of_fd(&dir)
            && seen.insert(stat.dev)
        {
            // A failing sync leaves the undo no less complete, only less durable.
            dir.sync_file_system().ok();
        }
    }
}

pub(super) fn failed(error: io::Error) -> Conflict {
    if error.raw_os_error() == Some(libc::ELOOP) {
        return Conflict::Failed("a directory on the way is a link now".to_owned());
    }
    if lacks_room(&error) {
        return Conflict::NoRoom(error.to_string());
    }
    Conflict::Failed(error.to_string())
}

/// The directory a path is in, reached without following a link, and its name there.
pub(super) fn parent_of(dirs: &Dirs, path: &Path) -> Result<(Rc<DirFd>, std::ffi::OsString), Conflict> {
    let none = || Conflict::Failed("the root has no parent".to_owned());
    let parent = path.parent().ok_or_else(none)?;
    let name = path.file_name().ok_or_else(none)?;
    Ok((dirs.open(parent).map_err(failed)?, name.to_owned()))
}
