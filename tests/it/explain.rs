//! `agentshctl explain` of lines that show each mechanism once: what a person is told of each.

use crate::approval::person::Machine;

/// The project the lines are explained in.
const PROJECT: &str = r#"
mkdir -p dist b/src && touch src/main.o b/src/x.o 'b/src/two words.o'
git init -q a && git init -q b
printf '%s' '{"scripts":{"deploy":"npm run build && rsync -az --delete dist/ deploy@web1.example.com:/srv/shop","build":"mkdir -p dist"}}' > package.json
"#;

fn explained(machine: &Machine, line: &str) -> String {
    let output = machine.control(&["explain", "--", line]);
    assert_eq!(output.status.code(), Some(0), "{line}");
    String::from_utf8(output.stdout).expect("is UTF-8")
}

/// Every part is there, each behind the one before.
fn told(machine: &Machine, line: &str, parts: &[&str]) {
    let text = explained(machine, line);
    let mut rest = text.as_str();
    for part in parts {
        let Some(at) = rest.find(part) else { panic!("{line}: {part:?} is missing:\n{text}") };
        rest = &rest[at + part.len()..];
    }
}

#[test]
fn what_each_mechanism_does_is_told() {
    let machine = Machine::new();
    machine.run(PROJECT);
    let cases: [(&str, &[&str]); 15] = [
        (
            "cd / && rm -rf *",
            &[
                "─ cd /",
                "─ rm -rf ",
                "delete /",
                "deny by ",
                "more effects (--all shows them)",
                "verdict: deny, cannot be",
            ],
        ),
        (
            "rm -rf \"$UNSET/\"",
            &[
                "─ rm -rf /",
                "delete / and everything below it",
                "a variable is not set",
                "deny by delete-root",
                "verdict: deny",
            ],
        ),
        (
            "for d in a b; do git -C $d push -f; done",
            &[
                "─ git -C a push -f",
                "push to",
                "by force",
                "ask by push-rewrites",
                "─ git -C b push -f",
                "push to",
                "verdict: ask (type",
            ],
        ),
        ("X=rm; $X -rf ~", &["─ rm -rf ", "/home and everything below it", "deny by delete-home", "verdict: deny"]),
        (
            "find . -name '*.o' -print0 | xargs -0 rm",
            &[
                "─ find . -name",
                "look at ",
                "─ xargs -0 rm",
                "   └─ rm ./",
                "delete ",
                "src/main.o",
                "kept first: ",
                "verdict: allow, can be undone",
            ],
        ),
        (
            "kubectl -n prod delete ns x --dry-run=none",
            &[
                "─ kubectl -n prod delete ns x",
                "delete x and the data in it (namespace prod, type ns)",
                "ask by production-context",
                "verdict: ask (type",
            ],
        ),
        ("gh api repos/o/r -f a=b", &["send to repos/o/r (field a=b", "method POST", "ask by send", "verdict: ask"]),
        (
            "cat > notes.md <<'EOF'\nrm -rf /\nEOF",
            &[
                "2 | rm -rf /",
                "─ cat",
                "write ",
                "notes.md: can be undone",
                "kept first: ",
                "verdict: allow, can be undone",
            ],
        ),
        (
            "python3 - <<'EOF'\nimport shutil\nshutil.rmtree('dist')\nEOF",
            &[
                "─ python3 -",
                "perhaps delete ",
                "dist and everything below it [in code of another language]",
                "verdict: allow, runs code",
            ],
        ),
        (
            "ssh host 'sudo rm -rf /srv'",
            &[
                "─ ssh host",
                "run a command on host",
                "ask by remote-command",
                "   └─ sudo rm",
                "      └─ rm -rf /srv",
                "on another machine",
                "deny by delete-system",
                "verdict: deny",
            ],
        ),
        (
            "npm run deploy",
            &[
                "─ npm run deploy",
                "   ├─ npm run build",
                "─ mkdir -p dist",
                "─ rsync -az",
                "perhaps send to deploy@web1.example.com:/srv/shop",
                "ask by send",
                "verdict: ask",
            ],
        ),
        (
            "env -S \"rm -rf /etc\"",
            &["─ env -S", "   └─ rm -rf /etc", "delete /etc", "deny by delete-system", "verdict: deny"],
        ),
        (
            "npx prisma migrate reset --force",
            &[
                "─ npx prisma",
                "   └─ prisma migrate reset --force",
                "drop data in",
                "by force",
                "ask by drop-data",
                "verdict: ask (type",
            ],
        ),
        (
            "D=$(mktemp -d) && rm -rf \"$D\"",
            &[
                "─ mktemp -d",
                "create /tmp/tmp.",
                "─ rm -rf /tmp/tmp.",
                "can be undone",
                "verdict: allow, can be undone",
            ],
        ),
        (
            "terraform apply saved.plan",
            &["deploy infrastructure (plan saved.plan", "auto approve", "ask by deploy", "verdict: ask"],
        ),
    ];
    for (line, parts) in cases {
        told(&machine, line, parts);
    }
}

#[test]
fn what_a_command_runs_stands_below_it_and_nothing_is_told_twice() {
    let machine = Machine::new();
    machine.run(PROJECT);
    let text = explained(&machine, "sudo env A=1 sh -c 'rm a.txt'; touch b.txt");
    let tree: Vec<&str> =
        text.lines().filter(|line| line.contains("─ ")).map(|line| line.split("  (").next().unwrap_or(line)).collect();
    assert_eq!(
        tree,
        [
            "├─ sudo env A=1 sh -c 'rm a.txt'",
            "│  └─ env A=1 sh -c 'rm a.txt'",
            "│     └─ sh -c 'rm a.txt'",
            "│        └─ rm a.txt",
            "└─ touch b.txt"
        ]
    );
    assert_eq!(text.matches("ask by privileged: ").count(), 1, "{text}");
    // The words of one command of a loop, run twice: each time has its own effects.
    told(&machine, "for f in x y; do touch $f; done", &["─ touch x", "/x", "─ touch y", "/y"]);
    told(&machine, "for d in a b; do curl -X POST https://example.com/hook; done", &["send to", "verdict: ask"]);
}

#[test]
fn names_that_xargs_would_take_apart_are_not_told_as_they_are() {
    let machine = Machine::new();
    machine.run(PROJECT);
    told(&machine, "find b -name '*.o' | xargs rm", &["delete ", "…", "which files is known only when it runs"]);
    told(&machine, "find b -name '*.o' -print0 | xargs -0 rm", &["two words.o", "can be undone"]);
    told(&machine, "find src -name '*.o' | xargs rm", &["src/main.o", "can be undone"]);
    told(
        &machine,
        "find . -type d -name src -not -path './b/*' -exec rm -rf {} +",
        &["rm -rf ./src", "/src and everything", "can be undone"],
    );
    told(&machine, "find b/src -type f -exec mv {} dist \\;", &["mv b/src/", "can be undone"]);
}

#[test]
fn a_repository_without_a_work_tree_is_kept_itself() {
    let machine = Machine::new();
    machine.run(PROJECT);
    machine.run("git init -q --bare bare && git -C a commit -q --allow-empty -m one && git -C a push -q ../bare HEAD:refs/heads/x");
    let refs = || machine.run("git -C bare for-each-ref");
    let before = refs();
    assert!(before.contains("refs/heads/x"), "{before}");
    for line in ["git -C bare branch -D x", "cd bare && git update-ref -d refs/heads/x", "git -C bare pack-refs --all"]
    {
        let mut shell = machine.command(env!("CARGO_BIN_EXE_agentsh"));
        let out = shell.args(["-c", line]).env("CODEX_THREAD_ID", "s1").output().expect("runs");
        assert!(out.status.success(), "{line}: {}", String::from_utf8_lossy(&out.stderr));
        let undone = machine.control(&["undo", "-y"]);
        assert!(undone.status.success(), "{line}: {}", String::from_utf8_lossy(&undone.stderr));
        assert_eq!(refs(), before, "{line}");
    }
    assert!(!machine.work().join("bare/packed-refs").exists());
}

#[test]
fn a_git_command_is_about_the_repository_it_is_told() {
    let machine = Machine::new();
    machine.run(PROJECT);
    let other = machine.work().join("a");
    for line in [
        "git --git-dir=a/.git --work-tree=a reset --hard",
        "git --git-dir a/.git --work-tree a reset --hard",
        "GIT_DIR=a/.git GIT_WORK_TREE=a git reset --hard",
        "export GIT_DIR=$PWD/a/.git GIT_WORK_TREE=$PWD/a; git reset --hard",
        "git -C a --git-dir=.git reset --hard",
    ] {
        told(&machine, line, &[&format!("tracked files of {}/.git", other.display()), "kept first", "verdict: allow"]);
    }
    // Refs lie in the git directory, wherever the work tree is.
    told(&machine, "git --git-dir=a/.git branch -D x", &[&format!("kept first: {}/.git", other.display())]);
    // A work tree or an index elsewhere, or one that cannot be told: nothing is promised that would be of another repository.
    for line in [
        "GIT_DIR=a/.git git reset --hard",
        "git --work-tree=a clean -fdx",
        "git --git-dir=\"$1\" reset --hard",
        "GIT_INDEX_FILE=x git add main.c",
    ] {
        let text = explained(&machine, line);
        assert!(!text.contains("kept first") && !text.contains("can be undone"), "{line}: {text}");
    }
    // Nor where the directory cannot be told, and what its configuration runs is not known either.
    for line in [
        "cd \"$(curl -s http://127.0.0.1:1/where)\" && git reset --hard",
        "git -C \"$(curl -s http://127.0.0.1:1/where)\" clean -fdx",
        "read D; cd \"$D\" && git branch -D x",
    ] {
        let text = explained(&machine, line);
        assert!(!text.contains("kept first") && !text.contains("can be undone"), "{line}: {text}");
    }
    for line in ["read D; git -C \"$D\" status", "read D; cd \"$D\" && git diff"] {
        let text = explained(&machine, line);
        assert!(!text.contains("verdict: allow, changes nothing"), "{line}: {text}");
    }
    // The configuration puts the work tree elsewhere too.
    told(&machine, "git -c core.worktree=a reset --hard", &["verdict: allow, runs code"]);
    told(&machine, "git --config-env=core.worktree=HOME reset --hard", &["verdict: allow, runs code"]);
    machine.run("git -C b config core.worktree ../../a");
    told(&machine, "git -C b clean -fdx", &["verdict: allow, runs code"]);
    machine.run("git --git-dir=b/.git config core.worktree ..");
    told(&machine, "git -C b clean -fdx", &["kept first", "verdict: allow, can be undone"]);
    // What the configuration of the named repository runs is run by a command that reads as well.
    told(&machine, "git --git-dir=a/.git --work-tree=a status", &["verdict: allow, changes nothing"]);
    told(
        &machine,
        "git --git-dir=\"$(curl -s http://127.0.0.1:1/where)\" status",
        &["git --git-dir", "verdict: allow, runs code"],
    );
    machine.run("git -C a config core.fsmonitor ./watch");
    for line in
        ["git --git-dir=a/.git --work-tree=a status", "GIT_DIR=a/.git git status", "env GIT_DIR=a/.git git status"]
    {
        told(&machine, line, &["setting core.fsmonitor", "verdict: allow, runs code"]);
    }
    // A hook's own environment says what is so anyway.
    told(&machine, "GIT_DIR=.git GIT_INDEX_FILE=.git/index git add main.c", &["can be undone", "kept first"]);
    machine.run("git -C a remote add origin https://elsewhere.example/a.git");
    told(&machine, "GIT_DIR=a/.git GIT_WORK_TREE=a git push", &["elsewhere.example", "ask by push"]);
    told(&machine, "GIT_DIR=a/.git git push", &["elsewhere.example", "ask by push"]);
    told(
        &machine,
        "git --git-dir=\"$(curl -s http://127.0.0.1:1/where)\" push",
        &["repository unknown", "ask by push"],
    );
}
