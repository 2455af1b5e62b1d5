//! Takes all words of a script apart.

use super::{Mode, WordReader};
use crate::syntax::align::array_elements;
use crate::syntax::positions::Positions;
use crate::syntax::scan;
use crate::syntax::session::Session;
use crate::syntax::walk::{self, Walker};
use crate::syntax::{
    ArrayElement, Command, Compound, CompoundCommand, Descriptor, HereDocument, Pipeline, Redirection, Script, Word,
    WordPart,
};
use crate::text::Span;
use std::sync::Arc;

/// Takes the words of `script` (spans are offsets in `bytes`) apart and makes all spans those of the line.
pub(crate) fn fill(script: &mut Script, bytes: &[u8], positions: &Positions, session: &mut Session<'_>, depth: usize) {
    let mut filler = Filler { reader: WordReader { bytes, positions, session, depth } };
    walk::script(script, &mut filler);
}

struct Filler<'a, 'o> {
    reader: WordReader<'a, 'o>,
}

impl Filler<'_, '_> {
    fn only_bash(&mut self, span: Span) {
        let span = self.reader.positions.map(span);
        self.reader.session.only_bash(span);
    }
}

impl Walker for Filler<'_, '_> {
    fn span(&mut self, span: &mut Span) {
        *span = self.reader.positions.map(*span);
    }

    fn pipeline(&mut self, pipeline: &mut Pipeline) {
        for stage in &pipeline.stages {
            if let Command::Function(function) = stage
                && self.reader.bytes[function.span.range()].starts_with(b"function")
            {
                self.only_bash(function.span);
            }
        }
    }

    fn compound(&mut self, compound: &CompoundCommand) {
        if matches!(compound.kind, Compound::Arithmetic(_) | Compound::Test(_)) {
            self.only_bash(compound.span);
        }
    }

    fn redirection(&mut self, redirection: &mut Redirection) -> bool {
        let ampersand = self.reader.bytes.get(redirection.span.start as usize) == Some(&b'&');
        if ampersand || matches!(redirection.descriptor, Descriptor::Variable(_)) {
            self.only_bash(redirection.span);
        }
        false
    }

    fn word(&mut self, word: &mut Word) {
        if !word.parts.is_empty() {
            word.span = self.reader.positions.map(word.span);
            return;
        }
        let text = &self.reader.bytes[word.span.range()];
        *word = match array_at(text) {
            Some(open) => self.reader.compound_assignment(word.span, open),
            None => self.reader.word(word.span, Mode::Bare),
        };
    }

    fn pattern(&mut self, word: &mut Word) {
        *word = self.reader.word(word.span, Mode::Bare);
    }

    fn arithmetic(&mut self, word: &mut Word) {
        *word = self.reader.word(word.span, Mode::Arithmetic);
    }

    fn document(&mut self, document: &mut HereDocument, stripped: bool) {
        let span = document.body.span;
        let (start, end) = (span.start as usize, span.end as usize);
        if !stripped {
            document.body = self.reader.document(start, end, document.quoted);
            return;
        }
        let bytes = self.reader.bytes;
        let mut text = Vec::with_capacity(end - start);
        let mut table = Vec::with_capacity(end - start + 1);
        let mut at = start;
        while at < end {
            // Lines are joined before their tabs go.
            let joined = !document.quoted && text.ends_with(b"\\\n") && trailing_backslashes(&text) % 2 == 1;
            while !joined && at < end && bytes[at] == b'\t' {
                at += 1;
            }
            while at < end {
                text.push(bytes[at]);
                table.push(self.reader.positions.span(at, at).start);
                at += 1;
                if bytes[at - 1] == b'\n' {
                    break;
                }
            }
        }
        table.push(self.reader.positions.span(end, end).start);
        let positions = Positions::Table(Arc::from(table), 0);
        let length = text.len();
        let depth = self.reader.depth;
        let mut inner = WordReader { bytes: &text, positions: &positions, session: &mut *self.reader.session, depth };
        document.body = inner.document(0, length, document.quoted);
        document.body.span = self.reader.positions.map(span);
    }
}

/// Backslashes in front of the newline that ends `text`.
fn trailing_backslashes(text: &[u8]) -> usize {
    text.iter().rev().skip(1).take_while(|byte| **byte == b'\\').count()
}

impl WordReader<'_, '_> {
    /// A here-document's body.
    fn document(&mut self, start: usize, end: usize, quoted: bool) -> Word {
        let span = Span::new(start, end);
        if !quoted {
            return self.word(span, Mode::Document);
        }
        let text = self.bytes[start..end].to_vec();
        let parts = if text.is_empty() { Vec::new() } else { vec![WordPart::Quoted(text)] };
        Word { parts, span: self.positions.map(span) }
    }

    /// `NAME=(…)` as an argument; the parenthesis stands `open` bytes behind the word's start.
    fn compound_assignment(&mut self, span: Span, open: usize) -> Word {
        let start = span.start as usize;
        let elements = array_elements(&self.bytes[..span.end as usize], start + open + 1).unwrap_or_default();
        let mut parts = self.parts(start, start + open, Mode::Bare);
        let mut read = Vec::with_capacity(elements.len());
        for element in elements {
            let index = element.index.map(|index| self.word(index.span, Mode::Arithmetic));
            let value = self.word(element.value.span, Mode::Bare);
            read.push(ArrayElement { index, value });
        }
        parts.push(WordPart::Array(read));
        Word { parts, span: self.positions.map(span) }
    }
}

/// Where the parenthesis of a compound assignment stands in a word that is one.
fn array_at(text: &[u8]) -> Option<usize> {
    if !text.ends_with(b")") {
        return None;
    }
    let mut at = scan::name_end(text, 0);
    if at == 0 {
        return None;
    }
    if text.get(at) == Some(&b'[') {
        at = scan::bracketed(text, at + 1, 0)?;
    }
    at += usize::from(text.get(at) == Some(&b'+'));
    text[at..].starts_with(b"=(").then_some(at + 1)
}
