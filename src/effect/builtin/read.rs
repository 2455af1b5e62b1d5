//! `read`, `mapfile` and `getopts`: variables that get what standard input or the positional parameters hold.

use crate::effect::state::{Input, State};
use crate::effect::value::{Field, Text, Value, cut, split, without_blanks};
use crate::effect::walk::{Evaluator, Flow};
use crate::text::Span;
use std::collections::BTreeMap;

/// Most elements that `mapfile` makes of a known text.
const MOST_ELEMENTS: usize = 4096;

/// How `read` was called.
#[derive(Default)]
struct Asked {
    names: Vec<Vec<u8>>,
    array: Option<Vec<u8>>,
    /// Where a record ends: a newline unless `-d` says something else.
    delimiter: Option<u8>,
    /// `-n`: at most so many characters.
    count: Option<usize>,
    raw: bool,
    /// It reads from elsewhere, or in a way that is not followed.
    unclear: bool,
}

impl Evaluator<'_> {
    /// `read [-r] [-a NAME] [-d DELIMITER] [-n COUNT] [NAME…]`.
    pub(crate) fn read_builtin(&mut self, mut state: State, arguments: &[Field], span: Span) -> Flow {
        let mut asked = asked(arguments);
        if asked.names.is_empty() && asked.array.is_none() {
            asked.names.push(b"REPLY".to_vec());
        }
        self.word = span;
        let known = self.input_text(&state);
        let separators = self.separators(&state);
        let escaped = |bytes: &[u8]| !asked.raw && bytes.contains(&b'\\');
        let readable = known.exact().filter(|bytes| !asked.unclear && !escaped(bytes)).map(<[u8]>::to_vec);
        if let (Some(bytes), Some(ifs)) = (readable, separators) {
            let delimiter = asked.delimiter.unwrap_or(b'\n');
            let most = asked.count.map_or(bytes.len(), |count| count.min(bytes.len()));
            let end = bytes[..most].iter().position(|byte| *byte == delimiter);
            let record = bytes[..end.unwrap_or(most)].to_vec();
            let rest = end.map_or(most, |end| end + 1);
            let whole = end.is_some() || asked.count.is_some_and(|count| count <= bytes.len());
            match &asked.array {
                Some(array) => {
                    let fields = split(&record, &ifs).into_iter().map(Text::exactly);
                    state.set(array, Value::Indexed((0..).zip(fields).collect()));
                }
                None => self.assign_fields(&mut state, &asked.names, &record, &ifs),
            }
            state.input = Input::Text(Text::exactly(&bytes[rest..]));
            return if whole { Flow::success(state) } else { Flow::failure(state) };
        }
        let text = match &state.input {
            Input::Text(text) if text.stem => Text::begins(text.prefix(), false),
            _ => Text::unknown(),
        };
        if let Some(array) = &asked.array {
            state.set(array, Value::Unknown);
        }
        for (at, name) in asked.names.iter().enumerate() {
            let text = if at == 0 { Text { plain: asked.names.len() > 1, ..text.clone() } } else { Text::unknown() };
            self.set_named(&mut state, name, text);
        }
        Flow::either(state)
    }

    /// What `read` makes of a record: white space at both ends goes, the last name gets the rest.
    fn assign_fields(&mut self, state: &mut State, names: &[Vec<u8>], record: &[u8], ifs: &[u8]) {
        let mut rest = without_blanks(record, ifs);
        for (at, name) in names.iter().enumerate() {
            if at + 1 < names.len() {
                let cut = cut(rest, ifs);
                self.set_named(state, name, Text::exactly(cut.field));
                rest = cut.rest;
                continue;
            }
            let blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n') && ifs.contains(byte);
            let end = rest.iter().rposition(|byte| !blank(byte)).map_or(0, |end| end + 1);
            let last = &rest[..end];
            // One delimiter that is no white space is taken off a last field that holds no other.
            let ends_hard = last.last().is_some_and(|byte| ifs.contains(byte));
            self.set_named(state, name, if ends_hard { Text::unknown() } else { Text::exactly(last) });
        }
    }

    /// `mapfile [-t] [-d DELIMITER] [-C CALLBACK] [NAME]`.
    pub(crate) fn mapfile(&mut self, mut state: State, arguments: &[Field], span: Span) -> Flow {
        let mut name = b"MAPFILE".to_vec();
        let (mut at, mut chop, mut delimiter, mut plain) = (0, false, b'\n', true);
        while let Some(field) = arguments.get(at) {
            match field.exact() {
                Some(b"-C") => {
                    let text = arguments.get(at + 1).map_or_else(Text::unknown, |field| field.text.clone());
                    let now = state.clone();
                    self.possibly(|evaluator| evaluator.evaluate_shell(now, &text, span, "mapfile"));
                    at += 1;
                }
                Some(b"-t") => chop = true,
                Some(b"-d") => {
                    at += 1;
                    match arguments.get(at).and_then(Field::exact) {
                        Some(word) => delimiter = word.first().copied().unwrap_or(0),
                        None => plain = false,
                    }
                }
                Some(b"-n" | b"-O" | b"-s" | b"-u" | b"-c") => {
                    plain = false;
                    at += 1;
                }
                Some(word) if !word.starts_with(b"-") => name = word.to_vec(),
                _ => plain = false,
            }
            at += 1;
        }
        let text = self.input_text(&state);
        let elements = text.exact().filter(|_| plain).map(|bytes| {
            let records = bytes.split_inclusive(|byte| *byte == delimiter);
            let records = records.map(|record| match record.strip_suffix(&[delimiter]) {
                Some(without) if chop => Text::exactly(without),
                _ => Text::exactly(record),
            });
            (0..).zip(records.take(MOST_ELEMENTS + 1)).collect::<BTreeMap<i64, Text>>()
        });
        let elements = elements.filter(|elements| elements.len() <= MOST_ELEMENTS);
        state.set(&name, elements.map_or(Value::Unknown, Value::Indexed));
        Flow::either(state)
    }

    /// `getopts OPTSTRING NAME [ARGUMENT…]`: the next option of the positional parameters.
    pub(crate) fn getopts(&mut self, mut state: State, arguments: &[Field]) -> Flow {
        let Some(name) = arguments.get(1).and_then(Field::exact).map(<[u8]>::to_vec) else {
            return Flow::either(state);
        };
        let words: Option<Vec<Vec<u8>>> = match (&state.positional, arguments.get(2..)) {
            (_, Some(given)) if !given.is_empty() => {
                given.iter().map(|field| field.exact().map(<[u8]>::to_vec)).collect()
            }
            (Some(texts), _) => texts.iter().map(|text| text.exact().map(<[u8]>::to_vec)).collect(),
            (None, _) => None,
        };
        let index = match state.variables.get(b"OPTIND".as_slice()).map(|variable| variable.value.scalar()) {
            None => Some(1),
            Some(text) => text
                .and_then(|text| text.exact().map(<[u8]>::to_vec))
                .and_then(|bytes| std::str::from_utf8(&bytes).ok()?.parse::<usize>().ok()),
        };
        let known = (arguments[0].exact().map(<[u8]>::to_vec), words, index);
        let (Some(options), Some(words), Some(index)) = known else {
            state.set(&name, Value::Scalar(Text::word()));
            state.set(b"OPTARG", Value::Scalar(Text::unknown()));
            state.set(b"OPTIND", Value::Scalar(Text::word()));
            return Flow::either(state);
        };
        let index = index.max(1);
        if state.option.0 != index {
            state.option = (index, 1);
        }
        let word = words.get(index - 1).map(Vec::as_slice).filter(|word| word.len() > 1 && word[0] == b'-');
        let (Some(word), true) = (word, word != Some(b"--")) else {
            let after = if word.is_some() { index + 1 } else { index };
            state.set(b"OPTIND", Value::exactly(after.to_string()));
            state.set(&name, Value::exactly("?"));
            return Flow::failure(state);
        };
        let at = state.option.1.min(word.len() - 1);
        let letter = word[at];
        let last = at + 1 >= word.len();
        let place = options.iter().skip(usize::from(options.first() == Some(&b':'))).position(|byte| *byte == letter);
        let place = place.map(|place| place + usize::from(options.first() == Some(&b':')));
        let takes = place.is_some_and(|place| options.get(place + 1) == Some(&b':'));
        let mut next = if last { (index + 1, 1) } else { (index, at + 1) };
        let (mut found, mut argument) = (vec![letter], Value::Unset);
        if place.is_none() || letter == b':' {
            found = b"?".to_vec();
            argument = if options.first() == Some(&b':') { Value::exactly([letter]) } else { Value::Unset };
        } else if takes {
            next = (index + 1, 1);
            if !last {
                argument = Value::exactly(&word[at + 1..]);
            } else if let Some(given) = words.get(index) {
                argument = Value::exactly(given.clone());
                next = (index + 2, 1);
            } else {
                found = if options.first() == Some(&b':') { b":".to_vec() } else { b"?".to_vec() };
                argument = if options.first() == Some(&b':') { Value::exactly([letter]) } else { Value::Unset };
            }
        }
        state.option = next;
        state.set(b"OPTIND", Value::exactly(next.0.to_string()));
        state.set(b"OPTARG", argument);
        state.set(&name, Value::exactly(found));
        Flow::success(state)
    }
}

/// Reads the options of `read`.
fn asked(arguments: &[Field]) -> Asked {
    let mut asked = Asked::default();
    let mut at = 0;
    let mut options = true;
    while let Some(field) = arguments.get(at) {
        at += 1;
        let Some(word) = field.exact() else {
            asked.unclear = true;
            continue;
        };
        if !options || word.len() < 2 || word[0] != b'-' {
            options = false;
            asked.names.push(word.to_vec());
            continue;
        }
        if word == b"--" {
            options = false;
            continue;
        }
        for (index, letter) in word.iter().enumerate().skip(1) {
            match letter {
                b'r' => asked.raw = true,
                b's' | b'e' => {}
                b'a' | b'd' | b'i' | b'n' | b'N' | b'p' | b't' | b'u' => {
                    let given = if index + 1 < word.len() {
                        Some(word[index + 1..].to_vec())
                    } else {
                        at += 1;
                        arguments.get(at - 1).and_then(Field::exact).map(<[u8]>::to_vec)
                    };
                    match (letter, given) {
                        (b'a', Some(name)) => asked.array = Some(name),
                        (b'd', Some(given)) => asked.delimiter = Some(given.first().copied().unwrap_or(0)),
                        (b'n', Some(given)) => {
                            asked.count = std::str::from_utf8(&given).ok().and_then(|given| given.parse().ok());
                            asked.unclear |= asked.count.is_none();
                        }
                        (b'p' | b'i', Some(_)) => {}
                        (b'u', Some(given)) => asked.unclear |= given != b"0",
                        _ => asked.unclear = true,
                    }
                    break;
                }
                _ => asked.unclear = true,
            }
        }
    }
    asked
}
