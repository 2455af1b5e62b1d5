//! Code to tokens.

use crate::effect::value::Text;

/// A language, as far as its tokens differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Language {
    Python,
    Javascript,
    Ruby,
    Perl,
    Php,
    Lua,
    R,
    Julia,
}

impl Language {
    /// The language of a grammar's name for it.
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "python" => Language::Python,
            "javascript" | "typescript" => Language::Javascript,
            "ruby" => Language::Ruby,
            "perl" => Language::Perl,
            "php" => Language::Php,
            "lua" => Language::Lua,
            "r" => Language::R,
            "julia" => Language::Julia,
            _ => return None,
        })
    }
}

/// A token.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    /// A name; in perl and php with its sigil.
    Name(Vec<u8>),
    /// A string, as far as it is known: one with something inserted is known up to there.
    Text(Text),
    /// A command in backquotes.
    Command(Text),
    /// Any other character.
    Sign(u8),
    /// The end of a line that may end a statement.
    Line,
}

/// Longest code that is looked at, in bytes.
const LONGEST: usize = 128 * 1024;

/// The tokens of a text, each with how deep it is nested: in braces, for python in indented lines.
pub(super) fn tokens(language: Language, code: &[u8]) -> Vec<(Token, usize)> {
    let mut reader = Reader { language, code: &code[..code.len().min(LONGEST)], at: 0, out: Vec::new(), depth: 0 };
    reader.run();
    reader.out
}

struct Reader<'a> {
    language: Language,
    code: &'a [u8],
    at: usize,
    out: Vec<(Token, usize)>,
    depth: usize,
}

impl Reader<'_> {
    fn push(&mut self, token: Token) {
        self.out.push((token, self.depth));
    }

    fn starts(&self, text: &[u8]) -> bool {
        self.code[self.at..].starts_with(text)
    }

    fn skip_past(&mut self, end: &[u8]) {
        let rest = &self.code[self.at..];
        let found = rest.windows(end.len()).position(|part| part == end);
        self.at += found.map_or(rest.len(), |found| found + end.len());
    }

    fn comment(&mut self) -> bool {
        use Language as L;
        let slashes = matches!(self.language, L::Javascript | L::Php);
        let hash = !matches!(self.language, L::Javascript | L::Lua);
        let dashes = self.language == L::Lua && self.starts(b"--");
        if slashes && self.starts(b"/*") {
            self.skip_past(b"*/");
        } else if slashes && self.starts(b"//") || hash && self.starts(b"#") || dashes {
            let rest = &self.code[self.at..];
            self.at += rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
        } else {
            return false;
        }
        true
    }

    fn run(&mut self) {
        if self.language == Language::Python {
            self.indent();
        }
        while self.at < self.code.len() {
            let byte = self.code[self.at];
            if self.comment() {
                continue;
            }
            match byte {
                b'\n' => {
                    self.push(Token::Line);
                    self.at += 1;
                    if self.language == Language::Python {
                        self.indent();
                    }
                }
                _ if byte.is_ascii_whitespace() => self.at += 1,
                b'\\' => self.at += 2,
                b'"' | b'\'' => self.string(false),
                b'`' if self.language == Language::Python => self.at += 1,
                b'`' => {
                    let text = self.quoted(b"`", self.language != Language::Javascript, true);
                    self.push(match self.language {
                        Language::Javascript => Token::Text(text),
                        _ => Token::Command(text),
                    });
                }
                b'/' if self.language == Language::Javascript && self.pattern_may_begin() => self.pattern(),
                b'%' if self.language == Language::Ruby && (self.starts(b"%x") || self.starts(b"%w")) => self.percent(),
                _ if byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'$' | b'@') || byte >= 0x80 => self.name(),
                b'{' | b'}' => {
                    if byte == b'}' {
                        self.depth = self.depth.saturating_sub(1);
                    }
                    self.push(Token::Sign(byte));
                    if byte == b'{' && self.language != Language::Python {
                        self.depth += 1;
                    }
                    self.at += 1;
                }
                _ => {
                    self.push(Token::Sign(byte));
                    self.at += 1;
                }
            }
        }
    }

    /// Python nests by indentation.
    fn indent(&mut self) {
        let rest = &self.code[self.at..];
        let width = rest.iter().position(|byte| !matches!(byte, b' ' | b'\t')).unwrap_or(rest.len());
        if !matches!(rest.get(width), Some(b'\n' | b'#') | None) {
            self.depth = width;
        }
    }

    /// A name, or a word that says how the string behind it is meant.
    fn name(&mut self) {
        let start = self.at;
        self.at += 1;
        while self.code.get(self.at).is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_' || *byte >= 0x80)
        {
            self.at += 1;
        }
        let name = &self.code[start..self.at];
        let next = self.code.get(self.at).copied();
        if self.language == Language::Python && name.len() <= 2 && matches!(next, Some(b'"' | b'\'')) {
            let lower = name.to_ascii_lowercase();
            if lower.iter().all(|byte| b"rbfu".contains(byte)) {
                self.string(lower.contains(&b'r'));
                if lower.contains(&b'f')
                    && let Some((Token::Text(text), _)) = self.out.last_mut()
                    && let Some(brace) = text.prefix().iter().position(|byte| *byte == b'{')
                {
                    *text = Text::begins(text.prefix()[..brace].to_vec(), false);
                }
                return;
            }
        }
        let quoting = matches!(name, b"q" | b"qq" | b"qw" | b"qx") && self.language == Language::Perl;
        if quoting && next.is_some_and(|next| !next.is_ascii_alphanumeric() && !b"=,;_".contains(&next)) {
            let (single, command) = (name == b"q" || name == b"qw", name == b"qx");
            while self.code.get(self.at).is_some_and(u8::is_ascii_whitespace) {
                self.at += 1;
            }
            let Some(open) = self.code.get(self.at).copied() else { return };
            let text = self.quoted(&[closing(open)], true, !single);
            // A list of words is no name of a file; as a command it reads the same.
            self.push(if command { Token::Command(text) } else { Token::Text(text) });
            return;
        }
        self.push(Token::Name(name.to_vec()));
    }

    fn string(&mut self, raw: bool) {
        let quote = self.code[self.at];
        let triple = [quote; 3];
        let inserts = quote == b'"' && matches!(self.language, Language::Ruby | Language::Perl | Language::Php);
        let text = if self.language == Language::Python && self.starts(&triple) {
            self.at += 2;
            self.quoted(&triple, !raw, false)
        } else {
            self.quoted(&[quote], !raw, inserts)
        };
        self.push(Token::Text(text));
    }

    /// `%x(…)` and `%w[…]` of ruby.
    fn percent(&mut self) {
        let letter = self.code[self.at + 1];
        self.at += 2;
        let Some(open) = self.code.get(self.at).copied().filter(|byte| !byte.is_ascii_alphanumeric()) else { return };
        let text = self.quoted(&[closing(open)], true, letter == b'x');
        self.push(if letter == b'x' { Token::Command(text) } else { Token::Text(text) });
    }

    /// Text up to `end`, the opening character skipped. `escapes`: a backslash stands for something; `inserts`: values are
    /// put in at `$`, `#{` or `${`.
    fn quoted(&mut self, end: &[u8], escapes: bool, inserts: bool) -> Text {
        self.at += 1;
        let mut out = Vec::new();
        let mut known: Option<Vec<u8>> = None;
        while self.at < self.code.len() && !self.starts(end) {
            let byte = self.code[self.at];
            let next = self.code.get(self.at + 1).copied();
            if byte == b'\\' && (escapes || next == Some(end[0])) {
                let escaped = match next {
                    Some(b'n') => b'\n',
                    Some(b't') => b'\t',
                    Some(b'\n') | None => 0,
                    // Numbered characters are not put together here.
                    Some(b'x' | b'u' | b'U' | b'N' | b'0'..=b'9') => {
                        known.get_or_insert_with(|| out.clone());
                        0
                    }
                    Some(other) => other,
                };
                if escaped != 0 {
                    out.push(escaped);
                }
                self.at += 2;
                continue;
            }
            let inserted = match self.language {
                Language::Ruby => byte == b'#' && next == Some(b'{'),
                Language::Javascript => byte == b'$' && next == Some(b'{'),
                Language::Perl => byte == b'$' || byte == b'@',
                Language::Php => byte == b'$' || byte == b'{' && next == Some(b'$'),
                Language::Julia => byte == b'$',
                Language::Python | Language::Lua | Language::R => false,
            };
            if inserts && inserted {
                known.get_or_insert_with(|| out.clone());
            }
            out.push(byte);
            self.at += 1;
        }
        self.at = (self.at + end.len()).min(self.code.len());
        known.map_or_else(|| Text::exactly(out), |known| Text::begins(known, false))
    }

    /// A slash begins a pattern where no value stands before it.
    fn pattern_may_begin(&self) -> bool {
        match self.out.last() {
            Some((Token::Name(name), _)) => matches!(name.as_slice(), b"return" | b"typeof" | b"case"),
            Some((Token::Text(_) | Token::Command(_), _)) => false,
            Some((Token::Sign(byte), _)) => !matches!(byte, b')' | b']' | b'}') && !byte.is_ascii_digit(),
            Some((Token::Line, _)) | None => true,
        }
    }

    fn pattern(&mut self) {
        let mut inside = false;
        self.at += 1;
        while let Some(byte) = self.code.get(self.at) {
            self.at += 1;
            match byte {
                b'\\' => self.at += 1,
                b'[' => inside = true,
                b']' => inside = false,
                b'/' if !inside => return,
                b'\n' => return,
                _ => {}
            }
        }
    }
}

fn closing(open: u8) -> u8 {
    match open {
        b'(' => b')',
        b'[' => b']',
        b'{' => b'}',
        b'<' => b'>',
        other => other,
    }
}
