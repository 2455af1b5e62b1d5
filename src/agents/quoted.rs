//! A literal word as programs quote it for a shell.

/// Reads the word at the start of `text`: unquoted plain characters, `'…'`, `"…"` with escapes, and `\c`, in any order.
/// Gives its value and what follows. `None` when it holds an expansion, or anything a shell might not take literally.
pub(super) fn literal(text: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let (mut value, mut rest, mut any) = (Vec::new(), text, false);
    while let Some((first, behind)) = rest.split_first() {
        match first {
            b'\'' => {
                let end = behind.iter().position(|byte| *byte == b'\'')?;
                value.extend_from_slice(&behind[..end]);
                rest = &behind[end + 1..];
            }
            b'"' => rest = double(behind, &mut value)?,
            b'\\' => {
                let (escaped, behind) = behind.split_first().filter(|(escaped, _)| **escaped != b'\n')?;
                value.push(*escaped);
                rest = behind;
            }
            _ if plain(*first) => {
                value.push(*first);
                rest = behind;
            }
            _ => break,
        }
        any = true;
    }
    any.then_some((value, rest))
}

/// The inside of `"…"`, without expansions.
fn double<'a>(mut rest: &'a [u8], value: &mut Vec<u8>) -> Option<&'a [u8]> {
    loop {
        let (first, behind) = rest.split_first()?;
        rest = behind;
        match first {
            b'"' => return Some(rest),
            b'$' | b'`' => return None,
            b'\\' => {
                let (escaped, behind) = rest.split_first()?;
                match escaped {
                    b'$' | b'`' | b'"' | b'\\' => value.push(*escaped),
                    b'\n' => {}
                    _ => value.extend_from_slice(&[b'\\', *escaped]),
                }
                rest = behind;
            }
            _ => value.push(*first),
        }
    }
}

/// A string as JSON writes it, between double quotes: what a program meant that took JSON's quoting for the shell's. Gives
/// the string and what follows the closing quote.
pub(super) fn json(text: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let mut stream = serde_json::Deserializer::from_slice(text).into_iter::<String>();
    let value = stream.next()?.ok()?;
    text.starts_with(b"\"").then(|| (value.into_bytes(), &text[stream.byte_offset()..]))
}

/// True for characters that mean themselves wherever they stand in a word (`=` but in the first word, `~` never).
pub(super) fn plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_@%+=:,./-".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::literal;

    #[test]
    fn words_are_read_as_a_shell_would() {
        let read = |text: &str| literal(text.as_bytes()).map(|(value, rest)| (value, rest.len()));
        assert_eq!(read("cat && x"), Some((b"cat".to_vec(), 5)));
        assert_eq!(read("'it'\"'\"'s' <"), Some((b"it's".to_vec(), 2)));
        assert_eq!(read("\"a \\$b \\\" \\n\""), Some((b"a $b \" \\n".to_vec(), 0)));
        assert_eq!(read("a\\ b"), Some((b"a b".to_vec(), 0)));
        assert_eq!(read("'a'b\"c\""), Some((b"abc".to_vec(), 0)));
    }

    #[test]
    fn what_is_not_literal_is_no_word() {
        for text in ["\"$a\"", "\"`a`\"", "'open", "\"open", "", " x", "\"a\\", "$a", "~", "a\\\n"] {
            assert!(literal(text.as_bytes()).is_none_or(|(_, rest)| !rest.is_empty()), "{text}");
        }
    }
}
