//! The delimiters and bodies of here-documents.

/// Where a here-document's body lies.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Body {
    /// First byte of the body.
    pub start: usize,
    /// First byte of the delimiter line (one past the body).
    pub end: usize,
    /// Where reading goes on.
    pub next: usize,
    /// The delimiter line was found.
    pub closed: bool,
}

/// The delimiter a raw word stands for, and whether any of it was quoted (bash(1), Here Documents).
pub(crate) fn delimiter(raw: &[u8]) -> (Vec<u8>, bool) {
    let mut text = Vec::with_capacity(raw.len());
    let mut quoted = false;
    let mut at = 0;
    while let Some(byte) = raw.get(at).copied() {
        match byte {
            b'\\' => {
                if raw.get(at + 1) != Some(&b'\n') {
                    quoted = true;
                    text.extend(raw.get(at + 1));
                }
                at += 2;
            }
            b'\'' | b'"' => {
                quoted = true;
                let ansi = byte == b'\'' && text.last() == Some(&b'$');
                if ansi {
                    text.pop();
                }
                at += 1;
                while let Some(inner) = raw.get(at).copied().filter(|inner| *inner != byte) {
                    if inner == b'\\' && byte == b'"' && matches!(raw.get(at + 1), Some(b'"' | b'\\' | b'$' | b'`')) {
                        at += 1;
                        text.extend(raw.get(at));
                    } else {
                        text.push(inner);
                    }
                    at += 1;
                }
                at += 1;
            }
            _ => {
                text.push(byte);
                at += 1;
            }
        }
    }
    (text, quoted)
}

/// The body that begins at `start`. Within a substitution a delimiter line may go on with the `)` that closes it; the text
/// of a substitution may end in front of that `)`.
pub(crate) fn body(
    bytes: &[u8],
    start: usize,
    delimiter: &[u8],
    quoted: bool,
    strip: bool,
    in_substitution: bool,
) -> Body {
    let mut line = start;
    while line < bytes.len() {
        let (end, joined) = logical_line(bytes, line, quoted);
        let whole = joined.as_deref().unwrap_or(&bytes[line..end]);
        let tabs = whole.iter().take_while(|byte| strip && **byte == b'\t').count();
        let text = &whole[tabs..];
        if text == delimiter || whole == delimiter {
            return Body { start, end: line, next: (end + 1).min(bytes.len()), closed: true };
        }
        if in_substitution
            && joined.is_none()
            && text.starts_with(delimiter)
            && (end == bytes.len() || text[delimiter.len()..].contains(&b')'))
        {
            let next = end - (text.len() - delimiter.len());
            return Body { start, end: line, next, closed: false };
        }
        line = end + 1;
    }
    Body { start, end: bytes.len(), next: bytes.len(), closed: false }
}

/// Where the line that begins at `line` ends. In a body that is expanded a backslash joins the next line to this one before
/// it is compared with the delimiter; then the joined text comes too.
fn logical_line(bytes: &[u8], line: usize, quoted: bool) -> (usize, Option<Vec<u8>>) {
    let end_of =
        |from: usize| from + bytes[from..].iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len() - from);
    let mut end = end_of(line);
    let mut joined: Option<Vec<u8>> = None;
    let mut from = line;
    while !quoted && ends_in_backslash(&bytes[from..end]) && end + 1 < bytes.len() {
        joined.get_or_insert_default().extend_from_slice(&bytes[from..end - 1]);
        from = end + 1;
        end = end_of(from);
    }
    if let Some(text) = &mut joined {
        text.extend_from_slice(&bytes[from..end]);
    }
    (end, joined)
}

/// True when an odd number of backslashes ends `text`.
fn ends_in_backslash(text: &[u8]) -> bool {
    text.iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 1
}
