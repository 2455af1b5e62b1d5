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

/// What a `find` line looks for, as far as it is understood here: branches between `-o`, tried in order.
struct Tests {
    branches: Vec<Branch>,
    least: usize,
    most: usize,
    /// What lies in a directory is looked at before the directory (`-depth`): nothing is pruned then.
    depth_first: bool,
}

/// Tests that must all hold.
struct Branch {
    all: Vec<Expression>,
    /// What it holds for is found.
    takes: bool,
    /// What lies below is not looked at.
    prunes: bool,
}

enum Expression {
    Not(Box<Expression>),
    Any(Vec<Branch>),
    Test(Test),
}

enum Test {
    Name(Pattern, bool),
    Path(Pattern),
    Kind(EntryKind),
    EmptyDirectory,
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
        let end = words.iter().position(acts).map_or(words.len(), |at| at + 1);
        let words: Vec<Vec<u8>> = words.into_iter().take(end).collect();
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

    fn below(&mut self, tests: &Tests, given: &[u8], root: &Path) -> Option<Vec<PathBuf>> {
        let mut found = Vec::new();
        let mut looked_at = 0;
        let mut waiting = vec![(root.to_owned(), 0, None)];
        while let Some((path, depth, kind)) = waiting.pop() {
            looked_at += 1;
            if looked_at > MOST_LOOKED_AT || found.len() > MOST_FOUND || !self.look(kind.is_none()) {
                return None;
            }
            let kind = kind.or_else(|| Some(self.world.inspect(&path)?.kind))?;
            let mut goes_on = kind == EntryKind::Directory && depth < tests.most;
            if depth >= tests.least {
                let looked = Looked { path: &path, printed: &|| printed(given, root, &path), kind };
                if let Some(branch) = self.first_holding(&tests.branches, &looked)? {
                    if branch.takes {
                        found.push(path.clone());
                    }
                    goes_on &= !branch.prunes || tests.depth_first;
                }
            }
            if goes_on {
                if !self.look(true) {
                    return None;
                }
                let names = self.world.listing(&path)?;
                waiting.extend(
                    names.into_iter().map(|(name, kind)| (path.join(OsStr::from_bytes(&name)), depth + 1, kind)),
                );
            }
        }
        found.reverse();
        Some(found)
    }

    /// The first branch whose tests hold: the others are not tried then.
    fn first_holding<'b>(&self, branches: &'b [Branch], looked: &Looked<'_>) -> Option<Option<&'b Branch>> {
        for branch in branches {
            let mut holds = true;
            for expression in &branch.all {
                holds = holds && self.holds(expression, looked)?;
            }
            if holds {
                return Some(Some(branch));
            }
        }
        Some(None)
    }

    fn holds(&self, expression: &Expression, looked: &Looked<'_>) -> Option<bool> {
        let name = looked.path.file_name().map(OsStr::as_bytes).unwrap_or_default();
        match expression {
            Expression::Not(inner) => Some(!self.holds(inner, looked)?),
            Expression::Any(branches) => Some(self.first_holding(branches, looked)?.is_some()),
            Expression::Test(Test::Name(pattern, false)) => pattern.matches(name),
            Expression::Test(Test::Name(pattern, true)) => pattern.matches(&name.to_ascii_lowercase()),
            Expression::Test(Test::Path(pattern)) => pattern.matches(&(looked.printed)()),
            Expression::Test(Test::Kind(wanted)) => Some(looked.kind == *wanted),
            Expression::Test(Test::EmptyDirectory) => match looked.kind {
                EntryKind::Directory => Some(self.world.names(looked.path)?.is_empty()),
                _ => None,
            },
        }
    }
}

/// A name that is looked at.
struct Looked<'l> {
    path: &'l Path,
    printed: &'l dyn Fn() -> Vec<u8>,
    kind: EntryKind,
}

/// How `find` writes a path below its root (POSIX, find, "the path operand").
fn printed(given: &[u8], root: &Path, path: &Path) -> Vec<u8> {
    let below = path.strip_prefix(root).unwrap_or(path).as_os_str().as_bytes();
    let slash: &[u8] = if below.is_empty() || given.ends_with(b"/") { b"" } else { b"/" };
    [given, slash, below].concat()
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

/// True when a `find` line has a test, in force for all it does, that the root written `given` does not fulfil: what it
/// finds lies below.
pub(crate) fn leaves_root_out(fields: &[Field], given: &[u8]) -> bool {
    let acts = |word: &&[u8]| matches!(*word, b"-exec" | b"-ok" | b"-execdir" | b"-okdir");
    let words: Option<Vec<&[u8]>> = fields.iter().map(Field::exact).collect();
    let Some(words) = words else { return false };
    let end = words.iter().position(acts).unwrap_or(words.len());
    let words = &words[..end];
    if words.iter().any(|word| matches!(*word, b"-o" | b"-or" | b"," | b"!" | b"-not" | b"(")) {
        return false;
    }
    let root = Path::new(OsStr::from_bytes(given)).file_name().map_or(given, OsStr::as_bytes);
    words.windows(2).any(|two| match two[0] {
        b"-mindepth" => !matches!(two[1], b"0"),
        b"-name" => {
            let mut pattern = Pattern::default();
            pattern.push(two[1], false);
            pattern.matches(root) == Some(false)
        }
        _ => false,
    })
}

/// What a `find` line does with what it finds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Act {
    Delete,
    Print,
}

/// The tests of a line's words behind `find`, or `None` when there is any that is not followed here, or it acts
/// otherwise. An `-exec` ends the words: what it holds for is what is taken.
fn tests(words: &[&[u8]], act: Act) -> Option<Tests> {
    let starts = |word: &&[u8]| word.starts_with(b"-") || matches!(*word, b"!" | b"(" | b",");
    let start = words.iter().position(starts).unwrap_or(words.len());
    let mut reader = Reader { rest: words[start..].iter(), least: 0, most: usize::MAX, depth_first: false, act };
    let mut branches = reader.branches(0)?;
    let Reader { least, most, depth_first, .. } = reader;
    // Without an action of its own, a line prints all it holds for.
    if !branches.iter().any(|branch| branch.takes) {
        if act == Act::Delete {
            return None;
        }
        branches.iter_mut().for_each(|branch| branch.takes = true);
    }
    Some(Tests { branches, least, most, depth_first: depth_first || act == Act::Delete })
}

/// Brackets within brackets are followed so deep.
const DEEPEST: usize = 8;

struct Reader<'w> {
    rest: std::slice::Iter<'w, &'w [u8]>,
    least: usize,
    most: usize,
    depth_first: bool,
    act: Act,
}

impl Reader<'_> {
    /// What stands up to the end, in brackets up to the one that closes.
    fn branches(&mut self, depth: usize) -> Option<Vec<Branch>> {
        let new = || Branch { all: Vec::new(), takes: false, prunes: false };
        let (mut branches, mut branch) = (Vec::new(), new());
        let mut negated = false;
        loop {
            let Some(word) = self.rest.next() else {
                branches.push(branch);
                return (depth == 0).then_some(branches);
            };
            // What stands behind an action no longer decides about it.
            if branch.takes && (self.act == Act::Delete || !matches!(*word, b"-o" | b"-or")) {
                return None;
            }
            let expression = match *word {
                b")" if depth > 0 => {
                    branches.push(branch);
                    return Some(branches);
                }
                b"-o" | b"-or" => {
                    branches.push(std::mem::replace(&mut branch, new()));
                    continue;
                }
                b"-not" | b"!" => {
                    negated = !negated;
                    continue;
                }
                b"-print" | b"-print0" | b"-delete" | b"-exec" | b"-ok" | b"-execdir" | b"-okdir" => {
                    if depth > 0 || negated || (*word == b"-delete") != (self.act == Act::Delete) {
                        return None;
                    }
                    branch.takes = true;
                    continue;
                }
                b"-prune" if depth == 0 && !negated => {
                    branch.prunes = true;
                    continue;
                }
                b"-depth" => {
                    self.depth_first = true;
                    continue;
                }
                b"-maxdepth" => {
                    self.most = self.number()?;
                    continue;
                }
                b"-mindepth" => {
                    self.least = self.number()?;
                    continue;
                }
                b"-a" | b"-and" => continue,
                b"(" if depth < DEEPEST => Expression::Any(self.branches(depth + 1)?),
                b"-name" => Expression::Test(Test::Name(self.pattern(false)?, false)),
                b"-iname" => Expression::Test(Test::Name(self.pattern(true)?, true)),
                b"-path" | b"-wholename" => Expression::Test(Test::Path(self.pattern(false)?)),
                b"-type" => Expression::Test(Test::Kind(match *self.rest.next()? {
                    b"f" => EntryKind::File,
                    b"d" => EntryKind::Directory,
                    b"l" => EntryKind::Link,
                    _ => return None,
                })),
                b"-empty" => Expression::Test(Test::EmptyDirectory),
                _ => return None,
            };
            branch.all.push(if negated { Expression::Not(Box::new(expression)) } else { expression });
            negated = false;
        }
    }

    fn pattern(&mut self, fold: bool) -> Option<Pattern> {
        let word = self.rest.next()?;
        let mut pattern = Pattern::default();
        pattern.push(&if fold { word.to_ascii_lowercase() } else { word.to_vec() }, false);
        Some(pattern)
    }

    fn number(&mut self) -> Option<usize> {
        std::str::from_utf8(self.rest.next()?).ok()?.parse().ok()
    }
}
