//! `grammars/**/*.toml` → one file of postcard blobs and a Rust table of names. Every subcommand is a blob of its own,
//! so that a line decodes only what it names. A broken file fails the build with `file:line: key: expected …`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

#[allow(dead_code, unused_imports, reason = "shared with the library, which uses all of it")]
#[path = "../src/grammar/check.rs"]
mod check;
#[allow(dead_code, reason = "shared with the library, which uses all of it")]
#[path = "../src/grammar/condition.rs"]
mod condition;
#[allow(dead_code, reason = "shared with the library, which uses all of it")]
#[path = "../src/grammar/model.rs"]
pub(crate) mod model;
#[allow(dead_code, reason = "shared with the library, which uses all of it")]
#[path = "../src/grammar/spelling.rs"]
mod spelling;

use model::Grammar;

/// Writes `grammars.bin` and `grammars.rs` to `OUT_DIR`.
pub fn compile() -> Result<(), String> {
    for watched in ["grammars", "build", "src/grammar"] {
        println!("cargo::rerun-if-changed={watched}");
    }
    let mut files = Vec::new();
    find_files(Path::new("grammars"), &mut files)?;
    files.sort();
    let mut packed = Packed::default();
    let mut owners: BTreeMap<String, PathBuf> = BTreeMap::new();
    let mut faults = String::new();
    for file in &files {
        let text = std::fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
        let grammar = match check::read(&text) {
            Ok(grammar) => grammar,
            Err(found) => {
                for fault in found {
                    let _ = write!(faults, "\n{}:{}: {}: {}", file.display(), fault.line, fault.key, fault.wrong);
                }
                continue;
            }
        };
        for name in &grammar.names {
            if let Some(other) = owners.insert(name.clone(), file.clone()) {
                let _ = write!(
                    faults,
                    "\n{}:1: names: expected a name that {} does not have: {name}",
                    file.display(),
                    other.display()
                );
            }
        }
        packed.program(grammar)?;
    }
    if !faults.is_empty() {
        return Err(format!("broken grammar files:{faults}"));
    }
    packed.write(Path::new(&std::env::var("OUT_DIR").map_err(|error| error.to_string())?))
}

fn find_files(directory: &Path, found: &mut Vec<PathBuf>) -> Result<(), String> {
    let entries = std::fs::read_dir(directory).map_err(|error| format!("{}: {error}", directory.display()))?;
    for entry in entries {
        let path = entry.map_err(|error| format!("{}: {error}", directory.display()))?.path();
        if path.is_dir() {
            find_files(&path, found)?;
        } else if path.extension().is_some_and(|extension| extension == "toml") {
            found.push(path);
        }
    }
    Ok(())
}

#[derive(Default)]
struct Packed {
    /// All blobs, one behind the other.
    bytes: Vec<u8>,
    /// Start and end of each, and its subcommands by name.
    blobs: Vec<(usize, usize, BTreeMap<String, u32>)>,
    /// Programs by name.
    names: BTreeMap<String, u32>,
}

impl Packed {
    fn program(&mut self, mut grammar: Grammar) -> Result<(), String> {
        let names = grammar.names.clone();
        grammar.examples.clear();
        let number = self.level(grammar)?;
        self.names.extend(names.into_iter().map(|name| (name, number)));
        Ok(())
    }

    /// Packs a level and, apart from it, those below; answers its number.
    fn level(&mut self, mut grammar: Grammar) -> Result<u32, String> {
        let mut shelf = BTreeMap::new();
        for (_, sub) in std::mem::take(&mut grammar.sub) {
            let names = sub.names.clone();
            let number = self.level(sub)?;
            for name in names {
                if shelf.insert(name.clone(), number).is_some() {
                    return Err(format!("{}: two subcommands are named {name}", grammar.names.join(" ")));
                }
            }
        }
        let blob = postcard::to_allocvec(&grammar).map_err(|error| error.to_string())?;
        let start = self.bytes.len();
        self.bytes.extend_from_slice(&blob);
        self.blobs.push((start, self.bytes.len(), shelf));
        u32::try_from(self.blobs.len() - 1).map_err(|error| error.to_string())
    }

    fn write(&self, directory: &Path) -> Result<(), String> {
        let mut code = String::from("pub(super) static BYTES: &[u8] = include_bytes!(\"grammars.bin\");\n");
        let _ = writeln!(code, "pub(super) const COUNT: usize = {};", self.blobs.len());
        let table = |names: &BTreeMap<String, u32>| {
            let pairs: Vec<String> = names.iter().map(|(name, number)| format!("({name:?}, {number})")).collect();
            format!("&[{}]", pairs.join(", "))
        };
        let _ = writeln!(code, "pub(super) static NAMES: &[(&str, u32)] = {};", table(&self.names));
        let _ = writeln!(code, "pub(super) type Blob = (u32, u32, &'static [(&'static str, u32)]);");
        let _ = writeln!(code, "pub(super) static BLOBS: &[Blob] = &[");
        for (start, end, shelf) in &self.blobs {
            let _ = writeln!(code, "    ({start}, {end}, {}),", table(shelf));
        }
        code.push_str("];\n");
        for (name, bytes) in [("grammars.rs", code.as_bytes()), ("grammars.bin", &self.bytes)] {
            let path = directory.join(name);
            std::fs::write(&path, bytes).map_err(|error| format!("{}: {error}", path.display()))?;
        }
        Ok(())
    }
}
