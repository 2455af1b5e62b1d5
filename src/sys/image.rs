//! Replacing this process by another program, and knowing which program we were started as.

use super::environment;
use std::ffi::{CStr, CString, OsStr, c_char};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// Becomes `program` with exactly these arguments and the environment as the caller left it, byte for byte and in
/// order (execve(2)). Returns only on failure, with the reason; an argument with a NUL inside is `InvalidInput`.
/// Signal dispositions, mask, descriptors, limits and working directory are not touched.
pub fn become_program(program: &OsStr, arguments: &[impl AsRef<OsStr>]) -> io::Error {
    // SAFETY: the C library keeps `environ` as a null-terminated array of NUL-terminated strings (environ(7)), and nothing in
    // this program modifies the environment.
    #[expect(unsafe_code, reason = "nix rebuilds the environment, which must go over untouched")]
    unsafe {
        execute(program, arguments, environment::raw())
    }
}

/// The same with an environment of these variables.
pub fn become_program_in(
    program: &OsStr,
    arguments: &[impl AsRef<OsStr>],
    variables: &[(impl AsRef<OsStr>, impl AsRef<OsStr>)],
) -> io::Error {
    let joined = |(name, value): &(_, _)| {
        let (name, value): (&OsStr, &OsStr) = (AsRef::as_ref(name), AsRef::as_ref(value));
        CString::new([name.as_bytes(), b"=", value.as_bytes()].concat())
    };
    let Ok(owned) = variables.iter().map(joined).collect::<Result<Vec<CString>, _>>() else {
        return io::ErrorKind::InvalidInput.into();
    };
    let mut table: Vec<*const c_char> = owned.iter().map(|word| word.as_ptr()).collect();
    table.push(std::ptr::null());
    // SAFETY: every element of `table` is NUL-terminated and lives in `owned` until the call returns; a null pointer ends it.
    #[expect(unsafe_code, reason = "as become_program")]
    unsafe {
        execute(program, arguments, table.as_ptr())
    }
}

/// # Safety
/// `environment` must be an array of pointers to NUL-terminated strings that ends with a null pointer, all alive until this
/// returns.
#[expect(unsafe_code, reason = "takes a C array")]
unsafe fn execute(program: &OsStr, arguments: &[impl AsRef<OsStr>], environment: *const *const c_char) -> io::Error {
    let Ok(program) = CString::new(program.as_bytes()) else { return io::ErrorKind::InvalidInput.into() };
    let owned: Result<Vec<CString>, _> = arguments.iter().map(|word| CString::new(word.as_ref().as_bytes())).collect();
    let Ok(owned) = owned else { return io::ErrorKind::InvalidInput.into() };
    let mut argv: Vec<*const c_char> = owned.iter().map(|word| word.as_ptr()).collect();
    argv.push(std::ptr::null());
    // SAFETY: `program` and every element of `argv` are NUL-terminated and live in `owned` until the call returns; both
    // arrays end with a null pointer: `argv` by the line above, `environment` by the caller's word.
    let _ = unsafe { libc::execve(program.as_ptr(), argv.as_ptr(), environment) };
    io::Error::last_os_error()
}

/// The file of this process's program as the kernel names it (`/proc/self/exe`, proc(5)); `None` where `/proc` is not
/// mounted. Asked once: the answer costs more than most calls and stays the same.
pub fn own_program() -> Option<&'static Path> {
    static PROGRAM: OnceLock<Option<PathBuf>> = OnceLock::new();
    PROGRAM.get_or_init(|| std::fs::read_link("/proc/self/exe").ok()).as_deref()
}

/// The path this process's program was started by, as the caller of execve(2) gave it (`AT_EXECFN`; the *script* when
/// started by a `#!` line; may be relative to the directory of that moment, which is still ours at entry).
pub fn started_as() -> Option<PathBuf> {
    // SAFETY: getauxval(3) gives 0 or a pointer to a NUL-terminated string the kernel put above our stack for good.
    #[expect(unsafe_code, reason = "no safe wrapper exists for getauxval")]
    let path = unsafe {
        let address = libc::getauxval(libc::AT_EXECFN) as *const c_char;
        if address.is_null() {
            return None;
        }
        CStr::from_ptr(address)
    };
    Some(PathBuf::from(OsStr::from_bytes(path.to_bytes())))
}

/// True when this user may execute the file (`access(2)` with the effective ids).
pub fn may_execute(path: &Path) -> bool {
    nix::unistd::eaccess(path, nix::unistd::AccessFlags::X_OK).is_ok()
}
