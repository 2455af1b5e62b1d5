//! Chapter: what words come to. Every case of `tests/values.cases` is run by bash itself, and what agentsh says of the same
//! line must be the same, or declared unknown, never something else.

use crate::approval::person::Machine;
use serde_json::Value;
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::process::{Command, Stdio};

/// What stands for an unknown rest of an argument.
const REST: char = '…';

fn cases() -> (Vec<String>, Vec<String>) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/values.cases");
    let text = std::fs::read_to_string(file).expect("cases");
    let (known, unknown) = text.split_once("#== unknown\n").expect("two parts");
    let split = |part: &str| part.split("#--\n").map(|case| case.trim_end_matches('\n').to_owned()).collect();
    (split(known), split(unknown))
}

/// The files the cases speak of.
fn furnish(directory: &Path) {
    std::fs::create_dir(directory.join("sub")).expect("makes");
    for name in ["a.o", "b.o", "sp ace.txt", ".hid", "sub/x.c", "sub/y.c"] {
        std::fs::write(directory.join(name), "").expect("writes");
    }
    std::fs::write(directory.join("list"), "l1\nl2 x\nl3\n").expect("writes");
}

fn surroundings(command: &mut Command, home: &Path) {
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("HOME", home);
    command.env("LIST", "a b").env("EMPTY", "").env("LC_ALL", "C");
}

/// The argument lists `ttt` was called with, as bash runs the case.
fn by_bash(case: &str, directory: &Path, home: &Path) -> Vec<Vec<String>> {
    let kept = home.join("arguments");
    let text = format!("exec 7>'{}'\nttt() {{ printf '%s\\0' \"$#\" \"$@\" >&7; }}\n{case}", kept.display());
    let mut bash = Command::new("bash");
    surroundings(&mut bash, home);
    let status = bash.arg("-c").arg(text).current_dir(directory).stdin(Stdio::null()).stdout(Stdio::null());
    status.stderr(Stdio::null()).status().expect("bash runs");
    let bytes = std::fs::read(&kept).expect("is written");
    let mut words = bytes.split(|byte| *byte == 0).map(|word| String::from_utf8_lossy(word).into_owned());
    let mut all = Vec::new();
    while let Some(count) = words.next().and_then(|count| count.parse::<usize>().ok()) {
        all.push(words.by_ref().take(count).collect());
    }
    all
}

/// The same as agentsh reads them.
fn by_agentsh(cases: &[String], directory: &Path, home: &Path) -> Vec<Vec<Vec<String>>> {
    let machine = Machine::new();
    let mut command = machine.command(env!("CARGO_BIN_EXE_agentshctl"));
    command.env("HOME", home).env("LIST", "a b").env("EMPTY", "").env("LC_ALL", "C");
    let mut child =
        command.args(["check", "--batch"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("starts");
    let mut input = child.stdin.take().expect("a pipe");
    for case in cases {
        writeln!(input, "{}", serde_json::json!({"line": case, "cwd": directory})).expect("writes");
    }
    drop(input);
    let output = child.wait_with_output().expect("ends");
    let text = String::from_utf8(output.stdout).expect("is UTF-8");
    let words = |command: &Value| -> Option<Vec<String>> {
        let argv: Vec<String> =
            command["argv"].as_array()?.iter().map(|word| word.as_str().unwrap_or_default().to_owned()).collect();
        (argv.first()? == "ttt").then(|| argv[1..].to_vec())
    };
    text.lines()
        .map(|line| {
            let report: Value = serde_json::from_str(line).expect("JSON");
            report["commands"].as_array().expect("commands").iter().filter_map(words).collect()
        })
        .collect()
}

/// True when `read`, in which some words are unknown, may stand for `real`.
fn fits(read: &[String], real: &[String]) -> bool {
    let Some((first, others)) = read.split_first() else { return real.is_empty() };
    match first.strip_suffix(REST) {
        // Any number of words, the first of which begins so.
        Some(prefix) => (0..=real.len())
            .any(|count| (count == 0 || real[0].starts_with(prefix) || prefix == "./") && fits(others, &real[count..])),
        None => real.first() == Some(first) && fits(others, &real[1..]),
    }
}

#[test]
fn words_come_to_what_bash_makes_of_them() {
    let place = tempfile::tempdir().expect("a directory");
    let root = place.path().canonicalize().expect("is there");
    let (directory, home) = (root.join("work"), root.join("home"));
    std::fs::create_dir(&directory).expect("makes");
    std::fs::create_dir(&home).expect("makes");
    furnish(&directory);
    assert!(!directory.as_os_str().as_bytes().contains(&b' '));
    let (known, unknown) = cases();
    let all: Vec<String> = known.iter().chain(&unknown).cloned().collect();
    let read = by_agentsh(&all, &directory, &home);
    assert_eq!(read.len(), all.len());
    let mut wrong = Vec::new();
    for (at, (case, read)) in all.iter().zip(read).enumerate() {
        let real = by_bash(case, &directory, &home);
        let holds = real.iter().all(|real| match at < known.len() {
            true => read.contains(real),
            false => read.iter().any(|read| fits(read, real)),
        });
        if !holds || real.is_empty() {
            wrong.push(format!("{case}\n    bash    {real:?}\n    agentsh {read:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {} cases differ:\n{}", wrong.len(), all.len(), wrong.join("\n"));
}
