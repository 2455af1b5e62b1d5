//! The end of a word.

use super::{DEEPEST, ansi_quoted, backquoted, command, dollar, double_quoted, is_meta, single_quoted};

/// What a word may hold where it stands.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct WordRules {
    /// `NAME=(…)` and blanks inside `NAME[…]=` are allowed.
    pub assignment: bool,
    /// `@(…)`, `!(…)` and their like are allowed.
    pub extglob: bool,
    /// Only blanks and newlines end the word unless inside parentheses: the right side of `=~`.
    pub regex: bool,
}

/// Behind blanks and `\⏎`.
pub(crate) fn skip_blanks(bytes: &[u8], mut at: usize) -> usize {
    loop {
        match bytes.get(at) {
            Some(b' ' | b'\t') => at += 1,
            Some(b'\\') if bytes.get(at + 1) == Some(&b'\n') => at += 2,
            _ => return at,
        }
    }
}

/// Behind the NAME that begins at `at`; `at` itself when there is none.
pub(crate) fn name_end(bytes: &[u8], at: usize) -> usize {
    let mut end = at;
    while let Some(byte) = bytes.get(end) {
        let fits = byte.is_ascii_alphabetic() || *byte == b'_' || (end > at && byte.is_ascii_digit());
        if !fits {
            break;
        }
        end += 1;
    }
    end
}

/// True for a NAME of POSIX XBD 3.230.
pub(crate) fn is_name(bytes: &[u8]) -> bool {
    !bytes.is_empty() && name_end(bytes, 0) == bytes.len()
}

/// True for a word of the form `NAME=…`, `NAME+=…`, `NAME[…]=…`, `NAME[…]+=…`.
pub(crate) fn is_assignment(word: &[u8]) -> bool {
    let mut at = name_end(word, 0);
    if at == 0 {
        return false;
    }
    if word.get(at) == Some(&b'[') {
        match super::bracketed(word, at + 1, 0) {
            Some(end) => at = end,
            None => return false,
        }
    }
    word[at..].starts_with(b"=") || word[at..].starts_with(b"+=")
}

/// Behind the word that begins at `at`; `at` itself when no word begins there; `None` when the text ends inside it.
pub(crate) fn word(bytes: &[u8], start: usize, rules: WordRules, depth: usize) -> Option<usize> {
    if depth > DEEPEST {
        return None;
    }
    let mut at = start;
    let mut parens = 0usize;
    while let Some(byte) = bytes.get(at).copied() {
        match byte {
            b'\\' => at = (at + 2).min(bytes.len()),
            b'\'' => at = single_quoted(bytes, at + 1)?,
            b'"' => at = double_quoted(bytes, at + 1, depth + 1)?,
            b'`' => at = backquoted(bytes, at + 1)?,
            b'$' if bytes.get(at + 1) == Some(&b'\'') => at = ansi_quoted(bytes, at + 2)?,
            b'$' => at = dollar(bytes, at, false, depth + 1)?,
            b'<' | b'>' if bytes.get(at + 1) == Some(&b'(') => at = command(bytes, at + 2, depth + 1)?,
            b'(' if rules.regex => {
                parens += 1;
                at += 1;
            }
            b')' if parens > 0 => {
                parens -= 1;
                at += 1;
            }
            b'|' | b'<' | b'>' | b'&' | b';' if parens > 0 => at += 1,
            b' ' | b'\t' | b'\n' if parens > 0 => at += 1,
            b'|' if rules.regex && bytes.get(at + 1) != Some(&b'|') => at += 1,
            b'(' if rules.extglob && at > start && matches!(bytes[at - 1], b'?' | b'*' | b'+' | b'@' | b'!') => {
                at = parenthesised(bytes, at + 1, depth + 1)?;
            }
            b'(' if rules.assignment
                && at > start
                && bytes[at - 1] == b'='
                && is_assignment_head(&bytes[start..at]) =>
            {
                at = array(bytes, at + 1, depth + 1)?;
            }
            b'[' if rules.assignment && at > start && is_name(&bytes[start..at]) => {
                at = subscript(bytes, at, depth)?;
            }
            byte if is_meta(byte) => break,
            _ => at += 1,
        }
    }
    (parens == 0).then_some(at)
}

/// True when `word` is exactly the head of an assignment, up to and with its `=`.
fn is_assignment_head(word: &[u8]) -> bool {
    let head = word.strip_suffix(b"=").unwrap_or(word);
    let head = head.strip_suffix(b"+").unwrap_or(head);
    let end = name_end(head, 0);
    end > 0 && (end == head.len() || head[end] == b'[' && super::bracketed(head, end + 1, 0) == Some(head.len()))
}

/// Behind the subscript that opens at `at` when it is one; else behind the `[` alone.
fn subscript(bytes: &[u8], at: usize, depth: usize) -> Option<usize> {
    match super::bracketed(bytes, at + 1, depth + 1) {
        Some(end) if matches!(bytes.get(end), Some(b'=')) || bytes[end..].starts_with(b"+=") => Some(end),
        _ => Some(at + 1),
    }
}

/// Behind the `)` that closes an extended pattern whose text begins at `at`.
fn parenthesised(bytes: &[u8], mut at: usize, depth: usize) -> Option<usize> {
    if depth > DEEPEST {
        return None;
    }
    loop {
        match *bytes.get(at)? {
            b')' => return Some(at + 1),
            b'(' => at = parenthesised(bytes, at + 1, depth + 1)?,
            b'\\' => at += 2,
            b'\'' => at = single_quoted(bytes, at + 1)?,
            b'"' => at = double_quoted(bytes, at + 1, depth + 1)?,
            b'`' => at = backquoted(bytes, at + 1)?,
            b'$' if bytes.get(at + 1) == Some(&b'\'') => at = ansi_quoted(bytes, at + 2)?,
            b'$' => at = dollar(bytes, at, false, depth + 1)?,
            _ => at += 1,
        }
    }
}

/// Behind the `)` that closes a compound assignment whose elements begin at `at`.
fn array(bytes: &[u8], mut at: usize, depth: usize) -> Option<usize> {
    loop {
        at = skip_blanks(bytes, at);
        match *bytes.get(at)? {
            b')' => return Some(at + 1),
            b'\n' => at += 1,
            b'#' => at = comment(bytes, at),
            b'[' => {
                let from = super::bracketed(bytes, at + 1, depth + 1).unwrap_or(at + 1);
                at = word(bytes, from, WordRules::default(), depth + 1)?;
            }
            _ => {
                let end = word(bytes, at, WordRules::default(), depth + 1)?;
                if end == at {
                    return None;
                }
                at = end;
            }
        }
    }
}

/// The newline that ends the comment at `at`, or the end of the text.
pub(super) fn comment(bytes: &[u8], at: usize) -> usize {
    bytes[at..].iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |length| at + length)
}
