//! Extended attributes, ACLs among them (`system.posix_acl_*`), of the path itself: links are never followed.
//!
//! For a file below a held directory pass [`super::DirFd::path_of`]. Errors are the kernel's: `EOPNOTSUPP` where the
//! file system has none, `ENODATA` where the name is absent (xattr(7)).

use super::dir::DirFd;
use nix::NixPath;
use nix::errno::Errno;
use std::ffi::{CStr, OsStr, OsString};
use std::io;
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// The names of all attributes we may see, in the kernel's order.
pub fn list(path: &Path) -> io::Result<Vec<OsString>> {
    let names = path.with_nix_path(|path| {
        read_growing(|buffer| {
            // SAFETY: llistxattr(2) writes at most `len` bytes to the pointer, and the pointer is that of a live slice
            // of that length; the path is NUL-terminated.
            #[expect(unsafe_code, reason = "no safe wrapper exists for llistxattr")]
            unsafe {
                libc::llistxattr(path.as_ptr(), buffer.as_mut_ptr().cast(), buffer.len())
            }
        })
    })??;
    let names = names.split(|byte| *byte == 0).filter(|name| !name.is_empty());
    Ok(names.map(|name| OsStr::from_bytes(name).to_owned()).collect())
}

/// listxattrat(2), Linux 6.13; the number is the same on all architectures.
const SYS_LISTXATTRAT: libc::c_long = 465;

/// True when the file `name` in a directory has no attributes at all, as most have none; false also when this kernel does not
/// tell without a path.
pub fn has_none(dir: &DirFd, name: &OsStr) -> bool {
    let listed = name.with_nix_path(|name| {
        // SAFETY: with a size of 0 listxattrat(2) writes nothing and gives the length of the list; the name is NUL-terminated.
        #[expect(unsafe_code, reason = "no safe wrapper exists for listxattrat")]
        Errno::result(unsafe {
            libc::syscall(
                SYS_LISTXATTRAT,
                dir.as_fd().as_raw_fd(),
                name.as_ptr(),
                libc::AT_SYMLINK_NOFOLLOW,
                std::ptr::null_mut::<libc::c_char>(),
                0_usize,
            )
        })
    });
    matches!(listed, Ok(Ok(0)))
}

/// The value of one attribute.
pub fn get(path: &Path, name: &OsStr) -> io::Result<Vec<u8>> {
    with_both(path, name, |path, name| {
        read_growing(|buffer| {
            // SAFETY: lgetxattr(2) writes at most `len` bytes to the pointer, and the pointer is that of a live slice
            // of that length; both strings are NUL-terminated.
            #[expect(unsafe_code, reason = "no safe wrapper exists for lgetxattr")]
            unsafe {
                libc::lgetxattr(path.as_ptr(), name.as_ptr(), buffer.as_mut_ptr().cast(), buffer.len())
            }
        })
    })
}

/// Sets one attribute, creating or replacing it.
pub fn set(path: &Path, name: &OsStr, value: &[u8]) -> io::Result<()> {
    with_both(path, name, |path, name| {
        // SAFETY: lsetxattr(2) reads `value.len()` bytes from the pointer of that live slice; both strings are
        // NUL-terminated.
        #[expect(unsafe_code, reason = "no safe wrapper exists for lsetxattr")]
        let result = unsafe { libc::lsetxattr(path.as_ptr(), name.as_ptr(), value.as_ptr().cast(), value.len(), 0) };
        Errno::result(result).map(drop)
    })
}

/// Removes one attribute; `ENODATA` when there is none of that name.
pub fn remove(path: &Path, name: &OsStr) -> io::Result<()> {
    with_both(path, name, |path, name| {
        // SAFETY: lremovexattr(2) only reads the two NUL-terminated strings.
        #[expect(unsafe_code, reason = "no safe wrapper exists for lremovexattr")]
        let result = unsafe { libc::lremovexattr(path.as_ptr(), name.as_ptr()) };
        Errno::result(result).map(drop)
    })
}

fn with_both<T>(path: &Path, name: &OsStr, call: impl Fn(&CStr, &CStr) -> nix::Result<T>) -> io::Result<T> {
    Ok(path.with_nix_path(|path| name.with_nix_path(|name| call(path, name)))???)
}

/// Calls with a buffer that fits all but absurd attributes, and once more with the largest the kernel gives (64 KiB).
fn read_growing(call: impl Fn(&mut [u8]) -> isize) -> nix::Result<Vec<u8>> {
    let mut small = [0; 1024];
    let mut buffer = match Errno::result(call(&mut small)) {
        Ok(length) => return Ok(small[..length as usize].to_vec()),
        Err(Errno::ERANGE) => vec![0; 64 * 1024],
        Err(error) => return Err(error),
    };
    let length = Errno::result(call(&mut buffer))?;
    buffer.truncate(length as usize);
    Ok(buffer)
}
