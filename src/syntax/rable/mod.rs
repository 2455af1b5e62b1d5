//! The second reader: the `rable` parser's tree as a [`List`](super::plan::List).
//!
//! Only structure and raw text are taken from it. Its words come without reliable offsets and its redirections without
//! their full spelling, so what it says is held against the text by the aligner.

mod compound;
mod list;
mod simple;

use super::plan::{List, Mismatch};
use super::scan::{self, WordRules, is_meta};
use super::text::Text;

/// Parses `text`.
pub(crate) fn plan(text: &Text<'_>, extglob: bool) -> Result<List, Mismatch> {
    let parsed = ::rable::parse(&text.string, extglob).or_else(|error| {
        // Bash allows newlines and extended patterns inside `[[ … ]]`, and `case x in esac`, where this parser does not.
        // What it makes of the changed text is held against the real one all the same.
        match relaxed(text) {
            Some(string) => ::rable::parse(&string, true).map_err(|_| error),
            None => Err(error),
        }
    });
    let nodes = parsed.map_err(|error| Mismatch::at(text.of_character(error.pos())))?;
    let mut list = List::new();
    for node in &nodes {
        list::extend(text, node, &mut list, 0)?;
    }
    Ok(list)
}

/// The refusal of a node that no rule handles.
fn unknown(text: &Text<'_>, node: &::rable::Node) -> Mismatch {
    let (start, end) = (text.of_character(node.span.start), text.of_character(node.span.end));
    Mismatch { start, end, unknown_node: true }
}

/// The text with the newlines between the tokens of `[[ … ]]` made blanks and a newline in front of an `esac` that
/// directly follows `in`; `None` when there is neither.
fn relaxed(text: &Text<'_>) -> Option<String> {
    let mut bytes = text.string.clone().into_bytes();
    let mut found = false;
    let mut from = 0;
    while let Some(at) = bytes[from..].windows(5).position(|five| five == b" esac") {
        from += at;
        if bytes[..from].trim_ascii_end().ends_with(b" in") {
            bytes[from] = b'\n';
            found = true;
        }
        from += 5;
    }
    from = 0;
    while let Some(open) =
        bytes[from..].windows(3).position(|three| three.starts_with(b"[[") && three[2].is_ascii_whitespace())
    {
        let mut at = from + open + 2;
        from = at;
        while at < bytes.len() {
            if is_meta(bytes[at]) {
                if bytes[at] == b'\n' {
                    bytes[at] = b' ';
                }
                at += 1;
                continue;
            }
            let rules = WordRules { extglob: true, ..WordRules::default() };
            let end = scan::word(&bytes, at, rules, 0).filter(|end| *end > at)?;
            let close = &bytes[at..end] == b"]]";
            at = end;
            if close {
                found = true;
                from = at;
                break;
            }
        }
    }
    if found { String::from_utf8(bytes).ok() } else { None }
}
