//! `agentshctl run`: the agent's shells are ours, its lines belong to one session.

use super::{installed, program};
use crate::approval::person::{Machine, Terminal, there};
use serde_json::Value;

fn rows(machine: &Machine, arguments: &[&str]) -> Vec<Value> {
    let output = machine.control(arguments);
    let text = String::from_utf8(output.stdout).expect("is UTF-8");
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

#[test]
fn the_agent_gets_our_shell_and_its_lines_the_session() {
    let machine = Machine::new();
    let bin = installed(&machine);
    program(
        &machine,
        "claude",
        "#!/bin/sh\necho \"shell=$CLAUDE_CODE_SHELL args=$*\"\n\"$CLAUDE_CODE_SHELL\" -c 'rm -rf src'\nexit 7\n",
    );
    let script = format!("{}/agentshctl run --session fix-1 -- claude -p x", bin.display());
    let terminal = Terminal::start(&machine, &script, &[]);
    let (printed, status) = terminal.finish();
    assert_eq!(status, 7, "{printed}");
    assert!(printed.contains("agentsh: session fix-1: Claude Code"), "{printed}");
    assert!(printed.contains("lib/agentsh/bash args=-p x"), "{printed}");
    assert!(!there(&machine.work().join("src")));
    let rows = rows(&machine, &["log", "--json", "--session", "fix-1"]);
    assert_eq!(rows.len(), 1, "{rows:?}");
    assert_eq!((&rows[0]["line"], &rows[0]["agent"]), (&Value::from("rm -rf src"), &Value::from("claude-code")));
    // The session is over; its name is free.
    assert!(!there(&machine.state().join("runs/fix-1.json")));
}

#[test]
fn an_agent_that_is_not_known_gets_shell_and_path() {
    let machine = Machine::new();
    let bin = installed(&machine);
    program(&machine, "somebot", "#!/bin/sh\n\"$SHELL\" -c 'echo one >one'\nbash -c 'echo two >two'\nkill -TERM $$\n");
    let script = format!("{}/agentshctl run --session s2 -- somebot", bin.display());
    let (printed, status) = Terminal::start(&machine, &script, &[]).finish();
    assert_eq!(status, 143, "{printed}");
    let lines: Vec<Value> =
        rows(&machine, &["log", "--json", "--session", "s2"]).iter().map(|row| row["line"].clone()).collect();
    assert_eq!(lines, ["echo two >two", "echo one >one"]);
}

#[test]
fn a_scope_holds_for_the_session_alone() {
    let machine = Machine::new();
    let bin = installed(&machine);
    let other = machine.path("home/other");
    std::fs::create_dir(&other).expect("makes a directory");
    // Directories for temporary files are ordinary anywhere; the scope's own root is not to be taken away.
    let line = format!("rm -rf {}", other.display());
    program(&machine, "somebot", &format!("#!/bin/sh\nsetsid --wait \"$SHELL\" -c '{line}'\n"));
    let script = format!("{}/agentshctl run --session s3 --scope {} -- somebot", bin.display(), other.display());
    let (printed, status) = Terminal::start(&machine, &script, &[]).finish();
    assert_eq!((status, there(&other)), (126, true), "{printed}");
    // Its name alone gives nobody its scope.
    let output = machine
        .command(env!("CARGO_BIN_EXE_agentshctl"))
        .args(["check", "--", &line])
        .env("AGENTSH_SESSION", "s3")
        .output();
    assert_eq!(output.expect("runs").status.code(), Some(0));
}

#[test]
fn a_worktree_of_its_own_is_merged_when_the_person_says_so() {
    let machine = Machine::new();
    let bin = installed(&machine);
    program(
        &machine,
        "somebot",
        "#!/bin/sh\n\"$SHELL\" -c 'echo new > new.txt && git add new.txt && git commit -qm second'\n",
    );
    let script = format!("{}/agentshctl run --session w1 --worktree -- somebot", bin.display());
    let mut terminal = Terminal::start(&machine, &script, &[]);
    terminal.expect("agent/w1: 1 commit");
    assert!(!there(&machine.work().join("new.txt")));
    terminal.expect("[y/N]");
    terminal.send("y\n");
    let (printed, status) = terminal.finish();
    assert_eq!(status, 0, "{printed}");
    assert!(there(&machine.work().join("new.txt")), "{printed}");
    assert_eq!(machine.run("git log --format=%s -n1 main").trim(), "second");
}

#[test]
fn only_a_person_opens_a_session() {
    let machine = Machine::new();
    let output = machine.control(&["run", "--", "true"]);
    assert_eq!(output.status.code(), Some(125));
    assert!(String::from_utf8_lossy(&output.stderr).contains("only a person"));
    let bin = installed(&machine);
    let script = format!("{}/agentshctl run --session ../x -- true", bin.display());
    assert_eq!(Terminal::start(&machine, &script, &[]).finish().1, 125);
    let script = format!("{}/agentshctl run -- no-such-program", bin.display());
    assert_eq!(Terminal::start(&machine, &script, &[]).finish().1, 127);
}
