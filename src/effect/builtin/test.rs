//! `test` and `[`, as far as strings decide them.

use crate::effect::state::State;
use crate::effect::value::Field;
use crate::effect::walk::Flow;

/// `test …` or `[ … ]`.
pub(crate) fn test_builtin(state: State, name: &[u8], arguments: &[Field]) -> Flow {
    let arguments = match (name, arguments.split_last()) {
        (b"[", Some((last, rest))) if last.exact() == Some(b"]") => rest,
        (b"[", _) => return Flow::failure(state),
        _ => arguments,
    };
    if arguments.iter().any(|field| field.many) {
        return Flow::either(state);
    }
    // Where only emptiness matters, a known beginning will do.
    let short = arguments.len() <= 2;
    let words: Vec<Option<&[u8]>> = arguments
        .iter()
        .map(|field| field.exact().or_else(|| Some(field.text.prefix()).filter(|prefix| short && !prefix.is_empty())))
        .collect();
    match decide(&words) {
        Some(true) => Flow::success(state),
        Some(false) => Flow::failure(state),
        None => Flow::either(state),
    }
}

/// Decides `-n s`, `-z s`, `s`, `a = b`, `a != b`, `n -eq m` and its like, `! …`; files and unknown strings are not decided.
pub(crate) fn decide(words: &[Option<&[u8]>]) -> Option<bool> {
    match words {
        [] => Some(false),
        [Some(b"!"), rest @ ..] if rest.len() < 4 => decide(rest).map(|value| !value),
        [Some(word)] => Some(!word.is_empty()),
        [Some(b"-n"), Some(word)] => Some(!word.is_empty()),
        [Some(b"-z"), Some(word)] => Some(word.is_empty()),
        [Some(left), Some(b"=" | b"=="), Some(right)] => Some(left == right),
        [Some(left), Some(b"!="), Some(right)] => Some(left != right),
        [Some(left), Some(operator), Some(right)] => compared(operator, number(left)?, number(right)?),
        _ => None,
    }
}

/// What an operator of `test` says of two numbers.
pub(crate) fn compared(operator: &[u8], left: i64, right: i64) -> Option<bool> {
    Some(match operator {
        b"-eq" => left == right,
        b"-ne" => left != right,
        b"-lt" => left < right,
        b"-le" => left <= right,
        b"-gt" => left > right,
        b"-ge" => left >= right,
        _ => return None,
    })
}

/// A decimal number as `test` takes it: blanks around it do not matter.
fn number(word: &[u8]) -> Option<i64> {
    std::str::from_utf8(word).ok()?.trim_matches([' ', '\t']).parse().ok()
}
