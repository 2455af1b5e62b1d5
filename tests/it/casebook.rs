//! Chapter: the casebook. `tests/casebook/*.md` says what lines would do, and every case is run through
//! `effect::assess` on the little machine its chapter describes.
//!
//! A chapter has one fenced `world` block and any number of cases: a fenced `line`, then a fenced `effects` whose
//! first line is the reversibility of the whole line (and `incomplete`, when the line is not wholly understood). Each
//! further line is an effect that must be found, `verb name #tag ?` (`?`: only possible), or one that must not,
//! `! verb name`. Effects that change something must all be listed; reads need not be.

use agentsh::effect::{Certainty, Effect, Entry, EntryKind, Reversibility, Start, World, assess};
use agentsh::grammar::Catalog;
use agentsh::syntax::{ReadOptions, read};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// A machine in memory.
#[derive(Clone, Default)]
struct Little {
    cwd: PathBuf,
    variables: BTreeMap<Vec<u8>, Vec<u8>>,
    functions: Vec<(Vec<u8>, Vec<u8>)>,
    entries: BTreeMap<PathBuf, Node>,
    start: Start,
}

#[derive(Clone)]
enum Node {
    Directory,
    File(Vec<u8>, u32),
    Link(PathBuf),
    Device,
}

impl Little {
    /// Reads a `world` block: `cwd`, `env`, `dir`, `file PATH [= contents]`, `program PATH`, `link PATH -> TARGET`,
    /// `device PATH`, `function NAME TEXT`, `start posix|aliases|args a b`.
    fn parse(text: &str) -> Self {
        let mut world = Little {
            cwd: PathBuf::from("/"),
            start: Start { zero: b"bash".to_vec(), ..Start::default() },
            ..Little::default()
        };
        world.add(Path::new("/"), Node::Directory);
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
            match verb {
                "cwd" => {
                    world.cwd = PathBuf::from(rest);
                    world.add(Path::new(rest), Node::Directory);
                }
                "env" => {
                    let (name, value) = rest.split_once('=').unwrap_or((rest, ""));
                    world.variables.insert(name.into(), value.into());
                }
                "dir" => world.add(Path::new(rest), Node::Directory),
                "file" => {
                    let (path, contents) = rest.split_once(" = ").unwrap_or((rest, ""));
                    world.add(Path::new(path), Node::File(contents.replace("\\n", "\n").into_bytes(), 0o644));
                }
                "program" => world.add(Path::new(rest), Node::File(Vec::new(), 0o755)),
                "link" => {
                    let (path, target) = rest.split_once(" -> ").expect("link PATH -> TARGET");
                    world.add(Path::new(path), Node::Link(PathBuf::from(target)));
                }
                "device" => world.add(Path::new(rest), Node::Device),
                "function" => {
                    let (name, text) = rest.split_once(' ').expect("function NAME TEXT");
                    world.functions.push((name.into(), text.into()));
                }
                "start" => match rest.split_once(' ') {
                    Some(("args", words)) => {
                        world.start.positional = words.split(' ').map(|word| word.as_bytes().to_vec()).collect();
                    }
                    _ if rest == "posix" => world.start.posix = true,
                    _ if rest == "aliases" => world.start.expand_aliases = true,
                    _ => panic!("unknown start {rest}"),
                },
                other => panic!("unknown word in a world: {other}"),
            }
        }
        world
    }

    fn add(&mut self, path: &Path, node: Node) {
        for directory in path.ancestors().skip(1) {
            self.entries.entry(directory.to_owned()).or_insert(Node::Directory);
        }
        self.entries.insert(path.to_owned(), node);
    }

    /// The path with links in its directories followed.
    fn settle(&self, path: &Path, last: bool) -> PathBuf {
        let mut real = PathBuf::from("/");
        let parts: Vec<_> = path.components().skip(1).collect();
        for (at, part) in parts.iter().enumerate() {
            let next =
                if part.as_os_str() == ".." { real.parent().unwrap_or(&real).to_owned() } else { real.join(part) };
            real = match self.entries.get(&next) {
                Some(Node::Link(target)) if last || at + 1 < parts.len() => {
                    self.settle(&next.parent().unwrap_or(Path::new("/")).join(target), true)
                }
                _ => next,
            };
        }
        real
    }
}

impl World for Little {
    fn working_directory(&self) -> PathBuf {
        self.cwd.clone()
    }

    fn variable(&self, name: &[u8]) -> Option<Vec<u8>> {
        self.variables.get(name).cloned()
    }

    fn exported_functions(&self) -> Vec<(Vec<u8>, Vec<u8>)> {
        self.functions.clone()
    }

    fn home(&self, user: Option<&[u8]>) -> Option<PathBuf> {
        match user {
            None => Some(PathBuf::from("/home/u")),
            Some(b"root") => Some(PathBuf::from("/root")),
            Some(_) => None,
        }
    }

    fn inspect(&self, path: &Path) -> Option<Entry> {
        let (kind, mode, size) = match self.entries.get(&self.settle(path, false))? {
            Node::Directory => (EntryKind::Directory, 0o755, 0),
            Node::File(contents, mode) => (EntryKind::File, *mode, contents.len() as u64),
            Node::Link(_) => (EntryKind::Link, 0o777, 0),
            Node::Device => (EntryKind::BlockDevice, 0o600, 0),
        };
        Some(Entry { kind, device: 1, inode: 1, size, mode, links: 1, owner: 1000 })
    }

    fn link_target(&self, path: &Path) -> Option<PathBuf> {
        match self.entries.get(&self.settle(path, false))? {
            Node::Link(target) => Some(target.clone()),
            _ => None,
        }
    }

    fn names(&self, directory: &Path) -> Option<Vec<Vec<u8>>> {
        use std::os::unix::ffi::OsStrExt;
        let directory = self.settle(directory, true);
        matches!(self.entries.get(&directory)?, Node::Directory).then(|| {
            let inside = self.entries.keys().filter(|path| path.parent() == Some(&directory));
            inside.filter_map(|path| path.file_name()).map(|name| name.as_bytes().to_vec()).collect()
        })
    }

    fn contents(&self, path: &Path, limit: u64) -> Option<Vec<u8>> {
        match self.entries.get(&self.settle(path, true))? {
            Node::File(contents, _) if contents.len() as u64 <= limit => Some(contents.clone()),
            _ => None,
        }
    }

    fn executable(&self, path: &Path) -> bool {
        matches!(self.entries.get(&self.settle(path, true)), Some(Node::File(_, mode)) if mode & 0o111 != 0)
    }
}

/// A case of a chapter.
struct Case {
    chapter: String,
    number: usize,
    line: String,
    expected: Vec<String>,
}

fn chapters() -> Vec<(String, Little, Vec<Case>)> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/casebook");
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(directory).expect("casebook").map(|entry| entry.expect("entry").path()).collect();
    files.sort();
    files.iter().filter(|path| path.extension().is_some_and(|end| end == "md")).map(|path| chapter(path)).collect()
}

fn chapter(path: &Path) -> (String, Little, Vec<Case>) {
    let text = std::fs::read_to_string(path).expect("chapter");
    let name = path.file_stem().expect("name").to_string_lossy().into_owned();
    let mut blocks: Vec<(usize, String, String)> = Vec::new();
    let mut open: Option<(usize, String, String)> = None;
    for (at, line) in text.lines().enumerate() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(kind)) => open = Some((at + 1, kind.to_owned(), String::new())),
            (Some(_), Some("")) => blocks.extend(open.take()),
            (Some((_, _, body)), _) => {
                let _ = writeln!(body, "{line}");
            }
            (None, None) => {}
        }
    }
    let mut world = None;
    let mut cases: Vec<Case> = Vec::new();
    for (number, kind, body) in blocks {
        match kind.as_str() {
            "world" => world = Some(Little::parse(&body)),
            "line" => cases.push(Case {
                chapter: name.clone(),
                number,
                line: body.strip_suffix('\n').unwrap_or(&body).to_owned(),
                expected: Vec::new(),
            }),
            "effects" => {
                cases.last_mut().expect("a line before its effects").expected =
                    body.lines().map(str::to_owned).collect();
            }
            other => panic!("{name}:{number}: unknown block {other}"),
        }
    }
    (name, world.expect("a chapter has a world"), cases)
}

fn kebab(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

fn shown(effect: &Effect) -> String {
    let mut text = format!("{} {}", kebab(&effect.verb), effect.object.display_name().replace('\n', "\\n"));
    for tag in &effect.tags {
        let _ = write!(text, " #{tag}");
    }
    if effect.certainty == Certainty::Possible {
        text.push_str(" ?");
    }
    text
}

/// True when `effect` is what `wanted` says: same verb and name, at least its tags, possible only where it says so.
fn fits(effect: &Effect, wanted: &str, negative: bool) -> bool {
    let mut words: Vec<&str> = wanted.split(' ').collect();
    let possible = words.last() == Some(&"?");
    if possible {
        words.pop();
    }
    let tags: Vec<&str> = words.iter().filter_map(|word| word.strip_prefix('#')).collect();
    words.retain(|word| !word.starts_with('#'));
    let plain = format!("{} {}", kebab(&effect.verb), effect.object.display_name().replace('\n', "\\n"));
    plain == words.join(" ")
        && tags.iter().all(|tag| effect.tags.iter().any(|own| own == tag))
        && (negative || possible == (effect.certainty == Certainty::Possible))
}

fn judged(case: &Case, world: &Little, catalog: &Catalog) -> Result<(), String> {
    let options = ReadOptions { posix: world.start.posix, ..ReadOptions::default() };
    let reading = read(case.line.as_bytes(), &options);
    let assessment = assess(&reading, catalog, world, &world.start);
    let worst = assessment.effects.iter().map(|effect| effect.reversibility).max().unwrap_or(Reversibility::ReadOnly);
    let mut faults = String::new();
    let mut expected = case.expected.iter();
    let head: Vec<&str> = expected.next().map(|line| line.split(' ').collect()).unwrap_or_default();
    if head.first().copied() != Some(kebab(&worst).as_str()) {
        let _ = writeln!(faults, "  is {}, expected {head:?}", kebab(&worst));
    }
    if head.contains(&"incomplete") == assessment.complete {
        let _ = writeln!(faults, "  complete is {}, gaps {:?}", assessment.complete, assessment.gaps);
    }
    let mut listed: Vec<bool> =
        assessment.effects.iter().map(|effect| effect.reversibility == Reversibility::ReadOnly).collect();
    for wanted in expected {
        if let Some(unwanted) = wanted.strip_prefix("! ") {
            if assessment.effects.iter().any(|effect| fits(effect, unwanted, true)) {
                let _ = writeln!(faults, "  found: {unwanted}");
            }
            continue;
        }
        let mut found = false;
        for (at, effect) in assessment.effects.iter().enumerate() {
            if fits(effect, wanted, false) {
                listed[at] = true;
                found = true;
            }
        }
        if !found {
            let _ = writeln!(faults, "  missing: {wanted}");
        }
    }
    for (at, effect) in assessment.effects.iter().enumerate() {
        if !listed[at] {
            let _ = writeln!(faults, "  not listed: {}", shown(effect));
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(format!("{}:{}: {}\n{faults}", case.chapter, case.number, case.line)) }
}

#[test]
fn every_case_is_as_written() {
    let catalog = Catalog::shipped();
    let mut faults = Vec::new();
    let mut count = 0;
    for (_, world, cases) in chapters() {
        for case in cases {
            count += 1;
            if let Err(fault) = judged(&case, &world, &catalog) {
                faults.push(fault);
            }
        }
    }
    assert!(count >= 120, "the casebook has only {count} cases");
    assert!(faults.is_empty(), "{} of {count} cases differ:\n{}", faults.len(), faults.join("\n"));
}

fn worst_of(line: &[u8], world: &Little, catalog: &Catalog) -> (Reversibility, bool) {
    let reading = read(line, &ReadOptions { posix: world.start.posix, ..ReadOptions::default() });
    let assessment = assess(&reading, catalog, world, &world.start);
    let worst = assessment.effects.iter().map(|effect| effect.reversibility).max().unwrap_or(Reversibility::ReadOnly);
    (worst, assessment.complete)
}

#[test]
fn adding_a_command_never_lowers_the_result() {
    let catalog = Catalog::shipped();
    for (_, world, cases) in chapters() {
        for case in cases.iter().filter(|case| !case.line.contains("<<")) {
            let (alone, complete) = worst_of(case.line.as_bytes(), &world, &catalog);
            for added in ["true", "echo done", "cat a.txt | head -1", "rm -f x", "git push"] {
                let longer = format!("{}\n{added}", case.line);
                let (together, whole) = worst_of(longer.as_bytes(), &world, &catalog);
                assert!(together >= alone, "{longer:?} is {together:?}, without the last command {alone:?}");
                assert!(complete || !whole, "{longer:?} became complete");
            }
        }
    }
}

#[test]
fn requoting_a_literal_never_changes_effects() {
    let catalog = Catalog::shipped();
    let world = chapters().into_iter().find(|(name, ..)| name == "quoting").expect("chapter").1;
    let lines: [&[&str]; 4] = [
        &["rm", "-rf", "build"],
        &["cp", "a.txt", "b.txt"],
        &["mv", "a.txt", "sub"],
        &["git", "push", "origin", "main"],
    ];
    for words in lines {
        let plain = effects_of(&words.join(" "), &world, &catalog);
        for (at, word) in words.iter().enumerate() {
            let forms = [
                format!("'{word}'"),
                format!("\"{word}\""),
                format!("\\{word}"),
                format!("$'{word}'"),
                format!("{}''{}", &word[..1], &word[1..]),
                format!("{}\"{}\"", &word[..1], &word[1..]),
            ];
            for form in forms {
                let mut changed: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
                changed[at] = form;
                let line = changed.join(" ");
                assert_eq!(effects_of(&line, &world, &catalog), plain, "{line}");
            }
        }
    }
}

fn effects_of(line: &str, world: &Little, catalog: &Catalog) -> Vec<String> {
    let reading = read(line.as_bytes(), &ReadOptions::default());
    assess(&reading, catalog, world, &world.start).effects.iter().map(shown).collect()
}

#[test]
fn what_is_not_understood_is_never_read_only() {
    let catalog = Catalog::shipped();
    let (_, world, _) = chapters().swap_remove(0);
    for line in [
        "ls )",
        "if true",
        "nosuchprogram",
        "$UNKNOWN_THING$(nosuch) x",
        "ls --no-such-option-at-all",
        "eval \"$(cat nothing)\"",
        "$(nosuch)",
    ] {
        let (worst, complete) = worst_of(line.as_bytes(), &world, &catalog);
        assert!(worst > Reversibility::ReadOnly, "{line} is {worst:?}, complete {complete}");
    }
}
