//! Keeps what a call is about to change.

use super::call::{Call, Name};
use super::place::{Place, place};
use super::process::{Process, Root};
use super::record::{Lost, Record};
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
}

/// The keeper of files.
pub(super) struct Files<'a> {
    pub(super) root: Root,
    pub(super) record: &'a Record,
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
            Call::Truncate(name) => self.change(process, &name, true, Extent::Contents),
            Call::Remove(name, directory) => {
                self.change(process, &name, false, if directory { Extent::Metadata } else { Extent::Unlinked })
            }
            Call::Make(name) => self.change(process, &name, false, Extent::Name),
            Call::Metadata(name, follow) => self.change(process, &name, follow, Extent::Metadata),
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
            Place::At(path, None) if creates => self.capture(process, path, Extent::Name),
            Place::At(path, Some(stat)) if writes && !exclusive && stat.kind() == FileKind::Regular => {
                self.capture(process, path, Extent::Contents)
            }
            Place::Foreign => self.foreign(),
            Place::At(..) | Place::Harmless => Ok(Kept::Yes),
        }
    }

    fn change(&self, process: Process, name: &Name, follow: bool, extent: Extent) -> io::Result<Kept> {
        match place(process, &self.root, name, follow)? {
            // Nothing there: only what makes a name can do anything.
            Place::At(_, None) if extent != Extent::Name => Ok(Kept::Yes),
            Place::At(_, Some(_)) if extent == Extent::Name => Ok(Kept::Yes),
            Place::At(path, _) => self.capture(process, path, extent),
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
        // What goes away from a name made in this step is nobody's loss.
        if !self.record.is_new(&from.0) {
            match self.capture(process, from.0, tree(from.1))? {
                Kept::Yes => {}
                other => return Ok(other),
            }
        } else if self.is_own(&from.0) {
            return self.capture(process, from.0, Extent::Name);
        }
        let extent = to.1.map_or(Extent::Name, tree);
        self.capture(process, to.0, extent)
    }

    /// What happens in other roots is not seen by any undo of ours: the step does not claim to cover it.
    fn foreign(&self) -> io::Result<Kept> {
        self.record.uncover();
        Ok(Kept::Yes)
    }

    fn capture(&self, process: Process, path: PathBuf, extent: Extent) -> io::Result<Kept> {
        if self.is_own(&path) && !self.is_ours(process) {
            return Ok(Kept::Own(path));
        }
        if self.is_own(&path) || !may(&path, extent) {
            return Ok(Kept::Yes);
        }
        match self.record.capture(&Obligation { path: path.clone(), extent }) {
            Ok(()) => Ok(Kept::Yes),
            Err(lost) => Ok(Kept::No(path, lost)),
        }
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
