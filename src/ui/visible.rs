//! Text that somebody else chose, made harmless.

use std::borrow::Cow;
use std::fmt::Write;

/// `text` on one line and without power over a terminal: control characters (C0, C1, DEL), line separators and the
/// characters that reorder text (Unicode TR 9) or show nothing stand as `\n`, `\t`, `\x1b` or `\u{202e}`.
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.chars().any(hidden) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if hidden(character) { out.push_str(&escape(character)) } else { out.push(character) }
    }
    Cow::Owned(out)
}

/// [`visible`] for bytes: what is not UTF-8 stands as `\xNN`.
pub fn visible_bytes(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        out.push_str(&visible(chunk.valid()));
        for byte in chunk.invalid() {
            let _ = write!(out, "\\x{byte:02x}");
        }
    }
    out
}

/// True when a character must not reach a terminal as it is.
pub(super) fn hidden(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{61c}' | '\u{e0000}'..='\u{e0fff}')
}

/// How a hidden character is written.
pub(super) fn escape(character: char) -> String {
    match character {
        '\n' => "\\n".to_owned(),
        '\t' => "\\t".to_owned(),
        '\r' => "\\r".to_owned(),
        other if (other as u32) < 0x100 => format!("\\x{:02x}", other as u32),
        other => format!("\\u{{{:x}}}", other as u32),
    }
}

#[cfg(test)]
mod tests {
    use super::{visible, visible_bytes};

    #[test]
    fn nothing_that_moves_a_cursor_is_left() {
        assert_eq!(visible("rm \u{1b}[2Jx\r\n\u{202e}é\u{9b}"), "rm \\x1b[2Jx\\r\\n\\u{202e}é\\x9b");
        assert_eq!(visible_bytes(b"a\xffb\x07"), "a\\xffb\\x07");
        assert!(matches!(visible("plain é"), std::borrow::Cow::Borrowed(_)));
    }
}
