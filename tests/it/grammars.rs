//! Chapter: grammars. Every example of every shipped grammar, through the program as it is installed.

use serde::Deserialize;
use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The parts of a grammar file that matter here.
#[derive(Deserialize)]
struct File {
    names: Vec<String>,
    examples: Vec<Example>,
}

#[derive(Deserialize)]
struct Example {
    line: String,
    is: String,
    #[serde(default)]
    effects: Vec<String>,
    #[serde(default)]
    not: Vec<String>,
}

/// Names that examples use as directories though nothing is deleted or written below them.
const DIRECTORIES: &[&str] = &["build", "src", "src/build", "out", "dist", "dir", "d"];

/// Names that examples use as files.
const FILES: &[&str] =
    &["a", "b", "c", "README.md", "a.txt", "b.txt", "a.json", "a.tgz", "a.tar", "run.sh", "app.js", "build/x"];

/// Every shipped file and its examples, sorted.
fn shipped() -> Vec<(PathBuf, Vec<Example>)> {
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("grammars")];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("the folder of grammars is readable") {
            let path = entry.expect("the folder of grammars is readable").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "toml") {
                let text = std::fs::read_to_string(&path).expect("a grammar file is readable");
                let file: File = toml::from_str(&text).expect("build.rs has checked the grammar files");
                let named = |example: &Example| file.names.iter().any(|name| example.line.contains(name.as_str()));
                let other = file.examples.iter().find(|example| !named(example));
                assert!(other.is_none(), "{}: an example names no program of the file", path.display());
                files.push((path, file.examples));
            }
        }
    }
    files.sort_by(|one, other| one.0.cmp(&other.0));
    files
}

/// A checkout with what the examples name in it.
fn checkout(root: &Path, files: &[(PathBuf, Vec<Example>)]) -> PathBuf {
    let project = root.join("project");
    std::fs::create_dir_all(project.join(".git/refs")).expect("a temporary directory is writable");
    std::fs::create_dir_all(project.join(".git/objects")).expect("a temporary directory is writable");
    std::fs::write(project.join(".git/HEAD"), "ref: refs/heads/main\n").expect("a temporary directory is writable");
    let settings = "[core]\n\trepositoryformatversion = 0\n\tbare = false\n[remote \"origin\"]\n\turl = https://forge.invalid/a/b.git\n";
    std::fs::write(project.join(".git/config"), settings).expect("a temporary directory is writable");
    for name in DIRECTORIES {
        std::fs::create_dir_all(project.join(name)).expect("a temporary directory is writable");
    }
    let effects = files.iter().flat_map(|(_, examples)| examples).flat_map(|example| &example.effects);
    let trees: BTreeSet<&str> = effects.filter_map(|effect| effect.strip_prefix("delete-tree ")).collect();
    for name in trees.into_iter().filter(|name| relative(name)) {
        // What cannot be made because another name is in the way is no concern of the examples.
        let _ = std::fs::create_dir_all(project.join(name));
    }
    for name in FILES {
        if !project.join(name).exists() {
            std::fs::write(project.join(name), "one\ntwo\n").expect("a temporary directory is writable");
        }
    }
    project
}

fn relative(name: &str) -> bool {
    !name.is_empty() && !name.starts_with(['/', '~']) && !name.contains("..")
}

/// The answers of `agentshctl check --batch`, in order.
fn judged(root: &Path, project: &Path, lines: &[&str]) -> Vec<serde_json::Value> {
    let mut child = Command::new(env!("CARGO_BIN_EXE_agentshctl"))
        .args(["check", "--batch"])
        .current_dir(project)
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("HOME", root.join("home"))
        .env("LC_ALL", "C.UTF-8")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("agentshctl starts");
    let mut input = child.stdin.take().expect("stdin is piped");
    let requests: Vec<u8> = lines
        .iter()
        .enumerate()
        .flat_map(|(id, line)| {
            let request = serde_json::json!({ "id": id, "line": line, "cwd": project.to_string_lossy() });
            let mut bytes = serde_json::to_vec(&request).expect("a request is JSON");
            bytes.push(b'\n');
            bytes
        })
        .collect();
    let writer = std::thread::spawn(move || input.write_all(&requests));
    let output = child.wait_with_output().expect("agentshctl ends");
    writer.join().expect("the writer does not panic").expect("agentshctl reads its input");
    let text = String::from_utf8(output.stdout).expect("answers are UTF-8");
    let answers: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::from_str(line).expect("an answer is JSON")).collect();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(answers.len(), lines.len(), "answers are missing: {errors}");
    answers
}

/// The answer's effects as `verb name`, paths relative to the project where they lie in it.
fn found(answer: &serde_json::Value, project: &Path) -> Vec<String> {
    let effects = answer["effects"].as_array().map(Vec::as_slice).unwrap_or_default();
    let one = |effect: &serde_json::Value| {
        let object = &effect["object"];
        let name = ["path", "name"].iter().find_map(|key| object[*key].as_str()).unwrap_or_default();
        let inside = Path::new(name).strip_prefix(project).ok().map(|inside| inside.to_string_lossy().into_owned());
        let name = inside.map_or_else(|| name.to_owned(), |inside| if inside.is_empty() { ".".into() } else { inside });
        format!("{} {name}", effect["verb"].as_str().unwrap_or_default())
    };
    effects.iter().map(one).collect()
}

#[test]
fn every_example_is_judged_as_it_says() {
    let root = tempfile::tempdir().expect("a temporary directory can be made");
    let place = root.path().canonicalize().expect("a temporary directory has a path");
    let files = shipped();
    let project = checkout(&place, &files);
    let examples: Vec<(&Path, &Example)> =
        files.iter().flat_map(|(path, list)| list.iter().map(move |example| (path.as_path(), example))).collect();
    let lines: Vec<&str> = examples.iter().map(|(_, example)| example.line.as_str()).collect();
    let mut complaints = Vec::new();
    for ((path, example), answer) in examples.iter().zip(judged(&place, &project, &lines)) {
        let file = path.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap_or(path).display();
        let mut complain = |what: String| complaints.push(format!("{file}: `{}` {what}", example.line));
        let effects = found(&answer, &project);
        let is = answer["reversibility"].as_str().unwrap_or_default();
        if is != example.is {
            complain(format!("is {is}, not {}: {effects:?}", example.is));
        }
        for missing in example.effects.iter().filter(|wanted| !effects.contains(wanted)) {
            complain(format!("lacks `{missing}`: {effects:?}"));
        }
        for present in example.not.iter().filter(|unwanted| effects.contains(unwanted)) {
            complain(format!("has `{present}`"));
        }
    }
    assert!(complaints.is_empty(), "{} of {} examples:\n{}", complaints.len(), examples.len(), complaints.join("\n"));
}
