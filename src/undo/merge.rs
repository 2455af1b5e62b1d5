//! Merging two changes of one text, line by line.

use crate::ui::changed_lines;
use std::ops::Range;

/// One place where a side differs from the base: the base's lines, and the side's.
type Hunk = (Range<usize>, Range<usize>);

/// A changed text beside the base.
struct Side<'a> {
    lines: Vec<&'a [u8]>,
    hunks: Vec<Hunk>,
    /// Hunks already merged.
    done: usize,
}

/// `ours` with the changes from `base` to `theirs` in it. `None` when both changed the same or neighbouring lines in
/// different ways, and `keep_ours` does not settle it, or when one of the three is no text.
pub(super) fn merge(base: &[u8], ours: &[u8], theirs: &[u8], keep_ours: bool) -> Option<Vec<u8>> {
    if [base, ours, theirs].iter().any(|text| text.contains(&0)) {
        return None;
    }
    let base_lines = lines(base);
    let (mut ours, mut theirs) = (Side::of(base, ours), Side::of(base, theirs));
    let mut merged = Vec::new();
    let mut at = 0;
    while let Some(start) = [ours.next(), theirs.next()].into_iter().flatten().map(|hunk| hunk.start).min() {
        let (mine, other) = (ours.done, theirs.done);
        let mut end = start;
        // All changes that touch one another, however they alternate.
        loop {
            let reached = end;
            end = theirs.take_until(ours.take_until(end));
            if end == reached && ours.done + theirs.done > mine + other {
                break;
            }
        }
        merged.extend(base_lines[at..start].concat());
        let left = ours.text(&base_lines, mine, start..end);
        let right = theirs.text(&base_lines, other, start..end);
        match (ours.done > mine, theirs.done > other) {
            (true, true) if left != right && !keep_ours => return None,
            (true, _) => merged.extend(left),
            _ => merged.extend(right),
        }
        at = end;
    }
    merged.extend(base_lines[at..].concat());
    Some(merged)
}

impl<'a> Side<'a> {
    fn of(base: &[u8], side: &'a [u8]) -> Self {
        Self { lines: lines(side), hunks: changed_lines(base, side), done: 0 }
    }

    /// The base's lines of the next change.
    fn next(&self) -> Option<&Range<usize>> {
        self.hunks.get(self.done).map(|(before, _)| before)
    }

    /// Takes the changes that begin at or before `end`; where the last of them ends.
    fn take_until(&mut self, mut end: usize) -> usize {
        while let Some(before) = self.next().filter(|before| before.start <= end) {
            end = end.max(before.end);
            self.done += 1;
        }
        end
    }

    /// What stands on this side for the base's lines `range`, whose changes begin with number `first`.
    fn text(&self, base: &[&[u8]], first: usize, range: Range<usize>) -> Vec<u8> {
        let mut text = Vec::new();
        let mut at = range.start;
        for (before, after) in &self.hunks[first..self.done] {
            text.extend(base[at..before.start].concat());
            text.extend(self.lines[after.clone()].concat());
            at = before.end;
        }
        text.extend(base[at..range.end].concat());
        text
    }
}

fn lines(text: &[u8]) -> Vec<&[u8]> {
    text.split_inclusive(|byte| *byte == b'\n').collect()
}

#[cfg(test)]
mod tests {
    use super::merge;

    fn merged(base: &str, ours: &str, theirs: &str) -> Option<String> {
        let lines = |text: &str| {
            text.split(' ').filter(|word| !word.is_empty()).map(|word| format!("{word}\n")).collect::<String>()
        };
        let (base, ours, theirs) = (lines(base), lines(ours), lines(theirs));
        let merged = merge(base.as_bytes(), ours.as_bytes(), theirs.as_bytes(), false)?;
        Some(String::from_utf8(merged).expect("text").lines().collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn changes_that_do_not_meet_are_both_there() {
        let found = |ours, theirs| merged("1 2 3 4 5 6 7 8", ours, theirs);
        assert_eq!(found("1 2 3 4 5 6 7 8 9", "one 2 3 4 5 6 7 8").as_deref(), Some("one 2 3 4 5 6 7 8 9"));
        assert_eq!(found("0 1 2 3 x 5 6 7 8", "1 3 4 5 6 7").as_deref(), Some("0 1 3 x 5 6 7"));
        assert_eq!(found("0 1 2 3 4 5 x 7 8", "1 2 4 5 6 7 8").as_deref(), Some("0 1 2 4 5 x 7 8"));
        assert_eq!(found("1 2 3 4 5 6 7 8", "1 2 3").as_deref(), Some("1 2 3"));
    }

    #[test]
    fn the_same_change_on_both_sides_is_made_once() {
        assert_eq!(merged("1 2 3", "1 x 3", "1 x 3").as_deref(), Some("1 x 3"));
        assert_eq!(merged("1 2 3 4 5", "1 x 3 4 y", "1 x 3 4 5").as_deref(), Some("1 x 3 4 y"));
    }

    #[test]
    fn changes_of_the_same_or_neighbouring_lines_are_a_conflict() {
        assert_eq!(merged("1 2 3", "1 x 3", "1 y 3"), None);
        assert_eq!(merged("1 2 3 4", "1 x 3 4", "1 2 y 4"), None);
        assert_eq!(merged("1 2", "1 2 x", "1 2 y"), None);
        assert_eq!(merge(b"1\n2\n", b"1\nx\n", b"1\ny\n", true).as_deref(), Some(&b"1\nx\n"[..]));
        assert_eq!(merge(b"1\0", b"2\0", b"1\0", true), None);
    }
}
