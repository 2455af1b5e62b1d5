//! The environment of this process as it was given, without copies: a handful of kilobytes of which a line needs a
//! variable or two.

use std::ffi::{CStr, OsStr, c_char};
use std::os::unix::ffi::OsStrExt;

#[expect(unsafe_code, reason = "the C library's environment is the one the kernel gave us, order and duplicates kept")]
mod given {
    use std::ffi::c_char;

    // SAFETY: the C library defines `environ` with this type (environ(7)); it is only read.
    unsafe extern "C" {
        pub(super) static environ: *const *const c_char;
    }
}

/// The array itself, as execve(2) takes it.
pub(super) fn raw() -> *const *const c_char {
    // SAFETY: a variable of the C library, which nothing in this program writes to.
    #[expect(unsafe_code, reason = "reads a variable of the C library")]
    unsafe {
        given::environ
    }
}

/// The entries (`name=value`), in order, duplicates and those without `=` included.
pub fn environment() -> impl Iterator<Item = &'static [u8]> {
    let mut next = raw();
    std::iter::from_fn(move || {
        // SAFETY: `environ` is null or a null-terminated array of NUL-terminated strings (environ(7)); nothing in this
        // program modifies the environment, so both live as long as it does. `next` is within the array: it is moved on
        // only past an element that was not its end.
        #[expect(unsafe_code, reason = "reads a C array of C strings")]
        unsafe {
            if next.is_null() || (*next).is_null() {
                return None;
            }
            let entry = CStr::from_ptr(*next);
            next = next.add(1);
            Some(entry.to_bytes())
        }
    })
}

/// The value of a variable, the first of that name (getenv(3)). Some fifty are asked for at every start, and a C library
/// compares each with every entry, a call for each; here nearly all entries are told apart by their first byte.
pub fn variable(name: impl AsRef<[u8]>) -> Option<&'static OsStr> {
    let name = name.as_ref();
    // In an environment there are no such names.
    if name.is_empty() || name.contains(&b'=') || name.contains(&0) {
        return None;
    }
    let mut next = raw();
    if next.is_null() {
        return None;
    }
    loop {
        // SAFETY: `next` is within a null-terminated array of NUL-terminated strings that nothing modifies, as in
        // `environment`. Of an entry no byte behind a NUL is read: a name has none, so the comparison ends there.
        #[expect(unsafe_code, reason = "reads a C array of C strings")]
        unsafe {
            let entry = *next;
            if entry.is_null() {
                return None;
            }
            let same = |(at, byte): (usize, &u8)| *entry.add(at).cast::<u8>() == *byte;
            if name.iter().enumerate().all(same) && *entry.add(name.len()).cast::<u8>() == b'=' {
                return Some(OsStr::from_bytes(CStr::from_ptr(entry.add(name.len() + 1)).to_bytes()));
            }
            next = next.add(1);
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_variable_is_what_the_standard_library_says() {
        for (name, value) in std::env::vars_os() {
            use std::os::unix::ffi::OsStrExt;
            let name = name.as_bytes();
            assert_eq!(super::variable(name), Some(value.as_os_str()));
            assert_eq!(super::variable([name, b"_NOT_THIS"].concat()), None);
            assert_eq!(super::variable([name, b"="].concat()), None);
        }
        assert_eq!((super::variable(""), super::variable(b"PATH\0")), (None, None));
    }

    #[test]
    fn it_is_what_the_standard_library_says() {
        use std::os::unix::ffi::{OsStrExt, OsStringExt};
        let theirs: Vec<Vec<u8>> =
            std::env::vars_os().map(|(name, value)| [name.as_bytes(), b"=", &value.into_vec()].concat()).collect();
        let ours: Vec<&[u8]> = super::environment().filter(|entry| entry[1..].contains(&b'=')).collect();
        assert!(!ours.is_empty());
        assert_eq!(ours, theirs.iter().map(Vec::as_slice).collect::<Vec<_>>());
    }
}
