//! Our own programs, as they stood when the guard began, and as a person puts others in their place.
//!
//! An installation may be renewed while an agent is at work. What then stands where it is installed is ours too: nothing
//! guarded may change those places, nor move what they are in.

use crate::sys::Stat;
use nix::fcntl::{OFlag, open};
use nix::sys::stat::Mode;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock};

/// Names our shell has in `lib/agentsh`.
const SHIMS: [&str; 3] = ["bash", "sh", "zsh"];

/// Which programs are agentsh, and where it is installed.
#[derive(Debug, Default)]
pub(super) struct Ours {
    /// The shell, under all its names: it judges lines as the guard does.
    shells: Vec<Program>,
    /// The person's tool.
    tool: Option<Program>,
    /// Files of the installation, which nothing guarded may change. Empty for one that is run from where it was built.
    pub(super) installed: Vec<PathBuf>,
    /// When the directories they are in were last changed, as far as was looked at.
    changed: RwLock<Vec<Option<(i64, u32)>>>,
}

#[derive(Debug)]
struct Program {
    /// Where it is installed, free of links; `None` for one that is not.
    place: Option<PathBuf>,
    known: RwLock<Vec<File>>,
}

/// A file that is held: as long as it is, no other can have its numbers.
#[derive(Debug)]
struct File {
    _held: OwnedFd,
    stat: Stat,
}

impl File {
    fn at(path: &Path, flags: OFlag) -> Option<Self> {
        let held = open(path, OFlag::O_PATH | OFlag::O_CLOEXEC | flags, Mode::empty()).ok()?;
        let stat = Stat::of_fd(&held).ok()?;
        Some(Self { _held: held, stat })
    }
}

impl Program {
    fn at(path: &Path, installed: &[PathBuf]) -> Option<Self> {
        let file = File::at(path, OFlag::empty())?;
        let place = path.canonicalize().ok().filter(|place| installed.iter().any(|held| place.starts_with(held)));
        Some(Self { place, known: RwLock::new(vec![file]) })
    }

    fn is(&self, file: &Stat) -> bool {
        self.known.read().unwrap_or_else(PoisonError::into_inner).iter().any(|known| known.stat.same_file(file))
    }

    /// Adds what stands in its place now. The one before it may still run.
    fn look_again(&self) {
        let Some(place) = &self.place else { return };
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(now) = File::at(place, OFlag::O_NOFOLLOW)
            && !known.iter().any(|known| known.stat.same_file(&now.stat))
        {
            known.push(now);
        }
    }
}

impl Ours {
    /// Finds them around the program that this process is.
    pub(super) fn find() -> Self {
        let own = std::env::current_exe().unwrap_or_default();
        let folder = own.parent().unwrap_or(Path::new("/"));
        let prefix = match (folder.file_name(), folder.ends_with("lib/agentsh")) {
            (_, true) => folder.parent().and_then(Path::parent),
            (Some(name), _) if name == "bin" => folder.parent(),
            _ => None,
        };
        let tool = own.ends_with("agentshctl");
        let shell = if tool { own.with_file_name("agentsh") } else { "/proc/self/exe".into() };
        let mut shells = vec![shell];
        let mut installed = Vec::new();
        if let Some(prefix) = prefix {
            shells.push(prefix.join("bin/agentsh"));
            shells.extend(SHIMS.iter().map(|name| prefix.join("lib/agentsh").join(name)));
            installed.extend(["bin/agentsh", "bin/agentshctl", "lib/agentsh"].map(|name| prefix.join(name)));
            installed.retain(|path| path.exists());
        }
        let beside = prefix.map_or_else(|| own.with_file_name("agentshctl"), |prefix| prefix.join("bin/agentshctl"));
        let held: Vec<_> = installed.iter().filter_map(|path| path.canonicalize().ok()).collect();
        let shells = shells.iter().filter_map(|path| Program::at(path, &held)).collect();
        let ours = Self { shells, tool: Program::at(&beside, &held), installed, changed: RwLock::default() };
        *ours.changed.write().unwrap_or_else(PoisonError::into_inner) = ours.changes();
        ours
    }

    /// True for the shell under any of its names.
    pub(super) fn is_shell(&self, file: &Stat) -> bool {
        let is = || self.shells.iter().any(|shell| shell.is(file));
        is() || self.was_renewed() && is()
    }

    /// True for a program that may write to agentsh's own state.
    pub(super) fn is_one(&self, file: &Stat) -> bool {
        self.is_shell(file) || self.tool.as_ref().is_some_and(|tool| tool.is(file))
    }

    /// Looks at the installation again if something has happened there.
    fn was_renewed(&self) -> bool {
        let changes = self.changes();
        if *self.changed.read().unwrap_or_else(PoisonError::into_inner) == changes {
            return false;
        }
        self.shells.iter().chain(&self.tool).for_each(Program::look_again);
        *self.changed.write().unwrap_or_else(PoisonError::into_inner) = changes;
        true
    }

    /// When the directories of the installation were changed last.
    fn changes(&self) -> Vec<Option<(i64, u32)>> {
        let change = |path: &PathBuf| {
            let directory = if path.ends_with("lib/agentsh") { Some(path.as_path()) } else { path.parent() };
            Stat::target_of(directory?).ok().map(|stat| stat.ctime)
        };
        // `agentsh` and `agentshctl` are in one.
        self.installed.iter().filter(|path| !path.ends_with("agentshctl")).map(change).collect()
    }
}
