//! The ends of `$…` constructs.

use super::word::comment;
use super::{
    Body, DEEPEST, WordRules, ansi_quoted, backquoted, body, delimiter, double_quoted, is_assignment, name_end,
    single_quoted, skip_blanks, word,
};

/// Behind the expansion whose `$` stands at `at`; behind the `$` alone when it begins none. `quoted`: inside `"…"`.
pub(crate) fn dollar(bytes: &[u8], at: usize, quoted: bool, depth: usize) -> Option<usize> {
    if depth > DEEPEST {
        return None;
    }
    match bytes.get(at + 1) {
        Some(b'(') => {
            if bytes.get(at + 2) == Some(&b'(')
                && let Some(end) = arithmetic(bytes, at + 3, depth + 1)
            {
                return Some(end);
            }
            command(bytes, at + 2, depth + 1)
        }
        Some(b'{') => match bytes.get(at + 2) {
            Some(b' ' | b'\t' | b'\n' | b'|') => funsub(bytes, at + 3, depth + 1),
            _ => braced(bytes, at + 2, depth + 1),
        },
        Some(b'[') => bracketed(bytes, at + 2, depth + 1),
        Some(b'\'') if !quoted => ansi_quoted(bytes, at + 2),
        Some(b'"') if !quoted => double_quoted(bytes, at + 2, depth + 1),
        Some(b'@' | b'*' | b'#' | b'?' | b'-' | b'$' | b'!' | b'0'..=b'9') => Some(at + 2),
        Some(_) => Some(name_end(bytes, at + 1)),
        None => Some(at + 1),
    }
}

/// Behind the `}` that closes `${…` whose text begins at `at`.
pub(crate) fn braced(bytes: &[u8], mut at: usize, depth: usize) -> Option<usize> {
    if depth > DEEPEST {
        return None;
    }
    loop {
        match *bytes.get(at)? {
            b'}' => return Some(at + 1),
            b'\\' => at += 2,
            b'\'' => at = single_quoted(bytes, at + 1)?,
            b'"' => at = double_quoted(bytes, at + 1, depth + 1)?,
            b'`' => at = backquoted(bytes, at + 1)?,
            b'$' => at = dollar(bytes, at, false, depth + 1)?,
            b'<' | b'>' if bytes.get(at + 1) == Some(&b'(') => at = command(bytes, at + 2, depth + 1)?,
            _ => at += 1,
        }
    }
}

/// Behind the `]` that closes `$[…` or a subscript whose text begins at `at`.
pub(crate) fn bracketed(bytes: &[u8], mut at: usize, depth: usize) -> Option<usize> {
    if depth > DEEPEST {
        return None;
    }
    loop {
        match *bytes.get(at)? {
            b']' => return Some(at + 1),
            b'[' => at = bracketed(bytes, at + 1, depth + 1)?,
            b'\\' => at += 2,
            b'\'' => at = single_quoted(bytes, at + 1)?,
            b'"' => at = double_quoted(bytes, at + 1, depth + 1)?,
            b'`' => at = backquoted(bytes, at + 1)?,
            b'$' => at = dollar(bytes, at, false, depth + 1)?,
            _ => at += 1,
        }
    }
}

/// Behind the `))` that closes an arithmetic expression whose text begins at `at`; `None` when no adjacent `))`
/// closes it (then the two opening parentheses are nested subshells).
pub(crate) fn arithmetic(bytes: &[u8], mut at: usize, depth: usize) -> Option<usize> {
    if depth > DEEPEST {
        return None;
    }
    let mut open = 0usize;
    loop {
        match *bytes.get(at)? {
            b')' if open == 0 => return (bytes.get(at + 1) == Some(&b')')).then_some(at + 2),
            b')' => {
                open -= 1;
                at += 1;
            }
            b'(' => {
                open += 1;
                at += 1;
            }
            b'\\' => at += 2,
            b'\'' => at = single_quoted(bytes, at + 1)?,
            b'"' => at = double_quoted(bytes, at + 1, depth + 1)?,
            b'`' => at = backquoted(bytes, at + 1)?,
            b'$' => at = dollar(bytes, at, false, depth + 1)?,
            _ => at += 1,
        }
    }
}

/// Behind the `)` that closes a command or process substitution whose text begins at `at`.
pub(crate) fn command(bytes: &[u8], at: usize, depth: usize) -> Option<usize> {
    Walk { bytes, at, depth, stack: Vec::new(), pending: Vec::new(), position: Position::Command, closer: b')' }.run()
}

/// Behind the `}` that closes `${ …; }` whose text begins at `at`.
fn funsub(bytes: &[u8], at: usize, depth: usize) -> Option<usize> {
    Walk { bytes, at, depth, stack: Vec::new(), pending: Vec::new(), position: Position::Command, closer: b'}' }.run()
}

/// What may stand at the next word.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Position {
    /// A reserved word, an assignment or a command name.
    Command,
    /// An assignment or a command name.
    Assigned,
    /// Behind `for NAME`: `in` or `do`.
    Loop,
    /// An argument.
    Argument,
}

/// An open construct that decides what a `)` closes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Open {
    /// `(`
    Paren,
    /// `{`, only followed when it is `}` that ends the walk.
    Brace,
    /// `case … in`, before a pattern's `)`.
    Pattern,
    /// `case … in`, behind a pattern's `)`.
    Arm,
}

/// A walk over the tokens of a script, just deep enough to know which `)` closes it.
struct Walk<'a> {
    bytes: &'a [u8],
    at: usize,
    depth: usize,
    stack: Vec<Open>,
    pending: Vec<(Vec<u8>, bool, bool)>,
    position: Position,
    closer: u8,
}

impl Walk<'_> {
    fn run(mut self) -> Option<usize> {
        if self.depth > DEEPEST {
            return None;
        }
        loop {
            self.at = skip_blanks(self.bytes, self.at);
            match *self.bytes.get(self.at)? {
                b'\n' => self.newline(),
                b'#' => self.at = comment(self.bytes, self.at),
                b'(' => self.open(),
                b')' => {
                    self.at += 1;
                    match self.stack.last() {
                        None if self.closer == b')' => return Some(self.at),
                        Some(Open::Pattern) => {
                            self.stack.pop();
                            self.stack.push(Open::Arm);
                        }
                        Some(Open::Paren) => {
                            self.stack.pop();
                        }
                        _ => return None,
                    }
                    self.position = Position::Command;
                }
                b';' => {
                    let rest = &self.bytes[self.at..];
                    let length = if rest.starts_with(b";;&") {
                        3
                    } else if rest.starts_with(b";;") || rest.starts_with(b";&") {
                        2
                    } else {
                        1
                    };
                    self.at += length;
                    if length > 1 && self.stack.last() == Some(&Open::Arm) {
                        self.stack.pop();
                        self.stack.push(Open::Pattern);
                    }
                    self.position = Position::Command;
                }
                b'&' if self.bytes.get(self.at + 1) == Some(&b'>') => self.redirection()?,
                b'&' | b'|' => {
                    self.at += 1;
                    self.position = Position::Command;
                }
                b'<' | b'>' if self.bytes.get(self.at + 1) != Some(&b'(') => self.redirection()?,
                _ => {
                    if self.word()? {
                        return Some(self.at);
                    }
                }
            }
        }
    }

    fn newline(&mut self) {
        self.at += 1;
        for (delimiter, quoted, strip) in std::mem::take(&mut self.pending) {
            let Body { next, .. } = body(self.bytes, self.at, &delimiter, quoted, strip, self.closer == b')');
            self.at = next;
        }
        self.position = Position::Command;
    }

    fn open(&mut self) {
        if self.stack.last() == Some(&Open::Pattern) {
            self.at += 1;
            return;
        }
        if self.position == Position::Command
            && self.bytes.get(self.at + 1) == Some(&b'(')
            && let Some(end) = arithmetic(self.bytes, self.at + 2, self.depth + 1)
        {
            self.at = end;
            return;
        }
        self.at += 1;
        self.stack.push(Open::Paren);
        self.position = Position::Command;
    }

    fn redirection(&mut self) -> Option<()> {
        let rest = &self.bytes[self.at..];
        let operators: [&[u8]; 13] =
            [b"&>>", b"&>", b"<<<", b"<<-", b"<<", b"<&", b"<>", b"<", b">>", b">&", b">|", b">", b""];
        let operator = operators.into_iter().find(|operator| rest.starts_with(operator))?;
        let from = skip_blanks(self.bytes, self.at + operator.len());
        let end = word(self.bytes, from, WordRules::default(), self.depth + 1)?;
        if operator == b"<<" || operator == b"<<-" {
            let (text, quoted) = delimiter(&self.bytes[from..end]);
            self.pending.push((text, quoted, operator == b"<<-"));
        }
        self.at = end;
        Some(())
    }

    /// Passes the word at the cursor; true when it closed the walk.
    fn word(&mut self) -> Option<bool> {
        let rules = WordRules {
            assignment: matches!(self.position, Position::Command | Position::Assigned),
            extglob: true,
            regex: false,
        };
        // A declaration builtin's arguments may be compound assignments too.
        let rules = WordRules { assignment: true, ..rules };
        let end = word(self.bytes, self.at, rules, self.depth + 1)?;
        if end == self.at {
            return None;
        }
        let text = &self.bytes[self.at..end];
        self.at = end;
        if self.stack.last() == Some(&Open::Pattern) {
            if text == b"esac" && self.position == Position::Command {
                self.stack.pop();
            } else {
                self.position = Position::Argument;
            }
            return Some(false);
        }
        match self.position {
            Position::Loop => {
                self.position = if text == b"do" || text == b"{" { Position::Command } else { Position::Argument };
                if text == b"{" && self.closer == b'}' {
                    self.stack.push(Open::Brace);
                }
            }
            Position::Command => return self.reserved(text),
            Position::Assigned if is_assignment(text) => {}
            Position::Assigned | Position::Argument => self.position = Position::Argument,
        }
        Some(false)
    }

    fn reserved(&mut self, text: &[u8]) -> Option<bool> {
        match text {
            b"case" => {
                let from = skip_blanks(self.bytes, self.at);
                let subject = WordRules { extglob: true, ..WordRules::default() };
                self.at = word(self.bytes, from, subject, self.depth + 1)?;
                loop {
                    self.at = skip_blanks(self.bytes, self.at);
                    match self.bytes.get(self.at)? {
                        b'\n' => self.newline(),
                        b'#' => self.at = comment(self.bytes, self.at),
                        _ => break,
                    }
                }
                if self.bytes[self.at..].starts_with(b"in") {
                    self.at += 2;
                    self.stack.push(Open::Pattern);
                } else {
                    return None;
                }
            }
            b"esac" => {
                if self.stack.last() == Some(&Open::Arm) {
                    self.stack.pop();
                }
            }
            b"for" | b"select" => {
                let from = skip_blanks(self.bytes, self.at);
                if !self.bytes[from..].starts_with(b"((") {
                    self.at = word(self.bytes, from, WordRules::default(), self.depth + 1)?;
                    self.position = Position::Loop;
                }
            }
            b"[[" => self.test()?,
            b"{" if self.closer == b'}' => self.stack.push(Open::Brace),
            b"}" if self.closer == b'}' => match self.stack.pop() {
                None => return Some(true),
                Some(Open::Brace) => {}
                Some(_) => return None,
            },
            b"if" | b"then" | b"else" | b"elif" | b"fi" | b"do" | b"done" | b"while" | b"until" | b"{" | b"}"
            | b"!" | b"time" | b"coproc" => {}
            _ if is_assignment(text) => self.position = Position::Assigned,
            _ => self.position = Position::Argument,
        }
        Some(false)
    }

    /// Passes the inside of `[[ … ]]`, where parentheses and `<` are ordinary.
    fn test(&mut self) -> Option<()> {
        loop {
            match *self.bytes.get(self.at)? {
                b' ' | b'\t' | b'\n' | b'(' | b')' | b'<' | b'>' | b'|' | b'&' | b';' => self.at += 1,
                _ => {
                    let end = word(self.bytes, self.at, WordRules::default(), self.depth + 1)?;
                    let text = &self.bytes[self.at..end];
                    self.at = end.max(self.at + 1);
                    if text == b"]]" {
                        self.position = Position::Command;
                        return Some(());
                    }
                }
            }
        }
    }
}
