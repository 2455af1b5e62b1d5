//! Assignments and their arrays.

use crate::syntax::scan::{self, WordRules};
use crate::syntax::{ArrayElement, AssignedValue, Assignment, Word};
use crate::text::Span;

/// Takes the assignment that fills `span` apart; words in it are not yet read. `None` when it is none.
pub(crate) fn assignment(bytes: &[u8], span: Span) -> Option<Assignment> {
    let (start, end) = (span.start as usize, span.end as usize);
    let text = bytes.get(..end)?;
    let mut at = scan::name_end(text, start);
    let name = text.get(start..at)?.to_vec();
    let mut index = None;
    if text.get(at) == Some(&b'[') {
        let close = scan::bracketed(text, at + 1, 0)?;
        index = Some(Word { parts: Vec::new(), span: Span::new(at + 1, close - 1) });
        at = close;
    }
    let append = text.get(at) == Some(&b'+');
    if append {
        at += 1;
    }
    if name.is_empty() || text.get(at) != Some(&b'=') {
        return None;
    }
    at += 1;
    let value = if text.get(at) == Some(&b'(') && end > at + 1 && text[end - 1] == b')' {
        AssignedValue::Array(array_elements(text, at + 1)?)
    } else {
        AssignedValue::Scalar(Word { parts: Vec::new(), span: Span::new(at, end) })
    };
    Some(Assignment { name, index, append, value, span })
}

/// The elements of the compound assignment whose text begins at `from`.
pub(crate) fn array_elements(bytes: &[u8], from: usize) -> Option<Vec<ArrayElement>> {
    let element = |span: Span| {
        let (start, end) = (span.start as usize, span.end as usize);
        if bytes[start] == b'['
            && let Some(close) = scan::bracketed(bytes, start + 1, 0)
            && close < end
        {
            let equals = close + usize::from(bytes[close] == b'+');
            if bytes.get(equals) == Some(&b'=') && equals < end {
                let index = Word { parts: Vec::new(), span: Span::new(start + 1, close - 1) };
                let value = Word { parts: Vec::new(), span: Span::new(equals + 1, end) };
                return ArrayElement { index: Some(index), value };
            }
        }
        ArrayElement { index: None, value: Word { parts: Vec::new(), span } }
    };
    Some(element_spans(bytes, from)?.into_iter().map(element).collect())
}

/// The spans of the elements, up to the closing parenthesis.
pub(super) fn element_spans(bytes: &[u8], from: usize) -> Option<Vec<Span>> {
    let mut spans = Vec::new();
    let mut at = from;
    loop {
        at = scan::skip_blanks(bytes, at);
        match *bytes.get(at)? {
            b')' => return Some(spans),
            b'\n' => at += 1,
            b'#' => at += bytes[at..].iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len() - at),
            first => {
                let from = match first {
                    b'[' => scan::bracketed(bytes, at + 1, 0).unwrap_or(at + 1),
                    _ => at,
                };
                let end = scan::word(bytes, from, WordRules { extglob: true, ..WordRules::default() }, 0)?;
                if end == at {
                    return None;
                }
                spans.push(Span::new(at, end));
                at = end;
            }
        }
    }
}
