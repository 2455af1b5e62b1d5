//! `$…`, backquotes and process substitutions.

use super::reader::{Mode, WordReader, text};
use crate::syntax::positions::Positions;
use crate::syntax::scan;
use crate::syntax::{Operation, Parameter, Substitution, WordPart};
use crate::text::Span;

impl WordReader<'_, '_> {
    /// The expansion whose `$` stands at `at`.
    pub(super) fn dollar(&mut self, at: usize, end: usize, mode: Mode, parts: &mut Vec<WordPart>) -> Option<usize> {
        let quoted = mode != Mode::Bare;
        let close = scan::dollar(self.bytes, at, quoted, 0)?;
        if close > end {
            return None;
        }
        let span = self.positions.span(at, close);
        match self.bytes.get(at + 1).copied().filter(|_| close > at + 1) {
            None => text(parts, b"$", mode),
            Some(b'(') => {
                if self.bytes.get(at + 2) == Some(&b'(') && scan::arithmetic(self.bytes, at + 3, 0) == Some(close) {
                    let inner = self.word(Span::new(at + 3, close - 2), Mode::Arithmetic);
                    parts.push(WordPart::Arithmetic(Box::new(inner)));
                } else {
                    let script = self.script(at + 2, close - 1);
                    parts.push(WordPart::Command(Box::new(Substitution { script, span, backquoted: false })));
                }
            }
            Some(b'[') => {
                self.session.only_bash(span);
                let inner = self.word(Span::new(at + 2, close - 1), Mode::Arithmetic);
                parts.push(WordPart::Arithmetic(Box::new(inner)));
            }
            Some(b'{') => self.braced(at, close, quoted, parts),
            Some(_) => {
                let name = self.bytes[at + 1..close].to_vec();
                let parameter = Parameter { name, index: None, indirect: false, operation: Operation::Value, span };
                parts.push(WordPart::Parameter(Box::new(parameter)));
            }
        }
        Some(close)
    }

    /// Reads the script `start..end`.
    pub(super) fn script(&mut self, start: usize, end: usize) -> crate::syntax::Script {
        let positions = self.positions.behind(start);
        self.session.nested(&self.bytes[start..end], &positions, self.depth)
    }

    /// `` `…` `` whose opening quote stands at `at`.
    pub(super) fn backquote(&mut self, at: usize, mode: Mode, parts: &mut Vec<WordPart>) -> Option<usize> {
        let close = scan::backquoted(self.bytes, at + 1)?;
        let span = self.positions.span(at, close);
        let mut inner = Vec::with_capacity(close - at);
        let raw = &self.bytes[at + 1..close - 1];
        let mut from = 0;
        while let Some(byte) = raw.get(from).copied() {
            if byte == b'\\' && raw.get(from + 1) == Some(&b'\n') {
                // Joined lines, within single quotes too.
                from += 2;
                continue;
            }
            let escapes = match raw.get(from + 1) {
                Some(b'$' | b'`' | b'\\') => true,
                Some(b'"') => mode == Mode::Double || mode == Mode::DoubleOperand,
                _ => false,
            };
            from += usize::from(byte == b'\\' && escapes);
            inner.extend(raw.get(from));
            from += 1;
        }
        let script = self.session.backquoted(&inner, &Positions::Whole(span), self.depth);
        parts.push(WordPart::Command(Box::new(Substitution { script, span, backquoted: true })));
        Some(close)
    }

    /// `<(…)` or `>(…)` at `at`.
    pub(super) fn process(&mut self, at: usize, parts: &mut Vec<WordPart>) -> Option<usize> {
        let close = scan::command(self.bytes, at + 2, 0)?;
        let script = self.script(at + 2, close - 1);
        let output = self.bytes[at] == b'>';
        parts.push(WordPart::Process { output, script, span: self.positions.span(at, close) });
        Some(close)
    }
}
