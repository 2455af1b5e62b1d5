//! Patterns that stand for more than can be looked at: how often the file system is asked is bounded, and what was not
//! looked at is unknown.

use agentsh::effect::{Assessment, Effect, Entry, EntryKind, Reversibility, Start, Verb, World, assess};
use agentsh::grammar::{Catalog, Known};
use agentsh::syntax::{ReadOptions, read};
use std::cell::Cell;
use std::path::{Path, PathBuf};

/// Most questions one line may ask: twice what it is allowed for patterns, for what else a line looks at.
const MOST_QUESTIONS: usize = 20_000;

/// A machine on which every directory holds twenty directories, and which counts what it is asked.
#[derive(Default)]
struct Bottomless {
    asked: Cell<usize>,
    /// After so many questions a search has taken too long; never when 0.
    patience: usize,
}

impl Bottomless {
    fn count(&self) {
        self.asked.set(self.asked.get() + 1);
    }
}

impl World for Bottomless {
    fn working_directory(&self) -> PathBuf {
        "/d1".into()
    }
    fn variable(&self, name: &[u8]) -> Option<Vec<u8>> {
        (name == b"HOME").then(|| b"/d2".to_vec())
    }
    fn exported_functions(&self) -> Vec<(Vec<u8>, Vec<u8>)> {
        Vec::new()
    }
    fn home(&self, _: Option<&[u8]>) -> Option<PathBuf> {
        Some("/d2".into())
    }
    fn inspect(&self, path: &Path) -> Option<Entry> {
        self.count();
        let there = path.file_name().is_none_or(|name| name.as_encoded_bytes().starts_with(b"d"));
        let entry = Entry {
            kind: EntryKind::Directory,
            device: 1,
            inode: path.as_os_str().len() as u64,
            size: 0,
            mode: 0o755,
            links: 2,
            owner: 0,
        };
        there.then_some(entry)
    }
    fn link_target(&self, _: &Path) -> Option<PathBuf> {
        self.count();
        None
    }
    fn names(&self, _: &Path) -> Option<Vec<Vec<u8>>> {
        self.count();
        Some((0..20).map(|number| format!("d{number}").into_bytes()).collect())
    }
    fn contents(&self, _: &Path, _: u64) -> Option<Vec<u8>> {
        None
    }
    fn executable(&self, _: &Path) -> bool {
        false
    }
    fn has_time(&self) -> bool {
        self.patience == 0 || self.asked.get() < self.patience
    }
}

#[test]
fn the_file_system_is_asked_a_bounded_number_of_times() {
    let catalog = Catalog::shipped();
    for line in [
        "shopt -s globstar; rm -f /**/**/**/**/x",
        "shopt -s globstar; rm -f /**/*/**/*/**/x",
        "rm -f /*/*/*/*/*/*/x",
        "rm -f /*/*/*/x /*/*/*/y /*/*/*/z /*/*/*/v /*/*/*/w",
        "for i in 1 2 3 4 5 6 7 8 9; do rm -f /*/*/*/$i; done",
        "rm -f /d{1,2,3,4,5,6,7,8,9}*/*/*/*/x",
        "for i in 1 2 3 4 5 6 7 8 9; do find . -name .$i -exec rm -rf {} \\;; done",
        "find d1 -name x -delete; find d2 -name x -delete; find d3 -name x -delete; find d4 -name x -delete",
    ] {
        let world = Bottomless::default();
        let reading = read(line.as_bytes(), &ReadOptions::default());
        let assessment = assess(&reading, &catalog, &world, &Start::default());
        assert!(world.asked.get() <= MOST_QUESTIONS, "{line}: {} questions", world.asked.get());
        assert!(is_partly_unknown(&assessment), "{line}: {:?}", assessment.effects);
    }
}

/// A name, what lies below one, or all of the line is not known.
fn is_partly_unknown(assessment: &Assessment) -> bool {
    let unknown = |effect: &Effect| {
        !matches!(effect.object.name, Known::Exactly(_)) || matches!(effect.verb, Verb::DeleteTree | Verb::Unknown)
    };
    !assessment.complete || assessment.effects.iter().any(unknown)
}

#[test]
fn a_search_that_takes_too_long_is_given_up() {
    let catalog = Catalog::shipped();
    for line in ["find . -name x -exec rm -f {} +", "rm -f /*/*/*/x", "shopt -s globstar; rm -f **/x"] {
        let world = Bottomless { patience: 200, ..Bottomless::default() };
        let assessment = assess(&read(line.as_bytes(), &ReadOptions::default()), &catalog, &world, &Start::default());
        assert!(world.asked.get() <= 1000, "{line}: {} questions", world.asked.get());
        assert!(is_partly_unknown(&assessment), "{line}: {:?}", assessment.effects);
    }
}

#[test]
fn words_of_which_each_may_be_where_the_others_go_are_not_told_pair_by_pair() {
    let catalog = Catalog::shipped();
    for program in ["ln", "cp", "mv", "install"] {
        let line = format!("{program} --no-option-of-it x{{a,b,c,d,e,f,g,h}}{{1..15}}");
        let world = Bottomless::default();
        let assessment = assess(&read(line.as_bytes(), &ReadOptions::default()), &catalog, &world, &Start::default());
        assert!(assessment.effects.len() < 1000, "{line}: {} effects", assessment.effects.len());
        let opaque = assessment.effects.iter().any(|effect| effect.reversibility >= Reversibility::Opaque);
        assert!(opaque, "an option that is not known leaves it open what happens: {line}");
    }
    // One directory takes as many as it is given, by their names.
    let line = "cp {a,b,c,d,e,f,g,h}{1..90} d9";
    let world = Bottomless::default();
    let assessment = assess(&read(line.as_bytes(), &ReadOptions::default()), &catalog, &world, &Start::default());
    let within = |name: &Known| matches!(name, Known::Exactly(name) if name == b"/d1/d9/h90");
    assert!(assessment.effects.iter().any(|effect| within(&effect.object.name)));
}
