//! Small files below the state directory that are changed under a lock.

use crate::sys::FileLock;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Most bytes of a file that are read.
const LARGEST: u64 = 16 << 20;

/// The name of what is kept by a text of another's, such as the session an agent names: the text is not used as it is.
pub(super) fn name_of(text: &[u8]) -> String {
    blake3::hash(text).to_hex()[..32].to_owned()
}

/// A folder of JSON files, 0600 in 0700, one for each thing that is kept; each is written whole and renamed into place.
#[derive(Clone, Debug)]
pub(super) struct Folder {
    path: PathBuf,
}

impl Folder {
    /// `<state>/NAME`; nothing is touched yet.
    pub(super) fn of(state: &Path, name: &str) -> Self {
        Self { path: state.join(name) }
    }

    /// The file of a name.
    fn file(&self, name: &str) -> PathBuf {
        self.path.join(format!("{name}.json"))
    }

    /// What is kept by this name; `None` when there is nothing, or it is damaged or not this user's own.
    pub(super) fn read<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        let flags = libc::O_NOFOLLOW | libc::O_NONBLOCK;
        let file = OpenOptions::new().read(true).custom_flags(flags).open(self.file(name)).ok()?;
        let found = file.metadata().ok()?;
        if found.uid() != nix::unistd::geteuid().as_raw() || found.mode() & 0o022 != 0 {
            return None;
        }
        let mut bytes = Vec::with_capacity(found.len().min(LARGEST) as usize);
        file.take(LARGEST).read_to_end(&mut bytes).ok()?;
        serde_json::from_slice(&bytes).ok()
    }

    /// All names, sorted.
    pub(super) fn names(&self) -> Vec<String> {
        let Ok(listing) = fs::read_dir(&self.path) else { return Vec::new() };
        let names = listing.flatten().filter_map(|entry| entry.file_name().into_string().ok());
        let mut names: Vec<String> = names.filter_map(|name| Some(name.strip_suffix(".json")?.to_owned())).collect();
        names.sort();
        names
    }

    /// True when there is a file of this name, whether it can be read or not.
    pub(super) fn is_there(&self, name: &str) -> bool {
        !fs::symlink_metadata(self.file(name)).is_err_and(|error| error.kind() == io::ErrorKind::NotFound)
    }

    /// Keeps a value by this name.
    pub(super) fn write<T: Serialize>(&self, name: &str, value: &T) -> io::Result<()> {
        let beside = self.path.join(format!(".{name}-{}", std::process::id()));
        let _ = fs::remove_file(&beside);
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
        file.write_all(&serde_json::to_vec(value)?)?;
        drop(file);
        fs::rename(&beside, self.file(name))
    }

    /// Forgets a name; true when it was there.
    pub(super) fn remove(&self, name: &str) -> io::Result<bool> {
        match fs::remove_file(self.file(name)) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Forgets what was not changed for this long.
    pub(super) fn forget_older(&self, age: Duration) {
        for name in self.names() {
            let changed = fs::symlink_metadata(self.file(&name)).and_then(|found| found.modified());
            if changed.is_ok_and(|changed| changed.elapsed().is_ok_and(|since| since > age)) {
                let _ = self.remove(&name);
            }
        }
    }

    /// Waits until nobody else changes anything here; makes the folder for this user alone.
    pub(super) fn lock(&self) -> io::Result<FileLock> {
        let open =
            || OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(self.path.join("lock"));
        let file = match open() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                DirBuilder::new().recursive(true).mode(0o700).create(&self.path)?;
                open()
            }
            other => other,
        }?;
        let found = fs::symlink_metadata(&self.path)?;
        if !found.is_dir() || found.uid() != nix::unistd::geteuid().as_raw() || found.mode() & 0o022 != 0 {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        FileLock::exclusive(file)
    }
}
