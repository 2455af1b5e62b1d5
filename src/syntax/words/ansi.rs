//! `$'…'` (bash(1), QUOTING).

/// The bytes that the inside of `$'…'` stands for. A NUL ends the string, as in bash. `None` with a number that is no
/// character, for which versions differ.
pub(super) fn decode(raw: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(raw.len());
    let mut at = 0;
    while let Some(byte) = raw.get(at).copied() {
        at += 1;
        if byte != b'\\' {
            out.push(byte);
            continue;
        }
        let Some(escape) = raw.get(at).copied() else {
            out.push(b'\\');
            break;
        };
        at += 1;
        match escape {
            b'a' => out.push(7),
            b'b' => out.push(8),
            b'e' | b'E' => out.push(27),
            b'f' => out.push(12),
            b'n' => out.push(b'\n'),
            b'r' => out.push(b'\r'),
            b't' => out.push(b'\t'),
            b'v' => out.push(11),
            b'\\' | b'\'' | b'"' | b'?' => out.push(escape),
            b'0'..=b'7' => {
                let (value, used) = number(&raw[at - 1..], 8, 3);
                at += used - 1;
                if value & 0xff == 0 {
                    return Some(out);
                }
                out.extend(u8::try_from(value & 0xff).ok());
            }
            b'x' => {
                let braced = raw.get(at) == Some(&b'{');
                let from = at + usize::from(braced);
                let (value, used) = number(&raw[from.min(raw.len())..], 16, if braced { usize::MAX } else { 2 });
                if used == 0 && !braced {
                    out.extend_from_slice(b"\\x");
                    continue;
                }
                at = from + used + usize::from(braced && raw.get(from + used) == Some(&b'}'));
                if value & 0xff == 0 {
                    return Some(out);
                }
                out.extend(u8::try_from(value & 0xff).ok());
            }
            b'u' | b'U' => {
                let (value, used) = number(&raw[at..], 16, if escape == b'u' { 4 } else { 8 });
                at += used;
                match char::from_u32(value) {
                    _ if used == 0 => out.extend_from_slice(&[b'\\', escape]),
                    Some('\0') => return Some(out),
                    Some(character) => out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
                    None => return None,
                }
            }
            b'c' => {
                if let Some(control) = raw.get(at) {
                    at += 1 + usize::from(*control == b'\\' && raw.get(at + 1) == Some(&b'\\'));
                    match control.to_ascii_uppercase() & 0x1f {
                        _ if *control == b'?' => out.push(0x7f),
                        0 => return Some(out),
                        code => out.push(code),
                    }
                }
            }
            other => out.extend_from_slice(&[b'\\', other]),
        }
    }
    Some(out)
}

/// A number of at most `most` digits at the start of `raw`, and how many there were.
fn number(raw: &[u8], radix: u32, most: usize) -> (u32, usize) {
    let mut value = 0u32;
    let mut used = 0;
    while used < most {
        let Some(digit) = raw.get(used).and_then(|byte| char::from(*byte).to_digit(radix)) else { break };
        value = value.wrapping_mul(radix).wrapping_add(digit);
        used += 1;
    }
    (value, used)
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn every_escape_of_the_manual() {
        assert_eq!(decode(br"\a\b\e\f\n\r\t\v\\\'\x22\?").as_deref(), Some(&b"\x07\x08\x1b\x0c\n\r\t\x0b\\'\"?"[..]));
        assert_eq!(decode(br"\162\155\x20\u00e9\cA").as_deref(), Some("rm \u{e9}\u{1}".as_bytes()));
        assert_eq!(decode(br"a\0b").as_deref(), Some(&b"a"[..]));
        assert_eq!(decode(br"\q\xzz").as_deref(), Some(&br"\q\xzz"[..]));
        assert_eq!(decode(br"a\x{}b").as_deref(), Some(&b"a"[..]));
        assert_eq!(decode(br"\x{123441}").as_deref(), Some(&b"A"[..]));
        assert_eq!(decode(br"\Uffffffff"), None);
    }
}
