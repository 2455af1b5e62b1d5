//! Directories that are ignored beyond doubt.
//!
//! Only literal patterns count (`target`, `/dist/`, `node_modules/`, `build/out`): a list with a negation is not used at all, and a
//! pattern with a wildcard is passed over, so that what it may cover is kept rather than lost.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Literal patterns of the ignore lists read so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Ignored {
    /// Names ignored at any depth below a folder.
    names: Vec<(PathBuf, Vec<u8>)>,
    /// Whole paths.
    paths: Vec<PathBuf>,
}

impl Ignored {
    /// Adds the list `file`, whose patterns are relative to `base`. A missing or unreadable list adds nothing.
    pub(super) fn add(&mut self, file: &Path, base: &Path) {
        let Ok(bytes) = std::fs::read(file) else { return };
        let lines: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii_end).collect();
        if lines.iter().any(|line| line.starts_with(b"!")) {
            return;
        }
        for line in lines {
            let wild = line.iter().any(|byte| b"*?[\\#".contains(byte));
            let pattern = line.strip_suffix(b"/").unwrap_or(line);
            if wild || pattern.is_empty() {
                continue;
            }
            if pattern.contains(&b'/') {
                let pattern = pattern.strip_prefix(b"/").unwrap_or(pattern);
                self.paths.push(base.join(OsStr::from_bytes(pattern)));
            } else {
                self.names.push((base.to_owned(), pattern.to_vec()));
            }
        }
    }

    /// True when the directory `path` is ignored.
    pub(super) fn covers(&self, path: &Path) -> bool {
        let name = path.file_name().unwrap_or_default().as_bytes();
        self.names.iter().any(|(base, pattern)| pattern == name && path.starts_with(base))
            || self.paths.iter().any(|ignored| path == ignored)
    }
}
