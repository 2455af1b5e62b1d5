//! The parts of a word.

use super::ansi;
use crate::syntax::positions::Positions;
use crate::syntax::scan;
use crate::syntax::session::Session;
use crate::syntax::{GapReason, Word, WordPart};
use crate::text::Span;

/// How text is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Unquoted.
    Bare,
    /// Inside `"…"`.
    Double,
    /// The operand of `${…}` inside `"…"`: `"` quotes again, `'` does not.
    DoubleOperand,
    /// An unquoted here-document's body: `"` is ordinary.
    Document,
    /// Arithmetic: like `"…"`, and `"` itself disappears.
    Arithmetic,
}

/// Reads words out of one piece of text.
pub(crate) struct WordReader<'a, 'o> {
    /// The text.
    pub bytes: &'a [u8],
    /// Where it stands in the line.
    pub positions: &'a Positions,
    /// Reads scripts inside words and collects gaps.
    pub session: &'a mut Session<'o>,
    /// How many scripts and words this text is inside of.
    pub depth: usize,
}

impl WordReader<'_, '_> {
    /// The word that fills `span` (offsets in the text); the result's spans are those of the line.
    pub(crate) fn word(&mut self, span: Span, mode: Mode) -> Word {
        let parts = self.parts(span.start as usize, span.end as usize, mode);
        Word { parts, span: self.positions.map(span) }
    }

    /// The parts of `start..end`.
    pub(crate) fn parts(&mut self, start: usize, end: usize, mode: Mode) -> Vec<WordPart> {
        let mut parts = Vec::new();
        let mut at = start;
        self.depth += 1;
        while at < end {
            let next = if self.depth > scan::DEEPEST { None } else { self.part(at, end, mode, &mut parts) };
            match next {
                Some(next) if next > at && next <= end => at = next,
                _ => {
                    self.opaque(at, end, GapReason::UnownedBytes, &mut parts);
                    at = end;
                }
            }
        }
        self.depth -= 1;
        parts
    }

    /// Keeps `start..end` as text nobody understands.
    pub(super) fn opaque(&mut self, start: usize, end: usize, reason: GapReason, parts: &mut Vec<WordPart>) {
        self.session.gap(self.positions.span(start, end), reason);
        parts.push(WordPart::Opaque(self.bytes[start..end].to_vec()));
    }

    /// Reads one part at `at`; gives where the next begins, or `None` when no rule fits.
    fn part(&mut self, at: usize, end: usize, mode: Mode, parts: &mut Vec<WordPart>) -> Option<usize> {
        let byte = self.bytes[at];
        match byte {
            b'\\' => Some(self.backslash(at, end, mode, parts)),
            b'\'' if mode == Mode::Bare => {
                let close = scan::single_quoted(self.bytes, at + 1)?;
                quoted(parts, &self.bytes[at + 1..close - 1]);
                Some(close)
            }
            b'"' if mode == Mode::Bare || mode == Mode::DoubleOperand => self.double(at, parts),
            b'"' if mode == Mode::Arithmetic => Some(at + 1),
            b'$' if mode == Mode::Bare && self.bytes.get(at + 1) == Some(&b'\'') => {
                let close = scan::ansi_quoted(self.bytes, at + 2)?;
                self.session.only_bash(self.positions.span(at, close));
                match ansi::decode(&self.bytes[at + 2..close - 1]) {
                    Some(plain) => quoted(parts, &plain),
                    None => self.opaque(at, close, GapReason::Encoding, parts),
                }
                Some(close)
            }
            b'$' if mode == Mode::Bare && self.bytes.get(at + 1) == Some(&b'"') => {
                self.session.unlike_others(self.positions.span(at, at + 1));
                self.double(at + 1, parts)
            }
            b'$' if self.bytes.get(at + 1) == Some(&b'\'')
                && matches!(mode, Mode::DoubleOperand | Mode::Arithmetic) =>
            {
                self.decoded_again(at, mode, parts)
            }
            b'$' => self.dollar(at, end, mode, parts),
            b'`' => self.backquote(at, mode, parts),
            b'<' | b'>' if mode == Mode::Bare && self.bytes.get(at + 1) == Some(&b'(') && at + 1 < end => {
                self.process(at, parts)
            }
            _ => {
                let stop = |byte: &u8| matches!(byte, b'\\' | b'\'' | b'"' | b'$' | b'`' | b'<' | b'>');
                let length = self.bytes[at + 1..end].iter().position(stop).unwrap_or(end - at - 1);
                text(parts, &self.bytes[at..at + 1 + length], mode);
                Some(at + 1 + length)
            }
        }
    }

    fn backslash(&mut self, at: usize, end: usize, mode: Mode, parts: &mut Vec<WordPart>) -> usize {
        let Some(next) = self.bytes.get(at + 1).copied().filter(|_| at + 1 < end) else {
            text(parts, b"\\", mode);
            return at + 1;
        };
        let special = match mode {
            Mode::Bare => true,
            Mode::Double | Mode::Arithmetic => matches!(next, b'$' | b'`' | b'"' | b'\\'),
            Mode::DoubleOperand => matches!(next, b'$' | b'`' | b'"' | b'\\' | b'}'),
            Mode::Document => matches!(next, b'$' | b'`' | b'\\'),
        };
        if next == b'\n' {
            // Joined lines.
        } else if special {
            quoted(parts, &[next]);
        } else {
            text(parts, &[b'\\', next], mode);
        }
        at + 2
    }

    /// `$'…'` in the operand of a quoted `${…}`: bash decodes it and then reads what came out again.
    fn decoded_again(&mut self, at: usize, mode: Mode, parts: &mut Vec<WordPart>) -> Option<usize> {
        let close = scan::ansi_quoted(self.bytes, at + 2)?;
        let span = self.positions.span(at, close);
        self.session.only_bash(span);
        match ansi::decode(&self.bytes[at + 2..close - 1]) {
            Some(plain) if mode == Mode::DoubleOperand && !plain.iter().any(|byte| b"$`\"'\\{}".contains(byte)) => {
                quoted(parts, &plain);
            }
            _ => self.opaque(at, close, GapReason::UnownedBytes, parts),
        }
        Some(close)
    }

    /// `"…"` whose opening quote stands at `at`.
    fn double(&mut self, at: usize, parts: &mut Vec<WordPart>) -> Option<usize> {
        let close = scan::double_quoted(self.bytes, at + 1, 0)?;
        let inner = self.parts(at + 1, close - 1, Mode::Double);
        parts.push(WordPart::DoubleQuoted(inner));
        Some(close)
    }
}

/// Adds text that is live in `Bare` mode and quoted in the others, joined to what stands before it.
pub(super) fn text(parts: &mut Vec<WordPart>, bytes: &[u8], mode: Mode) {
    if mode != Mode::Bare {
        quoted(parts, bytes);
    } else if let Some(WordPart::Bare(before)) = parts.last_mut() {
        before.extend_from_slice(bytes);
    } else {
        parts.push(WordPart::Bare(bytes.to_vec()));
    }
}

/// Adds quoted text, joined to quoted text before it.
fn quoted(parts: &mut Vec<WordPart>, bytes: &[u8]) {
    if let Some(WordPart::Quoted(before)) = parts.last_mut() {
        before.extend_from_slice(bytes);
    } else {
        parts.push(WordPart::Quoted(bytes.to_vec()));
    }
}
