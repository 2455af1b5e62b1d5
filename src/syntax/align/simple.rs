//! Simple commands and redirections.

use super::cursor::same_text;
use super::{Aligner, assignment};
use crate::syntax::plan::{Mismatch, RedirectionPlan, SimplePlan};
use crate::syntax::scan;
use crate::syntax::{Descriptor, Redirection, RedirectionOperator, RedirectionTarget, SimpleCommand, Word};
use crate::text::Span;

/// The builtins whose arguments may be compound assignments (bash, builtins/mkbuiltins.c and parse.y).
const DECLARATIONS: [&[u8]; 8] = [b"alias", b"declare", b"eval", b"export", b"let", b"local", b"readonly", b"typeset"];

/// The reserved words of bash that can begin a command (bash(1), RESERVED WORDS).
const RESERVED: [&[u8]; 19] = [
    b"!",
    b"[[",
    b"{",
    b"}",
    b"case",
    b"coproc",
    b"do",
    b"done",
    b"elif",
    b"else",
    b"esac",
    b"fi",
    b"for",
    b"function",
    b"if",
    b"select",
    b"then",
    b"until",
    b"while",
];

/// Operators by length, longest first.
const OPERATORS: [(&[u8], RedirectionOperator); 12] = [
    (b"&>>", RedirectionOperator::AppendBoth),
    (b"<<<", RedirectionOperator::HereString),
    (b"<<-", RedirectionOperator::HereDocumentStripped),
    (b"&>", RedirectionOperator::WriteBoth),
    (b"<<", RedirectionOperator::HereDocument),
    (b"<&", RedirectionOperator::DuplicateIn),
    (b"<>", RedirectionOperator::ReadWrite),
    (b">>", RedirectionOperator::Append),
    (b">&", RedirectionOperator::DuplicateOut),
    (b">|", RedirectionOperator::Clobber),
    (b"<", RedirectionOperator::Read),
    (b">", RedirectionOperator::Write),
];

impl Aligner<'_> {
    /// A simple command, compared with what the parser says of it.
    pub(super) fn simple(&mut self, plan: &SimplePlan) -> Result<SimpleCommand, Mismatch> {
        self.skip_blanks();
        let start = self.at;
        let mut command = SimpleCommand::default();
        let mut raw: Vec<Span> = Vec::new();
        let mut declares = false;
        let mut end = start;
        loop {
            self.skip_blanks();
            if let Some(redirection) = self.redirection()? {
                command.redirections.push(redirection);
                end = self.at;
                continue;
            }
            if self.peek(0) == Some(b'#') {
                break;
            }
            let head = command.words.is_empty();
            let Some(stop) = self.word_end(head || declares)? else { break };
            let span = Span::new(self.at, stop);
            let text = &self.bytes[span.range()];
            if raw.is_empty() && command.redirections.is_empty() && self.is_reserved(text) {
                return Err(Mismatch { start: self.at, end: stop, unknown_node: false });
            }
            if head && scan::is_assignment(text) {
                command.assignments.push(assignment(self.bytes, span).ok_or_else(|| self.here())?);
            } else {
                if head || declares && matches!(text, b"command" | b"builtin") {
                    declares = DECLARATIONS.contains(&text);
                }
                command.words.push(Word { parts: Vec::new(), span });
            }
            raw.push(span);
            self.at = stop;
            end = stop;
        }
        self.at = end;
        command.span = Span::new(start, end);
        if let Some(name) = command.words.first().filter(|name| self.bytes[name.span.range()].starts_with(b"-")) {
            self.suspects.push(name.span);
        }
        self.compare(&command, &raw, plan)?;
        Ok(command)
    }

    /// True for a word that a shell takes for a reserved word where a command begins; behind `|` `time` is none.
    fn is_reserved(&self, text: &[u8]) -> bool {
        RESERVED.contains(&text) || text == b"time" && self.keywords.end == self.at
    }

    fn compare(&self, command: &SimpleCommand, raw: &[Span], plan: &SimplePlan) -> Result<(), Mismatch> {
        let wrong = |span: Span| Mismatch { start: span.start as usize, end: span.end as usize, unknown_node: false };
        if command.span.is_empty() {
            return Err(self.here());
        }
        if let Some((start, end)) = plan.extent {
            // A parser without the keywords takes `time` for the command's name.
            let from = command.span.start as usize;
            let begins = start == from || start == self.keywords.start && self.keywords.end == from;
            if !begins || end != command.span.end as usize {
                return Err(wrong(command.span.to(Span::new(start, end))));
            }
        }
        if let Some(words) = &plan.words {
            if words.len() != raw.len() {
                return Err(wrong(command.span));
            }
            for (span, said) in raw.iter().zip(words) {
                if !same_text(&self.bytes[span.range()], said) {
                    return Err(wrong(*span));
                }
            }
        }
        let Some(redirections) = &plan.redirections else { return Ok(()) };
        self.compare_redirections(&command.redirections, redirections, command.span)
    }

    /// Compares redirections with what the parser says of them.
    pub(super) fn compare_redirections(
        &self,
        ours: &[Redirection],
        said: &[RedirectionPlan],
        span: Span,
    ) -> Result<(), Mismatch> {
        let wrong = |span: Span| Mismatch { start: span.start as usize, end: span.end as usize, unknown_node: false };
        if ours.len() != said.len() {
            return Err(wrong(span));
        }
        for (redirection, (operator, target)) in ours.iter().zip(said) {
            let same = match &redirection.target {
                RedirectionTarget::HereDocument(document) => {
                    operator == b"<<" && target.as_deref() == Some(document.delimiter.as_slice())
                }
                RedirectionTarget::Word(word) => {
                    let raw = self.raw(word);
                    let text = &self.bytes[redirection.span.start as usize..word.span.start as usize];
                    let dup = operator.ends_with(b"&-") || operator.ends_with(b"&");
                    operator_of(text).is_some_and(|found| found == operator.as_slice() || dup && found.ends_with(b"&"))
                        && target.as_ref().is_none_or(|target| {
                            // A parser may keep the `-` of `<&$x-` to itself.
                            let moved = if dup { raw.strip_suffix(b"-") } else { None };
                            same_text(raw, target) || moved.is_some_and(|raw| same_text(raw, target))
                        })
                }
            };
            if !same {
                return Err(wrong(redirection.span));
            }
        }
        Ok(())
    }

    /// Passes redirections as long as they follow one another.
    pub(super) fn redirections(&mut self) -> Result<Vec<Redirection>, Mismatch> {
        let mut all = Vec::new();
        loop {
            let before = self.at;
            self.skip_blanks();
            match self.redirection()? {
                Some(redirection) => all.push(redirection),
                None => {
                    self.at = before;
                    return Ok(all);
                }
            }
        }
    }

    /// Passes a redirection, when one begins at the cursor.
    fn redirection(&mut self) -> Result<Option<Redirection>, Mismatch> {
        let start = self.at;
        let (descriptor, length) = self.descriptor();
        let at = start + length;
        let rest = self.bytes.get(at..).unwrap_or_default();
        match rest {
            [b'<' | b'>', b'(', ..] => return Ok(None),
            [b'<' | b'>' | b'&', ..] => {}
            _ => return Ok(None),
        }
        let Some((text, operator)) = OPERATORS.iter().find(|(text, _)| rest.starts_with(text)) else {
            return Ok(None);
        };
        if length > 0 && text[0] == b'&' {
            return Ok(None);
        }
        self.at = at + text.len();
        self.skip_blanks();
        let duplicates = matches!(operator, RedirectionOperator::DuplicateIn | RedirectionOperator::DuplicateOut);
        let word = if duplicates && self.peek(0) == Some(b'-') {
            self.at += 1;
            Word { parts: Vec::new(), span: Span::new(self.at - 1, self.at) }
        } else {
            self.word()?
        };
        let mut operator = *operator;
        let raw = &self.bytes[word.span.range()];
        if operator == RedirectionOperator::DuplicateOut && descriptor_may_be_output(&descriptor) && names_a_file(raw) {
            operator = RedirectionOperator::WriteBoth;
        }
        let target = match operator {
            RedirectionOperator::HereDocument | RedirectionOperator::HereDocumentStripped => {
                let (delimiter, quoted) = scan::delimiter(raw);
                let strip = operator == RedirectionOperator::HereDocumentStripped;
                RedirectionTarget::HereDocument(self.promise_document(delimiter, quoted, strip))
            }
            _ => RedirectionTarget::Word(word),
        };
        Ok(Some(Redirection { descriptor, operator, target, span: self.span_from(start) }))
    }

    /// The descriptor at the cursor that stands directly before `<` or `>`, and its length.
    fn descriptor(&self) -> (Descriptor, usize) {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let followed = |length: usize| matches!(rest.get(length), Some(b'<' | b'>'));
        if digits > 0 && followed(digits) {
            let number = std::str::from_utf8(&rest[..digits]).ok().and_then(|text| text.parse::<i32>().ok());
            if let Some(number) = number {
                return (Descriptor::Number(number.unsigned_abs()), digits);
            }
        }
        if rest.first() == Some(&b'{') {
            let end = scan::name_end(rest, 1);
            if end > 1 && rest.get(end) == Some(&b'}') && followed(end + 1) {
                return (Descriptor::Variable(rest[1..end].to_vec()), end + 1);
            }
        }
        (Descriptor::Default, 0)
    }
}

/// `>&word` redirects both streams only without a descriptor or with 1 (bash(1), Redirecting Standard Output …).
fn descriptor_may_be_output(descriptor: &Descriptor) -> bool {
    matches!(descriptor, Descriptor::Default | Descriptor::Number(1))
}

/// True for a literal word behind `>&` that is neither a number, `-`, nor a number and `-`.
fn names_a_file(raw: &[u8]) -> bool {
    let digits = raw.strip_suffix(b"-").unwrap_or(raw);
    let number = digits.iter().all(u8::is_ascii_digit);
    !number && !raw.iter().any(|byte| matches!(byte, b'$' | b'`'))
}

/// The operator in the text before a redirection's word.
fn operator_of(text: &[u8]) -> Option<&'static [u8]> {
    let from = text.iter().position(|byte| matches!(byte, b'<' | b'>' | b'&'))?;
    OPERATORS.iter().find(|(operator, _)| text[from..].starts_with(operator)).map(|(operator, _)| *operator)
}
