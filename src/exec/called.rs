//! By which name agentsh was called, and which shell that means.

use crate::sys::{self, Stat};
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

/// Names that a shell of that name owns, and that are therefore handed on as they are.
const SHELLS: [&str; 6] = ["bash", "rbash", "sh", "dash", "zsh", "rzsh"];

/// How agentsh was started: `argv[0]`, which anybody may choose, and the program file, which decides what it stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Called {
    argv0: OsString,
    file: PathBuf,
}

impl Called {
    /// Finds the program file: the path given to execve(2) when it leads to our own program, else `argv[0]` when that
    /// does (a `#!` line puts the script's path in its place), else the file the kernel runs.
    pub fn detect(argv0: &OsStr) -> Self {
        let own = Stat::target_of(Path::new("/proc/self/exe")).ok();
        let leads_here =
            |path: &Path| own.is_some_and(|own| Stat::target_of(path).is_ok_and(|found| found.same_file(&own)));
        let undashed = Path::new(OsStr::from_bytes(argv0.as_bytes().strip_prefix(b"-").unwrap_or(argv0.as_bytes())));
        let file = sys::started_as().filter(|path| leads_here(path));
        let file = file.or_else(|| leads_here(undashed).then(|| undashed.to_owned()));
        let file = file.or_else(|| std::fs::read_link("/proc/self/exe").ok());
        Self { argv0: argv0.to_owned(), file: file.unwrap_or_default() }
    }

    /// As [`Self::detect`] with the file known; for tests and for tools that speak of another call.
    pub fn new(argv0: impl Into<OsString>, file: impl Into<PathBuf>) -> Self {
        Self { argv0: argv0.into(), file: file.into() }
    }

    /// `argv[0]` as given.
    pub fn argv0(&self) -> &OsStr {
        &self.argv0
    }

    /// The program file's path, as far as known.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// The name of the shell this call stands for: the program file's when it is a shell's name, else `bash`.
    pub fn shell_name(&self) -> &'static str {
        let name = self.file.file_name().unwrap_or_default();
        let shell = SHELLS.into_iter().find(|shell| name == *shell).unwrap_or("bash");
        // The restricted names are the same programs; they see `argv[0]` and restrict themselves.
        match shell {
            "rbash" => "bash",
            "rzsh" => "zsh",
            shell => shell,
        }
    }

    /// True when `argv[0]` names us and no shell, so that it must not be seen by the shell.
    pub fn by_own_name(&self) -> bool {
        let own = self.file.file_name().unwrap_or_default();
        let shown = base_name(undash(self.argv0.as_bytes()).1);
        !own.is_empty() && shown == own.as_bytes() && !SHELLS.iter().any(|shell| own == *shell)
    }

    /// The `argv[0]` the real shell is given. Our own name becomes the shell's: bare stays bare, with a slash it becomes
    /// the real shell's path, a login dash stays. Any other is the caller's affair and goes over untouched.
    pub fn argv0_for(&self, real: &Path) -> OsString {
        if !self.by_own_name() {
            return self.argv0.clone();
        }
        let (dash, rest) = undash(self.argv0.as_bytes());
        let shown = if rest.contains(&b'/') { real.as_os_str() } else { real.file_name().unwrap_or_default() };
        OsString::from_vec([dash, shown.as_bytes()].concat())
    }
}

fn undash(argv0: &[u8]) -> (&[u8], &[u8]) {
    argv0.split_at(usize::from(argv0.first() == Some(&b'-')))
}

fn base_name(path: &[u8]) -> &[u8] {
    path.rsplit(|byte| *byte == b'/').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::Called;
    use std::path::Path;

    fn shown(argv0: &str, file: &str) -> String {
        Called::new(argv0, file).argv0_for(Path::new("/usr/bin/bash")).into_string().expect("an ASCII name")
    }

    #[test]
    fn our_own_name_is_never_shown() {
        assert_eq!(shown("agentsh", "/opt/a/agentsh"), "bash");
        assert_eq!(shown("-agentsh", "/opt/a/agentsh"), "-bash");
        assert_eq!(shown("/opt/a/agentsh", "/opt/a/agentsh"), "/usr/bin/bash");
        assert_eq!(shown("./agentsh", "/opt/a/agentsh"), "/usr/bin/bash");
        assert_eq!(shown("-/opt/a/agentsh", "/opt/a/agentsh"), "-/usr/bin/bash");
        assert_eq!(shown("agentsh-0.1", "/opt/a/agentsh-0.1"), "bash");
    }

    #[test]
    fn every_other_name_goes_over_untouched() {
        for argv0 in ["bash", "-bash", "sh", "-sh", "/bin/sh", "rbash", "odd", "", "-", "/opt/a/bash"] {
            assert_eq!(shown(argv0, "/opt/a/agentsh"), argv0);
            assert_eq!(shown(argv0, "/opt/a/bash"), argv0);
        }
    }

    #[test]
    fn the_file_decides_which_shell_it_is() {
        let name = |argv0: &str, file: &str| Called::new(argv0, file).shell_name();
        assert_eq!(name("sh", "/opt/a/agentsh"), "bash");
        assert_eq!(name("agentsh", "/opt/a/sh"), "sh");
        assert_eq!(name("zsh", "/opt/a/zsh"), "zsh");
        assert_eq!(name("anything", "/opt/a/rbash"), "bash");
        assert_eq!(name("", ""), "bash");
    }
}
