//! Unified diffs.

use super::{Style, visible_bytes};
use imara_diff::{Algorithm, Diff, InternedInput};
use std::fmt::Write;

/// Lines around a change.
const CONTEXT: usize = 3;

/// The difference between two contents as a unified diff with the names `old` and `new` (`None`: `/dev/null`); empty when
/// there is none. What holds a zero byte is called binary. Without colours the text of the lines is kept byte for byte as
/// far as it is UTF-8, so that `patch` takes it; with colours, hence on a terminal, control characters are escaped.
pub fn unified_diff(old: Option<(&str, &[u8])>, new: Option<(&str, &[u8])>, style: Style) -> String {
    let (old_name, before) = old.unwrap_or(("/dev/null", b""));
    let (new_name, after) = new.unwrap_or(("/dev/null", b""));
    if before == after && old.is_some() == new.is_some() {
        return String::new();
    }
    let mut out = String::new();
    if before.contains(&0) || after.contains(&0) {
        let _ =
            writeln!(out, "binary files {old_name} and {new_name} differ ({} and {} bytes)", before.len(), after.len());
        return out;
    }
    let _ = writeln!(out, "{}", style.strong(&format!("--- {old_name}")));
    let _ = writeln!(out, "{}", style.strong(&format!("+++ {new_name}")));
    let (old_lines, new_lines) = (lines(before), lines(after));
    let hunks = changed_lines(before, after);
    let mut rest = hunks.as_slice();
    while let Some((first, _)) = rest.first() {
        // Changes whose context would touch are one hunk.
        let mut count = 1;
        while count < rest.len() && rest[count].0.start - rest[count - 1].0.end <= 2 * CONTEXT {
            count += 1;
        }
        let (group, behind) = rest.split_at(count);
        rest = behind;
        let (last_old, last_new) = &group[count - 1];
        let lead = first.start.min(CONTEXT);
        let trail = (old_lines.len() - last_old.end).min(CONTEXT);
        let old_range = first.start - lead..last_old.end + trail;
        let new_range = group[0].1.start - lead..last_new.end + trail;
        let head = format!("@@ -{} +{} @@", place(&old_range), place(&new_range));
        let _ = writeln!(out, "{}", style.note(&head));
        let mut at = old_range.start;
        for (removed, added) in group {
            old_lines[at..removed.start].iter().for_each(|line| put(&mut out, ' ', line, style));
            old_lines[removed.clone()].iter().for_each(|line| put(&mut out, '-', line, style));
            new_lines[added.clone()].iter().for_each(|line| put(&mut out, '+', line, style));
            at = removed.end;
        }
        old_lines[at..old_range.end].iter().for_each(|line| put(&mut out, ' ', line, style));
    }
    out
}

/// Where two texts differ: ranges of lines, counted from 0, of the first and what stands for them in the second, in order.
pub fn changed_lines(old: &[u8], new: &[u8]) -> Vec<(std::ops::Range<usize>, std::ops::Range<usize>)> {
    let input = InternedInput::new(old, new);
    let mut diff = Diff::compute(Algorithm::Histogram, &input);
    diff.postprocess_lines(&input);
    diff.hunks().map(|hunk| (range(&hunk.before), range(&hunk.after))).collect()
}

fn range(range: &std::ops::Range<u32>) -> std::ops::Range<usize> {
    range.start as usize..range.end as usize
}

/// `first,count` as diff(1) writes it: an empty range stands on the line before it.
fn place(range: &std::ops::Range<usize>) -> String {
    match range.len() {
        0 => format!("{},0", range.start),
        1 => format!("{}", range.start + 1),
        length => format!("{},{length}", range.start + 1),
    }
}

fn lines(bytes: &[u8]) -> Vec<&[u8]> {
    bytes.split_inclusive(|byte| *byte == b'\n').collect()
}

fn put(out: &mut String, sign: char, line: &[u8], style: Style) {
    let whole = line.strip_suffix(b"\n");
    let bytes = whole.unwrap_or(line);
    let text = if style.coloured() {
        visible_bytes(bytes).replace("\\t", "\t")
    } else {
        String::from_utf8_lossy(bytes).into_owned()
    };
    let text = format!("{sign}{text}");
    let text = match sign {
        '-' => style.bad(&text),
        '+' => style.good(&text),
        _ => text,
    };
    out.push_str(&text);
    out.push_str(if whole.is_some() { "\n" } else { "\n\\ No newline at end of file\n" });
}

#[cfg(test)]
mod tests {
    use super::unified_diff;
    use crate::ui::Style;

    #[test]
    fn hunks_are_those_of_diff() {
        let old: String = (1..=20).map(|number| format!("{number}\n")).collect();
        let new = old.replace("2\n3\n", "2\nthree\n").replace("19\n20\n", "19\n20");
        let text = unified_diff(Some(("a", old.as_bytes())), Some(("b", new.as_bytes())), Style::plain());
        assert_eq!(
            text,
            "--- a\n+++ b\n@@ -1,6 +1,6 @@\n 1\n 2\n-3\n+three\n 4\n 5\n 6\n@@ -17,4 +17,4 @@\n 17\n 18\n 19\n-20\n+20\n\\ No newline at end of file\n"
        );
    }

    #[test]
    fn coming_and_going() {
        assert_eq!(
            unified_diff(None, Some(("b", b"x\n")), Style::plain()),
            "--- /dev/null\n+++ b\n@@ -0,0 +1 @@\n+x\n"
        );
        assert_eq!(
            unified_diff(Some(("a", b"x\ny\n")), None, Style::plain()),
            "--- a\n+++ /dev/null\n@@ -1,2 +0,0 @@\n-x\n-y\n"
        );
        assert_eq!(unified_diff(Some(("a", b"x")), Some(("a", b"x")), Style::plain()), "");
        assert!(unified_diff(Some(("a", b"x\0")), Some(("a", b"y")), Style::plain()).starts_with("binary"));
    }
}
