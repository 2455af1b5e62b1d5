//! `printf`.

use super::subscript_code;
use crate::effect::state::State;
use crate::effect::value::{Field, Text, Value};
use crate::effect::walk::{Evaluator, Flow, quoted};

impl Evaluator<'_> {
    /// `printf [-v NAME] FORMAT [ARGUMENT…]`.
    pub(crate) fn printf(&mut self, mut state: State, arguments: &[Field]) -> Flow {
        if let [option, name, rest @ ..] = arguments
            && option.exact() == Some(b"-v")
        {
            if subscript_code(name.text.prefix()) {
                self.word = name.span;
                self.opaque_word();
            }
            if let Some(name) = name.exact() {
                let name = name.split(|byte| *byte == b'[').next().unwrap_or_default().to_vec();
                state.set(&name, Value::Scalar(formatted(rest)));
            }
            return Flow::success(state);
        }
        let text = formatted(arguments);
        state.write(&text);
        Flow::success(state)
    }
}

/// What `printf` prints; unknown from the first unknown conversion on.
pub(crate) fn formatted(arguments: &[Field]) -> Text {
    let arguments = match arguments.first().and_then(Field::exact) {
        Some(b"--") => &arguments[1..],
        _ => arguments,
    };
    let Some((format, values)) = arguments.split_first() else { return Text::exactly("") };
    let Some(format) = format.exact() else {
        let head = format.text.prefix().split(|byte| matches!(byte, b'%' | b'\\')).next().unwrap_or_default();
        return Text::begins(head, false);
    };
    let mut text = Text::exactly("");
    let mut values = values.iter();
    loop {
        let before = values.len();
        one_round(format, &mut values, &mut text);
        if values.len() == 0 || values.len() == before || text.exact().is_none() {
            return text;
        }
    }
}

fn one_round(format: &[u8], values: &mut std::slice::Iter<'_, Field>, text: &mut Text) {
    let mut at = 0;
    while at < format.len() {
        let rest = &format[at..];
        if rest[0] != b'%' {
            let end = rest.iter().position(|byte| *byte == b'%').unwrap_or(rest.len());
            text.push(&Text::exactly(unescaped(&rest[..end])));
            at += end;
            continue;
        }
        let end = rest[1..].iter().position(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'%' | b'('));
        let Some(end) = end.map(|end| end + 1) else {
            text.push(&Text::exactly(rest));
            return;
        };
        text.push(&match rest[end] {
            b'%' => Text::exactly("%"),
            letter => converted(letter, end == 1, values.next()),
        });
        at += end + 1;
    }
}

fn converted(letter: u8, plain: bool, value: Option<&Field>) -> Text {
    let number = matches!(letter, b'd' | b'i' | b'u');
    let Some(field) = value else {
        return match letter {
            b's' | b'b' if plain => Text::exactly(""),
            _ if number && plain => Text::exactly("0"),
            _ => Text::unknown(),
        };
    };
    if field.many || !plain {
        return if number { Text::word() } else { Text::unknown() };
    }
    match (letter, field.exact()) {
        (b's', _) => field.text.clone(),
        (b'b', Some(bytes)) => Text::exactly(unescaped(bytes)),
        (b'q', Some(bytes)) => Text::exactly(quoted(bytes)),
        (_, Some(bytes)) if number && !bytes.is_empty() && bytes.iter().all(u8::is_ascii_digit) => Text::exactly(bytes),
        _ if number => Text::word(),
        _ => Text::unknown(),
    }
}

/// Text with the backslash escapes of `echo -e` and `printf` carried out.
pub(crate) fn unescaped(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] != b'\\' || at + 1 >= bytes.len() {
            out.push(bytes[at]);
            at += 1;
            continue;
        }
        at += 2;
        match bytes[at - 1] {
            b'n' => out.push(b'\n'),
            b't' => out.push(b'\t'),
            b'r' => out.push(b'\r'),
            b'a' => out.push(7),
            b'b' => out.push(8),
            b'e' | b'E' => out.push(27),
            b'f' => out.push(12),
            b'v' => out.push(11),
            b'\\' => out.push(b'\\'),
            b'c' => return out,
            b'x' => at = digits(bytes, at, 2, 16, &mut out),
            letter @ (b'u' | b'U') => {
                let width = if letter == b'u' { 4 } else { 8 };
                let length = bytes[at..].iter().take(width).take_while(|byte| byte.is_ascii_hexdigit()).count();
                let code = std::str::from_utf8(&bytes[at..at + length])
                    .ok()
                    .and_then(|text| u32::from_str_radix(text, 16).ok());
                if let Some(letter) = code.and_then(char::from_u32) {
                    out.extend_from_slice(letter.to_string().as_bytes());
                }
                at += length;
            }
            b'0' => at = digits(bytes, at, 3, 8, &mut out),
            b'1'..=b'7' => at = digits(bytes, at - 1, 3, 8, &mut out),
            other => out.extend_from_slice(&[b'\\', other]),
        }
    }
    out
}

fn digits(bytes: &[u8], at: usize, most: usize, base: u32, out: &mut Vec<u8>) -> usize {
    let (mut end, mut value) = (at, 0_u32);
    while end < bytes.len() && end - at < most {
        let Some(digit) = char::from(bytes[end]).to_digit(base) else { break };
        value = value * base + digit;
        end += 1;
    }
    out.push(u8::try_from(value & 0xff).unwrap_or(0));
    end
}
