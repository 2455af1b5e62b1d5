//! The structure of a text without its words.
//!
//! The grammar misreads words in many ways that have no bearing on structure (`$a/$b/c`, `${x: -1}`, `exec {fd}>f`, a
//! second here-document on a line …). When its first reading fails, the text is offered again with every word that the
//! aligner found replaced by a plain one of the same length. Operators, reserved words and newlines stay, so the
//! reading that comes back is still this reader's own word on how the commands hang together.

use crate::syntax::scan;
use crate::syntax::walk::{self, Walker};
use crate::syntax::{
    Assignment, CaseArm, CaseEnd, Command, Compound, CompoundCommand, HereDocument, Pipeline, Redirection,
    RedirectionTarget, Script, Word,
};
use crate::text::Span;

/// Text to put in front of the bytes at some offsets.
type Added = Vec<(usize, &'static str)>;

/// `bytes` with the words of `script` (spans are offsets) made plain, and what must stand between them for this grammar.
pub(crate) fn skeleton(bytes: &[u8], script: &Script) -> (Vec<u8>, Added) {
    let mut skeleton = Skeleton { bytes: bytes.to_vec(), added: Vec::new() };
    let mut copy = script.clone();
    walk::script(&mut copy, &mut skeleton);
    skeleton.added.sort_by_key(|(at, _)| *at);
    (skeleton.bytes, skeleton.added)
}

struct Skeleton {
    bytes: Vec<u8>,
    added: Added,
}

impl Skeleton {
    fn put(&mut self, span: Span, byte: u8) {
        if let Some(range) = self.bytes.get_mut(span.range()) {
            range.fill(byte);
        }
    }

    /// The grammar allows `;;` only behind the last arm of `case`.
    fn last_arm(&mut self, compound: &CompoundCommand, arms: &[CaseArm]) {
        if arms.last().is_none_or(|arm| arm.end == CaseEnd::Break) {
            return;
        }
        let close = compound.redirections.first().map_or(compound.span.end, |first| first.span.start) as usize;
        let Some(esac) = self.bytes[..close].windows(4).rposition(|four| four == b"esac") else { return };
        let end = self.bytes[..esac].trim_ascii_end().len();
        if self.bytes[..end].ends_with(b";;&") {
            self.bytes[end - 1] = b' ';
        } else if self.bytes[..end].ends_with(b";&") {
            self.bytes[end - 1] = b';';
        }
    }

    /// A loop's body in braces is unknown to the grammar; `do … done` says the same.
    fn braces(&mut self, compound: &CompoundCommand, body: &Script) {
        let end = compound.redirections.first().map_or(compound.span.end, |first| first.span.start) as usize;
        let close = self.bytes[..end.min(self.bytes.len())].trim_ascii_end().len().saturating_sub(1);
        let first = body.items.first().map_or(close, |item| item.first.span.start as usize);
        let open = self.bytes[..first].iter().rposition(|byte| *byte == b'{');
        let (Some(open), Some(b'}')) = (open, self.bytes.get(close)) else { return };
        if open < compound.span.start as usize {
            return;
        }
        self.bytes[open] = b' ';
        self.bytes[close] = b' ';
        self.added.extend([(open, "do"), (close, "done")]);
    }

    /// `coproc` and its name are no words for this grammar, nor are some functions' heads.
    fn hide(&mut self, stage: &Command) {
        let inner = match stage {
            Command::Coproc { command, .. } => command.as_ref(),
            Command::Function(function) if walk::is_foreign(function) => &function.body,
            _ => return,
        };
        self.put(Span { start: start(stage), end: start(inner) }, b' ');
        self.hide(inner);
    }
}

impl Walker for Skeleton {
    fn span(&mut self, _: &mut Span) {}

    fn pipeline(&mut self, pipeline: &mut Pipeline) {
        // `!` and `time` are no words for this grammar everywhere.
        if let Some(first) = pipeline.stages.first() {
            self.put(Span { start: pipeline.span.start, end: start(first) }, b' ');
        }
        for stage in &pipeline.stages {
            self.hide(stage);
        }
    }

    fn item(&mut self, end: u32) {
        // The grammar takes some newlines behind pipelines for blanks; `;` says the same to a shell.
        let mut at = scan::skip_blanks(&self.bytes, end as usize);
        if self.bytes.get(at) == Some(&b'#') {
            let length = self.bytes[at..].iter().position(|byte| *byte == b'\n').unwrap_or(self.bytes.len() - at);
            self.bytes[at..at + length].fill(b' ');
            at += length;
        }
        if self.bytes.get(at) == Some(&b'\n') {
            let next = self.bytes[at..].iter().find(|byte| !byte.is_ascii_whitespace());
            self.bytes[at] = if next == Some(&b';') { b' ' } else { b';' };
        } else if at > end as usize && !matches!(self.bytes.get(at), None | Some(b';' | b'&' | b'|' | b')')) {
            // `done }` needs no terminator in a shell.
            self.bytes[end as usize] = b';';
        }
    }

    fn word(&mut self, word: &mut Word) {
        self.put(word.span, b'x');
    }

    fn assignment(&mut self, assignment: &mut Assignment) -> bool {
        self.put(assignment.span, b'x');
        true
    }

    fn redirection(&mut self, redirection: &mut Redirection) -> bool {
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
        if text.first() == Some(&b'{') {
            self.bytes[start..start + operator].fill(b'2');
        }
        let behind = start + operator + length;
        self.bytes[start + operator..behind].fill(b'>');
        if length == 3 {
            self.bytes[start + operator] = b'2';
        }
        let target = scan::skip_blanks(&self.bytes, behind).min(span.end as usize);
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

    fn compound(&mut self, compound: &CompoundCommand) {
        if let Compound::Case { arms, .. } = &compound.kind {
            self.last_arm(compound, arms);
        }
        if matches!(compound.kind, Compound::Subshell(_)) {
            // Two subshells that open together look like arithmetic.
            let inner = compound.span.start as usize + 1;
            if self.bytes.get(inner) == Some(&b'(') {
                self.added.push((inner, " "));
            }
        }
        if let Compound::For { body, .. } | Compound::Select { body, .. } = &compound.kind {
            self.braces(compound, body);
        }
        let (Compound::For { words, variable, .. } | Compound::Select { words, variable, .. }) = &compound.kind else {
            return;
        };
        if words.as_ref().is_some_and(|words| !words.is_empty()) {
            return;
        }
        // `for x do` lacks the terminator this grammar wants.
        let start = compound.span.start as usize;
        let keyword = if self.bytes[start..].starts_with(b"for") { 3 } else { 6 };
        let name = scan::skip_blanks(&self.bytes, start + keyword);
        let behind = name + variable.len();
        if words.is_some() {
            // Nor does it allow `in` without words.
            let at = scan::skip_blanks(&self.bytes, behind);
            if self.bytes[at..].starts_with(b"in") {
                self.bytes[at..at + 2].fill(b' ');
            }
        } else if let Some(byte) = self.bytes.get_mut(behind).filter(|byte| byte.is_ascii_whitespace()) {
            *byte = b';';
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

/// Where a stage begins.
fn start(stage: &Command) -> u32 {
    match stage {
        Command::Simple(simple) => simple.span.start,
        Command::Compound(compound) => compound.span.start,
        Command::Function(function) => function.span.start,
        Command::Coproc { span, .. } => span.start,
    }
}
