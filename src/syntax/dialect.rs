//! What other shells read differently.
//!
//! Text for zsh or for a POSIX shell is read as bash reads it. Where those mean something else by the same bytes (zshexpn(1),
//! zshmisc(1), zshparam(1); dash(1)) the part is a gap, so that nothing is silently wrong; what is an error for them needs none, because an error
//! runs less than was judged.

use super::session::Session;
use super::walk::{self, Walker};
use super::{
    AssignedValue, Assignment, Compound, CompoundCommand, GapReason, HereDocument, Operation, Parameter, Pipeline,
    Redirection, RedirectionOperator, RedirectionTarget, Script, Word, WordPart,
};
use crate::text::Span;

/// zsh's arrays that are tied to what the shell itself does.
const TIED: [&[u8]; 8] = [b"path", b"cdpath", b"fpath", b"manpath", b"argv", b"status", b"module_path", b"fignore"];

/// Notes every part of `script`, whose words are taken apart, that the session's dialect reads differently from bash.
pub(crate) fn differences(script: &mut Script, session: &mut Session<'_>) {
    let options = session.options();
    if options.posix || options.zsh {
        walk::script(script, &mut Finder { session, zsh: options.zsh, whole: Vec::new() });
    }
}

struct Finder<'a, 'o> {
    session: &'a mut Session<'o>,
    zsh: bool,
    /// Words that are not split into fields.
    whole: Vec<Span>,
}

impl Finder<'_, '_> {
    fn differs(&mut self, span: Span) {
        self.session.gap(span, GapReason::Disagreement);
    }

    /// A word; `split`: the shell makes fields of it.
    fn read(&mut self, word: &Word, split: bool) {
        let begins =
            |prefix: &[u8]| matches!(word.parts.first(), Some(WordPart::Bare(text)) if text.starts_with(prefix));
        if self.zsh && begins(b"=") || begins(b"~+") || begins(b"~-") {
            self.differs(word.span);
        }
        self.parts(&word.parts, word.span, split);
        // `{a,b}` is one name for dash.
        let bare =
            |byte: u8| word.parts.iter().any(|part| matches!(part, WordPart::Bare(text) if text.contains(&byte)));
        if !self.zsh && split && bare(b'{') && bare(b'}') && (bare(b',') || bare(b'.')) {
            self.differs(word.span);
        }
    }

    fn parts(&mut self, parts: &[WordPart], span: Span, split: bool) {
        for (index, part) in parts.iter().enumerate() {
            let behind = match parts.get(index + 1) {
                Some(WordPart::Bare(text) | WordPart::Quoted(text)) => text.as_slice(),
                _ => &[],
            };
            match part {
                WordPart::Bare(text) => {
                    let stars = text.windows(2).any(|pair| pair == b"**");
                    // `$=x`, `$~x`, `$^x`; `name(qualifier)` is an error for bash.
                    if self.zsh && (stars || text.contains(&b'$')) {
                        self.differs(span);
                    }
                }
                WordPart::DoubleQuoted(inner) => self.parts(inner, span, false),
                WordPart::Parameter(parameter) => self.parameter(parameter, behind, split),
                WordPart::Arithmetic(word) => self.parts(&word.parts, span, false),
                WordPart::Array(_) if self.zsh => self.differs(span),
                _ => {}
            }
        }
    }

    fn parameter(&mut self, parameter: &Parameter, behind: &[u8], split: bool) {
        let number = matches!(parameter.name.as_slice(), b"?" | b"#" | b"$" | b"!");
        let all = |word: &Word| {
            word.parts == [WordPart::Bare(b"@".to_vec())] || word.parts == [WordPart::Bare(b"*".to_vec())]
        };
        if self.zsh {
            // No fields are made of a value; `$x[1]` and `$x:h` go on; elements count from 1.
            let modified = matches!(behind, [b':', letter, ..] if letter.is_ascii_alphabetic());
            let length = parameter.name == b"#"
                && behind.first().is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
            let element = parameter.index.as_ref().is_some_and(|index| !all(index));
            if split && !number && parameter.operation != Operation::Length
                || behind.starts_with(b"[")
                || modified
                || length
                || element
                || parameter.indirect
            {
                self.differs(parameter.span);
            }
        }
        match &parameter.operation {
            Operation::Default { word, .. }
            | Operation::Assign { word, .. }
            | Operation::Error { word, .. }
            | Operation::Alternative { word, .. } => self.parts(&word.parts, parameter.span, split),
            // `${x:h}`, `${x:#pattern}`
            Operation::Substring { offset, .. } if self.zsh => {
                let first = offset.parts.first();
                let number = |byte: &u8| byte.is_ascii_digit() || b" -(".contains(byte);
                if matches!(first, Some(WordPart::Quoted(text)) if !text.first().is_some_and(number)) {
                    self.differs(parameter.span);
                }
            }
            _ => {}
        }
    }
}

impl Walker for Finder<'_, '_> {
    fn span(&mut self, _: &mut Span) {}

    fn pipeline(&mut self, _: &mut Pipeline) {}

    fn compound(&mut self, compound: &CompoundCommand) {
        match &compound.kind {
            Compound::Case { subject, .. } => self.whole.push(subject.span),
            Compound::For { variable, .. } | Compound::Select { variable, .. }
                if self.zsh && TIED.contains(&variable.as_slice()) =>
            {
                self.differs(compound.span);
            }
            _ => {}
        }
    }

    fn assignment(&mut self, assignment: &mut Assignment) -> bool {
        let tied = TIED.contains(&assignment.name.as_slice());
        match &assignment.value {
            // dash takes `x+=y` for a command's name.
            _ if !self.zsh && assignment.append => self.differs(assignment.span),
            AssignedValue::Scalar(word) if self.zsh && (tied || assignment.index.is_some()) => self.differs(word.span),
            AssignedValue::Scalar(word) => self.read(word, false),
            AssignedValue::Array(_) if self.zsh => self.differs(assignment.span),
            AssignedValue::Array(_) => {}
        }
        true
    }

    fn redirection(&mut self, redirection: &mut Redirection) -> bool {
        let RedirectionTarget::Word(word) = &redirection.target else { return false };
        let text = match word.parts.as_slice() {
            [WordPart::Bare(text)] => text.as_slice(),
            _ => &[],
        };
        // `>! file` overwrites, and `<1-9>` is a pattern.
        let range = redirection.operator == RedirectionOperator::Read && text.first().is_some_and(u8::is_ascii_digit);
        if self.zsh
            && (text.starts_with(b"!") || range || text == b"-" && redirection.operator == RedirectionOperator::Read)
        {
            self.differs(redirection.span);
        }
        self.read(word, false);
        true
    }

    fn word(&mut self, word: &mut Word) {
        let split = !self.whole.contains(&word.span);
        self.read(word, split);
    }

    fn pattern(&mut self, word: &mut Word) {
        self.read(word, false);
    }

    fn arithmetic(&mut self, word: &mut Word) {
        self.parts(&word.parts, word.span, false);
    }

    fn document(&mut self, document: &mut HereDocument, _: bool) {
        self.parts(&document.body.parts, document.body.span, false);
    }
}
