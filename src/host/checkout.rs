//! The checkout a directory belongs to, found without running git.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// A git work tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkout {
    /// Its top level.
    pub root: PathBuf,
    /// Its git directories: `.git` or what the file of that name points to, and for a linked work tree or a submodule
    /// also the one whose objects and refs it shares (gitrepository-layout(5), `commondir`).
    pub git: Vec<PathBuf>,
}

impl Checkout {
    /// The checkout around an absolute directory; `None` when it belongs to none. `GIT_DIR` is not considered: it is
    /// the agent's to set, and this decides what the agent may change.
    pub fn around(directory: &Path) -> Option<Self> {
        directory.ancestors().find_map(|root| {
            let dot_git = root.join(".git");
            let found = dot_git.symlink_metadata().ok()?;
            let git = if found.is_file() { pointed_to(root, &dot_git)? } else { vec![dot_git] };
            git.first()?.join("HEAD").symlink_metadata().ok()?;
            Some(Self { root: root.to_owned(), git })
        })
    }
}

/// The git directories named by a `.git` file: `gitdir: PATH`.
fn pointed_to(root: &Path, dot_git: &Path) -> Option<Vec<PathBuf>> {
    let own = resolved(root, first_line(dot_git, b"gitdir: ")?);
    let mut git = vec![own.clone()];
    if let Some(common) = first_line(&own.join("commondir"), b"") {
        git.push(resolved(&own, common));
    }
    Some(git)
}

/// The first line of a small file behind a prefix.
fn first_line(path: &Path, prefix: &[u8]) -> Option<PathBuf> {
    let bytes = super::texts::regular_file(path, 8192).ok()?;
    let line = bytes.split(|&byte| byte == b'\n').next()?.strip_prefix(prefix)?;
    (!line.is_empty()).then(|| PathBuf::from(OsStr::from_bytes(line)))
}

/// The path from a directory, without links and `..` where it exists.
fn resolved(from: &Path, path: PathBuf) -> PathBuf {
    let joined = from.join(path);
    joined.canonicalize().unwrap_or(joined)
}

#[cfg(test)]
mod tests {
    use super::Checkout;

    #[test]
    fn finds_work_trees_and_what_linked_ones_share() {
        let temp = tempfile::tempdir().expect("a temporary directory");
        let base = temp.path().canonicalize().expect("it exists");
        let main = base.join("main");
        let shared = main.join(".git");
        let linked = shared.join("worktrees/w");
        for directory in [&main.join("a/b"), &linked, &base.join("w/sub")] {
            std::fs::create_dir_all(directory).expect("can be made");
        }
        for git in [&shared, &linked] {
            std::fs::write(git.join("HEAD"), "ref: refs/heads/main\n").expect("can be written");
        }
        std::fs::write(linked.join("commondir"), "../..\n").expect("can be written");
        std::fs::write(base.join("w/.git"), format!("gitdir: {}\n", linked.display())).expect("can be written");

        let inner = Checkout::around(&main.join("a/b")).expect("a checkout");
        assert_eq!((inner.root, inner.git), (main, vec![shared.clone()]));
        let work_tree = Checkout::around(&base.join("w/sub")).expect("a checkout");
        assert_eq!((work_tree.root, work_tree.git), (base.join("w"), vec![linked, shared]));
    }

    #[test]
    fn an_empty_dot_git_is_no_checkout() {
        let temp = tempfile::tempdir().expect("a temporary directory");
        std::fs::create_dir(temp.path().join(".git")).expect("can be made");
        assert!(Checkout::around(temp.path()).is_none_or(|found| found.root != temp.path()));
    }
}
