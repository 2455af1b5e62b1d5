//! Reads the small files that say what a person wants.

use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Bytes beyond which a settings, rule or grammar file is not one.
const MOST_BYTES: u64 = 1 << 20;

/// The bytes of a regular file of at most `limit` bytes. A FIFO or a device is refused and not even opened: the opening
/// alone would let a FIFO's writer go on, and a device may act on it.
pub(crate) fn regular_file(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    if !std::fs::metadata(path)?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"));
    }
    // Should it have become a FIFO by now, it is not waited for.
    let mut file = crate::sys::open_to_look(path)?;
    let found = file.metadata()?;
    if !found.is_file() || found.len() > limit {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file, or too large"));
    }
    // A read that does not fill the buffer ended at the end of the file, so most files take one.
    let mut bytes = vec![0; found.len() as usize + 1];
    let count = file.read(&mut bytes)?;
    bytes.truncate(count);
    if count as u64 > found.len() {
        file.take((limit + 1).saturating_sub(count as u64)).read_to_end(&mut bytes)?;
    }
    if bytes.len() as u64 > limit {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "too large"));
    }
    Ok(bytes)
}

/// That a folder, where there is one, belongs to this user (or to root) and not everybody may put files into it: rules
/// of somebody else's could loosen what this user is asked about. False when there is none. `Err`: why it is not to be
/// trusted, as a lowercase fragment.
pub(crate) fn own_folder(folder: &Path) -> Result<bool, String> {
    let Ok(found) = folder.metadata() else { return Ok(false) };
    let owner = found.uid();
    match () {
        () if owner != 0 && owner != nix::unistd::geteuid().as_raw() => Err(format!("belongs to user {owner}")),
        () if found.mode() & 0o002 != 0 => Err("can be written by everybody".to_owned()),
        () => Ok(true),
    }
}

/// The text of a file. `Ok(None)`: there is none. `Err`: why what is there cannot be used, as a lowercase fragment.
pub(crate) fn text(path: &Path) -> Result<Option<String>, String> {
    let bytes = match regular_file(path, MOST_BYTES) {
        Ok(bytes) => bytes,
        Err(error) if is_absent(&error) => return Ok(None),
        Err(error) => return Err(format!("cannot be read: {error}")),
    };
    String::from_utf8(bytes).map(Some).map_err(|_| "is not UTF-8".to_owned())
}

/// The `.toml` files of a directory, by name. `Ok` and empty when there is none.
pub(crate) fn toml_files(directory: &Path) -> Result<Vec<PathBuf>, String> {
    let listing = match directory.read_dir() {
        Ok(listing) => listing,
        Err(error) if is_absent(&error) => return Ok(Vec::new()),
        Err(error) => return Err(format!("cannot be listed: {error}")),
    };
    let mut files = Vec::new();
    for found in listing {
        let path = found.map_err(|error| format!("cannot be listed: {error}"))?.path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}
