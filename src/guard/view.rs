//! Whether guarded processes see the same files as we do under the same names.

use super::process::Process;
use crate::sys::{DirFd, DirectoryPaths, Stat};
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

/// Root directory and mount namespace. All guarded processes share ours until one of them makes a call that could end that;
/// those calls are notified, so nothing has to be looked at before.
#[derive(Debug)]
pub(super) struct View {
    apart: AtomicBool,
    root: Stat,
    namespace: PathBuf,
    paths: DirectoryPaths,
    /// This process's own folder of `/proc`.
    own: PathBuf,
}

impl View {
    /// Ours.
    pub(super) fn own() -> io::Result<Self> {
        let (root, namespace) = (Stat::target_of(Path::new("/"))?, fs::read_link("/proc/self/ns/mnt")?);
        let (paths, own) = (DirectoryPaths::open()?, PathBuf::from(format!("/proc/{}", std::process::id())));
        Ok(Self { apart: AtomicBool::new(false), root, namespace, paths, own })
    }

    /// A directory held open, with its path, free of links.
    pub(super) fn known(&self, dir: DirFd) -> io::Result<(DirFd, PathBuf)> {
        self.paths.of(&dir).map(|path| (dir, path))
    }

    /// The directory `folder` that begins at `base`, as [`DirFd::reach_plainly`] opens it, with its path. `held` is `base`, if
    /// that is open already.
    pub(super) fn reach_plainly(
        &self,
        base: &Path,
        held: Option<&DirFd>,
        folder: &Path,
    ) -> io::Result<(DirFd, PathBuf)> {
        if folder.is_absolute() || held.is_some() {
            return DirFd::reach_plainly(held, folder).and_then(|dir| self.known(dir));
        }
        self.paths.reach(base, folder)
    }

    /// What lies behind our own folder of `/proc`, where a link that every process sees differently led us.
    pub(super) fn behind_our_own<'p>(&self, path: &'p Path) -> Option<&'p Path> {
        // Nearly no path is of `/proc` at all.
        path.as_os_str().as_bytes().starts_with(b"/proc/").then(|| path.strip_prefix(&self.own).ok())?
    }

    /// Some process is about to change its root or mount namespace.
    pub(super) fn part(&self) {
        self.apart.store(true, Ordering::SeqCst);
    }

    /// True while all share ours.
    pub(super) fn is_shared(&self) -> bool {
        !self.apart.load(Ordering::SeqCst)
    }

    /// True when this process shares ours.
    pub(super) fn is_of(&self, process: Process) -> io::Result<bool> {
        let same = || {
            let root = Stat::target_of(&process.proc("root"))?;
            Ok(root.same_file(&self.root) && fs::read_link(process.proc("ns/mnt"))? == self.namespace)
        };
        if self.is_shared() { Ok(true) } else { same() }
    }

    /// Opens a directory by the absolute path that a process with another root gives: links and `..` stay in that root.
    pub(super) fn reach(&self, process: Process, path: &Path) -> io::Result<DirFd> {
        DirFd::reach(&process.proc("root"))?.reach_in_root(path)
    }

    /// True when the directory has this path for us too.
    pub(super) fn shows(&self, dir: &DirFd, path: &Path) -> bool {
        if self.is_shared() {
            return true;
        }
        match (Stat::of_fd(dir), Stat::target_of(path)) {
            (Ok(theirs), Ok(ours)) => theirs.same_file(&ours),
            _ => false,
        }
    }
}
