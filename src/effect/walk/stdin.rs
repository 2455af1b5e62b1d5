//! Words that come from standard input (`xargs`), and code that does.

use super::Evaluator;
use crate::effect::state::State;
use crate::effect::value::{Field, Text};
use crate::text::Span;

/// Longest text that is taken apart, in bytes.
const LONGEST: usize = 64 * 1024;

/// How `xargs` and `parallel` take standard input apart (xargs(1), parallel(1)).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Handed {
    /// `-0`, `-d`: what ends a word; white space otherwise.
    delimiter: Option<u8>,
    /// `-I`, and always for parallel: one line a word.
    pub(super) per_line: bool,
    /// `-n`, `-L`: most words of one run.
    pub(super) most: usize,
    /// It is given in a way that is not followed.
    unclear: bool,
}

impl Handed {
    /// Reads the options of a command line.
    pub(super) fn of(fields: &[Field]) -> Self {
        let name = fields.first().and_then(Field::exact).map(super::base_name);
        let parallel = name == Some(b"parallel");
        let mut handed = Self { delimiter: None, per_line: parallel, most: usize::MAX, unclear: false };
        let mut at = 1;
        while let Some(word) = fields.get(at).and_then(Field::exact).filter(|word| word.len() > 1 && word[0] == b'-') {
            at += 1;
            let next = || fields.get(at).and_then(Field::exact);
            match word {
                b"--" => break,
                b"-0" | b"--null" => handed.delimiter = Some(0),
                b"-d" | b"--delimiter" => {
                    handed.delimiter = next().and_then(delimiter);
                    handed.unclear |= handed.delimiter.is_none();
                    at += 1;
                }
                b"-I" | b"-i" | b"--replace" => {
                    handed.per_line = true;
                    at += usize::from(word == b"-I");
                }
                b"-n" | b"-L" | b"--max-args" | b"--max-lines" | b"-N" => {
                    handed.most = next().and_then(number).unwrap_or(usize::MAX);
                    at += 1;
                }
                b"-a" | b"--arg-file" | b"-E" | b"-e" | b"--eof" | b"-C" | b"--colsep" => {
                    handed.unclear = true;
                    at += 1;
                }
                b"-P" | b"--max-procs" | b"-s" | b"--max-chars" | b"-j" | b"--jobs" => at += 1,
                _ if word.starts_with(b"-d") => {
                    handed.delimiter = delimiter(&word[2..]);
                    handed.unclear |= handed.delimiter.is_none();
                }
                _ if word.starts_with(b"--delimiter=") => {
                    handed.delimiter = delimiter(&word[12..]);
                    handed.unclear |= handed.delimiter.is_none();
                }
                _ if word.starts_with(b"-I") || word.starts_with(b"--replace=") => handed.per_line = true,
                _ if word.starts_with(b"-n") || word.starts_with(b"-L") => {
                    handed.most = number(&word[2..]).unwrap_or(usize::MAX);
                }
                _ if word.starts_with(b"--max-args=") => handed.most = number(&word[11..]).unwrap_or(usize::MAX),
                // `-0r`, `-r0`, `-0n1`: letters in one word.
                _ if word[1] != b'-' && word.contains(&b'0') && !word.contains(&b'P') => {
                    handed.delimiter = Some(0);
                    handed.unclear |= word.iter().any(|letter| matches!(letter, b'n' | b'L' | b'I' | b'd' | b'a'));
                }
                b"-r" | b"-t" | b"-p" | b"-x" | b"-o" | b"--no-run-if-empty" | b"--verbose" => {}
                _ if word.starts_with(b"-P") || word.starts_with(b"-j") || word.starts_with(b"--") => {}
                _ => handed.unclear = true,
            }
        }
        handed
    }
}

fn number(bytes: &[u8]) -> Option<usize> {
    std::str::from_utf8(bytes).ok()?.parse().ok()
}

fn delimiter(word: &[u8]) -> Option<u8> {
    match word {
        [one] => Some(*one),
        b"\\n" => Some(b'\n'),
        b"\\t" => Some(b'\t'),
        b"\\0" => Some(0),
        _ => None,
    }
}

impl Evaluator<'_> {
    /// The words on standard input, taken apart at white space.
    pub(crate) fn appended(&mut self, state: &State, span: Span) -> Vec<Field> {
        self.handed(state, Handed::of(&[]), span)
    }

    /// The names `find` hands to `xargs`, looked for; `None` when they cannot be told, or `xargs` would take them apart.
    pub(super) fn handed_names(&mut self, state: &State, how: Handed, span: Span) -> Option<Vec<Field>> {
        let search = self.input_text(state).search.filter(|_| !how.unclear)?;
        let broken =
            |name: &Vec<u8>| name.iter().any(|byte| byte.is_ascii_whitespace() || matches!(byte, b'\'' | b'"' | b'\\'));
        let zero = search.words.iter().any(|word| word == b"-print0");
        let names = self.searched(state, &search)?;
        let whole = match how.delimiter {
            Some(0) => zero,
            _ => !zero && !names.iter().any(broken),
        };
        whole.then(|| names.into_iter().map(|name| Field::exactly(name, span)).collect())
    }

    /// The arguments `xargs` and its like add to a command.
    pub(super) fn handed(&mut self, state: &State, how: Handed, span: Span) -> Vec<Field> {
        let text = self.input_text(state);
        let quotes = |bytes: &[u8]| bytes.iter().any(|byte| matches!(byte, b'\'' | b'"' | b'\\'));
        let bytes = text.exact().filter(|bytes| bytes.len() < LONGEST && !how.unclear);
        let words: Option<Vec<&[u8]>> = match (bytes, how.delimiter) {
            (Some(bytes), Some(delimiter)) => {
                let whole = bytes.strip_suffix(&[delimiter]).unwrap_or(bytes);
                Some(whole.split(|byte| *byte == delimiter).filter(|_| !bytes.is_empty()).collect())
            }
            (Some(bytes), None) if quotes(bytes) => None,
            (Some(bytes), None) if how.per_line => {
                let lines = bytes.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii_start);
                Some(lines.filter(|line| !line.is_empty()).collect())
            }
            (Some(bytes), None) => {
                let words = bytes.split(|byte| byte.is_ascii_whitespace() || *byte == 0);
                Some(words.filter(|word| !word.is_empty()).collect())
            }
            (None, _) => None,
        };
        match words {
            Some(words) => words.into_iter().map(|word| Field::exactly(word, span)).collect(),
            None => {
                let prefix = text.prefix();
                // Every word begins so only when there is but one root the names stem from.
                let prefix = if prefix.iter().any(u8::is_ascii_whitespace) { b"" } else { prefix };
                vec![Field { text: Text::begins(prefix, true), many: true, span }]
            }
        }
    }
}
