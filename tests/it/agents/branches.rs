//! `git = "branch-only"`, and one committer at a time.

use super::{installed, program};
use crate::approval::person::{Machine, Terminal, there};
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Output, Stdio};
use std::time::{Duration, Instant};

fn branch_only() -> Machine {
    let machine = Machine::new();
    let text = "git = \"branch-only\"\ngit_protected = [\"release/*\"]\n";
    std::fs::write(machine.path("config/agentsh/config.toml"), text).expect("writes");
    machine
}

/// A line of an agent in session `s1`.
fn run(machine: &Machine, line: &str) -> Output {
    let mut command = machine.command("setsid");
    command.args(["--wait", "agentsh", "-c", line]).env("CODEX_THREAD_ID", "s1").stdin(Stdio::null());
    command.output().expect("runs")
}

fn refused(machine: &Machine, line: &str) -> String {
    let output = run(machine, line);
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(126), "{line}: {text}");
    text
}

#[test]
fn protected_branches_are_neither_moved_nor_pushed() {
    let machine = branch_only();
    machine.run("git branch agent/s1; git branch release/1; git branch other");
    let head = machine.run("git rev-parse main");
    for line in [
        "git commit --allow-empty -m x",
        "git merge agent/s1",
        "git -C . rebase agent/s1",
        "git reset --hard agent/s1",
        "git switch agent/s1 && git branch -f main other",
        "git checkout agent/s1 && git checkout main && git commit --allow-empty -m x",
        "git switch release/1 && git commit --allow-empty -m x",
        "git checkout -B main agent/s1",
        "git switch -C main agent/s1",
        "git branch -m main old",
        "git branch -D release/1",
        "git worktree add -B main ../beside agent/s1",
        "git pull . agent/s1:main",
        "git rebase agent/s1 main",
        "git filter-branch --force HEAD",
        "git symbolic-ref refs/heads/main refs/heads/other",
        "echo 0 > .git/refs/heads/main",
        "git checkout -q agent/s1 && cd src && env git -C .. checkout -q main && git commit --allow-empty -m x",
        "git update-ref refs/heads/main agent/s1",
        "git --git-dir=../elsewhere/.git switch agent/s1 && git commit --allow-empty -m x",
        "git push origin main",
        "git push origin agent/s1:main",
        "git push origin agent/s1 HEAD:refs/heads/main",
        "git push origin --delete main",
        "git push origin :release/1",
        "git push origin +main",
        "git push",
        "git push --all origin",
        "git push . agent/s1:release/1",
        "git fetch . agent/s1:main",
    ] {
        let text = refused(&machine, line);
        assert!(text.contains("rule branch-only") && text.contains("agent/s1"), "{line}: {text}");
    }
    assert_eq!((machine.run("git rev-parse main"), machine.pushed()), (head, 0));
}

#[test]
fn a_sessions_own_branch_is_its_to_commit_to() {
    let machine = branch_only();
    for line in [
        "git switch -q -c agent/s1 && git commit -q --allow-empty -m one",
        "git commit -q --allow-empty -m two",
        "git -c user.name=x commit -q --allow-empty --amend -m two && git merge -q main && git reset -q --soft HEAD~1",
        "set -e; git switch -q main; git checkout -q agent/s1; git commit -q --allow-empty -m three",
        "git branch elsewhere && git tag t && git fetch -q . main:refs/remotes/here/main && git stash list",
        "git log --oneline main",
        "git switch -q main",
    ] {
        let output = run(&machine, line);
        assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    }
    assert_eq!(machine.run("git rev-list --count main..agent/s1").trim(), "2");
    // Somebody else's branch is asked about, and so is what may go to one, and a push of the session's own.
    machine.run("git switch -q -c other");
    for line in [
        "git commit --allow-empty -m x",
        "git branch -f elsewhere",
        "git switch agent/s1; git commit --allow-empty -m x",
        "git switch agent/s1 | cat && git commit --allow-empty -m x",
        "GIT_DIR=/nowhere git commit --allow-empty -m x",
    ] {
        let text = refused(&machine, line);
        assert!(text.contains("approve") && text.contains("branch-only"), "{line}: {text}");
    }
    assert!(refused(&machine, "git push origin agent/s1").contains("rule push"));
}

#[test]
fn a_branch_of_another_name_that_the_remote_calls_its_default_is_protected() {
    let machine = branch_only();
    machine.run("git switch -q -c dev && git push -q origin dev && git fetch -q && git remote set-head origin dev");
    assert!(refused(&machine, "git commit --allow-empty -m x").contains("dev is protected"));
}

#[test]
fn an_agent_that_says_nothing_of_itself_is_held_to_it_too() {
    let machine = branch_only();
    // By its hook, and by its name among the processes above.
    let call = serde_json::json!({ "session_id": "s1", "cwd": machine.work(), "hook_event_name": "PreToolUse", "tool_name": "Bash",
        "tool_input": { "command": "git commit --allow-empty -m x" }, "tool_use_id": "t1" });
    std::fs::write(machine.path("call"), call.to_string()).expect("writes");
    let said = machine.run("agentshctl hook codex < ../call");
    assert!(said.contains("deny") && said.contains("agent/s1"), "{said}");
    program(
        &machine,
        "cline",
        "#!/bin/sh\nenv -i HOME=$HOME PATH=$PATH XDG_CONFIG_HOME=$XDG_CONFIG_HOME XDG_STATE_HOME=$XDG_STATE_HOME \\\n\
             agentsh -c 'git commit -q --allow-empty -m x'; echo ended $?\n",
    );
    let mut command = machine.command("setsid");
    let output = command.args(["--wait", "cline"]).stdin(Stdio::null()).output().expect("runs");
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "ended 126\n", "{told}");
    assert!(told.contains("rule branch-only") && told.contains("agent/NAME"), "{told}");
}

#[test]
fn a_rebase_moves_the_branch_it_was_begun_on() {
    let machine = branch_only();
    machine.run(
        "git switch -q -c agent/s1 && echo a > f && git add f && git commit -qm a && git switch -q main && echo b > f \
         && git add f && git commit -qm b && git switch -q agent/s1",
    );
    assert_eq!(run(&machine, "git rebase -q main").status.code(), Some(1));
    let output = run(&machine, "echo c > f && git add f && GIT_EDITOR=true git rebase --continue");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    machine.run(
        "git switch -q main && git rebase -q agent/s1 && git reset -q --hard HEAD~1 && echo d > f && git commit -qam d",
    );
    machine.run("git rebase -q agent/s1 || true");
    assert!(refused(&machine, "git rebase --continue").contains("main is protected"));
    assert!(run(&machine, "git rebase --abort").status.success());
}

#[test]
fn a_throw_away_repository_is_nobodys() {
    let machine = branch_only();
    let there = tempfile::tempdir().expect("a directory");
    let line =
        format!("cd {} && git init -qb main x && cd x && git commit -q --allow-empty -m x", there.path().display());
    let output = run(&machine, &line);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_person_is_not_held_to_it_and_nobody_without_the_setting() {
    let machine = branch_only();
    let script = format!("{} check -- 'git commit -m x'", env!("CARGO_BIN_EXE_agentshctl"));
    let (printed, status) = Terminal::start(&machine, &script, &[]).finish();
    assert_eq!(status, 0, "{printed}");
    let machine = Machine::new();
    assert!(machine.away("git commit -q --allow-empty -m x").status.success());
}

#[test]
fn below_the_guard_a_script_does_not_move_them_either() {
    let machine = branch_only();
    let bin = installed(&machine);
    let head = machine.run("git rev-parse main");
    let agent = "#!/bin/sh\n/bin/sh -c 'git commit -q --allow-empty -m x'\n\
                 /usr/bin/perl -e 'open F, q(>), q(.git/refs/heads/main) and print F 0 x 40'\nexit 0\n";
    program(&machine, "somebot", agent);
    let script = format!("{}/agentshctl run --session s1 -- somebot", bin.display());
    let (printed, status) = Terminal::start(&machine, &script, &[]).finish();
    assert_eq!(status, 0, "{printed}");
    assert!(printed.contains("branch-only"), "{printed}");
    assert_eq!(machine.run("git rev-parse main"), head, "{printed}");
}

/// Waits until a file is there.
fn await_file(machine: &Machine, name: &str) {
    let until = Instant::now() + Duration::from_secs(60);
    while !there(&machine.work().join(name)) {
        assert!(Instant::now() < until, "{name} is not there");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn start(machine: &Machine, session: &str, line: &str) -> Child {
    let mut command = machine.command("setsid");
    command.args(["--wait", "agentsh", "-c", line]).env("CODEX_THREAD_ID", session);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("runs")
}

fn ended(child: Child) -> String {
    let output = child.wait_with_output().expect("ends");
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{told}");
    told
}

/// Waits until a line has said that it waits for another session.
fn await_notice(child: &mut Child) {
    let mut told = String::new();
    let mut lines = BufReader::new(child.stderr.take().expect("is piped"));
    while !told.contains("agentsh: waiting: session one is changing") {
        assert_ne!(lines.read_line(&mut told).expect("reads"), 0, "ended without having waited: {told}");
    }
    child.stderr = Some(lines.into_inner());
}

const HOLDS: &str = "git commit -q --allow-empty -m one && touch begun && while [ ! -e go ]; do sleep 0.05; done";

#[test]
fn one_session_commits_at_a_time_and_the_other_waits_and_is_told() {
    let machine = Machine::new();
    machine.run("git worktree add -q ../beside");
    let first = start(&machine, "one", HOLDS);
    await_file(&machine, "begun");
    // From another work tree too.
    let mut second = start(&machine, "two", "git -C ../beside commit -q --allow-empty -m two");
    await_notice(&mut second);
    // What does not touch the repository does not wait, and nor does what a person does.
    assert_eq!(ended(start(&machine, "three", "git log --oneline && echo x > x")), "");
    machine.run("git tag persons");
    assert_eq!(machine.run("git log -1 --format=%s beside").trim(), "first");
    std::fs::write(machine.work().join("go"), "").expect("writes");
    assert_eq!(ended(first), "");
    ended(second);
    assert_eq!(machine.run("git log -1 --format=%s beside").trim(), "two");
    // A line of the holder's own does not wait for it.
    let nested =
        "git commit -q --allow-empty -m a && agentsh -c 'git commit -q --allow-empty -m b' && agentsh -c 'git tag c'";
    assert_eq!(ended(start(&machine, "one", nested)), "");
}

#[test]
fn what_was_kept_before_the_wait_is_kept_anew_after_it() {
    let machine = Machine::new();
    let first = start(
        &machine,
        "one",
        "touch begun && while [ ! -e go ]; do sleep 0.05; done && git commit -q --allow-empty -m one",
    );
    await_file(&machine, "begun");
    let mut second = start(&machine, "two", "git commit -q --allow-empty -m two");
    await_notice(&mut second);
    std::fs::write(machine.work().join("go"), "").expect("writes");
    ended(first);
    ended(second);
    let mut undo = machine.command(env!("CARGO_BIN_EXE_agentshctl"));
    let undone =
        undo.env("CODEX_THREAD_ID", "two").args(["undo", "--yes"]).stdin(Stdio::null()).output().expect("runs");
    assert!(undone.status.success(), "{}", String::from_utf8_lossy(&undone.stderr));
    assert_eq!(machine.run("git log -1 --format=%s").trim(), "one");
}

#[test]
fn who_dies_with_the_turn_holds_nobody_up() {
    let machine = Machine::new();
    let line = "git commit -q --allow-empty -m one && echo $$ > shell && touch begun && while [ ! -e go ]; do sleep 0.05; done";
    let first = start(&machine, "one", line);
    await_file(&machine, "begun");
    machine.run("kill -9 $(cat shell)");
    assert!(!first.wait_with_output().expect("ends").status.success());
    ended(start(&machine, "two", "git commit -q --allow-empty -m two"));
}

#[test]
fn below_the_guard_programs_take_turns_too() {
    let machine = Machine::new();
    let bin = installed(&machine);
    let first = start(&machine, "one", HOLDS);
    await_file(&machine, "begun");
    let agent = "#!/bin/sh\n/usr/bin/perl -e 'system(q(git commit -q --allow-empty -m two)) and die; system(q(git tag two)) and die'\nexit 0\n";
    program(&machine, "somebot", agent);
    let script = format!("{}/agentshctl run --session two -- somebot; echo done > done", bin.display());
    let mut terminal = Terminal::start(&machine, &script, &[]);
    terminal.expect("agentsh: waiting: session one is changing");
    assert_eq!(machine.run("git log -1 --format=%s").trim(), "one");
    std::fs::write(machine.work().join("go"), "").expect("writes");
    await_file(&machine, "done");
    terminal.finish();
    ended(first);
    assert_eq!(machine.run("git log -1 --format=%s").trim(), "two");
}
