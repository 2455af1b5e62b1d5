//! What is wrong with a rule or settings file, and where.

use std::fmt;
use strsim::levenshtein;

/// One thing wrong with a file a person wrote, said so that it can be put right without reading the manual.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// The file as it was named to us.
    pub file: String,
    /// Line, counted from 1.
    pub line: usize,
    /// Column in bytes, counted from 1.
    pub column: usize,
    /// The key it is about; empty when there is none (broken syntax).
    pub key: String,
    /// What may stand there; empty when that is plain from the message.
    pub expected: String,
    /// What is wrong, as a lowercase fragment.
    pub message: String,
    /// True when the file as a whole was not used; false when only the item named was left out.
    pub whole_file: bool,
}

impl fmt::Display for Complaint {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}:{}: ", self.file, self.line, self.column)?;
        let quoted = format!("`{}`", self.key);
        if !self.key.is_empty() && !self.message.contains(&quoted) {
            write!(out, "{quoted}: ")?;
        }
        out.write_str(&self.message)?;
        match self.meant() {
            // All the words that may stand there would only hide the one that was meant.
            Some(word) => write!(out, "; did you mean `{word}`?"),
            None if self.expected.is_empty() => Ok(()),
            None => write!(out, ", expected {}", self.expected),
        }
    }
}

impl Complaint {
    /// Of the words that may stand there, the one that what stands there comes near to.
    fn meant(&self) -> Option<&str> {
        let wrong = self.message.split('`').nth(1)?;
        let words = self.expected.split('`').skip(1).step_by(2);
        let (changes, word) = words.map(|word| (levenshtein(wrong, word), word)).min()?;
        (changes <= 2 && changes * 2 < word.len()).then_some(word)
    }

    /// A complaint about the place `offset` bytes into `text`.
    pub fn at(file: &str, text: &str, offset: usize, key: &str, message: &str, expected: &str) -> Self {
        let offset = offset.min(text.len());
        let before = &text.as_bytes()[..offset];
        let start = before.iter().rposition(|&byte| byte == b'\n').map_or(0, |newline| newline + 1);
        Self {
            file: file.to_owned(),
            line: before.iter().filter(|&&byte| byte == b'\n').count() + 1,
            column: offset - start + 1,
            key: key.to_owned(),
            expected: expected.to_owned(),
            message: message.to_owned(),
            whole_file: true,
        }
    }

    /// What serde or the TOML reader found wrong. Their messages already end in `expected …` where they know.
    pub fn from_toml(file: &str, text: &str, error: &toml::de::Error) -> Self {
        let offset = error.span().map_or(0, |span| span.start);
        let message = error.message().lines().next().unwrap_or_default();
        let (message, expected) = message.split_once(", expected ").unwrap_or((message, ""));
        Self::at(file, text, offset, &key_at(text, offset), message, expected)
    }
}

/// The key of `key = value` whose key or value stands at `offset`.
fn key_at(text: &str, offset: usize) -> String {
    let bytes = text.as_bytes();
    let bare = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    let offset = offset.min(bytes.len());
    let word: Vec<u8> = bytes[offset..].iter().copied().take_while(bare).collect();
    let after = bytes[offset + word.len()..].iter().find(|byte| !byte.is_ascii_whitespace());
    if !word.is_empty() && after == Some(&b'=') {
        return String::from_utf8_lossy(&word).into_owned();
    }
    let Some(equals) = bytes[..offset].iter().rposition(|&byte| byte == b'=') else { return String::new() };
    let end = bytes[..equals].iter().rposition(bare).map_or(0, |last| last + 1);
    let start = bytes[..end].iter().rposition(|byte| !bare(byte)).map_or(0, |before| before + 1);
    String::from_utf8_lossy(&bytes[start..end]).into_owned()
}

#[cfg(test)]
mod tests {
    use super::Complaint;

    #[test]
    fn counts_lines_and_columns_from_one() {
        let complaint = Complaint::at("f", "a\nbc d\n", 5, "d", "bad", "good");
        assert_eq!((complaint.line, complaint.column), (2, 4));
        assert_eq!(complaint.to_string(), "f:2:4: `d`: bad, expected good");
    }

    #[test]
    fn names_the_key_once_and_the_word_that_was_meant() {
        let complaint =
            Complaint::at("f", "efect = 1", 0, "efect", "unknown field `efect`", "one of `effect`, `verdict`");
        let said = "f:1:1: unknown field `efect`; did you mean `effect`?";
        assert_eq!(complaint.to_string(), said);
        let other = Complaint::at("f", "x = 1", 0, "x", "unknown field `x`", "one of `effect`, `verdict`");
        assert!(!other.to_string().contains("did you mean"), "{other}");
    }

    #[test]
    fn finds_the_key_of_a_bad_value_across_lines() {
        let text = "x = 1\nverb = [\n  \"push\",\n  \"psh\",\n]\n";
        let offset = text.find("\"psh\"").expect("is there");
        assert_eq!(super::key_at(text, offset), "verb");
        assert_eq!(super::key_at(text, 0), "x");
    }
}
