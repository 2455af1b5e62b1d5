//! Our reading against bash's own: bash prints the normal form of a file it has parsed but not run, and that must read
//! like the original. `--pretty-print` sources BASH_ENV and runs a `-c` string, so the environment is cleared and only
//! files are given.

use super::show::{reading, simple};
use std::path::Path;
use std::process::{Command, Stdio};

/// Bash's normal form of `line`; `None` when it refuses the line or has no such option.
fn normal_form(directory: &Path, line: &str) -> Option<Vec<u8>> {
    let file = directory.join("line.sh");
    std::fs::write(&file, line).expect("a file in our own directory");
    let output = Command::new("bash")
        .args(["--norc", "--pretty-print"])
        .arg(&file)
        .env_clear()
        .stdin(Stdio::null())
        .output()
        .expect("bash is installed");
    output.status.success().then_some(output.stdout)
}

/// The simple commands of a text in order, in a form without the choices that bash's normal form makes.
fn commands(text: &[u8]) -> Vec<String> {
    let reading = reading(text);
    assert!(reading.complete(), "{}: {:?}", String::from_utf8_lossy(text), reading.gaps);
    let mut all = Vec::new();
    reading.scripts[0].visit(&mut |command, _| {
        let text = simple(command)
            .replace(" unclosed", "")
            .replace(" 1>&", " >&")
            .replace(" 0<&", " <&")
            .replace(" 0<>", " <>")
            .replace("<&-", ">&-");
        all.push(text);
    });
    all
}

#[test]
fn bash_and_we_see_the_same_commands() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let mut compared = 0;
    let mut different = Vec::new();
    for line in include_str!("lines.txt").lines().filter(|line| !line.is_empty() && !line.starts_with("## ")) {
        let line = line.replace("⏎", "\n").replace("⇥", "\t");
        let Some(normal) = normal_form(directory.path(), &line) else {
            panic!("bash refuses {line:?}, or knows no --pretty-print");
        };
        let (ours, theirs) = (commands(line.as_bytes()), commands(&normal));
        if ours != theirs {
            different.push(format!("{line:?}\n  we   {ours:?}\n  bash {theirs:?}"));
        }
        compared += 1;
    }
    assert!(different.is_empty(), "{}", different.join("\n"));
    assert!(compared > 150, "only {compared} lines compared");
}
