//! The hard scope: the kernel itself refuses changes beyond the places of the settings, whoever makes them and however.
//!
//! In: scope and settings, and what the line was cleared for. Out: a Landlock ruleset for the shell. It cannot be widened while
//! the line runs, and it does not know of modes, owners, times and attributes: those stay with the guard.

use crate::effect::Reversibility;
use crate::policy::{CHANGES, Glob, Scope, Settings, Verdict, shipped_tool_state};
use crate::sys::{LEAST_LANDLOCK, Ruleset, landlock_abi};
use std::collections::HashSet;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Device files that programs write to, and file systems without files of anybody's.
const ALWAYS: [&str; 13] = [
    "/dev/null",
    "/dev/zero",
    "/dev/full",
    "/dev/tty",
    "/dev/ptmx",
    "/dev/pts",
    "/dev/shm",
    "/dev/random",
    "/dev/urandom",
    "/dev/mqueue",
    "/proc",
    "/dev/kvm",
    "/dev/fuse",
];

/// The places, and the ruleset made of those that are there.
#[derive(Debug)]
pub(super) struct HardScope {
    ruleset: Ruleset,
    places: Vec<PathBuf>,
    said: Mutex<HashSet<PathBuf>>,
}

/// What is in force, in words, for the record of a step; empty when the setting is off.
pub(crate) fn hard_scope_text(settings: &Settings) -> String {
    match (settings.hard_scope.unwrap_or(false), landlock_abi()) {
        (false, _) => String::new(),
        (true, Some(abi)) if abi >= LEAST_LANDLOCK => ", hard scope".to_owned(),
        (true, Some(abi)) => format!(", no hard scope: Landlock ABI {abi} (at least {LEAST_LANDLOCK} is needed)"),
        (true, None) => ", no hard scope: the kernel has no Landlock".to_owned(),
    }
}

impl HardScope {
    /// Of a line that was cleared with this verdict; `None` when the setting is off or the kernel cannot.
    pub(super) fn of(scope: &Scope, settings: &Settings, verdict: &Verdict) -> Option<Self> {
        if settings.hard_scope != Some(true) {
            return None;
        }
        let ruleset = Ruleset::new().ok()?;
        let mut places: Vec<PathBuf> = ALWAYS.iter().map(PathBuf::from).collect();
        if settings.write.is_empty() {
            places.extend(scope.root.clone());
        } else {
            places.extend(settings.write.iter().flat_map(|glob| existing(glob, scope)));
        }
        places.extend(scope.git.iter().chain(&scope.temporary).chain(&scope.caches).cloned());
        let tools = settings.tool_state.iter().chain(shipped_tool_state());
        places.extend(tools.flat_map(|glob| existing(glob, scope)));
        places.extend(cleared(verdict));
        places.retain(|place| ruleset.allow(place).is_ok());
        Some(Self { ruleset, places, said: Mutex::default() })
    }

    /// Holds this process to it.
    pub(super) fn enforce(&self) -> std::io::Result<()> {
        self.ruleset.enforce()
    }

    /// True when a change of this path is not refused by it.
    pub(super) fn covers(&self, path: &Path) -> bool {
        self.places.iter().any(|place| path.starts_with(place))
    }

    /// True the first time that a change in this path's directory is refused.
    pub(super) fn is_to_be_said(&self, path: &Path) -> bool {
        let folder = path.parent().unwrap_or(path).to_path_buf();
        self.said.lock().unwrap_or_else(PoisonError::into_inner).insert(folder)
    }
}

/// What the line itself was cleared to change: what is there, or the directory it would be made in.
fn cleared(verdict: &Verdict) -> impl Iterator<Item = PathBuf> + '_ {
    let changing = verdict.effects.iter().filter(|effect| CHANGES.contains(&effect.verb));
    changing.filter(|effect| effect.reversibility != Reversibility::ReadOnly).filter_map(|effect| {
        let path = effect.object.as_path()?;
        // To take a name away, or to make one, is to change its directory.
        let parent = path.parent().map(Path::to_path_buf);
        if path.is_dir() { Some(path) } else { parent }.filter(|place| place.components().count() > 2)
    })
}

/// What is there of the places a pattern names: the directory before its first wildcard, or the names that match.
fn existing(glob: &Glob, scope: &Scope) -> Vec<PathBuf> {
    let text = glob.as_str();
    let whole = text.strip_suffix("/**").unwrap_or(text);
    let Some(star) = whole.find(['*', '?']) else {
        return glob.roots(scope).into_iter().filter(|path| path.exists()).collect();
    };
    let folder = whole[..star].rfind('/').map_or("", |slash| &whole[..slash]);
    let Ok(folder) = Glob::try_from(folder.to_owned()) else { return Vec::new() };
    let names = |path: PathBuf| std::fs::read_dir(path).into_iter().flatten().flatten().map(|entry| entry.path());
    let matching = |path: &PathBuf| {
        let bytes = path.as_os_str().as_bytes();
        glob.matches(bytes, scope) || glob.matches(&[bytes, OsStr::new("/x").as_bytes()].concat(), scope)
    };
    folder.roots(scope).into_iter().flat_map(names).filter(matching).collect()
}
