//! bash(1), dash(1), zsh(1) and their like: code as an argument, a script file, or a script on standard input.

use super::{blank, deed, doubt, positional};
use crate::grammar::{Access, Argument, Deed, Grammar, Invocation, Kind};

/// Reads a shell's arguments. Positional parameters are facts named `0`, `1` …
pub(super) fn read(grammar: &Grammar, _called: &[u8], args: &[Argument]) -> Invocation {
    let mut invocation = blank(grammar);
    let mut given = Options::default();
    let mut at = 0;
    while let Some(word) = args.get(at) {
        let Some(bytes) = word.literal() else {
            // Code of which nothing is known says enough by itself.
            if word.may_be_option() && !given.code {
                doubt(&mut invocation, word, "it may be an option");
            }
            break;
        };
        match bytes {
            b"--" | b"-" => {
                at += 1;
                break;
            }
            b"--help" | b"--version" | b"--dump-strings" | b"--dump-po-strings" => return blank(grammar),
            b"--rcfile" | b"--init-file" => {
                if let Some(file) = args.get(at + 1) {
                    let source = deed(Access::Source, Kind::Path, vec![file.clone()]);
                    invocation.deeds.push(Deed { possible: true, ..source });
                }
                at += 2;
            }
            b"--emulate" => at += 2,
            b"--pretty-print" => {
                given.dry = true;
                at += 1;
            }
            _ if bytes.starts_with(b"--") => at += 1,
            [b'-' | b'+', letters @ ..] if !letters.is_empty() => {
                at += 1;
                at += given.letters(bytes[0] == b'-', letters);
            }
            _ => break,
        }
    }
    let operands = args.get(at..).unwrap_or_default();
    let done = match operands {
        [code, rest @ ..] if given.code => {
            let facts = positional(rest, 0);
            Some(Deed { facts, ..deed(Access::Shell, Kind::Shell, vec![code.clone()]) })
        }
        [] if given.code => None,
        [file, rest @ ..] if !given.stdin => {
            let facts = positional(rest, 1);
            Some(Deed { facts, ..deed(Access::Source, Kind::Path, vec![file.clone()]) })
        }
        rest => {
            let facts = positional(rest, 1);
            let input = Argument::exactly(b"-", args.first().map_or_else(Default::default, |first| first.span));
            Some(Deed { facts, ..deed(Access::Source, Kind::Path, vec![input]) })
        }
    };
    match done {
        Some(done) if given.dry => {
            if done.access == Access::Source {
                invocation.deeds.push(Deed { access: Access::Read, facts: Vec::new(), ..done });
            }
        }
        done => invocation.deeds.extend(done),
    }
    invocation
}

/// What the options say.
#[derive(Default)]
struct Options {
    /// `-c`.
    code: bool,
    /// `-s`.
    stdin: bool,
    /// `-n`: nothing is run.
    dry: bool,
}

impl Options {
    /// A bundle of letters; answers how many of the following words are option-arguments.
    fn letters(&mut self, set: bool, letters: &[u8]) -> usize {
        let mut taken = 0;
        for letter in letters {
            match letter {
                b'c' => self.code = set,
                b's' => self.stdin = set,
                b'n' => self.dry = set,
                b'o' | b'O' => taken += 1,
                _ => {}
            }
        }
        taken
    }
}
