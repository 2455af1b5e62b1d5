//! The tokens under the cursor.

use super::Aligner;
use crate::syntax::plan::Mismatch;
use crate::syntax::scan::{self, WordRules};
use crate::syntax::{HereDocument, Word};
use crate::text::Span;

impl Aligner<'_> {
    /// The byte `ahead` of the cursor.
    pub(super) fn peek(&self, ahead: usize) -> Option<u8> {
        self.bytes.get(self.at + ahead).copied()
    }

    /// True when the text goes on with `token`.
    pub(super) fn sees(&self, token: &[u8]) -> bool {
        self.bytes.get(self.at..).is_some_and(|rest| rest.starts_with(token))
    }

    /// Passes blanks and `\⏎`.
    pub(super) fn skip_blanks(&mut self) {
        self.at = scan::skip_blanks(self.bytes, self.at);
    }

    /// Passes blanks and a comment up to its newline.
    pub(super) fn skip_comment(&mut self) {
        self.skip_blanks();
        if self.peek(0) == Some(b'#') {
            let rest = &self.bytes[self.at..];
            self.at += rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
        }
    }

    /// Passes a newline and the here-documents that begin behind it; true when there was one.
    pub(super) fn newline(&mut self) -> bool {
        self.skip_comment();
        if self.peek(0) != Some(b'\n') {
            return false;
        }
        self.at += 1;
        self.read_documents();
        true
    }

    /// Passes blanks, comments and newlines; true when there was a newline.
    pub(super) fn skip_lines(&mut self) -> bool {
        let mut any = false;
        while self.newline() {
            any = true;
        }
        any
    }

    /// Reads the bodies of the pending here-documents.
    pub(super) fn read_documents(&mut self) {
        for (index, strip) in std::mem::take(&mut self.pending) {
            let Some(document) = self.documents.get_mut(index) else { continue };
            let body = scan::body(
                self.bytes,
                self.at,
                &document.delimiter,
                document.quoted,
                strip,
                self.context.in_substitution,
            );
            if self.context.in_substitution && body.start >= self.bytes.len() {
                // Bash takes the body from behind the substitution.
                self.suspects.push(Span::new(self.bytes.len(), self.bytes.len()));
            }
            document.body = Word { parts: Vec::new(), span: Span::new(body.start, body.end) };
            document.closed = body.closed;
            self.at = body.next;
        }
    }

    /// Notes a here-document whose body comes later; gives the placeholder that `walk::documents` replaces.
    pub(super) fn promise_document(&mut self, delimiter: Vec<u8>, quoted: bool, strip: bool) -> HereDocument {
        let document = HereDocument { delimiter, quoted, body: Word::default(), closed: false };
        self.pending.push((self.documents.len(), strip));
        self.documents.push(document.clone());
        document
    }

    /// The end of the word at the cursor, when one begins there.
    pub(super) fn word_end(&self, assignment: bool) -> Result<Option<usize>, Mismatch> {
        let rules = WordRules { assignment, extglob: self.context.extglob, regex: false };
        match scan::word(self.bytes, self.at, rules, 0) {
            Some(end) if end > self.at => Ok(Some(end)),
            Some(_) => Ok(None),
            None => Err(self.here()),
        }
    }

    /// Passes a plain word and gives it, not taken apart.
    pub(super) fn word(&mut self) -> Result<Word, Mismatch> {
        self.skip_blanks();
        let end = self.word_end(false)?.ok_or_else(|| self.here())?;
        let span = Span::new(self.at, end);
        self.at = end;
        Ok(Word { parts: Vec::new(), span })
    }

    /// The bytes of a word.
    pub(super) fn raw(&self, word: &Word) -> &[u8] {
        &self.bytes[word.span.range()]
    }

    /// True when the word at the cursor is exactly `text`, unquoted.
    pub(super) fn at_word(&self, text: &[u8]) -> bool {
        self.sees(text) && self.word_end(false) == Ok(Some(self.at + text.len()))
    }

    /// Passes a reserved word.
    pub(super) fn reserved(&mut self, text: &[u8]) -> Result<(), Mismatch> {
        self.skip_blanks();
        if !self.at_word(text) {
            return Err(self.here());
        }
        self.at += text.len();
        Ok(())
    }

    /// Passes an operator.
    pub(super) fn operator(&mut self, text: &[u8]) -> Result<(), Mismatch> {
        self.skip_blanks();
        if !self.sees(text) {
            return Err(self.here());
        }
        self.at += text.len();
        Ok(())
    }
}

/// True when `plan` (raw text without line continuations, arrays with single blanks) says the same as `raw`.
pub(super) fn same_text(raw: &[u8], plan: &[u8]) -> bool {
    raw == plan || essence(raw) == essence(plan)
}

/// The text without line continuations; compound assignments also without blanks and comments between elements.
fn essence(raw: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(raw.len());
    let mut at = 0;
    while let Some(byte) = raw.get(at) {
        if *byte == b'\\' && raw.get(at + 1) == Some(&b'\n') {
            at += 2;
        } else {
            text.push(*byte);
            at += 1;
        }
    }
    if let Some(open) = text.windows(2).position(|pair| pair == b"=(") {
        let spans = super::assignment::element_spans(&text, open + 2).unwrap_or_default();
        if !spans.is_empty() {
            let mut joined = text[..open + 2].to_vec();
            for span in spans {
                joined.extend_from_slice(&text[span.range()]);
                joined.push(b' ');
            }
            return joined;
        }
        text.retain(|byte| !matches!(byte, b' ' | b'\t' | b'\n'));
    }
    text
}
