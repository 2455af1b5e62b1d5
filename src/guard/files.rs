//! Keeps what a call is about to change.

use super::call::{Call, Name};
use super::hard::HardScope;
use super::others::{is_of_line, may_touch};
use super::ours::Ours;
use super::place::{Place, Spot, place};
use super::process::Process;
use super::record::Record;
use super::scope::{Gate, Passage};
use super::step::Lost;
use super::view::View;
use super::wanted::is_git;
use crate::agents::is_own_state;
use crate::approval::Question;
use crate::checkpoint::NotCaptured;
use crate::effect::Verb;
use crate::policy::Extent;
use crate::sys::{FileKind, Stat};
use std::io;
use std::os::unix::ffi::OsStrExt;
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
    /// The hard scope does not reach there, whatever was agreed to.
    Beyond(PathBuf),
    /// It does so again.
    Refused,
    /// It would change the memory of this process, which is none of the line's.
    Alien(i32),
}

/// Bytes copied in some microseconds.
const QUICK: u64 = 256 << 10;

/// Who calls.
struct Caller<'a> {
    process: Process,
    slow: &'a dyn Fn(),
}

/// The keeper of files.
pub(super) struct Files<'a> {
    pub(super) view: View,
    pub(super) record: &'a Record,
    pub(super) gate: &'a Gate<'a>,
    /// What the kernel holds the line to, beside the guard.
    pub(super) hard: Option<&'a HardScope>,
    /// Directories nothing guarded may change, free of links.
    pub(super) own: Vec<PathBuf>,
    /// Programs of ours, which may.
    pub(super) ours: &'a Ours,
    /// The agent that is guarded, by its name, when it is one that is known.
    pub(super) agent: Option<&'a str>,
}

impl Files<'_> {
    /// Keeps what `call` would lose. `slow` is told before anything that takes long. An error means that it could not be
    /// read what would be lost.
    pub(super) fn keep(&self, process: Process, call: &Call, slow: &dyn Fn()) -> io::Result<Kept> {
        let caller = Caller { process, slow };
        self.keep_for(&caller, call)
    }

    fn keep_for(&self, process: &Caller<'_>, call: &Call) -> io::Result<Kept> {
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
            _ => Ok(Kept::Yes),
        }
    }

    fn open(&self, process: &Caller<'_>, name: &Name, flags: i32) -> io::Result<Kept> {
        let writes = flags & libc::O_ACCMODE != libc::O_RDONLY || flags & libc::O_TRUNC != 0;
        let creates = flags & libc::O_CREAT != 0;
        let unnamed = flags & libc::O_TMPFILE == libc::O_TMPFILE;
        if unnamed || flags & libc::O_PATH != 0 || !(writes || creates) {
            return Ok(Kept::Yes);
        }
        let exclusive = creates && flags & libc::O_EXCL != 0;
        let follow = flags & libc::O_NOFOLLOW == 0 && !exclusive;
        match place(process.process, &self.view, name, follow)? {
            Place::At(spot) => match spot.stat.map(|stat| stat.kind()) {
                None if creates => self.capture(process, &spot, Extent::Name, Verb::Create),
                Some(FileKind::Regular) if writes && !exclusive => {
                    let verb = match flags {
                        flags if flags & libc::O_TRUNC != 0 => Verb::Write,
                        flags if flags & libc::O_APPEND != 0 => Verb::Append,
                        _ => Verb::Modify,
                    };
                    self.capture(process, &spot, Extent::Contents, verb)
                }
                _ => Ok(Kept::Yes),
            },
            Place::Unkept(path) if writes => Ok(self.pass(process, Verb::Write, &path, &|| false)),
            Place::Memory(pid) if writes && !is_of_line(pid, self.ours) => Ok(Kept::Alien(pid)),
            Place::StrangeMemory(pid) if writes && !may_touch(process.process, pid, self.ours) => Ok(Kept::Alien(pid)),
            Place::Foreign(path) => Ok(self.foreign(process, &path)),
            Place::Hidden(path, error) => Ok(self.hidden(process, path, error)),
            Place::Harmless | Place::Unkept(_) | Place::Memory(_) | Place::StrangeMemory(_) => Ok(Kept::Yes),
        }
    }

    fn change(&self, process: &Caller<'_>, name: &Name, follow: bool, extent: Extent, verb: Verb) -> io::Result<Kept> {
        match place(process.process, &self.view, name, follow)? {
            // Only what makes a name does something where nothing is, and nothing where something is.
            Place::At(spot) if spot.stat.is_none() != (extent == Extent::Name) => Ok(Kept::Yes),
            Place::At(spot) => self.capture(process, &spot, extent, verb),
            Place::Foreign(path) => Ok(self.foreign(process, &path)),
            Place::Hidden(path, error) => Ok(self.hidden(process, path, error)),
            Place::Harmless | Place::Unkept(_) | Place::Memory(_) | Place::StrangeMemory(_) => Ok(Kept::Yes),
        }
    }

    /// A second name is a second way to change the file: that is judged when it gets it, and it is kept by a link, which
    /// becomes a copy before the file is written to.
    fn second_name(&self, process: &Caller<'_>, from: &Name, follow: bool) -> io::Result<Kept> {
        match place(process.process, &self.view, from, follow)? {
            // A clone of a repository on the same disk shares its objects, which nothing ever changes.
            Place::At(spot) if is_object(&spot) && process.process.program_file().is_some_and(|file| is_git(&file)) => {
                Ok(if self.is_own(&spot) { Kept::Own(spot.path()) } else { Kept::Yes })
            }
            Place::At(spot) if spot.stat.is_some() => self.capture(process, &spot, Extent::Unlinked, Verb::Link),
            Place::Hidden(path, error) => Ok(self.hidden(process, path, error)),
            _ => Ok(Kept::Yes),
        }
    }

    fn rename(&self, process: &Caller<'_>, from: &Name, to: &Name, flags: u32) -> io::Result<Kept> {
        let (from, to) =
            match (place(process.process, &self.view, from, false)?, place(process.process, &self.view, to, false)?) {
                (Place::Foreign(path), _) | (_, Place::Foreign(path)) => return Ok(self.foreign(process, &path)),
                (Place::Hidden(path, error), _) | (_, Place::Hidden(path, error)) => {
                    return Ok(self.hidden(process, path, error));
                }
                (Place::At(from), Place::At(to)) => (from, to),
                _ => return Ok(Kept::Yes),
            };
        let Some(moved) = from.stat else { return Ok(Kept::Yes) };
        if flags & libc::RENAME_NOREPLACE != 0 && to.stat.is_some() {
            return Ok(Kept::Yes);
        }
        // What is above our own takes it along.
        let holds_own = |path: &Path| self.own.iter().any(|own| own.starts_with(path));
        if let Some(above) = [&from, &to].into_iter().map(Spot::path).find(|path| holds_own(path)) {
            return Ok(Kept::Own(above));
        }
        let tree =
            |stat: Stat| if stat.kind() == FileKind::Directory { Extent::UnlinkedTree } else { Extent::Unlinked };
        // What goes away from a name made in this step is nobody's loss.
        let extent = if self.record.is_new(process.process.thread, &from.path()) { Extent::Name } else { tree(moved) };
        match self.capture(process, &from, extent, Verb::Move)? {
            Kept::Yes => {}
            other => return Ok(other),
        }
        let verb = match to.stat {
            Some(_) if flags & libc::RENAME_EXCHANGE != 0 => Verb::Move,
            Some(_) => Verb::Write,
            None => Verb::Create,
        };
        self.capture(process, &to, to.stat.map_or(Extent::Name, tree), verb)
    }

    /// What happens where we cannot see is not seen by any undo of ours either: a person decides, and the step says so.
    fn foreign(&self, process: &Caller<'_>, path: &Path) -> Kept {
        match self.gate.unseen(process.process, path) {
            Passage::Free => {}
            Passage::Question(question) => return Kept::Question(question),
            Passage::Refused => return Kept::Refused,
        }
        self.record.leave_out(process.process.thread, path, "it lies in another mount namespace or root directory");
        Kept::Yes
    }

    /// What cannot be looked at cannot be kept.
    fn hidden(&self, process: &Caller<'_>, path: PathBuf, error: io::Error) -> Kept {
        self.record.leave_out(process.process.thread, &path, "it cannot be looked at");
        let lost = NotCaptured { path: path.clone(), why: error.into() };
        Kept::No(path, lost.into())
    }

    fn capture(&self, process: &Caller<'_>, spot: &Spot, extent: Extent, verb: Verb) -> io::Result<Kept> {
        if self.is_own(spot) {
            return Ok(if self.is_ours(process.process) { Kept::Yes } else { Kept::Own(spot.path()) });
        }
        if !may(spot, extent) && process.process.has_our_permissions() {
            return Ok(Kept::Yes);
        }
        let path = spot.path();
        // The kernel would refuse it whatever anyone answers.
        if let Some(hard) = self.hard.filter(|hard| verb != Verb::Metadata && !hard.covers(&path)) {
            return Ok(if hard.is_to_be_said(&path) { Kept::Beyond(path) } else { Kept::Refused });
        }
        let is_new = || spot.stat.is_none() || self.record.is_new(process.process.thread, &path);
        match self.pass(process, verb, &path, &is_new) {
            Kept::Yes => {}
            other => return Ok(other),
        }
        let size = spot.stat.map_or(0, |stat| stat.size);
        if extent == Extent::UnlinkedTree || extent == Extent::Contents && size > QUICK {
            (process.slow)();
        }
        Ok(match self.record.capture(process.process.thread, spot, extent) {
            Ok(()) => Kept::Yes,
            Err(lost) => Kept::No(path, lost),
        })
    }

    /// What the policy says of a change.
    fn pass(&self, process: &Caller<'_>, verb: Verb, path: &Path, is_new: &dyn Fn() -> bool) -> Kept {
        if self.is_agents_own(process.process, path) {
            return Kept::Yes;
        }
        match self.gate.judge(process.process, verb, path, is_new) {
            Passage::Free => Kept::Yes,
            Passage::Question(question) => Kept::Question(question),
            Passage::Refused => Kept::Refused,
        }
    }

    /// True for agentsh's own state and settings, and for its folders on other file systems.
    fn is_own(&self, spot: &Spot) -> bool {
        // Both sides come from the kernel or are free of links: single slashes, no dots.
        let (store, name) = (OWN_STORE.as_bytes(), spot.name().as_bytes());
        let parent = spot.at.parent.as_os_str().as_bytes();
        let below = |own: &[u8]| parent.strip_prefix(own).is_some_and(|rest| rest.is_empty() || rest[0] == b'/');
        let is = |own: &[u8]| {
            own.strip_suffix(name)
                .and_then(|above| above.strip_suffix(b"/"))
                .is_some_and(|above| above == parent || above.is_empty() && parent == b"/")
        };
        self.own.iter().map(|own| own.as_os_str().as_bytes()).any(|own| below(own) || is(own))
            || name == store
            || parent.split(|byte| *byte == b'/').any(|part| part == store)
    }

    /// True for what the agent keeps for itself, when no line changes it.
    fn is_agents_own(&self, process: Process, path: &Path) -> bool {
        let Some(agent) = self.agent else { return false };
        let mut home = self.gate.home().iter();
        home.any(|home| is_own_state(agent, home, path)) && !self.record.is_in_line(process.thread)
    }

    fn is_ours(&self, process: Process) -> bool {
        process.program().is_ok_and(|program| self.ours.is_one(&program))
    }
}

/// True for what git keeps under the name of its contents.
fn is_object(spot: &Spot) -> bool {
    spot.at.parent.components().any(|name| name.as_os_str() == "objects")
}

/// Who we are, for good.
static USER: std::sync::LazyLock<nix::unistd::Uid> = std::sync::LazyLock::new(nix::unistd::geteuid);

/// The name of our folders on other file systems.
static OWN_STORE: std::sync::LazyLock<String> = std::sync::LazyLock::new(|| format!(".agentsh-{}", *USER));

/// False when the kernel will refuse the call for lack of permission, so that nothing needs to be kept for it: what is not
/// ours to change is often not ours to read either. Nothing is refused to root.
fn may(spot: &Spot, extent: Extent) -> bool {
    use nix::unistd::AccessFlags;
    let user = *USER;
    if user.is_root() {
        return true;
    }
    match extent {
        Extent::Contents => spot.at.dir.permits(spot.name(), AccessFlags::W_OK),
        Extent::Unlinked | Extent::UnlinkedTree | Extent::Name => {
            let sticky = |dir: Stat| {
                let mine = |stat: Stat| stat.uid == user.as_raw();
                dir.mode & libc::S_ISVTX != 0 && !mine(dir) && !spot.stat.is_none_or(mine)
            };
            spot.at.dir.permits(".".as_ref(), AccessFlags::W_OK | AccessFlags::X_OK)
                && !Stat::of_fd(&spot.at.dir).is_ok_and(sticky)
        }
        _ => true,
    }
}
