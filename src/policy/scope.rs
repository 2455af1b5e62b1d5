//! The part of the machine that is the line's own to change.

use super::glob::{Base, Directories, strip};
use super::rule::Place;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

/// Where changes are ordinary work: the checkout (or the working directory) and directories for temporary files.
///
/// Every path is absolute, without links, `.` and `..`; `host` makes it. Two starting places would make a scope of far
/// too much: from `/` and from a directory above the home directory there is no root at all (only temporary files are
/// ordinary). The home directory itself may be a root, because people do start agents there and everything in it is
/// captured; rules about shell start-up files, keys and control files hold there all the same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// The root: git's top level around the working directory, else the working directory. None: see above.
    pub root: Option<PathBuf>,
    /// The person's home directory, as `HOME` and as the passwd file name it.
    pub home: Vec<PathBuf>,
    /// Directories for temporary files.
    pub temporary: Vec<PathBuf>,
    /// Directories for caches: `~/.cache`, and what `XDG_CACHE_HOME` says where it looks like one.
    pub caches: Vec<PathBuf>,
    /// Git directories of the checkout: its `.git`, and for a linked work tree also the one it shares.
    pub git: Vec<PathBuf>,
    /// agentsh's own directories: settings, state, programs.
    pub own: Vec<PathBuf>,
}

impl Directories for Scope {
    fn of(&self, base: Base) -> &[PathBuf] {
        match base {
            Base::Root => &[],
            Base::Home => &self.home,
            Base::Scope => self.root.as_slice(),
            Base::Temp => &self.temporary,
            Base::Cache => &self.caches,
            Base::Agentsh => &self.own,
        }
    }
}

impl Scope {
    /// Where an absolute path lies, settings not considered. A directory for temporary files is itself outside.
    pub fn locate(&self, path: &[u8]) -> Place {
        let is = |directory: &PathBuf| directory.as_os_str().as_bytes() == path;
        let lies_in = |directory: &PathBuf| strip(path, directory.as_os_str().as_bytes()).is_some();
        let holds = |directory: &PathBuf| strip(directory.as_os_str().as_bytes(), path).is_some();
        if self.root.iter().any(is) {
            return Place::Root;
        }
        if self.root.iter().chain(&self.home).any(|directory| !is(directory) && holds(directory)) {
            return Place::Above;
        }
        if self.root.iter().any(lies_in) {
            return Place::Scope;
        }
        if self.temporary.iter().any(|directory| !is(directory) && lies_in(directory)) {
            return Place::Temporary;
        }
        Place::Outside
    }

    /// Where a git directory lies: that of the checkout is in the scope wherever it is kept.
    pub fn locate_git(&self, path: &[u8]) -> Place {
        let own = |directory: &PathBuf| directory.as_os_str().as_bytes() == path;
        if self.git.iter().any(own) { Place::Scope } else { self.locate(path) }
    }
}

#[cfg(test)]
mod tests {
    use super::{Place, Scope};

    #[test]
    fn places() {
        let scope = Scope {
            root: Some("/home/u/p".into()),
            home: vec!["/home/u".into()],
            temporary: vec!["/tmp".into()],
            caches: Vec::new(),
            git: vec!["/srv/main/.git".into()],
            own: Vec::new(),
        };
        for (path, place) in [
            ("/home/u/p", Place::Root),
            ("/home/u/p/a", Place::Scope),
            ("/home/u/pq", Place::Outside),
            ("/home/u", Place::Above),
            ("/", Place::Above),
            ("/home/u/x", Place::Outside),
            ("/tmp", Place::Outside),
            ("/tmp/x", Place::Temporary),
            ("/etc", Place::Outside),
        ] {
            assert_eq!(scope.locate(path.as_bytes()), place, "{path}");
        }
        assert_eq!(scope.locate_git(b"/srv/main/.git"), Place::Scope);
        assert_eq!(scope.locate_git(b"/srv/other/.git"), Place::Outside);
    }

    #[test]
    fn a_scope_in_the_temporary_directory_is_still_a_scope() {
        let scope = Scope { root: Some("/tmp/p".into()), temporary: vec!["/tmp".into()], ..Scope::default() };
        assert_eq!(scope.locate(b"/tmp/p"), Place::Root);
        assert_eq!(scope.locate(b"/tmp"), Place::Above);
        assert_eq!(scope.locate(b"/tmp/q"), Place::Temporary);
    }
}
