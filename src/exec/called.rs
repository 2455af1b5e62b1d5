//! By which name agentsh was called, and which shell that means.

use crate::sys::{self, Stat};
use std::cell::LazyCell;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

/// Names that a shell of that name owns, and that are therefore handed on as they are.
const SHELLS: [&str; 6] = ["bash", "rbash", "sh", "dash", "zsh", "rzsh"];

/// How agentsh was started: `argv[0]`, which anybody may choose; the program file, which decides what it stands for; and
/// the link it was started by, which decides when the file is called by our own name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Called {
    argv0: OsString,
    file: PathBuf,
    link: Option<PathBuf>,
}

impl Called {
    /// Finds the program file the kernel runs, and the path that led to it: the one given to execve(2), or `argv[0]`
    /// where a `#!` line put the script in its place.
    pub fn detect(argv0: &OsStr) -> Self {
        let file = sys::own_program().map(Path::to_owned).or_else(sys::started_as).unwrap_or_default();
        // Only a path that is not the file's own needs to be compared with it.
        let own = LazyCell::new(|| Stat::target_of(Path::new("/proc/self/exe")).ok());
        let leads_here = |path: &Path| {
            path == file || own.is_some_and(|own| Stat::target_of(path).is_ok_and(|found| found.same_file(&own)))
        };
        let undashed = Path::new(OsStr::from_bytes(undash(argv0.as_bytes()).1));
        let link = sys::started_as().filter(|path| leads_here(path));
        let link = link.or_else(|| leads_here(undashed).then(|| undashed.to_owned()));
        Self { argv0: argv0.to_owned(), file, link }
    }

    /// As [`Self::detect`] with the file known; for tests and for tools that speak of another call.
    pub fn new(argv0: impl Into<OsString>, file: impl Into<PathBuf>) -> Self {
        Self { argv0: argv0.into(), file: file.into(), link: None }
    }

    /// The same, started by a link to the file.
    pub fn through(mut self, link: impl Into<PathBuf>) -> Self {
        self.link = Some(link.into());
        self
    }

    /// `argv[0]` as given.
    pub fn argv0(&self) -> &OsStr {
        &self.argv0
    }

    /// The folders agentsh was started from, by the file's own path and by the link's where that is another.
    pub fn folders(&self) -> impl Iterator<Item = &Path> {
        let link = self.link.as_ref().filter(|link| **link != self.file);
        [Some(&self.file), link].into_iter().flatten().filter_map(|path| path.parent())
    }

    /// The name of the shell this call stands for: the program file's when it is a shell's name (a link called `sh` to
    /// bash is bash), else the link's when that is one, else `bash`.
    pub fn shell_name(&self) -> &'static str {
        let named = |path: &Path| SHELLS.into_iter().find(|shell| path.file_name().is_some_and(|name| name == *shell));
        // The restricted names are the same programs; they see `argv[0]` and restrict themselves.
        match named(&self.file).or_else(|| named(self.link.as_ref()?)) {
            None | Some("rbash") => "bash",
            Some("rzsh") => "zsh",
            Some(shell) => shell,
        }
    }

    /// True when `argv[0]` names us and no shell, so that it must not be seen by the shell.
    pub fn by_own_name(&self) -> bool {
        let is_shell = |name: &[u8]| SHELLS.iter().any(|shell| name == shell.as_bytes());
        let own = base_name(self.file.as_os_str().as_bytes());
        let linked = self.link.as_ref().map_or(own, |link| base_name(link.as_os_str().as_bytes()));
        let shown = base_name(undash(self.argv0.as_bytes()).1);
        !is_shell(own) && !is_shell(shown) && !shown.is_empty() && (shown == own || shown == linked)
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
        let linked = Called::new("mine", "/opt/a/agentsh").through("/home/u/bin/mine");
        assert_eq!(linked.argv0_for(Path::new("/usr/bin/bash")), "bash");
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
        let linked = |file: &str, link: &str| Called::new("x", file).through(link).shell_name();
        assert_eq!(linked("/opt/a/agentsh", "/opt/a/lib/sh"), "sh");
        assert_eq!(linked("/opt/a/lib/bash", "/tmp/sh"), "bash");
        assert_eq!(linked("/opt/a/agentsh", "/tmp/mine"), "bash");
    }
}
