//! The README tells the truth: its transcript is what the demonstration prints, its verbs exist, its files are understood.

use crate::approval::person::Machine;
use agentsh::policy::{Layer, Policy, RuleText, Settings};
use std::path::Path;
use std::process::{Command, Stdio};

const README: &str = include_str!("../../README.md");

/// The text between two marks.
fn between<'a>(text: &'a str, from: &str, to: &str) -> &'a str {
    let (_, rest) = text.split_once(from).unwrap_or_else(|| panic!("{from} is missing"));
    rest.split_once(to).unwrap_or_else(|| panic!("{to} is missing")).0
}

/// What differs from run to run is replaced: scratch directories, commits, request ids, ages; blanks are one blank.
fn masked(text: &str) -> Vec<String> {
    let request = text.split_once("request ").and_then(|(_, rest)| rest.get(..5)).unwrap_or("no request");
    let text = text.replace(request, "ID");
    let mask = |word: &str| -> String {
        let age = word.strip_suffix('s').is_some_and(|count| count.bytes().all(|byte| byte.is_ascii_digit()));
        let commit = word.len() >= 7 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
        match word {
            _ if word.starts_with('/') && word.contains("/shop") => "DIRECTORY".to_owned(),
            _ if age && word.len() > 1 => "AGE".to_owned(),
            _ if commit => "COMMIT".to_owned(),
            _ => word.to_owned(),
        }
    };
    let line = |line: &str| line.split_whitespace().map(mask).collect::<Vec<_>>().join(" ");
    text.trim().lines().map(line).collect()
}

#[test]
fn the_transcript_is_what_the_demonstration_prints() {
    let shown = between(README, "<!-- transcript: tests/demo.sh -->\n```console\n", "```\n<!-- end -->");
    let machine = Machine::new();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/demo.sh");
    let mut command = machine.command("bash");
    let output = command.arg(script).arg(machine.path("bin")).stdin(Stdio::null()).output().expect("runs");
    let printed = String::from_utf8(output.stdout).expect("is UTF-8");
    assert!(output.status.success(), "{printed}{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(masked(&printed), masked(shown), "the demonstration prints:\n{printed}");
}

#[test]
fn every_verb_it_names_exists() {
    let mut named = 0;
    for (_, rest) in README.match_indices("agentshctl ").map(|(at, found)| README[at..].split_at(found.len())) {
        let verb: String = rest.chars().take_while(char::is_ascii_lowercase).collect();
        if verb.is_empty() {
            continue;
        }
        named += 1;
        let mut command = Command::new(env!("CARGO_BIN_EXE_agentshctl"));
        let output = command.args([&verb, "--help"]).stdin(Stdio::null()).output().expect("runs");
        assert!(output.status.success(), "'agentshctl {verb}' is in the README: {output:?}");
    }
    assert!(named >= 10, "{named}");
}

#[test]
fn its_files_are_understood() {
    let blocks: Vec<&str> = README.split("```toml\n").skip(1).map(|rest| between(rest, "", "```")).collect();
    let (rules, settings): (Vec<&str>, Vec<&str>) = blocks.iter().partition(|block| block.contains("[[rule]]"));
    assert!(!rules.is_empty() && !settings.is_empty(), "{blocks:?}");
    for text in settings {
        Settings::parse("README.md", text).expect("is a settings file");
    }
    let machine = Machine::new();
    for text in rules {
        let file = RuleText { layer: Layer::User, file: "README.md".to_owned(), text: text.to_owned() };
        let (_, complaints) = Policy::build(&[file], Settings::default());
        assert!(complaints.is_empty(), "{complaints:?}");
        // As a file of the person's, its examples hold too.
        machine.rule(text);
        let output = machine.control(&["rules", "test", "agent-branches"]);
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(output.stderr, b"", "{output:?}");
        assert!(output.status.success(), "{printed}");
    }
}
