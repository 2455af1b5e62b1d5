//! What is parsed at all.
//!
//! Both parsers have inputs on which they are quadratic or worse, and deep recursion that the stack cannot hold. One
//! pass over the raw bytes, quotes and all, keeps such inputs from them; real lines stay far below.

use super::{Gap, GapReason};
use crate::text::Span;

/// Bytes.
const LONGEST: usize = 256 * 1024;
/// Brackets of any kind open at the same time.
const DEEPEST: usize = 64;
/// Parentheses that are never closed.
const UNCLOSED: usize = 12;
/// Adjacent `((` open at the same time: each may be arithmetic or two subshells, and both are tried.
const DOUBLE: usize = 5;
/// `$(`, `${`, `<(` and `>(` open at the same time: text inside is read once for every level.
const SUBSTITUTIONS: usize = 24;
/// `<<` on one line.
const DOCUMENTS: usize = 16;
/// `<<` in all: the first parser's time grows with the square of their number.
const DOCUMENTS_IN_ALL: usize = 256;
/// Separators: the second parser nests a list once for each.
const SEPARATORS: usize = 40_000;

/// Bytes, brackets and separators up to which the caller's own stack is enough.
const SMALL: (usize, usize, usize) = (8 * 1024, 10, 400);

/// The bytes that [`measure`] counts.
const COUNTED: [bool; 256] = {
    let (mut table, mut at) = ([false; 256], 0);
    let counted = b"(){}[]<\n;&|";
    while at < counted.len() {
        table[counted[at] as usize] = true;
        at += 1;
    }
    table
};

/// How a line may be parsed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Size {
    /// On the caller's stack.
    Small,
    /// On a large stack of its own, with an eye on the time.
    Large,
}

/// Measures `bytes`; a gap when they are over a limit.
pub(crate) fn measure(bytes: &[u8]) -> Result<Size, Gap> {
    let over = |at: usize| Gap { span: Span::new(at, bytes.len().max(at)), reason: GapReason::OverLimit };
    if bytes.len() > LONGEST {
        return Err(over(LONGEST));
    }
    let (mut depth, mut deepest, mut separators, mut documents) = (0usize, 0usize, 0usize, 0usize);
    let mut all_documents = 0usize;
    // Open parentheses: whether each is the second of `((`, and whether it is a substitution's.
    let mut open: Vec<(bool, bool)> = Vec::new();
    let (mut doubles, mut substitutions) = (0usize, 0usize);
    let (mut opened, mut closed) = (0usize, 0usize);
    for (at, byte) in bytes.iter().copied().enumerate() {
        // Most bytes are none of those below.
        if !COUNTED[usize::from(byte)] {
            continue;
        }
        opened += usize::from(byte == b'(');
        closed += usize::from(byte == b')');
        let before = at.checked_sub(1).and_then(|before| bytes.get(before)).copied();
        match byte {
            b'(' | b'{' | b'[' => {
                depth += 1;
                deepest = deepest.max(depth);
                let double = byte == b'(' && before == Some(b'(');
                let substitution = matches!(before, Some(b'$' | b'<' | b'>'));
                open.push((double, substitution));
                doubles += usize::from(double);
                substitutions += usize::from(substitution);
                if depth > DEEPEST || doubles > DOUBLE || substitutions > SUBSTITUTIONS {
                    return Err(over(at));
                }
            }
            b')' | b'}' | b']' => {
                depth = depth.saturating_sub(1);
                if let Some((double, substitution)) = open.pop() {
                    doubles -= usize::from(double);
                    substitutions -= usize::from(substitution);
                }
            }
            b'<' if before == Some(b'<') => {
                documents += 1;
                all_documents += 1;
                if documents > DOCUMENTS || all_documents > DOCUMENTS_IN_ALL {
                    return Err(over(at));
                }
            }
            b'\n' => {
                documents = 0;
                separators += 1;
            }
            b';' | b'&' | b'|' => separators += 1,
            _ => {}
        }
    }
    if opened > closed + UNCLOSED || separators > SEPARATORS {
        return Err(over(0));
    }
    let small = bytes.len() <= SMALL.0 && deepest <= SMALL.1 && separators <= SMALL.2;
    Ok(if small { Size::Small } else { Size::Large })
}

#[cfg(test)]
mod tests {
    use super::{Size, measure};

    #[test]
    fn ordinary_lines_are_small() {
        assert_eq!(measure(b"cd /p && make -j\"$(nproc)\" 2>&1 | tail -5"), Ok(Size::Small));
    }

    #[test]
    fn long_lines_are_large_and_longer_ones_are_not_read() {
        assert_eq!(measure(&vec![b'a'; 20_000]), Ok(Size::Large));
        assert!(measure(&vec![b'a'; 300_000]).is_err());
        assert!(measure("$(".repeat(40).as_bytes()).is_err());
        assert!(measure("{ ".repeat(80).as_bytes()).is_err());
    }
}
