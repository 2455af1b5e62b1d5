//! The line, with parts of it underlined.

use super::visible::{escape, hidden};
use super::{Style, visible};
use crate::text::{Source, Span};

/// A line of which parts are underlined and named. Rendered like a compiler's message: each physical line once, below it
/// one row for every part that touches it.
#[derive(Clone, Debug)]
pub struct Diagnostic {
    source: Source,
    marks: Vec<Mark>,
}

/// How a mark is coloured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Denied.
    Bad,
    /// Asked.
    Wary,
    /// Allowed.
    Good,
    /// For information.
    Note,
}

#[derive(Clone, Debug)]
struct Mark {
    span: Span,
    label: String,
    tone: Tone,
}

impl Diagnostic {
    /// Nothing marked yet.
    pub fn new(source: Source) -> Self {
        Self { source, marks: Vec::new() }
    }

    /// Underlines `span` (cut to the line) and names it; the label is made harmless.
    #[must_use]
    pub fn mark(mut self, span: Span, label: &str, tone: Tone) -> Self {
        let length = self.source.bytes().len();
        let span = Span::new((span.start as usize).min(length), (span.end as usize).min(length));
        self.marks.push(Mark { span, label: visible(label).into_owned(), tone });
        self
    }

    /// The text, ending in a newline.
    pub fn render(&self, style: Style) -> String {
        let bytes = self.source.bytes();
        let mut marks: Vec<&Mark> = self.marks.iter().collect();
        marks.sort_by_key(|mark| (mark.span.start, mark.span.end));
        let shortened = crowded(marks);
        let marks: Vec<&Mark> = shortened.iter().collect();
        let lines = physical_lines(bytes);
        let width = lines.len().to_string().len();
        let mut out = String::new();
        for (index, (start, end)) in lines.iter().copied().enumerate() {
            let number = format!("{:>width$} |", index + 1);
            let row = Row::of(bytes, start, end);
            out.push_str(&format!("{} {}\n", style.faint(&number), row.text));
            let blank = style.faint(&format!("{:width$} |", ""));
            let mut before = None;
            for mark in &marks {
                let Some((left, right)) = row.columns(mark.span, start, end) else { continue };
                let label = if (mark.span.end as usize) <= end + 1 { mark.label.as_str() } else { "" };
                let carets =
                    if before == Some((left, right)) { " ".repeat(right - left) } else { "^".repeat(right - left) };
                before = Some((left, right));
                let text = format!("{carets} {label}");
                out.push_str(&format!("{blank} {}{}\n", " ".repeat(left), tone(style, mark.tone, text.trim_end())));
            }
        }
        out
    }
}

/// Labels of one part that are shown; the others are counted.
const LABELS: usize = 6;

/// Marks in order, of each part the same label once and no more than a few, the gravest first kept.
fn crowded(marks: Vec<&Mark>) -> Vec<Mark> {
    let mut kept: Vec<Mark> = Vec::new();
    for same in marks.chunk_by(|one, other| one.span == other.span) {
        let mut unique: Vec<&Mark> = Vec::new();
        for mark in same {
            match unique.iter_mut().find(|other| other.label == mark.label) {
                Some(other) if mark.tone.weight() > other.tone.weight() => *other = mark,
                Some(_) => {}
                None => unique.push(mark),
            }
        }
        if unique.len() > LABELS {
            unique.sort_by_key(|mark| std::cmp::Reverse(mark.tone.weight()));
            let label = format!("… and {} more", unique.len() - (LABELS - 1));
            unique.truncate(LABELS - 1);
            let rest = Mark { span: unique[0].span, label, tone: Tone::Note };
            kept.extend(unique.into_iter().cloned());
            kept.push(rest);
        } else {
            kept.extend(unique.into_iter().cloned());
        }
    }
    kept
}

impl Tone {
    /// How grave it is.
    fn weight(self) -> u8 {
        match self {
            Self::Note => 0,
            Self::Good => 1,
            Self::Wary => 2,
            Self::Bad => 3,
        }
    }
}

fn tone(style: Style, tone: Tone, text: &str) -> String {
    match tone {
        Tone::Bad => style.bad(text),
        Tone::Wary => style.wary(text),
        Tone::Good => style.good(text),
        Tone::Note => style.note(text),
    }
}

/// Start and end (newline left out) of each physical line.
fn physical_lines(bytes: &[u8]) -> Vec<(usize, usize)> {
    let mut lines = Vec::new();
    let mut start = 0;
    for (at, _) in bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n') {
        lines.push((start, at));
        start = at + 1;
    }
    if start < bytes.len() || lines.is_empty() {
        lines.push((start, bytes.len()));
    }
    lines
}

/// A physical line as it is shown: tabs to the next multiple of four, hidden characters and bytes that are not UTF-8
/// escaped.
struct Row {
    text: String,
    /// Column at which each byte of the line begins, and one more for its end.
    columns: Vec<usize>,
}

impl Row {
    fn of(bytes: &[u8], start: usize, end: usize) -> Self {
        let mut row = Self { text: String::new(), columns: Vec::with_capacity(end - start + 1) };
        let mut column = 0;
        for chunk in bytes[start..end].utf8_chunks() {
            for character in chunk.valid().chars() {
                row.columns.extend(std::iter::repeat_n(column, character.len_utf8()));
                let shown = match character {
                    '\t' => " ".repeat(4 - column % 4),
                    other if hidden(other) => escape(other),
                    other => other.to_string(),
                };
                column += if hidden(character) { shown.len() } else { width(character) };
                row.text.push_str(&shown);
            }
            for byte in chunk.invalid() {
                row.columns.push(column);
                row.text.push_str(&format!("\\x{byte:02x}"));
                column += 4;
            }
        }
        row.columns.push(column);
        row
    }

    /// First and last column of the part of `span` on the line `start..end`; at least one column wide.
    fn columns(&self, span: Span, start: usize, end: usize) -> Option<(usize, usize)> {
        let (from, to) = (span.start as usize, span.end as usize);
        if from > end || to < start || (to == start && from < start) {
            return None;
        }
        let column = |offset: usize| self.columns.get(offset.clamp(start, end) - start).copied().unwrap_or(0);
        let (left, right) = (column(from), column(to));
        Some((left, right.max(left + 1)))
    }
}

/// Columns a character takes on a terminal: 0 for combining marks, 2 for East Asian wide ones and pictographs (Unicode
/// TR 11, by block).
fn width(character: char) -> usize {
    match character as u32 {
        0x300..=0x36f
        | 0x483..=0x489
        | 0x591..=0x5bd
        | 0x610..=0x61a
        | 0x64b..=0x65f
        | 0x1ab0..=0x1aff
        | 0x1dc0..=0x1dff
        | 0x20d0..=0x20ff
        | 0xfe00..=0xfe0f
        | 0xfe20..=0xfe2f => 0,
        0x1100..=0x115f
        | 0x2e80..=0x303e
        | 0x3041..=0x33ff
        | 0x3400..=0x4dbf
        | 0x4e00..=0x9fff
        | 0xa000..=0xa4cf
        | 0xa960..=0xa97f
        | 0xac00..=0xd7a3
        | 0xf900..=0xfaff
        | 0xfe30..=0xfe6f
        | 0xff00..=0xff60
        | 0xffe0..=0xffe6
        | 0x1f300..=0x1f64f
        | 0x1f680..=0x1f6ff
        | 0x1f900..=0x1f9ff
        | 0x20000..=0x3fffd => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::{Diagnostic, Tone};
    use crate::text::{Source, Span};
    use crate::ui::Style;

    fn render(line: &[u8], marks: &[(usize, usize, &str)]) -> String {
        let mut diagnostic = Diagnostic::new(Source::new(line));
        for (start, end, label) in marks {
            diagnostic = diagnostic.mark(Span::new(*start, *end), label, Tone::Note);
        }
        diagnostic.render(Style::plain())
    }

    #[test]
    fn parts_are_underlined_where_they_stand() {
        assert_eq!(
            render(b"cd web && rm -rf dist", &[(10, 21, "delete-tree /p/web/dist"), (10, 21, "twice"), (0, 6, "cd")]),
            "1 | cd web && rm -rf dist\n  | ^^^^^^ cd\n  |           ^^^^^^^^^^^ delete-tree /p/web/dist\n  |                       twice\n"
        );
    }

    #[test]
    fn a_part_may_go_over_several_lines() {
        assert_eq!(
            render(b"cat <<E >f\nx\nE\nrm y", &[(0, 14, "write"), (15, 19, "delete y")]),
            "1 | cat <<E >f\n  | ^^^^^^^^^^\n2 | x\n  | ^\n3 | E\n  | ^ write\n4 | rm y\n  | ^^^^ delete y\n"
        );
    }

    #[test]
    fn tabs_wide_characters_and_escapes_keep_their_columns() {
        let line = "\t日本\u{1b}[2J é rm\u{301} x";
        let label = "\u{1b}]0;title\u{7}";
        let shown = [
            "1 |     日本\\x1b[2J é rm\u{301} x".to_owned(),
            format!("  | {}^ e", " ".repeat(16)),
            format!("  | {}^^^^ \\x1b]0;title\\x07\n", " ".repeat(18)),
        ];
        assert_eq!(render(line.as_bytes(), &[(12, 14, "e"), (15, 21, label)]), shown.join("\n"));
    }

    #[test]
    fn spans_outside_the_line_do_no_harm() {
        let text = render(b"ls", &[(5, 9, "a"), (0, 99, "b")]);
        assert!(text.contains("^^ b"), "{text}");
        assert!(render(b"", &[(0, 0, "empty")]).contains("^ empty"));
        assert!(render(b"a\xff b", &[(3, 4, "b")]).contains("a\\xff b"));
    }
}
