//! `find ROOT… -name …`: which names it would take or print, when the tests are simple and the tree is small.

use crate::effect::state::State;
use crate::effect::value::{Field, Pattern, Search};
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
    Path(Pattern),
    Kind(EntryKind),
}

impl Evaluator<'_> {
    /// The paths `find` would delete below `root`, written `given`, deepest first; `None` when that cannot be told.
    pub(crate) fn find_matches(
        &mut self,
        state: &State,
        fields: &[Field],
        given: Option<&[u8]>,
        root: &Path,
    ) -> Option<Vec<PathBuf>> {
        if state.foreign || !state.overlay.is_empty() {
            return None;
        }
        let words: Vec<&[u8]> = fields[1..].iter().map(Field::exact).collect::<Option<_>>()?;
        let tests = tests(&words, Act::Delete)?;
        let root = exact_path(&self.real_path(
            state,
            &crate::grammar::Known::Exactly(root.as_os_str().as_bytes().to_vec()),
            false,
        ))?;
        self.below(&tests, given?, &root)
    }

    /// What a `find` command line looks for; `None` when it has several roots, or words that are not known. Its words
    /// end where what it does with each begins.
    pub(crate) fn search_of(&mut self, state: &State, fields: &[Field]) -> Option<Search> {
        let words: Vec<Vec<u8>> =
            fields.iter().map(|field| field.exact().map(<[u8]>::to_vec)).collect::<Option<_>>()?;
        let acts = |word: &Vec<u8>| matches!(word.as_slice(), b"-exec" | b"-ok" | b"-execdir" | b"-okdir");
        let words: Vec<Vec<u8>> = words.into_iter().take_while(|word| !acts(word)).collect();
        let option = |word: Option<&Vec<u8>>| {
            word.is_none_or(|word| word.starts_with(b"-") || matches!(word.as_slice(), b"!" | b"("))
        };
        let given = match words.get(1) {
            Some(root) if !option(Some(root)) => option(words.get(2)).then(|| root.clone())?,
            _ => b".".to_vec(),
        };
        let known = crate::grammar::Known::Exactly(given.clone());
        let root = exact_path(&self.real_path(state, &known, false))?;
        Some(Search { given, root, words })
    }

    /// The names a search lists, in no certain order, as `find` prints them; `None` when they cannot be told.
    pub(crate) fn searched(&mut self, state: &State, search: &Search) -> Option<Vec<Vec<u8>>> {
        if state.foreign || !state.overlay.is_empty() {
            return None;
        }
        let words: Vec<&[u8]> = search.words.iter().skip(1).map(Vec::as_slice).collect();
        let tests = tests(&words, Act::Print)?;
        let found = self.below(&tests, &search.given, &search.root)?;
        Some(found.iter().map(|path| printed(&search.given, &search.root, path)).collect())
    }

    fn below(&self, tests: &Tests, given: &[u8], root: &Path) -> Option<Vec<PathBuf>> {
        let mut found = Vec::new();
        let mut looked_at = 0;
        let mut waiting = vec![(root.to_owned(), 0)];
        while let Some((path, depth)) = waiting.pop() {
            looked_at += 1;
            if looked_at > MOST_LOOKED_AT || found.len() > MOST_FOUND {
                return None;
            }
            let kind = self.world.inspect(&path)?.kind;
            if depth >= tests.least && tests.hold(&path, || printed(given, root, &path), kind)? {
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

/// How `find` writes a path below its root (POSIX, find, "the path operand").
fn printed(given: &[u8], root: &Path, path: &Path) -> Vec<u8> {
    let below = path.strip_prefix(root).unwrap_or(path).as_os_str().as_bytes();
    let slash: &[u8] = if below.is_empty() || given.ends_with(b"/") { b"" } else { b"/" };
    [given, slash, below].concat()
}

impl Tests {
    fn hold(&self, path: &Path, printed: impl Fn() -> Vec<u8>, kind: EntryKind) -> Option<bool> {
        let name = path.file_name().map(OsStr::as_bytes).unwrap_or_default();
        for (negated, test) in &self.tests {
            let holds = match test {
                Test::Name(pattern, false) => pattern.matches(name)?,
                Test::Name(pattern, true) => pattern.matches(&name.to_ascii_lowercase())?,
                Test::Path(pattern) => pattern.matches(&printed())?,
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

/// What a `find` line does with what it finds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Act {
    Delete,
    Print,
}

/// The tests of a line's words behind `find`, or `None` when there is any that is not followed here, or it acts
/// otherwise.
fn tests(words: &[&[u8]], act: Act) -> Option<Tests> {
    let mut all = Tests { tests: Vec::new(), least: 0, most: usize::MAX };
    let starts = |word: &&[u8]| word.starts_with(b"-") || matches!(*word, b"!" | b"(" | b",");
    let start = words.iter().position(starts).unwrap_or(words.len());
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
            b"-path" | b"-wholename" => {
                let mut pattern = Pattern::default();
                pattern.push(rest.next()?, false);
                all.tests.push((negated, Test::Path(pattern)));
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
            b"-print0" if act == Act::Print => {}
            b"-delete" => deletes = true,
            _ => return None,
        }
        negated = false;
    }
    (deletes == (act == Act::Delete)).then_some(all)
}
