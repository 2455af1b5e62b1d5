//! The ends of quotes.

use super::{DEEPEST, dollar};

/// Behind the `'` that closes a quote whose text begins at `at`.
pub(crate) fn single_quoted(bytes: &[u8], at: usize) -> Option<usize> {
    let rest = bytes.get(at..)?;
    Some(at + rest.iter().position(|byte| *byte == b'\'')? + 1)
}

/// Behind the `'` that closes `$'…'` whose text begins at `at`; a backslash protects the byte behind it.
pub(crate) fn ansi_quoted(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        match *bytes.get(at)? {
            b'\'' => return Some(at + 1),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

/// Behind the `"` that closes a quote whose text begins at `at`.
pub(crate) fn double_quoted(bytes: &[u8], mut at: usize, depth: usize) -> Option<usize> {
    if depth > DEEPEST {
        return None;
    }
    loop {
        match *bytes.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' => at += 2,
            b'`' => at = backquoted(bytes, at + 1)?,
            b'$' => at = dollar(bytes, at, true, depth + 1)?,
            _ => at += 1,
        }
    }
}

/// Behind the `` ` `` that closes a substitution whose text begins at `at`.
pub(crate) fn backquoted(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        match *bytes.get(at)? {
            b'`' => return Some(at + 1),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}
