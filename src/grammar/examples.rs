//! The examples of the shipped files, held against what binding alone can tell. `tests/it/grammars.rs` holds them
//! against the whole program.

use super::model::{Access, Example, Grammar};
use super::{Argument, Catalog, Deed, Invocation, bind, check};
use crate::text::Span;
use std::path::{Path, PathBuf};

/// Every shipped file and its grammar.
fn shipped_files() -> Vec<(PathBuf, Grammar)> {
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("grammars")];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("the folder of grammars is readable") {
            let path = entry.expect("the folder of grammars is readable").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "toml") {
                let text = std::fs::read_to_string(&path).expect("a grammar file is readable");
                let grammar = check::read(&text).expect("build.rs has checked the grammar files");
                files.push((path, grammar));
            }
        }
    }
    files.sort_by(|one, other| one.0.cmp(&other.0));
    files
}

/// Words of a line that is one simple command without anything only a shell understands; `None` for others.
fn simple_command(line: &str) -> Option<Vec<String>> {
    if line.contains(['|', ';', '&', '<', '>', '$', '`', '*', '?', '(', '{', '\n', '~', '#']) {
        return None;
    }
    let words = shlex::split(line)?;
    let bare = words.first()?.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_.[".contains(letter));
    bare.then_some(words)
}

fn bound(words: &[String]) -> Option<Invocation> {
    let grammar = Catalog::shipped().find(words[0].as_bytes())?;
    let arguments: Vec<Argument> =
        words[1..].iter().map(|word| Argument::exactly(word.as_bytes(), Span::default())).collect();
    Some(bind(&grammar, words[0].as_bytes(), &arguments))
}

/// Why the example cannot be right, as far as one command's binding tells.
fn complaint(example: &Example) -> Option<String> {
    let words = simple_command(&example.line)?;
    let Some(invocation) = bound(&words) else { return Some("begins with a program that has no grammar".into()) };
    if let Some(doubt) = invocation.doubts.first()
        && example.is != "opaque"
    {
        return Some(format!("is not understood: {doubt:?}"));
    }
    let leads_on =
        |access| matches!(access, Access::Command | Access::Shell | Access::Source | Access::Code | Access::Remote);
    // Handing a secret on changes nothing; rules match it.
    let changes = |access| !super::bind::harmless(access) && access != Access::Reveal;
    // `/dev/null` and its like are for `effect` to know.
    let device = |deed: &&Deed| {
        let harmless =
            |name: &[u8]| name == b"/dev/null" || name.starts_with(b"/dev/std") || name.starts_with(b"/dev/fd");
        deed.arguments.iter().any(|argument| argument.literal().is_some_and(harmless))
    };
    let accesses: Vec<Access> = invocation.deeds.iter().filter(|deed| !device(deed)).map(|deed| deed.access).collect();
    match example.is.as_str() {
        "read-only" if accesses.iter().any(|access| changes(*access) && !leads_on(*access)) => {
            Some(format!("is called read-only but does {accesses:?}"))
        }
        "reversible" | "irreversible" if !accesses.iter().any(|access| changes(*access)) => {
            Some(format!("is called {} but does only {accesses:?}", example.is))
        }
        _ => None,
    }
}

#[test]
fn examples_agree_with_binding() {
    let mut complaints = Vec::new();
    for (path, grammar) in shipped_files() {
        for example in &grammar.examples {
            let named = |name: &String| example.line.contains(name.as_str());
            if !grammar.names.iter().any(named) {
                complaints.push(format!("{}: `{}` does not name the program", path.display(), example.line));
            }
            if let Some(why) = complaint(example) {
                complaints.push(format!("{}: `{}` {why}", path.display(), example.line));
            }
        }
    }
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}
