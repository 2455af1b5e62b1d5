//! The structure of a text without its words.
//!
//! The grammar misreads words in many ways that have no bearing on structure (`$a/$b/c`, `${x: -1}`, `exec {fd}>f`, a
//! second here-document on a line …). When its first reading fails, the text is offered again with every word that the
//! aligner found replaced by a plain one of the same length. Operators, reserved words and newlines stay, so the
//! reading that comes back is still this reader's own word on how the commands hang together.

use crate::syntax::walk::{self, Walker};
use crate::syntax::{Command, HereDocument, Pipeline, RedirectionTarget, Script, Word};
use crate::text::Span;

/// `bytes` with the words of `script` (spans are offsets) made plain.
pub(crate) fn skeleton(bytes: &[u8], script: &Script) -> Vec<u8> {
    let mut skeleton = Skeleton { bytes: bytes.to_vec() };
    let mut copy = script.clone();
    walk::script(&mut copy, &mut skeleton);
    skeleton.bytes
}

struct Skeleton {
    bytes: Vec<u8>,
}

impl Skeleton {
    fn put(&mut self, span: Span, byte: u8) {
        if let Some(range) = self.bytes.get_mut(span.range()) {
            range.fill(byte);
        }
    }

    /// `coproc` and its name are no words for this grammar.
    fn hide_coproc(&mut self, stage: &Command) {
        let Command::Coproc { command, span, .. } = stage else { return };
        let inner = match command.as_ref() {
            Command::Simple(simple) => simple.span,
            Command::Compound(compound) => compound.span,
            Command::Function(function) => function.span,
            Command::Coproc { span, .. } => *span,
        };
        self.put(self.range(span.start, inner.start), b' ');
        self.hide_coproc(command);
    }

    fn range(&self, from: u32, to: u32) -> Span {
        Span::new(from as usize, to as usize)
    }
}

impl Walker for Skeleton {
    fn span(&mut self, _: &mut Span) {}

    fn pipeline(&mut self, pipeline: &mut Pipeline) {
        // `!` and `time` are no words for this grammar everywhere.
        let first = match pipeline.stages.first() {
            Some(Command::Simple(simple)) => simple.span,
            Some(Command::Compound(compound)) => compound.span,
            Some(Command::Function(function)) => function.span,
            Some(Command::Coproc { span, .. }) => *span,
            None => return,
        };
        for stage in &pipeline.stages {
            self.hide_coproc(stage);
        }
        if pipeline.negated || pipeline.timed || first.start > pipeline.span.start {
            self.put(self.range(pipeline.span.start, first.start), b' ');
        }
    }

    fn item(&mut self, end: u32) {
        // The grammar takes some newlines behind pipelines for blanks; `;` says the same to a shell.
        let mut at = crate::syntax::scan::skip_blanks(&self.bytes, end as usize);
        if self.bytes.get(at) == Some(&b'#') {
            let length = self.bytes[at..].iter().position(|byte| *byte == b'\n').unwrap_or(self.bytes.len() - at);
            self.bytes[at..at + length].fill(b' ');
            at += length;
        }
        if let Some(byte) = self.bytes.get_mut(at).filter(|byte| **byte == b'\n') {
            *byte = b';';
        }
    }

    fn word(&mut self, word: &mut Word) {
        self.put(word.span, b'x');
    }

    fn assignment(&mut self, assignment: &mut crate::syntax::Assignment) -> bool {
        let span = assignment.span;
        self.put(span, b'x');
        let name = if span.len() > 1 { span.start as usize + 1 } else { return true };
        if let Some(byte) = self.bytes.get_mut(name) {
            *byte = b'=';
        }
        true
    }

    fn redirection(&mut self, redirection: &mut crate::syntax::Redirection) -> bool {
        let span = redirection.span;
        let text = self.bytes[span.range()].to_vec();
        if text.first() == Some(&b'|') {
            // The redirection `|&` stands for.
            return true;
        }
        let Some(operator) = text.iter().position(|byte| matches!(byte, b'<' | b'>' | b'&')) else { return true };
        let start = span.start as usize;
        let length = text[operator..].iter().take_while(|byte| matches!(byte, b'<' | b'>' | b'&' | b'|')).count();
        let length = length + usize::from(text[operator..].starts_with(b"<<-"));
        self.bytes[start..start + operator].fill(b'0');
        let behind = start + operator + length;
        self.bytes[start + operator..behind].fill(b'>');
        if length == 3 {
            self.bytes[start + operator] = b'0';
        }
        let target = crate::syntax::scan::skip_blanks(&self.bytes, behind).min(span.end as usize);
        self.bytes[behind..target].fill(b' ');
        self.put(Span::new(target, span.end as usize), b'x');
        if let RedirectionTarget::HereDocument(document) = &mut redirection.target {
            self.document(document, false);
        }
        true
    }

    fn arithmetic(&mut self, word: &mut Word) {
        self.put(word.span, b' ');
        if let Some(byte) = self.bytes.get_mut(word.span.range()).and_then(<[u8]>::first_mut) {
            *byte = b'1';
        }
    }

    fn test(&mut self, span: Span) -> bool {
        let text = &self.bytes[span.range()];
        let Some(close) = text.windows(2).rposition(|pair| pair == b"]]").filter(|close| *close > 3) else {
            return true;
        };
        let start = span.start as usize;
        self.put(Span::new(start + 2, start + close), b' ');
        self.bytes[start + 3] = b'x';
        true
    }

    fn document(&mut self, document: &mut HereDocument, _: bool) {
        let span = document.body.span;
        let end = span.end as usize;
        let line = self.bytes[end..].iter().position(|byte| *byte == b'\n').unwrap_or(self.bytes.len() - end);
        let line = if document.closed || end == self.bytes.len() { line } else { document.delimiter.len() };
        self.put(Span::new(span.start as usize, (end + line).min(self.bytes.len())), b' ');
    }
}
