//! `${…}` (bash(1), Parameter Expansion).

use super::reader::{Mode, WordReader};
use crate::syntax::scan;
use crate::syntax::{GapReason, Operation, Parameter, ReplaceKind, Substitution, Word, WordPart};
use crate::text::Span;

impl WordReader<'_, '_> {
    /// `${…}` that fills `at..close`.
    pub(super) fn braced(&mut self, at: usize, close: usize, quoted: bool, parts: &mut Vec<WordPart>) {
        let (start, end) = (at + 2, close - 1);
        if matches!(self.bytes.get(start), Some(b' ' | b'\t' | b'\n')) {
            let script = self.script(start + 1, end);
            let span = self.positions.span(at, close);
            parts.push(WordPart::Command(Box::new(Substitution { script, span, backquoted: false })));
            return;
        }
        match self.parameter(start, end, quoted) {
            Some(mut parameter) => {
                if quoted && self.bytes[start..end].contains(&b'\'') {
                    // In POSIX mode `'` quotes nothing here, and a `}` behind it closes (bash POSIX Mode, item on `${`).
                    self.session.only_bash(self.positions.span(at, close));
                }
                parameter.span = self.positions.span(at, close);
                parts.push(WordPart::Parameter(Box::new(parameter)));
            }
            None => self.opaque(at, close, GapReason::UnownedBytes, parts),
        }
    }

    fn parameter(&mut self, start: usize, end: usize, quoted: bool) -> Option<Parameter> {
        let text = &self.bytes[..end];
        let (mut length, mut indirect) = (false, false);
        let mut at = start;
        let begins_name =
            |at: usize| matches!(text.get(at), Some(byte) if byte.is_ascii_alphanumeric() || *byte == b'_');
        match text.get(at)? {
            b'#' if begins_name(at + 1) => length = true,
            b'#' if at + 2 == end && matches!(text[at + 1], b'@' | b'*' | b'#' | b'?' | b'-' | b'$' | b'!') => {
                length = true
            }
            b'!' if begins_name(at + 1) => indirect = true,
            b'!' if at + 1 < end && matches!(text[at + 1], b'@' | b'*' | b'#') && at + 2 == end => indirect = true,
            _ => {}
        }
        at += usize::from(length || indirect);
        let name_start = at;
        at = match text.get(at)? {
            b'0'..=b'9' => at + text[at..].iter().take_while(|byte| byte.is_ascii_digit()).count(),
            b'@' | b'*' | b'#' | b'?' | b'-' | b'$' | b'!' => at + 1,
            _ => scan::name_end(text, at),
        };
        let name = text[name_start..at].to_vec();
        if name.is_empty() {
            return None;
        }
        let mut index = None;
        if text.get(at) == Some(&b'[') {
            let close = scan::bracketed(text, at + 1, 0)?;
            index = Some(self.index(at + 1, close - 1));
            at = close;
        }
        let operation = match (length, at == end) {
            (true, true) => Operation::Length,
            (true, false) => return None,
            (false, true) if indirect && whole(index.as_ref()) => Operation::Keys,
            (false, true) => Operation::Value,
            (false, false) if indirect && index.is_none() && at + 1 == end && matches!(self.bytes[at], b'*' | b'@') => {
                Operation::Names
            }
            (false, false) => self.operation(at, end, quoted)?,
        };
        let indirect = indirect && !matches!(operation, Operation::Names | Operation::Keys);
        Some(Parameter { name, index, indirect, operation, span: Span::default() })
    }

    /// A subscript; `@` and `*` are kept as bare text.
    fn index(&mut self, start: usize, end: usize) -> Word {
        if matches!(&self.bytes[start..end], b"@" | b"*") {
            let parts = vec![WordPart::Bare(self.bytes[start..end].to_vec())];
            return Word { parts, span: self.positions.span(start, end) };
        }
        self.word(Span::new(start, end), Mode::Arithmetic)
    }

    fn operation(&mut self, at: usize, end: usize, quoted: bool) -> Option<Operation> {
        let operand = if quoted { Mode::DoubleOperand } else { Mode::Bare };
        let byte = self.bytes[at];
        let next = if at + 1 < end { self.bytes[at + 1] } else { 0 };
        let colon = byte == b':' && matches!(next, b'-' | b'=' | b'?' | b'+');
        if colon || matches!(byte, b'-' | b'=' | b'?' | b'+') {
            let from = at + 1 + usize::from(colon);
            let word = self.word(Span::new(from, end), operand);
            return Some(match self.bytes[from - 1] {
                b'-' => Operation::Default { colon, word },
                b'=' => Operation::Assign { colon, word },
                b'?' => Operation::Error { colon, word },
                _ => Operation::Alternative { colon, word },
            });
        }
        let doubled = next == byte;
        let behind = at + 1 + usize::from(doubled);
        match byte {
            b':' => {
                let cut = self.cut(at + 1, end, b':');
                let offset = self.word(Span::new(at + 1, cut.unwrap_or(end)), Mode::Arithmetic);
                let length = cut.map(|cut| self.word(Span::new(cut + 1, end), Mode::Arithmetic));
                Some(Operation::Substring { offset, length })
            }
            b'#' => {
                let pattern = self.word(Span::new(behind, end), Mode::Bare);
                Some(Operation::RemovePrefix { longest: doubled, pattern })
            }
            b'%' => {
                let pattern = self.word(Span::new(behind, end), Mode::Bare);
                Some(Operation::RemoveSuffix { longest: doubled, pattern })
            }
            b'/' => {
                let (kind, from) = match next {
                    b'/' => (ReplaceKind::All, at + 2),
                    b'#' => (ReplaceKind::Prefix, at + 2),
                    b'%' => (ReplaceKind::Suffix, at + 2),
                    _ => (ReplaceKind::First, at + 1),
                };
                let cut = self.cut(from, end, b'/');
                let pattern = self.word(Span::new(from, cut.unwrap_or(end)), Mode::Bare);
                let replacement = self.word(Span::new(cut.map_or(end, |cut| cut + 1), end), Mode::Bare);
                Some(Operation::Replace { kind, pattern, replacement })
            }
            b'^' | b',' | b'~' => {
                let operator = self.bytes[at..behind].to_vec();
                let pattern = (behind < end).then(|| self.word(Span::new(behind, end), Mode::Bare));
                Some(Operation::Case { operator, pattern })
            }
            b'@' if at + 2 == end && next.is_ascii_alphabetic() => Some(Operation::Transform(next)),
            _ => None,
        }
    }

    /// The first `separator` of `start..end` that stands in no quotes, expansion, parentheses or `?:`.
    fn cut(&self, start: usize, end: usize, separator: u8) -> Option<usize> {
        let text = &self.bytes[..end];
        let (mut at, mut choices, mut parens) = (start, 0usize, 0usize);
        while at < end {
            match text[at] {
                byte if byte == separator && choices == 0 && parens == 0 => return Some(at),
                b':' if choices > 0 => {
                    choices -= 1;
                    at += 1;
                }
                b'?' if separator == b':' => {
                    choices += 1;
                    at += 1;
                }
                b'(' if separator == b':' => {
                    parens += 1;
                    at += 1;
                }
                b')' if separator == b':' => {
                    parens = parens.saturating_sub(1);
                    at += 1;
                }
                b'\\' => at += 2,
                b'\'' => at = scan::single_quoted(text, at + 1)?,
                b'"' => at = scan::double_quoted(text, at + 1, 0)?,
                b'`' => at = scan::backquoted(text, at + 1)?,
                b'$' => at = scan::dollar(text, at, false, 0)?,
                _ => at += 1,
            }
        }
        None
    }
}

/// True for `[@]` and `[*]`.
fn whole(index: Option<&Word>) -> bool {
    index.is_some_and(|word| matches!(word.parts.as_slice(), [WordPart::Bare(text)] if text == b"@" || text == b"*"))
}
