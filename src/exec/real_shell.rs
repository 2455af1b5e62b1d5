//! The shell to become.

use super::Called;
use crate::sys::{self, ProgramKind, Stat};
use std::ffi::OsStr;
use std::fs::File;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Where to look when PATH has none.
const USUAL: [&str; 3] = ["/bin", "/usr/bin", "/usr/local/bin"];

/// A program file that is a shell and no agentsh, whatever either is called. Invariant: it was an ELF program without
/// our mark when found; so a chain of agentshs, copies or scripts that lead back here cannot form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RealShell {
    path: PathBuf,
}

/// Why there is no shell to become.
#[derive(Debug, thiserror::Error)]
pub enum NoShell {
    /// Nothing of the name on PATH or in the usual places but ourselves.
    #[error("find a real {0} on PATH or in /bin, /usr/bin, /usr/local/bin (agentsh itself does not count)")]
    NotFound(&'static str),
    /// The configured file is agentsh.
    #[error("become {}: `shell` in the configuration is agentsh itself", .0.display())]
    Loop(PathBuf),
    /// The configured file is no program.
    #[error("become {}: `shell` in the configuration must be a program file, and no script", .0.display())]
    NotAProgram(PathBuf),
    /// The configured file cannot be read or run.
    #[error("become {}: {}", .0.display(), .1)]
    Unusable(PathBuf, std::io::Error),
}

impl RealShell {
    /// The shell that `called` stands for: `configured` when the configuration names one, else the first of the name
    /// on `path` (the value of PATH) that is a real one and lies outside agentsh's own directory, else one in the usual places.
    pub fn find(called: &Called, path: Option<&OsStr>, configured: Option<&Path>) -> Result<Self, NoShell> {
        if let Some(path) = configured {
            return Self::configured(path);
        }
        let name = called.shell_name();
        let own: Vec<Stat> = called.folders().filter_map(|dir| Stat::target_of(dir).ok()).collect();
        let listed =
            path.unwrap_or_default().as_bytes().split(|byte| *byte == b':').map(OsStr::from_bytes).map(Path::new);
        // An empty or relative entry means wherever the agent stands: nothing a shell should be taken from.
        let listed = listed.filter(|dir| dir.is_absolute());
        let mut tried: Vec<&OsStr> = Vec::new();
        for dir in listed.chain(USUAL.into_iter().map(Path::new)) {
            if tried.contains(&dir.as_os_str()) {
                continue;
            }
            tried.push(dir.as_os_str());
            let candidate = dir.join(name);
            if let Ok(file) = sys::open_to_look(&candidate)
                && is_real(&candidate, &file)
                && !is_one_of(dir, &own)
            {
                return Ok(Self { path: candidate });
            }
        }
        Err(NoShell::NotFound(name))
    }

    fn configured(path: &Path) -> Result<Self, NoShell> {
        let kind = sys::open_to_look(path).and_then(|file| sys::program_kind(&file));
        match kind {
            Ok(ProgramKind::Foreign) if sys::may_execute(path) => Ok(Self { path: path.to_owned() }),
            Ok(ProgramKind::Foreign) => {
                Err(NoShell::Unusable(path.to_owned(), std::io::ErrorKind::PermissionDenied.into()))
            }
            Ok(ProgramKind::Agentsh) => Err(NoShell::Loop(path.to_owned())),
            Ok(ProgramKind::NotAProgram) => Err(NoShell::NotAProgram(path.to_owned())),
            Err(error) => Err(NoShell::Unusable(path.to_owned(), error)),
        }
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

fn is_real(path: &Path, file: &File) -> bool {
    sys::program_kind(file).is_ok_and(|kind| kind == ProgramKind::Foreign) && sys::may_execute(path)
}

fn is_one_of(dir: &Path, own: &[Stat]) -> bool {
    Stat::target_of(dir).is_ok_and(|found| own.iter().any(|own| found.same_file(own)))
}
