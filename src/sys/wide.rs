//! The classes of characters that the parsers' C code asks the C library for, as the C locale has them.
//!
//! tree-sitter-bash's scanner tells blanks and letters by iswspace(3) and its kin. bash knows no blanks and no letters
//! beyond ASCII in its syntax, nor does glibc before setlocale(3), which we never call; musl, whatever the locale, takes
//! U+3000 for a space. The program's own definitions come before the library's.

use std::ffi::{c_int, c_uint};

/// The character, if it is one of ASCII.
fn ascii(character: c_uint) -> Option<u8> {
    u8::try_from(character).ok().filter(u8::is_ascii)
}

/// iswspace(3): blank, `\t`, `\n`, vertical tab, form feed, `\r`.
// SAFETY: the name and the type are those of ISO C (7.30.2.1.10); only C code calls it, by that type.
#[expect(unsafe_code, reason = "a name of the C library")]
#[unsafe(no_mangle)]
pub extern "C" fn iswspace(character: c_uint) -> c_int {
    ascii(character).is_some_and(|byte| byte == b' ' || (b'\t'..=b'\r').contains(&byte)).into()
}

/// iswalpha(3): `A` to `Z`, `a` to `z`.
// SAFETY: as above (7.30.2.1.2).
#[expect(unsafe_code, reason = "a name of the C library")]
#[unsafe(no_mangle)]
pub extern "C" fn iswalpha(character: c_uint) -> c_int {
    ascii(character).is_some_and(|byte| byte.is_ascii_alphabetic()).into()
}

/// iswalnum(3): a letter as above, or a digit.
// SAFETY: as above (7.30.2.1.1).
#[expect(unsafe_code, reason = "a name of the C library")]
#[unsafe(no_mangle)]
pub extern "C" fn iswalnum(character: c_uint) -> c_int {
    ascii(character).is_some_and(|byte| byte.is_ascii_alphanumeric()).into()
}

#[cfg(test)]
mod tests {
    use super::{iswalnum, iswalpha, iswspace};

    #[test]
    fn only_ascii_has_blanks_letters_and_digits() {
        for character in (0..0x3_0000).filter_map(char::from_u32) {
            let blank = matches!(character, ' ' | '\t'..='\r');
            assert_eq!(iswspace(character.into()) != 0, blank, "{character:?}");
            assert_eq!(iswalpha(character.into()) != 0, character.is_ascii_alphabetic(), "{character:?}");
            assert_eq!(iswalnum(character.into()) != 0, character.is_ascii_alphanumeric(), "{character:?}");
        }
        assert_eq!(iswspace(u32::MAX), 0, "WEOF");
    }
}
