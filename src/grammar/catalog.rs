//! The grammars by program name: those compiled in, and the user's over them.

use super::check::{self, Fault};
use super::model::Grammar;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// The table `build.rs` wrote.
mod shipped {
    include!(concat!(env!("OUT_DIR"), "/grammars.rs"));
}

/// Decoded blobs, by number. A blob never changes, so one copy serves the process. Zeroes at first, which unlike those of
/// [`std::sync::OnceLock`] need not be read from the file.
static DECODED: [Mutex<Option<&Arc<Grammar>>>; shipped::COUNT] = [const { Mutex::new(None) }; shipped::COUNT];

/// Every grammar that is known, found by the name of its program.
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    /// The user's, which replace shipped ones of the same name.
    user: BTreeMap<String, Arc<Grammar>>,
}

/// Why a user's grammar file is ignored.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}:{line}: {key}: {wrong}", file.display())]
pub struct GrammarFault {
    /// The file.
    pub file: PathBuf,
    /// Line, from 1; 0 when the file as a whole is meant.
    pub line: usize,
    /// The key.
    pub key: String,
    /// What is wrong, as a lowercase fragment.
    pub wrong: String,
}

impl Catalog {
    /// The grammars compiled into the binary.
    pub fn shipped() -> Self {
        Self::default()
    }

    /// Adds a user's files (path and text); a later one replaces an earlier of the same name. A file with a fault is
    /// ignored whole and its faults are returned.
    #[must_use = "the faults are to be shown"]
    pub fn with_user(mut self, files: &[(PathBuf, String)]) -> (Self, Vec<GrammarFault>) {
        let mut faults = Vec::new();
        for (file, text) in files {
            match check::read(text) {
                Ok(grammar) => {
                    let grammar = Arc::new(grammar);
                    let named = grammar.names.iter().map(|name| (name.clone(), Arc::clone(&grammar)));
                    self.user.extend(named);
                }
                Err(found) => faults.extend(found.into_iter().map(|fault| place(file, fault))),
            }
        }
        (self, faults)
    }

    /// The grammar of the program called `name` (no directory). A name that ends in a version (`python3.11`, `gcc-12`)
    /// finds the grammar of the name without it, where that grammar says it is `versioned`.
    pub fn find(&self, name: &[u8]) -> Option<Arc<Grammar>> {
        let name = std::str::from_utf8(name).ok()?;
        if let Some(grammar) = self.find_exactly(name) {
            return Some(grammar);
        }
        let bare = name.trim_end_matches(|letter: char| letter.is_ascii_digit() || letter == '.');
        let bare = bare.strip_suffix('-').unwrap_or(bare);
        if bare.is_empty() || bare.len() == name.len() {
            return None;
        }
        self.find_exactly(bare).filter(|grammar| grammar.versioned)
    }

    /// Names of all programs, sorted, each once.
    pub fn names(&self) -> Vec<&str> {
        let shipped = shipped::NAMES.iter().map(|(name, _)| *name);
        let mut names: Vec<&str> = shipped.chain(self.user.keys().map(String::as_str)).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    fn find_exactly(&self, name: &str) -> Option<Arc<Grammar>> {
        if let Some(grammar) = self.user.get(name) {
            return Some(Arc::clone(grammar));
        }
        let at = shipped::NAMES.binary_search_by_key(&name, |(known, _)| known).ok()?;
        shelved(shipped::NAMES[at].1).cloned()
    }
}

/// Decodes a blob once. `None` cannot happen with the table `build.rs` wrote; it would make the program unknown.
pub(super) fn shelved(number: u32) -> Option<&'static Arc<Grammar>> {
    let mut slot = DECODED.get(number as usize)?.lock().unwrap_or_else(PoisonError::into_inner);
    if slot.is_none() {
        *slot = decode(number).map(|grammar| &*Box::leak(Box::new(Arc::new(grammar))));
    }
    *slot
}

fn decode(number: u32) -> Option<Grammar> {
    let (start, end, shelf) = *shipped::BLOBS.get(number as usize)?;
    let mut grammar: Grammar = postcard::from_bytes(shipped::BYTES.get(start as usize..end as usize)?).ok()?;
    grammar.shelf = shelf;
    Some(grammar)
}

fn place(file: &Path, fault: Fault) -> GrammarFault {
    GrammarFault { file: file.to_owned(), line: fault.line, key: fault.key, wrong: fault.wrong }
}

impl Grammar {
    /// The subcommand of that name, or whose pattern (`describe-*`) the name matches; the longest pattern wins.
    pub fn subcommand(&self, name: &[u8]) -> Option<&Grammar> {
        let name = std::str::from_utf8(name).ok()?;
        if name.contains('*') {
            return None;
        }
        if let Ok(at) = self.shelf.binary_search_by_key(&name, |(known, _)| known) {
            return shelved(self.shelf[at].1).map(Arc::as_ref);
        }
        if let Some(sub) =
            self.sub.get(name).or_else(|| self.sub.values().find(|sub| sub.names.iter().any(|alias| alias == name)))
        {
            return Some(sub);
        }
        let fits = |pattern: &str| {
            pattern.contains('*') && super::spelling::matches(pattern.as_bytes(), name.as_bytes(), false)
        };
        let shelved_fit =
            self.shelf.iter().filter(|(pattern, _)| fits(pattern)).max_by_key(|(pattern, _)| pattern.len());
        if let Some((_, number)) = shelved_fit {
            return shelved(*number).map(Arc::as_ref);
        }
        self.sub
            .iter()
            .filter(|(pattern, _)| fits(pattern))
            .max_by_key(|(pattern, _)| pattern.len())
            .map(|(_, sub)| sub)
    }

    /// True when it has subcommands.
    pub fn has_subcommands(&self) -> bool {
        !self.shelf.is_empty() || !self.sub.is_empty()
    }

    /// True when nothing is stated: a subcommand that takes any arguments, prints, and changes nothing.
    pub fn is_blank(&self) -> bool {
        !self.has_subcommands()
            && self.flags.is_empty()
            && self.options.is_empty()
            && self.operands.is_empty()
            && self.effects.is_empty()
            && self.forms.is_empty()
            && self.facts.is_empty()
            && self.context.is_empty()
            && self.tags.is_empty()
            && self.reader.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shipped_grammar_decodes() {
        let catalog = Catalog::shipped();
        for name in catalog.names() {
            assert!(catalog.find(name.as_bytes()).is_some(), "{name}");
        }
        assert!((0..shipped::COUNT).all(|number| shelved(u32::try_from(number).unwrap_or(u32::MAX)).is_some()));
        assert!(catalog.find(b"no-such-program").is_none());
    }

    #[test]
    fn a_users_file_replaces_or_is_refused_whole() {
        let sound = r#"
names = ["timeout", "frobnicate"]
versioned = true
source = "me"
[[examples]]
line = "frobnicate a"
is = "opaque"
[[examples]]
line = "frobnicate --help"
is = "read-only"
"#;
        let broken = "names = [\"x\"]\nsource = \"me\"\n\n[options]\n\"-f\" = { acess = [\"read\"] }\n";
        let files = [(PathBuf::from("a.toml"), sound.to_owned()), (PathBuf::from("b.toml"), broken.to_owned())];
        let (catalog, faults) = Catalog::shipped().with_user(&files);
        assert_eq!(catalog.find(b"frobnicate-1.2").map(|grammar| grammar.source.clone()), Some("me".into()));
        assert_eq!(catalog.find(b"timeout").map(|grammar| grammar.source.clone()), Some("me".into()));
        assert_eq!(faults.len(), 1);
        assert_eq!((faults[0].file.as_path(), faults[0].line), (Path::new("b.toml"), 5));
        assert!(faults[0].to_string().contains("acess"), "{}", faults[0]);
        assert!(catalog.find(b"x").is_none());
    }
}
