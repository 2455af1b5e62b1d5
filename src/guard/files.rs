//! Keeps what a call is about to change.

use super::call::{Call, Name};
use super::clearance::Change;
use super::place::{Place, place};
use super::process::{Process, Root};
use super::programs::is_git;
use super::record::{Lost, Record};
use super::scope::{Gate, Passage};
use crate::approval::Question;
use crate::effect::Verb;
use crate::policy::{Extent, Obligation};
use crate::sys::{FileKind, Stat};
use nix::unistd::{AccessFlags, eaccess};
use std::io;
use std::path::{Path, PathBuf};

/// What is to become of a call that changes files.
#[derive(Debug)]
pub(super) enum Kept {
    /// All it could lose is kept.
    Yes,
    /// It would change what is agentsh's own.
    Own(PathBuf),
    /// What it would lose cannot be kept.
    No(PathBuf, Lost),
    /// It goes beyond what the line was cleared for.
    Question(Box<Question>),
    /// It does so again.
    Refused,
}

/// The keeper of files.
pub(super) struct Files<'a> {
    pub(super) root: Root,
    pub(super) record: &'a Record,
    pub(super) gate: &'a Gate<'a>,
    /// Directories nothing guarded may change.
    pub(super) own: &'a [PathBuf],
    /// Programs of ours, which may.
    pub(super) ours: Vec<Stat>,
}

impl Files<'_> {
    /// Keeps what `call` would lose. An error means that it could not be read what that is.
    pub(super) fn keep(&self, process: Process, call: &Call) -> io::Result<Kept> {
        match *call {
            Call::Open(name, flags) => self.open(process, &name, flags),
            Call::Truncate(name) => self.change(process, &name, true, Extent::Contents, Verb::Modify),
            Call::Remove(name, directory) => {
                let extent = if directory { Extent::Metadata } else { Extent::Unlinked };
                self.change(process, &name, false, extent, Verb::Delete)
            }
            Call::Make(name) => self.change(process, &name, false, Extent::Name, Verb::Create),
            Call::Link(from, follow, name) => match self.second_name(process, &from, follow)? {
                Kept::Yes => self.change(process, &name, false, Extent::Name, Verb::Link),
                other => Ok(other),
            },
            Call::Metadata(name, follow) => self.change(process, &name, follow, Extent::Metadata, Verb::Metadata),
            Call::Rename(from, to, flags) => self.rename(process, &from, &to, flags),
            Call::Execute(..) | Call::Connect(..) | Call::Unknown => Ok(Kept::Yes),
        }
    }

    fn open(&self, process: Process, name: &Name, flags: i32) -> io::Result<Kept> {
        let writes = flags & libc::O_ACCMODE != libc::O_RDONLY || flags & libc::O_TRUNC != 0;
        let creates = flags & libc::O_CREAT != 0;
        let unnamed = flags & libc::O_TMPFILE == libc::O_TMPFILE;
        if unnamed || flags & libc::O_PATH != 0 || !(writes || creates) {
            return Ok(Kept::Yes);
        }
        let exclusive = creates && flags & libc::O_EXCL != 0;
        let follow = flags & libc::O_NOFOLLOW == 0 && !exclusive;
        match place(process, &self.root, name, follow)? {
            Place::At(path, None) if creates => self.capture(process, path, Extent::Name, Verb::Create, true),
            Place::At(path, Some(stat)) if writes && !exclusive && stat.kind() == FileKind::Regular => {
                let verb = match flags {
                    flags if flags & libc::O_TRUNC != 0 => Verb::Write,
                    flags if flags & libc::O_APPEND != 0 => Verb::Append,
                    _ => Verb::Modify,
                };
                self.capture(process, path, Extent::Contents, verb, false)
            }
            Place::At(path, Some(stat)) if writes && stat.kind() == FileKind::BlockDevice => {
                Ok(self.pass(process, Verb::Write, &real(path), false))
            }
            Place::Foreign => self.foreign(),
            Place::At(..) | Place::Harmless => Ok(Kept::Yes),
        }
    }

    fn change(&self, process: Process, name: &Name, follow: bool, extent: Extent, verb: Verb) -> io::Result<Kept> {
        match place(process, &self.root, name, follow)? {
            // Nothing there: only what makes a name can do anything.
            Place::At(_, None) if extent != Extent::Name => Ok(Kept::Yes),
            Place::At(_, Some(_)) if extent == Extent::Name => Ok(Kept::Yes),
            Place::At(path, found) => self.capture(process, path, extent, verb, found.is_none()),
            Place::Foreign => self.foreign(),
            Place::Harmless => Ok(Kept::Yes),
        }
    }

    fn rename(&self, process: Process, from: &Name, to: &Name, flags: u32) -> io::Result<Kept> {
        let (from, to) = match (place(process, &self.root, from, false)?, place(process, &self.root, to, false)?) {
            (Place::Foreign, _) | (_, Place::Foreign) => return self.foreign(),
            (Place::At(from, Some(stat)), Place::At(to, found)) => ((from, stat), (to, found)),
            _ => return Ok(Kept::Yes),
        };
        if flags & libc::RENAME_NOREPLACE != 0 && to.1.is_some() {
            return Ok(Kept::Yes);
        }
        let tree =
            |stat: Stat| if stat.kind() == FileKind::Directory { Extent::UnlinkedTree } else { Extent::Unlinked };
        if self.holds_own(&from.0) || self.holds_own(&to.0) {
            return Ok(Kept::Own(from.0));
        }
        // What goes away from a name made in this step is nobody's loss.
        let new = self.record.is_new(&from.0) && !self.is_own(&from.0);
        let left = match new {
            true => self.pass(process, Verb::Move, &real(from.0), true),
            false => self.capture(process, from.0, tree(from.1), Verb::Move, false)?,
        };
        match left {
            Kept::Yes => {}
            other => return Ok(other),
        }
        let extent = to.1.map_or(Extent::Name, tree);
        let verb = match to.1 {
            Some(_) if flags & libc::RENAME_EXCHANGE != 0 => Verb::Move,
            Some(_) => Verb::Write,
            None => Verb::Create,
        };
        self.capture(process, to.0, extent, verb, to.1.is_none())
    }

    /// A file that gets a second name can be changed by it: that is judged when it gets it.
    fn second_name(&self, process: Process, from: &Name, follow: bool) -> io::Result<Kept> {
        match place(process, &self.root, from, follow)? {
            Place::At(path, Some(_)) if self.is_own(&path) && !self.is_ours(process) => Ok(Kept::Own(path)),
            // A clone of a repository on the same disk shares its objects, which nothing ever changes.
            Place::At(path, Some(_))
                if is_object(&path) && process.program_file().is_some_and(|file| is_git(&file)) =>
            {
                Ok(Kept::Yes)
            }
            Place::At(path, Some(_)) => Ok(self.pass(process, Verb::Link, &real(path), false)),
            _ => Ok(Kept::Yes),
        }
    }

    /// What happens in other roots is not seen by any undo of ours: the step does not claim to cover it.
    fn foreign(&self) -> io::Result<Kept> {
        self.record.uncover();
        Ok(Kept::Yes)
    }

    fn capture(&self, process: Process, path: PathBuf, extent: Extent, verb: Verb, new: bool) -> io::Result<Kept> {
        if self.is_own(&path) && !self.is_ours(process) {
            return Ok(Kept::Own(path));
        }
        if self.is_own(&path) || !may(&path, extent) {
            return Ok(Kept::Yes);
        }
        let path = real(path);
        match self.pass(process, verb, &path, new || self.record.is_new(&path)) {
            Kept::Yes => {}
            other => return Ok(other),
        }
        match self.record.capture(&Obligation { path: path.clone(), extent }) {
            Ok(()) => Ok(Kept::Yes),
            Err(lost) => Ok(Kept::No(path, lost)),
        }
    }

    /// What the policy says of a change.
    fn pass(&self, process: Process, verb: Verb, path: &Path, new: bool) -> Kept {
        match self.gate.judge(process, &Change { verb, path, new }) {
            Passage::Free => Kept::Yes,
            Passage::Question(question) => Kept::Question(question),
            Passage::Refused => Kept::Refused,
        }
    }

    /// True for a directory that agentsh's own lie in.
    fn holds_own(&self, path: &Path) -> bool {
        let path = real(path.to_owned());
        self.own.iter().any(|own| own.starts_with(&path) && *own != path)
    }

    /// True for agentsh's own state and settings, links in the directory resolved.
    fn is_own(&self, path: &Path) -> bool {
        let inside =
            |path: &Path| self.own.iter().any(|own| path.starts_with(own) || own.starts_with(path) && own == path);
        let within = |path: &Path| inside(path) || path.file_name().is_some_and(|name| name == OWN_STORE.as_str());
        within(path)
            || path.parent().and_then(|parent| parent.canonicalize().ok()).is_some_and(|parent| {
                within(&parent.join(path.file_name().unwrap_or_default()))
                    || parent.ancestors().any(|above| above.file_name().is_some_and(|name| name == OWN_STORE.as_str()))
            })
    }

    fn is_ours(&self, process: Process) -> bool {
        process.program().is_ok_and(|program| self.ours.iter().any(|ours| ours.same_file(&program)))
    }
}

/// The path without links in its directory.
fn real(path: PathBuf) -> PathBuf {
    match (path.parent().map(Path::canonicalize), path.file_name()) {
        (Some(Ok(parent)), Some(name)) => parent.join(name),
        _ => path,
    }
}

/// True for what git keeps under the name of its contents.
fn is_object(path: &Path) -> bool {
    path.components().any(|name| name.as_os_str() == "objects")
}

/// The name of our folders on other file systems.
static OWN_STORE: std::sync::LazyLock<String> =
    std::sync::LazyLock::new(|| format!(".agentsh-{}", nix::unistd::geteuid()));

/// False when the kernel will refuse the call anyway, so that nothing needs to be kept for it.
fn may(path: &Path, extent: Extent) -> bool {
    match extent {
        Extent::Contents => eaccess(path, AccessFlags::W_OK).is_ok(),
        Extent::Unlinked | Extent::UnlinkedTree | Extent::Name => {
            path.parent().is_some_and(|parent| eaccess(parent, AccessFlags::W_OK | AccessFlags::X_OK).is_ok())
        }
        _ => true,
    }
}
