//! Chapter: the project holds itself to its own rules.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every file below `directory` whose name ends in `suffix`, sorted.
fn files(directory: &Path, suffix: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut waiting = vec![directory.to_path_buf()];
    while let Some(here) = waiting.pop() {
        for entry in fs::read_dir(&here).unwrap_or_else(|error| panic!("{}: {error}", here.display())) {
            let path = entry.expect("directory entry").path();
            if path.is_dir() {
                waiting.push(path);
            } else if path.to_string_lossy().ends_with(suffix) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The floor of each module, read from the table in ARCHITECTURE.md so that the table cannot go stale.
fn floors() -> BTreeMap<String, u32> {
    let text = read(&root().join("ARCHITECTURE.md"));
    let mut floors = BTreeMap::new();
    for line in text.lines() {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        if let [_, floor, modules, ..] = cells.as_slice()
            && let Ok(floor) = floor.parse()
        {
            for module in modules.split(',') {
                floors.insert(module.trim().trim_matches('`').to_owned(), floor);
            }
        }
    }
    assert!(floors.len() >= 15, "the floor table in ARCHITECTURE.md was not found: {floors:?}");
    floors
}

/// Module names that a source text imports from this crate (`crate::x`, `crate::{x::…, y}`).
fn imports(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices("crate::") {
        // `$crate::` in macros and longer identifiers are not imports.
        if text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '$') {
            continue;
        }
        let rest = &text[at + "crate::".len()..];
        if let Some(group) = rest.strip_prefix('{') {
            let mut depth = 0_u32;
            let mut name = String::new();
            let mut fresh = true;
            for c in group.chars() {
                match c {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    ',' if depth == 0 => fresh = true,
                    c if depth == 0 && fresh && (c.is_alphanumeric() || c == '_') => name.push(c),
                    c if c.is_whitespace() => continue,
                    _ => fresh = false,
                }
                if !(c.is_alphanumeric() || c == '_' || name.is_empty()) {
                    found.push(std::mem::take(&mut name));
                }
            }
            found.extend((!name.is_empty()).then_some(name));
        } else {
            found.push(rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect());
        }
    }
    found
}

#[test]
fn modules_import_only_downward() {
    let floors = floors();
    let mut wrong = Vec::new();
    let mut edges = 0;
    for path in files(&root().join("src"), ".rs") {
        let relative = path.strip_prefix(root().join("src")).expect("below src").to_string_lossy().into_owned();
        let Some((module, _)) = relative.split_once('/') else { continue };
        if module == "bin" {
            continue;
        }
        let own = *floors.get(module).unwrap_or_else(|| panic!("{module} has no floor in ARCHITECTURE.md"));
        for import in imports(&read(&path)) {
            let Some(floor) = floors.get(&import) else { continue };
            edges += 1;
            if import != module && *floor >= own {
                wrong.push(format!("src/{relative}: floor {own} imports {import} of floor {floor}"));
            }
        }
    }
    assert!(edges > 5, "only {edges} imports found: the reader of `use crate::` is broken");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_import_reader_sees_groups_and_paths() {
    let text = "use crate::{text::Span, grammar::{Access, Kind}, sys};\nlet x = crate::effect::World; $crate::no; ";
    assert_eq!(imports(text), ["text", "grammar", "sys", "effect"]);
}

#[test]
fn unsafe_code_lives_only_in_sys_and_says_why() {
    let mut wrong = Vec::new();
    for path in files(&root().join("src"), ".rs") {
        let in_sys = path.starts_with(root().join("src/sys"));
        let text = read(&path);
        let lines: Vec<&str> = text.lines().collect();
        for (number, line) in lines.iter().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            let opens = code.contains("unsafe {") || code.contains("unsafe impl") || code.contains("unsafe extern");
            if (code.contains("unsafe fn") || opens || code.contains("unsafe_code")) && !in_sys {
                wrong.push(format!("{}:{}: unsafe outside sys", path.display(), number + 1));
            }
            let explained = lines[number.saturating_sub(8)..=number].iter().any(|near| near.contains("SAFETY:"));
            if opens && in_sys && !explained {
                wrong.push(format!("{}:{}: unsafe without a SAFETY sentence", path.display(), number + 1));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn files_are_short_and_say_what_they_are() {
    let mut wrong = Vec::new();
    let mut lengths = Vec::new();
    for folder in ["src", "tests", "benches", "build"] {
        let folder = root().join(folder);
        if !folder.is_dir() {
            continue;
        }
        for path in files(&folder, ".rs") {
            let text = read(&path);
            let lines = text.lines().count();
            if lines > 600 {
                wrong.push(format!("{}: {lines} lines (600 at most)", path.display()));
            }
            if !text.starts_with("//!") {
                wrong.push(format!("{}: no prologue (`//!`)", path.display()));
            }
            if path.starts_with(root().join("src")) {
                lengths.push(lines);
            }
        }
    }
    lengths.sort_unstable();
    let median = lengths[lengths.len() / 2];
    if median > 150 {
        wrong.push(format!("the median file has {median} lines (150 at most)"));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_test_file_is_forgotten() {
    let folder = root().join("tests/it");
    for path in files(&folder, ".rs") {
        let name = path.file_stem().expect("a file").to_string_lossy().into_owned();
        let parent = path.parent().expect("a folder");
        if name == "main" || name == "mod" {
            continue;
        }
        let index = if parent == folder {
            folder.join("main.rs")
        } else if parent.join("mod.rs").exists() {
            parent.join("mod.rs")
        } else {
            parent.with_extension("rs")
        };
        let declared = read(&index).lines().any(|line| {
            let line = line.trim().trim_start_matches("pub ").trim_start_matches("pub(crate) ");
            line == format!("mod {name};")
        });
        assert!(declared, "{} is not declared in {}", path.display(), index.display());
    }
}

#[test]
fn ignored_tests_say_why() {
    for path in files(&root().join("tests"), ".rs").into_iter().chain(files(&root().join("src"), ".rs")) {
        if path.ends_with("meta.rs") {
            continue;
        }
        for (number, line) in read(&path).lines().enumerate() {
            assert!(
                !line.trim_start().starts_with("#[ignore]"),
                "{}:{}: an ignored test names its reason and how to run it",
                path.display(),
                number + 1
            );
        }
    }
}

#[test]
fn nothing_names_a_builders_machine() {
    let forbidden = [concat!("/wo", "rk/"), concat!("/tmp/", "wt"), concat!("../sha", "red"), concat!("farm", "-")];
    for folder in ["src", "tests", "rules", "grammars", "benches", "build", "docs", ".ci"] {
        let folder = root().join(folder);
        if !folder.is_dir() {
            continue;
        }
        for path in files(&folder, "") {
            let bytes = fs::read(&path).expect("readable");
            let text = String::from_utf8_lossy(&bytes);
            for word in forbidden {
                assert!(!text.contains(word), "{} contains {word}", path.display());
            }
        }
    }
}
