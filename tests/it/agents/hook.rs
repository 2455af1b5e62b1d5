//! `agentshctl hook`: what agents are answered before and after a tool.

use super::{installed, program};
use crate::approval::person::{Machine, there};
use serde_json::{Value, json};
use std::io::Write;
use std::process::{Output, Stdio};

fn hook(machine: &Machine, agent: &str, input: &str) -> Output {
    let mut command = machine.command(env!("CARGO_BIN_EXE_agentshctl"));
    command.args(["hook", agent]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("starts");
    // Input that is too large is not read to its end.
    let _ = child.stdin.take().expect("a pipe").write_all(input.as_bytes());
    child.wait_with_output().expect("ends")
}

fn answer(machine: &Machine, agent: &str, input: &Value) -> Value {
    let output = hook(machine, agent, &input.to_string());
    assert_eq!(output.status.code(), Some(0), "{agent}: {}", String::from_utf8_lossy(&output.stderr));
    if output.stdout.is_empty() { Value::Null } else { serde_json::from_slice(&output.stdout).expect("JSON") }
}

/// Enters the hook in an agent's configuration, as `setup` does.
fn entered(machine: &Machine, agent: &str) {
    let file = match agent {
        "copilot-cli" => ".copilot/hooks/agentsh.json",
        "cursor" => ".cursor/hooks.json",
        _ => ".claude/settings.json",
    };
    let file = machine.path("home").join(file);
    std::fs::create_dir_all(file.parent().expect("a directory")).expect("makes a directory");
    std::fs::write(file, json!({ "hooks": [format!("/x/agentshctl hook {agent}")] }).to_string()).expect("writes");
}

/// What each agent says before it runs a line.
fn line(machine: &Machine, agent: &str, line: &str) -> Value {
    let cwd = machine.work();
    match agent {
        "gemini-cli" => {
            json!({ "session_id": "s", "cwd": cwd, "hook_event_name": "BeforeTool", "tool_name": "run_shell_command", "tool_input": { "command": line } })
        }
        "copilot-cli" => json!({ "sessionId": "s", "cwd": cwd, "toolName": "bash", "toolArgs": { "command": line } }),
        "cursor" => {
            json!({ "hook_event_name": "beforeShellExecution", "conversation_id": "s", "cwd": cwd, "command": line })
        }
        "cline" => {
            // As 3.0.65 sends it: the event has another name than the file, and parameters are texts.
            let commands = json!([line]).to_string();
            json!({ "hookName": "tool_call", "taskId": "s", "workspaceRoots": [cwd], "tool_call": { "id": "t1", "name": "run_commands", "input": { "commands": [line] } }, "preToolUse": { "toolName": "run_commands", "parameters": { "commands": commands } } })
        }
        "goose" => {
            json!({ "event": "PreToolUse", "session_id": "s", "matcher_context": "developer__shell", "tool_name": "developer__shell", "tool_input": { "command": line }, "working_dir": cwd, "tool_call_id": "t1" })
        }
        "crush" => {
            json!({ "event": "PreToolUse", "session_id": "s", "cwd": cwd, "tool_name": "bash", "tool_input": { "command": line } })
        }
        _ => {
            json!({ "session_id": "s", "prompt_id": "p1", "turn_id": "p1", "cwd": cwd, "hook_event_name": "PreToolUse", "tool_name": "Bash", "tool_input": { "command": line }, "tool_use_id": "t1" })
        }
    }
}

const AGENTS: [&str; 8] = ["claude-code", "codex", "gemini-cli", "copilot-cli", "cursor", "cline", "crush", "goose"];

/// The decision and its reason, in whatever words.
fn decision(agent: &str, answer: &Value) -> (String, String) {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    match agent {
        "claude-code" | "codex" => {
            let inner = &answer["hookSpecificOutput"];
            (text(&inner["permissionDecision"]), text(&inner["permissionDecisionReason"]))
        }
        "copilot-cli" => (text(&answer["permissionDecision"]), text(&answer["permissionDecisionReason"])),
        "cursor" => (text(&answer["permission"]), text(&answer["user_message"])),
        "cline" => {
            // A refusal that ends the task, or a line that says it in place of the one that was asked for.
            let said = text(&answer["overrideInput"]["commands"][0]);
            let word = if answer["cancel"] == true || said.ends_with(">&2; exit 126") { "deny" } else { "" };
            (word.to_owned(), text(&answer["errorMessage"]) + &said)
        }
        "goose" => {
            let word = if answer["decision"] == "block" { "deny" } else { "" };
            (word.to_owned(), text(&answer["reason"]))
        }
        _ => (text(&answer["decision"]), text(&answer["reason"])),
    }
}

#[test]
fn each_agent_is_answered_in_its_own_words() {
    for agent in AGENTS {
        let machine = Machine::new();
        entered(&machine, agent);
        let (word, _) = decision(agent, &answer(&machine, agent, &line(&machine, agent, "ls -l")));
        assert!(word.is_empty() || word == "allow", "{agent}: {word}");
        let (word, why) = decision(agent, &answer(&machine, agent, &line(&machine, agent, "rm -rf /")));
        assert!(word == "deny" && why.contains("cannot be approved"), "{agent}: {word} {why}");
        let (word, why) = decision(agent, &answer(&machine, agent, &line(&machine, agent, "git push origin main")));
        let asks = ["claude-code", "copilot-cli", "cursor"].contains(&agent);
        assert_eq!(word, if asks { "ask" } else { "deny" }, "{agent}: {why}");
        assert!(why.contains(&format!("agentshctl approve {}", machine.request())), "{agent}: {why}");
        // A name that is to be typed cannot be put by the agent.
        let (word, _) =
            decision(agent, &answer(&machine, agent, &line(&machine, agent, "git push --force origin main")));
        assert_eq!(word, "deny", "{agent}");
    }
}

#[test]
fn what_stands_in_for_a_refused_line_says_why_and_does_no_more() {
    let machine = Machine::new();
    let said = answer(&machine, "cline", &line(&machine, "cline", "git push origin \"main'$(touch x)\""));
    let line = said["overrideInput"]["commands"][0].as_str().expect("a line");
    let output = machine.command("/bin/bash").args(["-c", line]).output().expect("runs");
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!((output.status.code(), output.stdout.is_empty()), (Some(126), true), "{told}");
    assert!(told.starts_with("agentsh: not run: ") && told.lines().count() == 1, "{told}");
    assert!(!there(&machine.work().join("x")));
}

#[test]
fn what_cannot_be_read_blocks_the_tool() {
    let machine = Machine::new();
    for agent in AGENTS {
        let mut known = line(&machine, agent, "x");
        let large = line(&machine, agent, &"x".repeat(17 << 20)).to_string();
        // The tool is a shell, and there is no line.
        for name in ["tool_input", "toolArgs", "command", "preToolUse"] {
            known.as_object_mut().expect("an object").remove(name);
        }
        for input in ["", "{", "[]", "null", "\u{0}", &known.to_string(), &large] {
            let output = hook(&machine, agent, input);
            let shown = input.chars().take(40).collect::<String>();
            assert_eq!(output.status.code(), Some(2), "{agent}: {shown}");
            assert!(String::from_utf8_lossy(&output.stderr).contains("not run"), "{agent}: {shown}");
        }
    }
    // Input that never ends is not waited for.
    let mut command = machine.command(env!("CARGO_BIN_EXE_agentshctl"));
    command
        .args(["hook", "--timeout", "1", "claude-code"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let mut child = command.spawn().expect("starts");
    let held = child.stdin.take();
    assert_eq!(child.wait().expect("ends").code(), Some(2));
    drop(held);
    assert_eq!(hook(&machine, "no-such-agent", "{}").status.code(), Some(2));
}

/// A stand-in for the agent: it runs the hook and then what `then` says, both as its own children.
fn agent(machine: &Machine, input: &Value, then: &str) -> Output {
    std::fs::write(machine.path("input.json"), input.to_string()).expect("writes");
    let text = format!(
        "#!/bin/sh\n{} hook claude-code < {} >/dev/null\n{then}\n",
        env!("CARGO_BIN_EXE_agentshctl"),
        machine.path("input.json").display()
    );
    program(machine, "agent", &text);
    let shell = installed(machine).with_file_name("lib/agentsh/bash");
    let mut command = machine.command("setsid");
    command.args(["--wait", "agent"]).env("CLAUDE_CODE_SHELL", shell).stdin(Stdio::null()).output().expect("runs")
}

#[test]
fn what_the_agent_has_put_to_the_person_is_not_asked_again() {
    let machine = Machine::new();
    let input = line(&machine, "claude-code", "git push origin main");
    let shell = env!("CARGO_BIN_EXE_agentsh");
    // Nor where the hook is not entered: then it was not the agent that ran it.
    assert_eq!(agent(&machine, &input, &format!("{shell} -c 'git push origin main'")).status.code(), Some(126));
    entered(&machine, "claude-code");
    // Not for what the agent's lines start, nor for another line, nor twice.
    for then in [
        format!("sh -c \"{shell} -c 'git push origin main'; exit \\$?\""),
        format!("{shell} -c 'git push origin HEAD:main'"),
    ] {
        assert_eq!(agent(&machine, &input, &then).status.code(), Some(126), "{then}");
        assert_eq!(machine.pushed(), 0);
    }
    let then = format!("{shell} -c 'git push origin main' && {shell} -c 'git push origin main'");
    assert_eq!(agent(&machine, &input, &then).status.code(), Some(126));
    assert_eq!(machine.pushed(), 1);
}

#[test]
fn ids_of_the_agent_are_recorded() {
    let machine = Machine::new();
    let input = line(&machine, "claude-code", "rm -rf src");
    let shell = env!("CARGO_BIN_EXE_agentsh");
    assert_eq!(agent(&machine, &input, &format!("{shell} -c 'rm -rf src'")).status.code(), Some(0));
    let row: Value = serde_json::from_slice(&machine.control(&["log", "--json"]).stdout).expect("one step");
    assert_eq!((&row["call"], &row["prompt"]), (&json!("t1"), &json!("p1")));
}

#[test]
fn an_edit_by_a_tool_is_a_step_that_can_be_undone() {
    let machine = Machine::new();
    let file = machine.work().join("src/main.rs");
    let call = |event: &str, tool: &str, input: Value| json!({ "session_id": "s", "cwd": machine.work(), "hook_event_name": event, "tool_name": tool, "tool_input": input, "tool_use_id": "e1" });
    let write = json!({ "file_path": file, "content": "fn other() {}\n" });
    assert_eq!(answer(&machine, "claude-code", &call("PreToolUse", "Write", write.clone())), Value::Null);
    std::fs::write(&file, "fn other() {}\n").expect("writes");
    assert_eq!(answer(&machine, "claude-code", &call("PostToolUse", "Write", write)), Value::Null);
    let row: Value = serde_json::from_slice(&machine.control(&["log", "--json"]).stdout).expect("one step");
    assert_eq!(
        (&row["call"], &row["coverage"], &row["changes"]["modified"]),
        (&json!("e1"), &json!("full"), &json!(1))
    );
    let step = row["step"].as_str().expect("a name");
    let undone = machine
        .command(env!("CARGO_BIN_EXE_agentshctl"))
        .args(["undo", "--yes", step])
        .env("CLAUDE_CODE_SESSION_ID", "s")
        .output();
    let undone = undone.expect("runs");
    assert_eq!(undone.status.code(), Some(0), "{}", String::from_utf8_lossy(&undone.stderr));
    assert_eq!(std::fs::read_to_string(&file).expect("is there"), "fn main() {}\n");
    // A patch names its files; a new one goes when it is undone.
    let patch = "*** Begin Patch\n*** Add File: new.txt\n+x\n*** Update File: src/main.rs\n*** End Patch";
    let patch = call("PreToolUse", "apply_patch", json!({ "input": patch }));
    assert_eq!(answer(&machine, "codex", &patch), Value::Null);
    assert!(!there(&machine.work().join("new.txt")));
    // What rules guard is guarded from tools too.
    let settings = json!({ "file_path": machine.path("home/.claude/settings.json"), "content": "{}" });
    let (word, _) = decision("claude-code", &answer(&machine, "claude-code", &call("PreToolUse", "Edit", settings)));
    assert_eq!(word, "deny");
}

#[test]
fn an_edit_that_cannot_be_kept_is_one_step_and_not_covered() {
    let machine = Machine::new();
    std::fs::write(machine.path("config/agentsh/config.toml"), "limits.file = 70000\n").expect("writes");
    let file = machine.work().join("large");
    std::fs::write(&file, vec![b'x'; 80_000]).expect("writes");
    entered(&machine, "claude-code");
    let call = json!({ "session_id": "s", "cwd": machine.work(), "hook_event_name": "PreToolUse", "tool_name": "Write", "tool_input": { "file_path": file, "content": "" }, "tool_use_id": "e1" });
    let (word, why) = decision("claude-code", &answer(&machine, "claude-code", &call));
    assert!(word == "ask" && why.contains("cannot be kept cannot be taken back: cannot keep a copy"), "{word}: {why}");
    let log = machine.control(&["log", "--json", "--all"]).stdout;
    let rows: Vec<Value> =
        String::from_utf8_lossy(&log).lines().map(|row| serde_json::from_str(row).expect("JSON")).collect();
    assert_eq!(rows.len(), 1, "{rows:?}");
    assert_ne!(rows[0]["coverage"], json!("full"), "{rows:?}");
}

#[test]
fn where_the_shell_is_not_ours_the_hook_keeps_what_a_line_takes_away() {
    let machine = Machine::new();
    // Codex takes the shell of the passwd file, or bash on PATH: here neither is agentsh.
    assert_eq!(answer(&machine, "codex", &line(&machine, "codex", "rm -rf src")), Value::Null);
    machine.run("rm -rf src");
    let row: Value = serde_json::from_slice(&machine.control(&["log", "--json"]).stdout).expect("one step");
    assert_eq!((&row["line"], &row["call"]), (&json!("rm -rf src"), &json!("t1")));
    let step = row["step"].as_str().expect("a name");
    let mut undo = machine.command(env!("CARGO_BIN_EXE_agentshctl"));
    let undone = undo.args(["undo", "--yes", step]).env("CODEX_THREAD_ID", "s").output().expect("runs");
    assert_eq!(undone.status.code(), Some(0), "{}", String::from_utf8_lossy(&undone.stderr));
    assert!(there(&machine.work().join("src/main.rs")));
}
