//! `printf`.

use super::subscript_code;
use crate::effect::state::State;
use crate::effect::value::{Field, Text};
use crate::effect::walk::{Evaluator, Flow};

impl Evaluator<'_> {
    /// `printf [-v NAME] FORMAT [ARGUMENT…]`.
    pub(crate) fn printf(&mut self, mut state: State, arguments: &[Field]) -> Flow {
        if let [option, name, rest @ ..] = arguments
            && option.exact() == Some(b"-v")
        {
            if subscript_code(name.text.prefix()) {
                self.word = name.span;
                self.hidden_code(&state, &name.text);
            }
            if let Some(name) = name.exact() {
                let named = name.to_vec();
                self.word = arguments[1].span;
                self.set_named(&mut state, &named, formatted(rest));
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
            letter => match (Shape::of(&rest[1..end]), values.next()) {
                (Some(shape), value) => shape.applied(letter, converted(letter, value)),
                (None, _) => Text::unknown(),
            },
        });
        at += end + 1;
    }
}

/// Flags, width and precision of a conversion.
#[derive(Clone, Copy, Default)]
struct Shape {
    left: bool,
    zero: bool,
    width: usize,
    precision: Option<usize>,
}

impl Shape {
    /// Reads what stands between `%` and the letter; `None` for what is not followed.
    fn of(bytes: &[u8]) -> Option<Self> {
        let mut shape = Self::default();
        let start = bytes.iter().position(|byte| !matches!(byte, b'-' | b'0')).unwrap_or(bytes.len());
        shape.left = bytes[..start].contains(&b'-');
        shape.zero = bytes[..start].contains(&b'0');
        let text = std::str::from_utf8(&bytes[start..]).ok()?;
        let (width, precision) = match text.split_once('.') {
            Some((width, precision)) => (width, Some(if precision.is_empty() { "0" } else { precision })),
            None => (text, None),
        };
        shape.width = if width.is_empty() { 0 } else { width.parse().ok().filter(|width| *width < 1000)? };
        shape.precision = match precision {
            Some(precision) => Some(precision.parse().ok()?),
            None => None,
        };
        Some(shape)
    }

    fn applied(self, letter: u8, text: Text) -> Text {
        if self.width == 0 && self.precision.is_none() {
            return text;
        }
        let number = matches!(letter, b'd' | b'i' | b'u' | b'x' | b'X' | b'o');
        let Some(bytes) = text.exact().filter(|bytes| bytes.is_ascii() && matches!(letter, b's' | b'b') || number)
        else {
            return Text { plain: number, ..Text::unknown() };
        };
        let mut bytes = bytes.to_vec();
        match (self.precision, number) {
            (Some(precision), false) => bytes.truncate(precision),
            (Some(_), true) => return Text::word(),
            (None, _) => {}
        }
        let missing = self.width.saturating_sub(bytes.len());
        if self.left {
            bytes.extend(std::iter::repeat_n(b' ', missing));
        } else if self.zero && number {
            let sign = usize::from(bytes.first() == Some(&b'-'));
            bytes.splice(sign..sign, std::iter::repeat_n(b'0', missing));
        } else {
            bytes.splice(..0, std::iter::repeat_n(b' ', missing));
        }
        Text::exactly(bytes)
    }
}

fn converted(letter: u8, value: Option<&Field>) -> Text {
    let number = matches!(letter, b'd' | b'i' | b'u' | b'x' | b'X' | b'o');
    let Some(field) = value else {
        return match letter {
            b's' | b'b' | b'c' => Text::exactly(""),
            b'q' => Text::exactly("''"),
            _ if number => Text::exactly("0"),
            _ => Text::unknown(),
        };
    };
    if field.many {
        return if number { Text::word() } else { Text::unknown() };
    }
    match (letter, field.exact()) {
        (b's', _) => field.text.clone(),
        (b'b', Some(bytes)) => Text::exactly(unescaped(bytes)),
        (b'c', Some(bytes)) if bytes.is_ascii() => Text::exactly(&bytes[..bytes.len().min(1)]),
        (b'q', Some(bytes)) => backslashed(bytes),
        (_, Some(bytes)) if number => match decimal(bytes) {
            Some(number) => Text::exactly(match letter {
                b'x' => format!("{number:x}"),
                b'X' => format!("{number:X}"),
                b'o' => format!("{number:o}"),
                _ => number.to_string(),
            }),
            None => Text::word(),
        },
        _ if number => Text::word(),
        _ => Text::unknown(),
    }
}

/// A decimal number that is not written as an octal one.
fn decimal(bytes: &[u8]) -> Option<i64> {
    let text = std::str::from_utf8(bytes).ok()?;
    let digits = text.strip_prefix('-').unwrap_or(text);
    (digits == "0" || !digits.starts_with(['0', '+'])).then(|| text.parse().ok())?
}

/// Text as `printf %q` writes it, which bash reads back as it was.
fn backslashed(bytes: &[u8]) -> Text {
    if bytes.is_empty() {
        return Text::exactly("''");
    }
    if !bytes.iter().all(|byte| byte.is_ascii_graphic() || *byte == b' ') {
        return Text::unknown();
    }
    let mut out = Vec::new();
    for (at, byte) in bytes.iter().enumerate() {
        let first = at == 0 && matches!(byte, b'~' | b'#');
        if first || b" '\"\\|&;()<>!{}*[]?^$`,".contains(byte) {
            out.push(b'\\');
        }
        out.push(*byte);
    }
    Text::exactly(out)
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
