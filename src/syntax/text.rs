//! A piece of text in the form the parsers take.

use std::borrow::Cow;

/// Where the stand-ins for bytes that are not UTF-8 begin.
const STAND_IN: u32 = 0xE000;

/// Bytes, and the same as `&str` for parsers that want one. A byte that is not part of valid UTF-8 is stood in for by
/// U+E000 + byte, a character no shell treats specially.
pub(crate) struct Text<'a> {
    /// The bytes.
    pub bytes: &'a [u8],
    /// The characters, ended by a newline.
    pub string: String,
    /// Characters are bytes.
    ascii: bool,
    /// For each byte of `string` the byte it came from; absent when they are the same.
    table: Option<Vec<u32>>,
}

impl<'a> Text<'a> {
    /// Prepares `bytes`; appends the newline that ends every line.
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        if let Ok(text) = std::str::from_utf8(bytes) {
            let mut string = String::with_capacity(bytes.len() + 1);
            string.push_str(text);
            string.push('\n');
            return Self { bytes, ascii: string.is_ascii(), string, table: None };
        }
        let mut string = String::with_capacity(bytes.len() * 2);
        let mut table = Vec::with_capacity(bytes.len() * 2);
        let mut at = 0usize;
        for chunk in bytes.utf8_chunks() {
            for _ in chunk.valid().bytes() {
                table.push(u32::try_from(at).unwrap_or(u32::MAX));
                at += 1;
            }
            string.push_str(chunk.valid());
            for byte in chunk.invalid() {
                if let Some(stand_in) = char::from_u32(STAND_IN + u32::from(*byte)) {
                    string.push(stand_in);
                    table.extend(std::iter::repeat_n(u32::try_from(at).unwrap_or(u32::MAX), stand_in.len_utf8()));
                }
                at += 1;
            }
        }
        string.push('\n');
        table.push(u32::try_from(at).unwrap_or(u32::MAX));
        Self { bytes, ascii: false, string, table: Some(table) }
    }

    /// Prepares `bytes` with more text put in front of some of them; the offsets ascend.
    pub(crate) fn with(bytes: &'a [u8], added: &[(usize, &str)]) -> Self {
        let mut text = Self::new(bytes);
        if added.is_empty() || text.table.is_some() {
            return text;
        }
        let length = text.string.len() + added.iter().map(|(_, more)| more.len()).sum::<usize>();
        let (mut string, mut table) = (String::with_capacity(length), Vec::with_capacity(length));
        let mut from = 0;
        for (at, more) in added.iter().copied().chain([(text.string.len(), "")]) {
            string.push_str(text.string.get(from..at).unwrap_or_default());
            table.extend((from..at).map(|offset| u32::try_from(offset).unwrap_or(u32::MAX)));
            string.push_str(more);
            table.extend(more.bytes().map(|_| u32::try_from(at).unwrap_or(u32::MAX)));
            from = at;
        }
        text.string = string;
        text.table = Some(table);
        text
    }

    /// The offset in `bytes` of an offset in `string`.
    pub(crate) fn offset(&self, at: usize) -> usize {
        match &self.table {
            None => at.min(self.bytes.len()),
            Some(table) => table.get(at).map_or(self.bytes.len(), |offset| *offset as usize),
        }
    }

    /// The offset in `bytes` of the character with this number.
    pub(crate) fn of_character(&self, number: usize) -> usize {
        self.offset(self.in_string(number))
    }

    /// The characters from the one with this number on.
    pub(crate) fn starting_at(&self, number: usize) -> &str {
        self.string.get(self.in_string(number)..).unwrap_or_default()
    }

    fn in_string(&self, number: usize) -> usize {
        if self.ascii {
            return number.min(self.string.len());
        }
        self.string.char_indices().nth(number).map_or(self.string.len(), |(at, _)| at)
    }

    /// The bytes that characters of this text stand for.
    pub(crate) fn decode<'t>(&self, text: &'t str) -> Cow<'t, [u8]> {
        if self.table.is_none() {
            return Cow::Borrowed(text.as_bytes());
        }
        let mut bytes = Vec::with_capacity(text.len());
        let mut buffer = [0u8; 4];
        for character in text.chars() {
            match u32::from(character).checked_sub(STAND_IN).and_then(|byte| u8::try_from(byte).ok()) {
                Some(byte) => bytes.push(byte),
                None => bytes.extend_from_slice(character.encode_utf8(&mut buffer).as_bytes()),
            }
        }
        Cow::Owned(bytes)
    }

    /// True when `bytes` hold a character that is used as a stand-in.
    pub(crate) fn clashes(bytes: &[u8]) -> bool {
        // U+E000..U+E0FF are EE 80 80 .. EE 83 BF in UTF-8.
        bytes.windows(2).any(|pair| pair[0] == 0xEE && matches!(pair[1], 0x80..=0x83))
    }
}
