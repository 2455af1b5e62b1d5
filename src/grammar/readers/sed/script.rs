//! The sed language, as far as finding what a script reads, writes and runs (GNU sed manual, sections 3 and 4).

/// Something a script does beyond editing text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// `r FILE`, `R FILE`.
    Read(Vec<u8>),
    /// `w FILE`, `W FILE`, `s///w FILE`.
    Write(Vec<u8>),
    /// `e COMMAND`.
    Run(Vec<u8>),
    /// `e`, `s///e`: the text that is edited is run.
    RunInput,
}

/// What the script does; `None` when it is not understood.
pub(super) fn actions(script: &[u8]) -> Option<Vec<Action>> {
    let mut scanner = Scanner { script, at: 0, found: Vec::new() };
    while scanner.command()? {}
    Some(scanner.found)
}

struct Scanner<'s> {
    script: &'s [u8],
    at: usize,
    found: Vec<Action>,
}

impl Scanner<'_> {
    fn peek(&self) -> Option<u8> {
        self.script.get(self.at).copied()
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    fn skip(&mut self, which: fn(u8) -> bool) {
        while self.peek().is_some_and(which) {
            self.at += 1;
        }
    }

    fn blanks(&mut self) {
        self.skip(|byte| byte == b' ' || byte == b'\t');
    }

    /// To the end of the line, which is passed.
    fn line(&mut self) -> Vec<u8> {
        let start = self.at;
        self.skip(|byte| byte != b'\n');
        let line = self.script[start..self.at].to_vec();
        self.at = (self.at + 1).min(self.script.len());
        line
    }

    /// One command with its addresses; `Some(false)` at the end.
    fn command(&mut self) -> Option<bool> {
        self.skip(|byte| byte.is_ascii_whitespace() || byte == b';');
        if self.peek().is_none() {
            return Some(false);
        }
        if self.address()? {
            self.blanks();
            if self.peek() == Some(b',') {
                self.at += 1;
                self.blanks();
                if matches!(self.peek(), Some(b'+' | b'~')) {
                    self.at += 1;
                }
                if !self.address()? {
                    return None;
                }
            }
        }
        self.blanks();
        while self.peek() == Some(b'!') {
            self.at += 1;
            self.blanks();
        }
        match self.next()? {
            b'{' => return Some(true),
            b'#' => {
                self.line();
                return Some(true);
            }
            b'}' | b'=' | b'd' | b'D' | b'F' | b'g' | b'G' | b'h' | b'H' | b'n' | b'N' | b'p' | b'P' | b'x' | b'z' => {}
            b'a' | b'i' | b'c' => {
                self.text();
                return Some(true);
            }
            b':' | b'b' | b't' | b'T' | b'v' => {
                self.blanks();
                self.skip(|byte| !byte.is_ascii_whitespace() && byte != b';' && byte != b'}');
            }
            b'l' | b'L' | b'q' | b'Q' => {
                self.blanks();
                self.skip(|byte| byte.is_ascii_digit());
            }
            b'r' | b'R' => {
                let name = self.name();
                self.found.push(Action::Read(name));
                return Some(true);
            }
            b'w' | b'W' => {
                let name = self.name();
                self.found.push(Action::Write(name));
                return Some(true);
            }
            b'e' => {
                let code = self.name();
                self.found.push(if code.is_empty() { Action::RunInput } else { Action::Run(code) });
                return Some(true);
            }
            b's' => return self.substitution(),
            b'y' => {
                let delimiter = self.next()?;
                self.delimited(delimiter, false)?;
                self.delimited(delimiter, false)?;
            }
            _ => return None,
        }
        self.end()
    }

    /// After a command that takes nothing more: blanks, then `;`, `}`, `#` or the end of the line.
    fn end(&mut self) -> Option<bool> {
        self.blanks();
        match self.peek() {
            None | Some(b';' | b'\n' | b'}' | b'#') => Some(true),
            Some(b'\r') => Some(true),
            Some(_) => None,
        }
    }

    fn name(&mut self) -> Vec<u8> {
        self.blanks();
        self.line()
    }

    /// The text of `a`, `i`, `c`: to the end of a line that does not end in a backslash.
    fn text(&mut self) {
        while let Some(byte) = self.next() {
            match byte {
                b'\\' => {
                    self.next();
                }
                b'\n' => return,
                _ => {}
            }
        }
    }

    /// An address, when there is one.
    fn address(&mut self) -> Option<bool> {
        match self.peek() {
            Some(b'$') => self.at += 1,
            Some(b'0'..=b'9') => {
                self.skip(|byte| byte.is_ascii_digit());
                self.blanks();
                if self.peek() == Some(b'~') {
                    self.at += 1;
                    self.skip(|byte| byte.is_ascii_digit());
                }
            }
            Some(b'/') => {
                self.at += 1;
                self.delimited(b'/', true)?;
                self.skip(|byte| byte == b'I' || byte == b'M');
            }
            Some(b'\\') => {
                self.at += 1;
                let delimiter = self.next()?;
                self.delimited(delimiter, true)?;
                self.skip(|byte| byte == b'I' || byte == b'M');
            }
            _ => return Some(false),
        }
        Some(true)
    }

    /// To the delimiter, which is passed. In a regular expression one inside brackets does not count.
    fn delimited(&mut self, delimiter: u8, expression: bool) -> Option<()> {
        if delimiter == b'\n' || delimiter == b'\\' {
            return None;
        }
        loop {
            match self.next()? {
                b'\\' => {
                    self.next()?;
                }
                byte if byte == delimiter => return Some(()),
                b'[' if expression => self.bracket()?,
                b'\n' if expression => return None,
                _ => {}
            }
        }
    }

    /// A bracket expression, in which the delimiter stands for itself (GNU sed 4.9).
    fn bracket(&mut self) -> Option<()> {
        if self.peek() == Some(b'^') {
            self.at += 1;
        }
        if self.peek() == Some(b']') {
            self.at += 1;
        }
        loop {
            match self.next()? {
                b']' => return Some(()),
                b'[' if matches!(self.peek(), Some(b':' | b'.' | b'=')) => {
                    let kind = self.next()?;
                    while !(self.next()? == kind && self.peek() == Some(b']')) {}
                    self.at += 1;
                }
                b'\n' => return None,
                _ => {}
            }
        }
    }

    fn substitution(&mut self) -> Option<bool> {
        let delimiter = self.next()?;
        self.delimited(delimiter, true)?;
        self.delimited(delimiter, false)?;
        loop {
            match self.peek() {
                Some(b'g' | b'p' | b'i' | b'I' | b'm' | b'M' | b'0'..=b'9') => self.at += 1,
                Some(b'e') => {
                    self.at += 1;
                    self.found.push(Action::RunInput);
                }
                Some(b'w') => {
                    self.at += 1;
                    let name = self.name();
                    self.found.push(Action::Write(name));
                    return Some(true);
                }
                _ => return self.end(),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(script: &str) -> Option<Vec<Action>> {
        actions(format!("{script}\n").as_bytes())
    }

    #[test]
    fn editing_alone_does_nothing_else() {
        for script in [
            "s/a/b/g",
            "1,5p",
            "$d",
            "/x/,/y/{ s|/|.|; p }",
            "s/[^]]*w/e/2",
            "10q",
            "/a/!d;=",
            "a hello; w x",
            "i\\\nw file",
            "y/abc/xyz/",
            ":a;N;$!ba;s/\\n/ /g",
            "0~3d",
            "2,+4p",
            "\\,x,Id",
            "s/[[:space:]]*$//",
            "/^$/d # w x",
            "s,e,w,",
            "1!G;h;$!d",
            "n;d",
            "",
            "s/a\\/w b/c/",
            "s/[/]w b/x/",
        ] {
            assert_eq!(found(script), Some(vec![]), "{script}");
        }
    }

    #[test]
    fn files_and_commands_are_found() {
        assert_eq!(found("s/a/b/gw out.txt"), Some(vec![Action::Write(b"out.txt".to_vec())]));
        assert_eq!(found("/x/w hits;p"), Some(vec![Action::Write(b"hits;p".to_vec())]));
        assert_eq!(found("p;r in"), Some(vec![Action::Read(b"in".to_vec())]));
        assert_eq!(found("1e rm -rf x"), Some(vec![Action::Run(b"rm -rf x".to_vec())]));
        assert_eq!(found("s/.*/date/e"), Some(vec![Action::RunInput]));
        assert_eq!(found("e"), Some(vec![Action::RunInput]));
        assert_eq!(found("s/a/b/;{\nW f\n}"), Some(vec![Action::Write(b"f".to_vec())]));
    }

    #[test]
    fn what_is_no_sed_is_not_understood() {
        for script in ["s/a/b", "k", "s/a/b/q", "1,", "/a", "p p", "s/[/x/"] {
            assert_eq!(found(script), None, "{script}");
        }
    }
}
