//! Chapter: the lines that shipped rules give as examples, judged by the real program.

use agentsh::policy::Policy;
use serde_json::{Value, json};
use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// A home directory with a checkout that has the files the examples name.
struct Project {
    folder: tempfile::TempDir,
    home: PathBuf,
    root: PathBuf,
}

impl Project {
    fn new() -> Self {
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a directory of our own");
        let home = folder.path().canonicalize().expect("it exists").join("home");
        let root = home.join("code/project");
        for directory in [".git/refs/heads", ".git/hooks", ".claude/hooks", "src", "build", "dist"] {
            fs::create_dir_all(root.join(directory)).expect("can be made");
        }
        for directory in [".ssh", ".aws", ".config/agentsh", ".local/state/agentsh", "Documents"] {
            fs::create_dir_all(home.join(directory)).expect("can be made");
        }
        fs::write(root.join(".git/HEAD"), "ref: refs/heads/main\n").expect("can be written");
        let remote = "[remote \"origin\"]\n\turl = https://example.com/a/b.git\n";
        fs::write(root.join(".git/config"), remote).expect("can be written");
        for file in ["a", "x", "notes.txt", "data.txt", ".env", "body.json", "src/main.c", "build/x.o"] {
            fs::write(root.join(file), "text\n").expect("can be written");
        }
        for file in [".bashrc", ".ssh/id_rsa", ".ssh/id_rsa.pub", ".aws/credentials", ".netrc"] {
            fs::write(home.join(file), "text\n").expect("can be written");
        }
        Self { folder, home, root }
    }

    /// The answers of `agentshctl check --batch` to these lines.
    fn check(&self, lines: &[&str]) -> Vec<Value> {
        let mut input = Vec::new();
        for line in lines {
            writeln!(input, "{}", json!({ "line": line })).expect("memory takes it");
        }
        let questions = self.folder.path().join("lines.jsonl");
        fs::write(&questions, input).expect("can be written");
        let output = Command::new(env!("CARGO_BIN_EXE_agentshctl"))
            .args(["check", "--batch"])
            .current_dir(&self.root)
            .env_clear()
            .env("HOME", &self.home)
            .env("PWD", &self.root)
            .env("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
            .stdin(fs::File::open(&questions).expect("was written"))
            .stderr(Stdio::inherit())
            .output()
            .expect("agentshctl runs");
        assert!(output.status.success(), "{}", output.status);
        let text = String::from_utf8(output.stdout).expect("JSON is UTF-8");
        text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
    }
}

#[test]
fn shipped_rules_match_their_examples_and_not_the_near_misses() {
    let policy = Policy::shipped();
    let mut cases = Vec::new();
    for (_, file, rule) in policy.rules() {
        cases.extend(rule.matches.iter().map(|line| (file, &rule.id, line.as_str(), true)));
        cases.extend(rule.not_match.iter().map(|line| (file, &rule.id, line.as_str(), false)));
    }
    assert!(cases.len() > 200, "only {} examples", cases.len());
    let lines: Vec<&str> = cases.iter().map(|(_, _, line, _)| *line).collect();
    let answers = Project::new().check(&lines);
    assert_eq!(answers.len(), cases.len());
    let mut wrong = Vec::new();
    for ((file, id, line, expected), answer) in cases.into_iter().zip(&answers) {
        let reasons = answer["reasons"].as_array().expect("reasons are a list");
        if reasons.iter().any(|reason| reason["rule"] == id.as_str()) != expected {
            let must = if expected { "must match" } else { "must not match" };
            wrong.push(format!("{file}: {id}: {must} `{line}`: {}", answer["effects"]));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), lines.len(), wrong.join("\n"));
}

#[test]
fn what_a_container_may_write_to_is_looked_at_however_it_is_said() {
    let project = Project::new();
    let grave = [
        "docker run -v $HOME:/h alpine rm -rf /h/x",
        "docker run --rm -v \"$HOME/.config\":/c alpine sh -c 'echo x > /c/agentsh/config.toml'",
        "docker run --mount type=bind,src=/,dst=/h alpine",
        "docker run -v //usr/../:/h alpine",
        "docker container run --volume=/usr/local:/h alpine",
        "docker create -v /var/run:/h alpine",
        "docker container create --mount type=bind,source=/etc,target=/h alpine",
        "docker compose run -v /:/h app sh",
        "podman run -v /home/:/h alpine",
        "docker run -v ../../../../../../../../../../../../../../../../..:/h alpine",
        "docker run -v $PWD/../../../../../../../../../../../../../../../../../etc:/h alpine",
        "docker run --mount type=bind,src=./../../../../../../../../../../../../../../../../..,dst=/h alpine",
        "ln -s / all && docker run -v ./all:/h alpine",
        "cd / && docker run -v ./:/h alpine",
    ];
    let fine = [
        "docker run -v \"$PWD\":/w alpine npm test",
        "docker run -v ~/.cache/x:/c -v data:/d alpine",
        "docker run -v ./src:/s -v .:/w alpine",
        "docker run -v $HOME:/h:ro alpine",
        "docker run --mount type=bind,src=/usr/share,dst=/s,readonly alpine",
        "docker run --mount type=volume,source=data,target=/d alpine",
    ];
    let lines: Vec<&str> = grave.iter().chain(&fine).copied().collect();
    for (index, answer) in project.check(&lines).iter().enumerate() {
        let reasons = answer["reasons"].as_array().expect("a list");
        let asked = reasons.iter().any(|reason| reason["rule"] == "host-mount");
        assert_eq!(asked, index < grave.len(), "{}: {answer}", lines[index]);
    }
}
