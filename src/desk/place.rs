//! Where the sockets lie.

use nix::fcntl::{OFlag, open};
use nix::sys::stat::{Mode, fstat};
use std::fs::DirBuilder;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

/// `<state>/desk`, held open: one socket for each desk, `PID.sock`. Reached through the descriptor, because the address
/// of a socket holds 107 bytes (unix(7)) and a state directory may be deeper.
#[derive(Debug)]
pub(super) struct Place {
    directory: OwnedFd,
    path: PathBuf,
}

impl Place {
    /// The directory as it is; `NotFound` when no desk was ever open.
    pub(super) fn find(state: &Path) -> io::Result<Self> {
        let path = state.join("desk");
        let flags = OFlag::O_PATH | OFlag::O_DIRECTORY | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
        let directory = open(&path, flags, Mode::empty())?;
        let found = fstat(&directory)?;
        if found.st_uid != nix::unistd::geteuid().as_raw() || found.st_mode & 0o077 != 0 {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        Ok(Self { directory, path })
    }

    /// The directory, made for this user alone (0700).
    pub(super) fn make(state: &Path) -> io::Result<Self> {
        DirBuilder::new().recursive(true).mode(0o700).create(state.join("desk"))?;
        Self::find(state)
    }

    /// A name in it as an address that is short enough.
    pub(super) fn address(&self, name: &str) -> PathBuf {
        PathBuf::from(format!("/proc/self/fd/{}/{name}", self.directory.as_raw_fd()))
    }

    /// Names of the sockets.
    pub(super) fn sockets(&self) -> Vec<String> {
        let Ok(listing) = std::fs::read_dir(&self.path) else { return Vec::new() };
        let names = listing.flatten().filter_map(|entry| entry.file_name().into_string().ok());
        let mut names: Vec<String> = names.filter(|name| name.ends_with(".sock")).collect();
        names.sort();
        names
    }

    /// Removes a name.
    pub(super) fn remove(&self, name: &str) {
        let _ = std::fs::remove_file(self.path.join(name));
    }
}
