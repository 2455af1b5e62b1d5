//! The environment of this process as it was given, without copies: a handful of kilobytes of which a line needs a
//! variable or two.

use std::ffi::{CStr, c_char};

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

#[cfg(test)]
mod tests {
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
