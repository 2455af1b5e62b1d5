//! The part of the machine that is the line's own to change.

use super::glob::{Base, Directories, name_matches, strip};
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
    /// Which branches an agent's session may move, where the settings hold it to its own.
    pub branches: Option<Branches>,
}

/// The branches of a session that is held to its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Branches {
    /// The session's name as a part of a branch's; `None` where the agent gives it none.
    pub session: Option<String>,
    /// Branches that are not its to move or push; `*` stands for any text.
    pub protected: Vec<String>,
}

impl Branches {
    /// True for `agent/SESSION` and what is below it; without a name, for all below `agent/`.
    pub fn is_own(&self, branch: &str) -> bool {
        let Some(rest) = branch.strip_prefix("agent/").filter(|rest| !rest.is_empty()) else { return false };
        let within = |session: &String| {
            rest.strip_prefix(session.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        self.session.as_ref().is_none_or(within)
    }

    /// True for the default branch and those the settings name.
    pub fn is_protected(&self, branch: &str) -> bool {
        self.protected.iter().any(|pattern| name_matches(pattern, branch.as_bytes()))
    }

    /// The branch to work on.
    pub fn suggested(&self) -> String {
        format!("agent/{}", self.session.as_deref().unwrap_or("NAME"))
    }
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
            branches: None,
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
