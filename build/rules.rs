//! Compiles `rules/*.toml` into the binary with the very modules that read the rules of a person.

use crate::grammars::model;
use std::path::Path;

#[path = "../src/policy/complaint.rs"]
mod complaint;
#[path = "../src/policy/decision.rs"]
mod decision;
#[path = "../src/policy/glob.rs"]
#[allow(dead_code, reason = "shared with the library, which uses all of it")]
mod glob;
#[path = "../src/policy/rule.rs"]
mod rule;
#[path = "../src/policy/rule_file.rs"]
mod rule_file;

/// Writes `$OUT_DIR/rules.rs`: `SHIPPED`, one entry a rule in order of file and place. On failure the message names
/// file, line and key.
pub fn compile() -> Result<(), String> {
    let variable = |name: &str| std::env::var(name).map_err(|error| format!("{name}: {error}"));
    let folder = Path::new(&variable("CARGO_MANIFEST_DIR")?).join("rules");
    println!("cargo::rerun-if-changed={}", folder.display());
    let entries = std::fs::read_dir(&folder).map_err(|error| format!("cannot read {}: {error}", folder.display()))?;
    let mut files: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    files.sort();
    let mut code = String::new();
    let mut ids: Vec<String> = Vec::new();
    for path in files {
        let name = format!("rules/{}", path.file_name().unwrap_or_default().to_string_lossy());
        println!("cargo::rerun-if-changed={}", path.display());
        let text = std::fs::read_to_string(&path).map_err(|error| format!("cannot read {name}: {error}"))?;
        for rule in rule_file::parse(&name, &text).map_err(|complaint| complaint.to_string())? {
            code.push_str(&entry(&name, &rule, &ids)?);
            ids.push(rule.id);
        }
    }
    let code = format!("/// The shipped rules.\npub static SHIPPED: [ShippedRule; {}] = [\n{code}];\n", ids.len());
    let out = Path::new(&variable("OUT_DIR")?).join("rules.rs");
    std::fs::write(&out, code).map_err(|error| format!("cannot write {}: {error}", out.display()))
}

/// A rule as an element of the table.
fn entry(file: &str, rule: &rule::Rule, earlier: &[String]) -> Result<String, String> {
    let id = &rule.id;
    if earlier.contains(id) {
        return Err(format!("{file}: the id {id:?} is used twice"));
    }
    // What only settings bring about cannot be shown by a line alone.
    let by_settings = matches!(id.as_str(), "protected" | "denied");
    if rule.instead.is_empty() || (!by_settings && (rule.matches.is_empty() || rule.not_match.is_empty())) {
        return Err(format!("{file}: {id}: `instead`, `match` and `not_match` are required in shipped rules"));
    }
    let encoded = |rule: &rule::Rule| postcard::to_allocvec(rule).map_err(|error| format!("{file}: {id}: {error}"));
    let bytes = encoded(rule)?;
    let mut pattern = rule.clone();
    for text in [&mut pattern.why, &mut pattern.instead] {
        text.clear();
    }
    for lines in [&mut pattern.matches, &mut pattern.not_match] {
        lines.clear();
    }
    let pattern = encoded(&pattern)?;
    let floor = file.starts_with("rules/00-");
    let verbs = rule.verbs();
    Ok(format!(
        "ShippedRule {{ file: {file:?}, floor: {floor}, verbs: {verbs:#x}, pattern_bytes: &{pattern:?}, \
         pattern: OnceLock::new(), bytes: &{bytes:?}, rule: OnceLock::new() }},\n"
    ))
}
