//! Our reading against bash's own, over lines of our own and, on request, over any others.

use super::truth::{Comparison, Truth};
use std::path::{Path, PathBuf};

#[test]
fn bash_and_we_read_the_same() {
    let truth = match Truth::new() {
        Ok(truth) => truth,
        Err(why) => return skipped(&why),
    };
    let mut compared = 0;
    let mut different = Vec::new();
    for line in include_str!("lines.txt").lines().filter(|line| !line.is_empty() && !line.starts_with("## ")) {
        let text = line.replace('⏎', "\n").replace('⇥', "\t");
        match truth.compare(text.as_bytes(), false) {
            Comparison::Same => compared += 1,
            other => different.push(format!("{line}\n    {other:?}")),
        }
    }
    assert!(different.is_empty(), "{}", different.join("\n"));
    assert!(compared > 230, "only {compared} lines compared");
}

/// A corpus given from outside: `tests/compat/readers.sh` sets the variable and runs this.
#[test]
#[ignore = "needs a corpus: tests/compat/readers.sh FILE.jsonl|DIRECTORY"]
#[expect(clippy::print_stdout, reason = "the report of a tool that is run by hand")]
fn bash_and_we_read_a_corpus_the_same() {
    let corpus = PathBuf::from(std::env::var_os("AGENTSH_CORPUS").expect("AGENTSH_CORPUS names a file or directory"));
    let truth = Truth::new().expect("a bash with --pretty-print");
    let (mut same, mut refused, mut lenient, mut incomplete, mut different) = (0, 0, 0, 0, 0);
    for (name, text) in texts(&corpus) {
        // Only extended patterns make some files readable; whoever runs those turns them on.
        let extglob = truth.normal_form(&text, false).is_none() && truth.normal_form(&text, true).is_some();
        match truth.compare(&text, extglob) {
            Comparison::Same => same += 1,
            Comparison::BothRefuse => refused += 1,
            Comparison::OnlyWeRead => {
                lenient += 1;
                println!("bash refuses {name}");
            }
            Comparison::Incomplete(why) => {
                incomplete += 1;
                println!("incomplete {name}: {}", why.chars().take(200).collect::<String>());
            }
            Comparison::Different(how) => {
                different += 1;
                println!("DIFFERENT {name}: {how}");
            }
        }
    }
    let read = same + incomplete + different;
    let share = f64::from(incomplete) * 100.0 / f64::from(read.max(1));
    println!(
        "{read} texts that bash reads: {same} read the same, {incomplete} incomplete ({share:.2} %), {different} different"
    );
    println!("{} texts that bash refuses: {refused} incomplete, {lenient} read by us alone", refused + lenient);
    assert_eq!(different, 0, "read silently otherwise than bash reads it");
}

#[expect(clippy::print_stderr, reason = "a test that did not run must say so")]
fn skipped(why: &str) {
    eprintln!("skipped: {why}");
}

/// The texts of a corpus, each with a name to find it by.
fn texts(corpus: &Path) -> Vec<(String, Vec<u8>)> {
    if corpus.is_dir() {
        let mut files = Vec::new();
        scripts_below(corpus, &mut files);
        files.sort();
        return files;
    }
    let text = std::fs::read_to_string(corpus).expect("a corpus that can be read");
    let mut lines = Vec::new();
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.is_empty()) {
        let row: serde_json::Value = serde_json::from_str(line).expect("one JSON value a line");
        let command = row.get("line").or_else(|| row.get("cmd")).and_then(serde_json::Value::as_str);
        let command = command.expect("a key `line` or `cmd`");
        lines.push((format!("{}:{}", corpus.display(), number + 1), command.as_bytes().to_vec()));
    }
    lines
}

/// Files that are shell scripts by their name or by their first line.
fn scripts_below(directory: &Path, files: &mut Vec<(String, Vec<u8>)>) {
    for entry in std::fs::read_dir(directory).expect("a directory that can be read").flatten() {
        let path = entry.path();
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            scripts_below(&path, files);
        } else if let Ok(text) = std::fs::read(&path)
            && is_script(&path, &text)
        {
            files.push((path.display().to_string(), text));
        }
    }
}

fn is_script(path: &Path, text: &[u8]) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    let first = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let shebang = first.starts_with(b"#!") && (first.ends_with(b"bash") || first.ends_with(b"sh"));
    shebang || ["sh", "bash", "sub", "tests"].contains(&extension)
}
