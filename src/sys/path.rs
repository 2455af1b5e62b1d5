//! The real path of a name (realpath(3)).

use nix::NixPath;
use nix::errno::Errno;
use std::ffi::{CStr, OsStr, c_char};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// The path without links, `.` and `..`; absolute. Fails where it does not exist. As [`Path::canonicalize`], but the C
/// library takes no memory for it: musl maps a page for a small block and gives it back at once.
pub fn real_path(path: &Path) -> io::Result<PathBuf> {
    let mut buffer = [0 as c_char; libc::PATH_MAX as usize];
    // SAFETY: realpath(3) reads a string that lives as long as the call and writes at most PATH_MAX bytes, one of them the
    // NUL at the end, to the buffer.
    #[expect(unsafe_code, reason = "the standard library has the C library make the block")]
    let found = path.with_nix_path(|path| unsafe { libc::realpath(path.as_ptr(), buffer.as_mut_ptr()) })?;
    if found.is_null() {
        return Err(Errno::last().into());
    }
    // SAFETY: the buffer holds a string, as said.
    #[expect(unsafe_code, reason = "what the C library has written")]
    let real = unsafe { CStr::from_ptr(buffer.as_ptr()) };
    Ok(PathBuf::from(OsStr::from_bytes(real.to_bytes())))
}

#[cfg(test)]
mod tests {
    use super::real_path;
    use std::path::Path;

    #[test]
    fn links_and_dots_are_resolved_and_what_is_not_there_is_an_error() {
        let temp = tempfile::tempdir().expect("a temporary directory");
        let base = temp.path().canonicalize().expect("it exists");
        std::fs::create_dir(base.join("d")).expect("a fresh directory");
        std::os::unix::fs::symlink("d", base.join("l")).expect("a fresh name");
        assert_eq!(real_path(&base.join("l/../l/.")).expect("it exists"), base.join("d"));
        assert_eq!(real_path(&base.join("none")).map_err(|error| error.kind()), Err(std::io::ErrorKind::NotFound));
        assert!(real_path(Path::new("a\0b")).is_err());
    }
}
