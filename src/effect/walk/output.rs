//! What well-known programs print, where that follows from their arguments: the values of `$(…)` and of pipes.

use super::Evaluator;
use crate::effect::state::State;
use crate::effect::value::{Field, Text};
use crate::grammar::Known;
use crate::text::Span;
use std::os::unix::ffi::OsStrExt;

/// Largest file whose contents become a value, in bytes.
const LARGEST_VALUE: u64 = 16 * 1024;

impl Evaluator<'_> {
    /// What a program prints.
    pub(crate) fn printed(&mut self, state: &mut State, called: &[u8], fields: &[Field], _span: Span) -> Text {
        let operands: Vec<&Field> = fields[1..].iter().filter(|field| !field.text.prefix().starts_with(b"-")).collect();
        let has = |word: &[u8]| fields[1..].iter().any(|field| field.exact() == Some(word));
        let one = |operand: Option<&&Field>, make: &dyn Fn(&[u8]) -> Vec<u8>| match operand {
            Some(field) if !field.many => match field.exact() {
                Some(bytes) => line(make(bytes)),
                None => Text { plain: field.text.plain, ..Text::unknown() },
            },
            _ => Text::unknown(),
        };
        if let Some(text) = self.filtered(state, called, fields) {
            return text;
        }
        match called {
            b"echo" => echoed(&fields[1..]),
            b"printf" => crate::effect::builtin::formatted(&fields[1..]),
            b"basename" if has(b"-a") || has(b"-s") => Text::unknown(),
            b"basename" => {
                let suffix = operands.get(1).and_then(|field| field.exact()).map(<[u8]>::to_vec).unwrap_or_default();
                if fields.len() - 1 != operands.len() || operands.len() > 2 {
                    return Text::unknown();
                }
                one(operands.first(), &|path| {
                    let base = super::program::base_name(trimmed(path));
                    let base = if base.len() > suffix.len() {
                        base.strip_suffix(suffix.as_slice()).unwrap_or(base)
                    } else {
                        base
                    };
                    base.to_vec()
                })
            }
            b"dirname" if operands.len() == 1 => match operands[0].exact() {
                None => {
                    // The directory part of a path that begins so begins with the directories of its beginning.
                    let prefix = operands[0].text.prefix();
                    let end = prefix.iter().rposition(|byte| *byte == b'/').unwrap_or(0);
                    Text::begins(&prefix[..end], operands[0].text.plain)
                }
                Some(_) => one(operands.first(), &|path| match trimmed(path).iter().rposition(|byte| *byte == b'/') {
                    Some(0) => b"/".to_vec(),
                    Some(at) => trimmed(&trimmed(path)[..at]).to_vec(),
                    None => b".".to_vec(),
                }),
            },
            b"realpath" | b"readlink"
                if operands.len() == 1
                    && fields[1..].iter().all(|field| {
                        field == operands[0]
                            || field.exact().is_some_and(|word| matches!(word, b"-f" | b"-e" | b"-m" | b"-q" | b"--"))
                    })
                    && (called == b"realpath" || fields.len() > 2) =>
            {
                match self.real_path(state, &operands[0].text.known.clone(), true) {
                    Known::Exactly(path) => line(path),
                    known => Text { known, ..Text::unknown() },
                }
            }
            b"cat" | b"tee" if operands.is_empty() || called == b"tee" => self.input_text(state),
            b"head" | b"tail" | b"sort" | b"uniq" | b"grep" | b"egrep" | b"fgrep" | b"tac" | b"shuf" => {
                let input = self.input_text(state);
                if called != b"grep"
                    && operands
                        .iter()
                        .any(|field| field.exact().is_none_or(|word| !word.iter().all(u8::is_ascii_digit)))
                {
                    return Text::unknown();
                }
                match input.stem {
                    true if !has(b"-c") && !has(b"-n") && !has(b"-o") => Text::stem(input.prefix()),
                    _ => Text::unknown(),
                }
            }
            b"cat" => {
                let mut all = Text::exactly("");
                for operand in operands {
                    let path = self.real_path(state, &operand.text.known.clone(), true);
                    let contents = super::redirect::exact_path(&path)
                        .and_then(|path| self.files(state).contents(&path, LARGEST_VALUE))
                        .unwrap_or_else(Text::unknown);
                    all.push(&contents);
                }
                all
            }
            b"base64" if has(b"-d") || has(b"--decode") || has(b"-D") => {
                if !operands.is_empty() {
                    return Text::unknown();
                }
                match self.input_text(state).exact().and_then(decode_base64) {
                    Some(bytes) => Text::exactly(bytes),
                    None => Text::unknown(),
                }
            }
            b"rev" if operands.is_empty() => match self.input_text(state).exact() {
                Some(bytes) if bytes.is_ascii() => {
                    let lines: Vec<Vec<u8>> =
                        bytes.split(|byte| *byte == b'\n').map(|line| line.iter().rev().copied().collect()).collect();
                    Text::exactly(lines.join(&b'\n'))
                }
                _ => Text::unknown(),
            },
            b"seq" => seq(&fields[1..]),
            b"date" => {
                let spaced = operands
                    .first()
                    .is_none_or(|format| format.text.prefix().iter().any(|byte| matches!(byte, b' ' | b'c')));
                Text { plain: !spaced, ..Text::unknown() }
            }
            // This is the kernel agentsh is made for.
            b"uname" if fields.len() == 1 || has(b"-s") && fields.len() == 2 => line(b"Linux".to_vec()),
            b"whoami" | b"uname" | b"hostname" | b"nproc" | b"arch" | b"tty" | b"uuidgen" | b"getconf" => {
                Text { plain: !has(b"-a"), ..Text::unknown() }
            }
            b"id" | b"wc" | b"sha256sum" | b"md5sum" => {
                Text { plain: has(b"-u") || has(b"-l") || has(b"-c") && operands.is_empty(), ..Text::unknown() }
            }
            b"which" if operands.len() == 1 => match operands[0].exact().map(<[u8]>::to_vec) {
                Some(name) => self.found_on_path(state, &name),
                None => Text::word(),
            },
            b"find" => match operands.first() {
                // A second word that is no test is a second root.
                Some(root)
                    if fields.get(1) == Some(root)
                        && (fields.len() == 2 || fields[2].text.prefix().starts_with(b"-")) =>
                {
                    if has(b"-printf") {
                        Text::unknown()
                    } else {
                        Text::stem(root.text.prefix()).listed_by(self.search_of(state, fields))
                    }
                }
                _ if fields.get(1).is_none_or(|first| first.text.prefix().starts_with(b"-")) && !has(b"-printf") => {
                    Text::stem(".").listed_by(self.search_of(state, fields))
                }
                _ => Text::unknown(),
            },
            b"git" => self.git_printed(state, fields),
            _ => Text::unknown(),
        }
    }

    /// What a text filter makes of a known text.
    fn filtered(&mut self, state: &mut State, called: &[u8], fields: &[Field]) -> Option<Text> {
        let words: Option<Vec<&[u8]>> = fields[1..].iter().map(Field::exact).collect();
        let filter = super::filters::Filter::of(called, &words?)?;
        let input = match filter.files.as_slice() {
            [] | [b"-"] => self.input_text(state),
            [file] => {
                let path = self.real_path(state, &Known::Exactly(file.to_vec()), true);
                self.files(state).contents(&super::redirect::exact_path(&path)?, LARGEST_VALUE)?
            }
            _ => return None,
        };
        let bytes = input.exact().filter(|bytes| bytes.len() as u64 <= LARGEST_VALUE)?;
        filter.apply(bytes).map(Text::exactly)
    }

    /// Where `which` or `command -v` finds a program.
    pub(crate) fn found_on_path(&mut self, state: &State, name: &[u8]) -> Text {
        let path = self.lookup(state, b"PATH").scalar().unwrap_or_else(|| Text::exactly("/usr/bin:/bin"));
        match path.exact().and_then(|path| self.search(state, path, name)) {
            Some(found) => line(found.as_os_str().as_bytes().to_vec()),
            // Not found here: the name keeps what it says as the last part of a path nobody knows.
            None => line(name.to_vec()),
        }
    }

    fn git_printed(&mut self, state: &State, fields: &[Field]) -> Text {
        let words: Vec<&[u8]> = fields[1..].iter().filter_map(Field::exact).collect();
        if words.len() + 1 != fields.len() {
            return Text::unknown();
        }
        match words.as_slice() {
            [b"rev-parse", b"--show-toplevel"] => match self.repository_around(state) {
                Some(repository) => line(repository.top.as_os_str().as_bytes().to_vec()),
                None => Text::unknown(),
            },
            [b"branch", b"--show-current"]
            | [b"rev-parse", b"--abbrev-ref", b"HEAD"]
            | [b"symbolic-ref", b"--short", b"HEAD"] => {
                match self.repository_around(state).and_then(|repository| self.branch(state, &repository)) {
                    Some(branch) => line(branch.into_bytes()),
                    None => Text::word(),
                }
            }
            [b"rev-parse", ..] | [b"merge-base", ..] | [b"describe", ..] | [b"config", ..] | [b"hash-object", ..] => {
                Text::word()
            }
            _ => Text::unknown(),
        }
    }
}

/// A line of output.
pub(crate) fn line(mut bytes: Vec<u8>) -> Text {
    bytes.push(b'\n');
    Text::exactly(bytes)
}

fn trimmed(path: &[u8]) -> &[u8] {
    let end = path.iter().rposition(|byte| *byte != b'/').map_or(path.len().min(1), |at| at + 1);
    &path[..end]
}

/// What `echo` prints.
pub(crate) fn echoed(fields: &[Field]) -> Text {
    let (mut at, mut newline, mut escapes) = (0, true, false);
    while let Some(word) = fields.get(at).and_then(Field::exact) {
        if word.len() < 2 || word[0] != b'-' || !word[1..].iter().all(|byte| matches!(byte, b'n' | b'e' | b'E')) {
            break;
        }
        for letter in &word[1..] {
            match letter {
                b'n' => newline = false,
                letter => escapes = *letter == b'e',
            }
        }
        at += 1;
    }
    let mut text = Text::exactly("");
    for (index, field) in fields[at..].iter().enumerate() {
        if index > 0 {
            text.push(&Text::exactly(" "));
        }
        text.push(&if field.many { Text::begins(field.text.prefix(), false) } else { field.text.clone() });
    }
    if newline {
        text.push(&Text::exactly("\n"));
    }
    if escapes && let Some(bytes) = text.exact() {
        return Text::exactly(crate::effect::builtin::unescaped(bytes));
    }
    text
}

fn seq(fields: &[Field]) -> Text {
    let numbers: Option<Vec<i64>> = fields
        .iter()
        .map(|field| field.exact().and_then(|word| std::str::from_utf8(word).ok()).and_then(|word| word.parse().ok()))
        .collect();
    let (first, step, last) = match numbers.as_deref() {
        Some([last]) => (1, 1, *last),
        Some([first, last]) => (*first, 1, *last),
        Some([first, step, last]) if *step != 0 => (*first, *step, *last),
        _ => return Text::unknown(),
    };
    if (last.abs_diff(first) / step.unsigned_abs()) > 1000 {
        return Text::unknown();
    }
    let mut out = Vec::new();
    let mut number = first;
    while if step > 0 { number <= last } else { number >= last } {
        out.extend_from_slice(format!("{number}\n").as_bytes());
        let Some(next) = number.checked_add(step) else { break };
        number = next;
    }
    Text::exactly(out)
}

fn decode_base64(bytes: &[u8]) -> Option<Vec<u8>> {
    let (mut out, mut bits, mut count) = (Vec::new(), 0_u32, 0);
    for byte in bytes {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            b'=' => break,
            byte if byte.is_ascii_whitespace() => continue,
            _ => return None,
        };
        bits = (bits << 6) | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push(u8::try_from((bits >> count) & 0xff).unwrap_or(0));
        }
    }
    Some(out)
}
