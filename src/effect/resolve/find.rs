//! `find ROOT… -name … -delete`: which names it would take, when the tests are simple and the tree is small.

use crate::effect::state::State;
use crate::effect::value::{Field, Pattern};
use crate::effect::walk::{Evaluator, exact_path};
use crate::effect::world::EntryKind;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Most names that are looked at.
const MOST_LOOKED_AT: usize = 6000;
/// Most names that are answered.
const MOST_FOUND: usize = 2000;

/// The tests of a `find` line that are understood here: all must hold.
struct Tests {
    tests: Vec<(bool, Test)>,
    least: usize,
    most: usize,
}

enum Test {
    Name(Pattern, bool),
    Kind(EntryKind),
}

impl Evaluator<'_> {
    /// The paths `find` would delete below `root`, deepest first; `None` when that cannot be told.
    pub(crate) fn find_matches(&mut self, state: &State, fields: &[Field], root: &Path) -> Option<Vec<PathBuf>> {
        if state.foreign || !state.overlay.is_empty() {
            return None;
        }
        let tests = tests(fields)?;
        let root = exact_path(&self.real_path(
            state,
            &crate::grammar::Known::Exactly(root.as_os_str().as_bytes().to_vec()),
            false,
        ))?;
        let mut found = Vec::new();
        let mut looked_at = 0;
        let mut waiting = vec![(root, 0)];
        while let Some((path, depth)) = waiting.pop() {
            looked_at += 1;
            if looked_at > MOST_LOOKED_AT || found.len() > MOST_FOUND {
                return None;
            }
            let kind = self.world.inspect(&path)?.kind;
            if depth >= tests.least && tests.hold(&path, kind)? {
                found.push(path.clone());
            }
            if kind == EntryKind::Directory && depth < tests.most {
                for name in self.world.names(&path)? {
                    waiting.push((path.join(OsStr::from_bytes(&name)), depth + 1));
                }
            }
        }
        found.reverse();
        Some(found)
    }
}

impl Tests {
    fn hold(&self, path: &Path, kind: EntryKind) -> Option<bool> {
        let name = path.file_name().map(OsStr::as_bytes).unwrap_or_default();
        for (negated, test) in &self.tests {
            let holds = match test {
                Test::Name(pattern, false) => pattern.matches(name)?,
                Test::Name(pattern, true) => pattern.matches(&name.to_ascii_lowercase())?,
                Test::Kind(wanted) => kind == *wanted,
            };
            if holds == *negated {
                return Some(false);
            }
        }
        Some(true)
    }
}

/// Words of a `find` line that choose nothing: without others everything below the roots is taken.
const CHOOSING_NOTHING: [&[u8]; 13] = [
    b"-delete",
    b"-depth",
    b"-d",
    b"-print",
    b"-mindepth",
    b"-xdev",
    b"-mount",
    b"-follow",
    b"-P",
    b"-L",
    b"-H",
    b"-a",
    b"-true",
];

/// True when a `find` line has a test that may leave something out.
pub(crate) fn chooses(fields: &[Field]) -> bool {
    fields[1..].iter().any(|field| match field.exact() {
        Some(word) => word == b"!" || word.starts_with(b"-") && !CHOOSING_NOTHING.contains(&word),
        None => false,
    })
}

/// The tests of a line, or `None` when there is any that is not followed here.
fn tests(fields: &[Field]) -> Option<Tests> {
    let words: Vec<&[u8]> = fields[1..].iter().map(Field::exact).collect::<Option<_>>()?;
    let mut all = Tests { tests: Vec::new(), least: 0, most: usize::MAX };
    let start = words.iter().position(|word| word.starts_with(b"-") || matches!(*word, b"!" | b"(" | b","))?;
    let mut rest = words[start..].iter();
    let mut negated = false;
    let mut deletes = false;
    while let Some(word) = rest.next() {
        // What stands behind `-delete` no longer decides about it.
        if deletes {
            return None;
        }
        match *word {
            b"-not" | b"!" => {
                negated = !negated;
                continue;
            }
            b"-name" | b"-iname" => {
                let fold = *word == b"-iname";
                let text = if fold { rest.next()?.to_ascii_lowercase() } else { rest.next()?.to_vec() };
                let mut pattern = Pattern::default();
                pattern.push(&text, false);
                all.tests.push((negated, Test::Name(pattern, fold)));
            }
            b"-type" => {
                let kind = match *rest.next()? {
                    b"f" => EntryKind::File,
                    b"d" => EntryKind::Directory,
                    b"l" => EntryKind::Link,
                    _ => return None,
                };
                all.tests.push((negated, Test::Kind(kind)));
            }
            b"-maxdepth" => all.most = std::str::from_utf8(rest.next()?).ok()?.parse().ok()?,
            b"-mindepth" => all.least = std::str::from_utf8(rest.next()?).ok()?.parse().ok()?,
            b"-print" | b"-depth" | b"-a" | b"-and" => {}
            b"-delete" => deletes = true,
            _ => return None,
        }
        negated = false;
    }
    deletes.then_some(all)
}
