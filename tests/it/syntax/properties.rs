//! What holds for every line.

use super::show::{reading, shown};
use agentsh::syntax::{Command, WordPart};

/// A generator of numbers that is the same on every run (Marsaglia's xorshift).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 11).expect("53 bits fit") % bound
    }
}

const PIECES: &[&str] = &[
    "a",
    "b",
    " ",
    " ",
    " ",
    "\n",
    "$",
    "(",
    ")",
    "{",
    "}",
    "[",
    "]",
    "'",
    "\"",
    "`",
    "\\",
    "|",
    "&",
    ";",
    "<",
    ">",
    "#",
    "=",
    "!",
    "*",
    "/",
    "-",
    "1",
    "if ",
    "fi",
    "then ",
    "do ",
    "done",
    "case ",
    " in ",
    "esac",
    "for ",
    "while ",
    "<<E\n",
    "\nE\n",
    "$(",
    "${",
    "$((",
    "))",
    "[[ ",
    " ]]",
    "time ",
    "coproc ",
    "function ",
    "&&",
    "||",
    ";;",
    "\t",
    "\r",
    "~",
    ":",
    "@",
    "%",
    "^",
    "\u{e9}",
    "\u{e000}",
];

#[test]
fn random_lines_never_panic_and_spans_stay_inside() {
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    for _ in 0..20_000 {
        let mut line = Vec::new();
        for _ in 0..numbers.below(30) {
            match numbers.below(PIECES.len() + 2) {
                index if index < PIECES.len() => line.extend_from_slice(PIECES[index].as_bytes()),
                _ => line.push(u8::try_from(numbers.below(256)).expect("a byte")),
            }
        }
        let reading = reading(&line);
        let whole = agentsh::text::Span::new(0, line.len() + 1);
        assert!(reading.gaps.iter().all(|gap| whole.contains(gap.span)), "{line:?}: {:?}", reading.gaps);
        assert!(reading.complete() || !reading.gaps.is_empty());
        assert!(!reading.complete() || reading.scripts.len() == 1, "{line:?}");
        for script in &reading.scripts {
            script.visit(&mut |command, _| {
                assert!(whole.contains(command.span), "{line:?}");
                assert!(command.words.iter().all(|word| whole.contains(word.span)), "{line:?}");
            });
        }
    }
}

/// `text` as a word in single quotes.
fn quoted(text: &[u8]) -> Vec<u8> {
    let mut out = vec![b'\''];
    for byte in text {
        match byte {
            b'\'' => out.extend_from_slice(b"'\\''"),
            other => out.push(*other),
        }
    }
    out.push(b'\'');
    out
}

#[test]
fn quoting_any_bytes_gives_them_back() {
    let mut numbers = Numbers(0x2545_f491_4f6c_dd1d);
    for _ in 0..2_000 {
        let mut text: Vec<u8> = Vec::new();
        for _ in 0..numbers.below(20) {
            text.extend_from_slice(PIECES[numbers.below(PIECES.len() - 1)].as_bytes());
        }
        let mut line = b"echo ".to_vec();
        line.extend_from_slice(&quoted(&text));
        let reading = reading(&line);
        if reading.gaps.iter().any(|gap| gap.reason == agentsh::syntax::GapReason::OverLimit) {
            continue;
        }
        assert!(reading.complete(), "{:?}: {:?}", String::from_utf8_lossy(&line), reading.gaps);
        let Command::Simple(simple) = &reading.scripts[0].items[0].first.stages[0] else { panic!("not simple") };
        let value: Vec<u8> = simple.words[1]
            .parts
            .iter()
            .flat_map(|part| match part {
                WordPart::Quoted(text) => text.clone(),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(value, text);
    }
}

#[test]
fn joining_lines_between_words_changes_nothing() {
    for line in ["rm -rf a b > c", "a && b | c", "if a; then b; fi", "x=1 y 2>&1"] {
        assert_eq!(shown(&line.replace(' ', " \\\n ")), shown(line), "{line:?}");
    }
}
