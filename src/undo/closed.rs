//! Directories that a step has left closed: who may not do everything does not see what lies behind them before they are
//! opened up again, neither when the step ends nor when it is to be taken back.

use super::apply::UndoError;
use super::conflict::Conflict;
use super::item::{Given, Item, Standing, Verb};
use super::now::now;
use super::plan::{PlanOptions, UndoPlan, consider, consider_new};
use crate::checkpoint::{After, Depth, Dirs, Meta, Step, StepPack, look};
use crate::policy::{Extent, Obligation};
use crate::sys::Stat;
use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};

/// Without these the owner of a directory does not see what is in it.
const SEEN: u32 = 0o500;
/// With these the owner of a directory may do anything in it.
const FREE: u32 = 0o700;
/// The same of a file.
const WRITABLE: u32 = 0o600;

/// The mode of a directory or file before it was opened up, which is its own again at the end unless it gets another.
pub(super) type Opened = Vec<(PathBuf, u32)>;

/// A path that cannot be looked at because the step, as far as is known, closed a directory above it.
pub(super) fn unseen(step: &Step, path: &Path, before: Option<&Meta>, error: &io::Error) -> Option<Item> {
    let changed = |dir: &Path| step.before(dir).is_some_and(|kept| kept.depth > Depth::Parent);
    if error.raw_os_error() != Some(libc::EACCES) || !path.ancestors().skip(1).any(changed) {
        return None;
    }
    Some(Item {
        path: path.to_owned(),
        verb: Verb::Unseen,
        standing: Standing::Ready,
        before: before.cloned(),
        now: None,
        given: Given::Kept,
    })
}

/// Whether a path whose state after the step nobody could see is as the step left it. What lay behind a closed directory
/// then cannot have changed before somebody opened that, and the change time, which no call can set, tells of it.
pub(super) fn is_as_left(
    step: &Step,
    path: &Path,
    current: Option<&Meta>,
    options: &PlanOptions<'_>,
    dirs: &Dirs,
) -> bool {
    let begun = options.begun.is_some_and(|begun| begun.contains(path));
    let since = |closed: &Meta| match current {
        // A directory that an interrupted undo has opened.
        Some(current) if begun && current.is_dir() => true,
        Some(current) => current.ctime <= closed.ctime,
        None => {
            let mut above = path.ancestors().skip(1).filter_map(|dir| now(dirs, dir).ok().flatten());
            begun || above.next().is_some_and(|dir| dir.mtime <= closed.ctime)
        }
    };
    let Some(closed) = closed_above(step, path) else { return false };
    since(closed) || step.redos().iter().filter_map(|redo| closed_above(redo, path)).any(since)
}

/// The nearest directory above whose end the step knows, when it left that closed.
fn closed_above<'a>(step: &'a Step, path: &Path) -> Option<&'a Meta> {
    let known = path.ancestors().skip(1).map(|above| step.after(above)).find(|after| !matches!(after, After::Unknown));
    match known {
        Some(After::Is(left, _)) if is_closed(left) => Some(left),
        _ => None,
    }
}

fn is_closed(meta: &Meta) -> bool {
    meta.is_dir() && meta.mode & SEEN != SEEN
}

/// The uppermost directory above `path` that is there and cannot be looked into.
fn barrier(dirs: &Dirs, path: &Path) -> Option<PathBuf> {
    let mut above: Vec<&Path> = path.ancestors().skip(1).collect();
    above.reverse();
    let denied = |dir: &&Path| dirs.open(dir).is_err_and(|error| error.raw_os_error() == Some(libc::EACCES));
    above.into_iter().find(denied).map(Path::to_owned)
}

/// Leaves alone what lies behind a directory that is left alone, or is not of the step or not ours to open.
pub(super) fn hold_back(items: &mut [Item], step: &Step) {
    if !items.iter().any(|item| item.verb == Verb::Unseen) {
        return;
    }
    let dirs = Dirs::default();
    let left_alone: Vec<PathBuf> = items.iter().filter(|item| !item.is_ready()).map(|item| item.path.clone()).collect();
    let mut judged: Option<(PathBuf, bool)> = None;
    for item in items.iter_mut().filter(|item| item.verb == Verb::Unseen) {
        if !judged.as_ref().is_some_and(|(dir, _)| item.path.starts_with(dir)) {
            judged = barrier(&dirs, &item.path).map(|dir| {
                let of_step = step.before(&dir).is_some_and(|kept| kept.depth > Depth::Parent);
                let ours = look(&dir).ok().flatten().is_some_and(|(_, _, stat)| is_ours(&stat));
                let free = of_step && ours && !left_alone.contains(&dir);
                (dir, free)
            });
        }
        if let Some((dir, false)) = &judged {
            item.standing = Standing::Skip(behind(dir));
        }
    }
}

fn behind(dir: &Path) -> Conflict {
    Conflict::Failed(format!("it cannot be looked at behind {}", dir.display()))
}

fn is_ours(stat: &Stat) -> bool {
    stat.uid == nix::unistd::geteuid().as_raw()
}

impl UndoPlan {
    /// True when something has to be opened before it is known, or can be kept, what is to be done.
    pub(super) fn has_closed(&self, step: &Step) -> bool {
        self.items
            .iter()
            .filter(|item| item.is_ready())
            .any(|item| item.verb == Verb::Unseen || is_closed_file(item) || left_closed(step, item))
    }

    /// Opens directories, uppermost first, and puts what is to be done behind them in the place of what was unknown. Each
    /// is captured before it is opened: an undo that is killed is completed by the next, and its redo closes them again.
    /// `burn` is called before each change.
    pub(super) fn open_up(
        &mut self,
        step: &Step,
        pack: &StepPack,
        burn: &mut dyn FnMut() -> Result<(), UndoError>,
    ) -> Result<Opened, UndoError> {
        let (left_alone, made, opened) = Default::default();
        let mut opening = Opening { step, pack, burn, left_alone, made, opened };
        let begun = self.begun.clone();
        let options = PlanOptions { begun: begun.as_ref(), ..PlanOptions::default() };
        let (unseen, seen) =
            std::mem::take(&mut self.items).into_iter().partition(|item| item.is_ready() && item.verb == Verb::Unseen);
        self.items = seen;
        let mut unseen: Vec<Item> = unseen;
        let made: Vec<usize> = (0..self.items.len()).filter(|index| self.items[*index].is_ready()).collect();
        for index in made {
            unseen.extend(opening.list(&self.items[index])?);
        }
        opening.left_alone.extend(self.items.iter().filter(|item| !item.is_ready()).map(|item| item.path.clone()));
        // Taken from the end, in the order of paths: what is above comes first.
        unseen.sort_by(|a, b| b.path.cmp(&a.path));
        while let Some(item) = unseen.pop() {
            let Some(item) = opening.see(item, &options)? else { continue };
            if item.is_ready() {
                unseen.extend(opening.list(&item)?.into_iter().rev());
            } else {
                opening.left_alone.insert(item.path.clone());
            }
            self.items.push(item);
        }
        self.items.sort_by(|a, b| a.path.cmp(&b.path));
        for item in self.items.iter_mut().filter(|item| item.is_ready() && is_closed_file(item)) {
            opening.open(&item.path, WRITABLE, &mut item.standing)?;
        }
        self.note_times(step, &options, &Dirs::default());
        Ok(opening.opened)
    }
}

/// True for a file that is written in place, and whose owner may not.
fn is_closed_file(item: &Item) -> bool {
    let in_place = matches!(item.verb, Verb::RestoreInPlace | Verb::Merge);
    in_place && item.now.as_ref().is_some_and(|now| now.is_file() && now.mode & WRITABLE != WRITABLE)
}

/// True for a directory that the step left closed.
fn left_closed(step: &Step, item: &Item) -> bool {
    matches!(step.after(&item.path), After::Is(left, _) if is_closed(left))
}

struct Opening<'a> {
    step: &'a Step,
    pack: &'a StepPack,
    burn: &'a mut dyn FnMut() -> Result<(), UndoError>,
    left_alone: HashSet<PathBuf>,
    /// What was found that the step has made.
    made: HashSet<PathBuf>,
    opened: Opened,
}

impl Opening<'_> {
    /// What is to be done about a path that was unseen; `None` when it is as it was.
    fn see(&mut self, mut item: Item, options: &PlanOptions<'_>) -> Result<Option<Item>, UndoError> {
        loop {
            let dirs = Dirs::default();
            let seen = match self.step.before(&item.path) {
                Some(kept) => consider(self.step, &item.path, kept, options, &dirs),
                None => consider_new(self.step, &item.path, options, &dirs),
            };
            if !seen.as_ref().is_some_and(|seen| seen.verb == Verb::Unseen && seen.is_ready()) {
                return Ok(seen);
            }
            match barrier(&dirs, &item.path) {
                Some(dir) if self.may_open(&dir) => self.open(&dir, FREE, &mut item.standing)?,
                Some(dir) => item.standing = Standing::Skip(behind(&dir)),
                None => item.standing = Standing::Skip(Conflict::Failed("it cannot be looked at".to_owned())),
            }
            if !item.is_ready() {
                return Ok(Some(item));
            }
        }
    }

    /// True for a directory of the step that is not left alone.
    fn may_open(&self, dir: &Path) -> bool {
        let changed = self.step.before(dir).is_some_and(|kept| kept.depth > Depth::Parent);
        (changed || self.made.contains(dir)) && !self.left_alone.contains(dir)
    }

    /// Names that the step can have made, and nobody could see, in a directory that it left closed.
    fn list(&mut self, dir: &Item) -> Result<Vec<Item>, UndoError> {
        let looked_for = dir.verb == Verb::Remove || self.step.watched().iter().any(|tree| dir.path.starts_with(tree));
        if !looked_for || !left_closed(self.step, dir) && closed_above(self.step, &dir.path).is_none() {
            return Ok(Vec::new());
        }
        let opened = |path: &Path| Dirs::default().open(path);
        let held = match (opened(&dir.path), dir.now.as_ref().is_some_and(Meta::is_dir)) {
            (Ok(held), _) => held,
            (Err(error), true) if error.raw_os_error() == Some(libc::EACCES) => {
                let mut standing = Standing::Ready;
                self.open(&dir.path, FREE, &mut standing)?;
                let Ok(held) = opened(&dir.path) else { return Ok(Vec::new()) };
                held
            }
            (Err(_), _) => return Ok(Vec::new()),
        };
        let mut names = held.entries().unwrap_or_default();
        names.sort_by(|a, b| a.name.cmp(&b.name));
        let unknown = names.into_iter().map(|entry| dir.path.join(entry.name));
        let unknown = unknown.filter(|path| {
            let step = self.step;
            matches!(step.after(path), After::Unknown) && step.before(path).is_none() && !step.was_present(path)
        });
        let unseen = |path| Item {
            path,
            verb: Verb::Unseen,
            standing: Standing::Ready,
            before: None,
            now: None,
            given: Given::Kept,
        };
        let found: Vec<Item> = unknown.map(unseen).collect();
        self.made.extend(found.iter().map(|item| item.path.clone()));
        Ok(found)
    }

    /// Gives the owner what is missing, after what it was has been kept; else says why it is left alone.
    fn open(&mut self, path: &Path, mode: u32, standing: &mut Standing) -> Result<(), UndoError> {
        if let Err(lost) = self.pack.capture(&Obligation { path: path.to_owned(), extent: Extent::Metadata }) {
            *standing = Standing::Skip(Conflict::CannotKeep(lost.why.to_string()));
            return Ok(());
        }
        self.pack.seal()?;
        (self.burn)()?;
        let opened = look(path).and_then(|found| match found {
            Some((dir, name, stat)) if is_ours(&stat) => {
                dir.set_mode(&name, stat.mode | mode)?;
                Ok(stat.mode)
            }
            _ => Err(io::Error::from_raw_os_error(libc::EACCES)),
        });
        match opened {
            Ok(mode) => self.opened.push((path.to_owned(), mode)),
            Err(error) => *standing = Standing::Skip(Conflict::Failed(error.to_string())),
        }
        Ok(())
    }
}

/// Closes again what was opened and is left alone.
pub(super) fn close(opened: &Opened, items: &[Item]) {
    for (path, mode) in opened.iter().rev() {
        let given = items.iter().any(|item| item.path == *path && item.is_ready());
        if !given
            && let Ok(Some((dir, name, stat))) = look(path)
            && stat.mode != *mode
        {
            dir.set_mode(&name, *mode).ok();
        }
    }
}
