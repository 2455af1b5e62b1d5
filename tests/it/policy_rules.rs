//! Chapter: the lines that shipped rules give as examples.

use agentsh::effect::{Effect, Entry, Start, World, assess};
use agentsh::grammar::Catalog;
use agentsh::host::{Disk, Places, load};
use agentsh::policy::Verdict;
use agentsh::syntax::{ReadOptions, read};
use std::fs;
use std::path::{Path, PathBuf};

/// This machine with another home directory and no variables but those a line needs.
struct Pretended {
    disk: Disk,
    home: PathBuf,
}

impl World for Pretended {
    fn working_directory(&self) -> PathBuf {
        self.disk.working_directory()
    }
    fn variable(&self, name: &[u8]) -> Option<Vec<u8>> {
        match name {
            b"HOME" => Some(self.home.to_string_lossy().into_owned().into_bytes()),
            b"PWD" => Some(self.working_directory().to_string_lossy().into_owned().into_bytes()),
            b"PATH" => Some(b"/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin".to_vec()),
            _ => None,
        }
    }
    fn exported_functions(&self) -> Vec<(Vec<u8>, Vec<u8>)> {
        Vec::new()
    }
    fn home(&self, user: Option<&[u8]>) -> Option<PathBuf> {
        if user.is_none() { Some(self.home.clone()) } else { self.disk.home(user) }
    }
    fn inspect(&self, path: &Path) -> Option<Entry> {
        self.disk.inspect(path)
    }
    fn link_target(&self, path: &Path) -> Option<PathBuf> {
        self.disk.link_target(path)
    }
    fn names(&self, directory: &Path) -> Option<Vec<Vec<u8>>> {
        self.disk.names(directory)
    }
    fn contents(&self, path: &Path, limit: u64) -> Option<Vec<u8>> {
        self.disk.contents(path, limit)
    }
    fn executable(&self, path: &Path) -> bool {
        self.disk.executable(path)
    }
}

/// A home directory with a checkout that has the files the examples name.
struct Project {
    _folder: tempfile::TempDir,
    world: Pretended,
    places: Places,
    catalog: Catalog,
}

impl Project {
    fn new() -> Self {
        // Not in /tmp: that a project lies outside the directories for temporary files is part of the examples.
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a directory of our own");
        let home = folder.path().canonicalize().expect("it exists").join("home");
        let project = home.join("code/project");
        for directory in [".git/refs/heads", ".git/hooks", ".claude/hooks", "src", "build", "dist"] {
            fs::create_dir_all(project.join(directory)).expect("can be made");
        }
        for directory in [".ssh", ".aws", ".config/agentsh", ".local/state/agentsh", "Documents"] {
            fs::create_dir_all(home.join(directory)).expect("can be made");
        }
        fs::write(project.join(".git/HEAD"), "ref: refs/heads/main\n").expect("can be written");
        let remote = "[remote \"origin\"]\n\turl = https://example.com/a/b.git\n";
        fs::write(project.join(".git/config"), remote).expect("can be written");
        for file in ["a", "x", "notes.txt", "data.txt", ".env", "body.json", "src/main.c", "build/x.o"] {
            fs::write(project.join(file), "text\n").expect("can be written");
        }
        for file in [".bashrc", ".ssh/id_rsa", ".ssh/id_rsa.pub", ".aws/credentials", ".netrc"] {
            fs::write(home.join(file), "text\n").expect("can be written");
        }
        let places = Places {
            home: Some(home.clone()),
            state: home.join(".local/state/agentsh"),
            configuration: home.join(".config/agentsh"),
            system: folder.path().join("etc/agentsh"),
        };
        let world = Pretended { disk: Disk::new(project), home };
        Self { _folder: folder, world, places, catalog: Catalog::shipped() }
    }

    fn judge(&self, line: &str) -> Verdict {
        let loaded = load(&self.places, &self.world.working_directory());
        let reading = read(line.as_bytes(), &ReadOptions::default());
        let start = Start { zero: b"bash".to_vec(), ..Start::default() };
        let world = Pretended { disk: Disk::new(self.world.working_directory()), home: self.world.home.clone() };
        let assessment = assess(&reading, &self.catalog, &world, &start);
        loaded.policy.judge(&assessment, &loaded.scope)
    }
}

#[test]
fn shipped_rules_match_their_examples_and_not_the_near_misses() {
    let project = Project::new();
    let policy = agentsh::policy::Policy::shipped();
    let mut wrong = Vec::new();
    let mut tried = 0;
    for (_, file, rule) in policy.rules() {
        let expected =
            rule.matches.iter().map(|line| (line, true)).chain(rule.not_match.iter().map(|line| (line, false)));
        for (line, expected) in expected {
            let verdict = project.judge(line);
            tried += 1;
            if verdict.reasons.iter().any(|reason| reason.rule == rule.id) != expected {
                let effects: Vec<String> = verdict.effects.iter().map(shown).collect();
                let must = if expected { "must match" } else { "must not match" };
                wrong.push(format!("{file}: {}: {must} `{line}`: {effects:?}", rule.id));
            }
        }
    }
    assert!(tried > 200, "only {tried} examples");
    assert!(wrong.is_empty(), "{} of {tried}:\n{}", wrong.len(), wrong.join("\n"));
}

fn shown(effect: &Effect) -> String {
    format!("{:?} {:?} {} {:?}", effect.verb, effect.object.kind, effect.object.display_name(), effect.tags)
}
