//! `agentshctl setup`: the agents' own configuration.

use super::installed;
use crate::approval::person::{Machine, Terminal, there};

const BEFORE: &str = "{\n  // mine\n  \"model\":  \"x\",\n  \"env\": {\"A\": \"1\"}\n}\n";

#[test]
fn settings_are_shown_changed_and_given_back_byte_for_byte() {
    let machine = Machine::new();
    let bin = installed(&machine);
    let file = machine.path("home/.claude/settings.json");
    std::fs::create_dir_all(file.parent().expect("a directory")).expect("makes a directory");
    std::fs::write(&file, BEFORE).expect("writes");
    let control = bin.join("agentshctl").display().to_string();
    let mut terminal = Terminal::start(&machine, &format!("{control} setup claude-code"), &[]);
    terminal.expect("+");
    terminal.expect("CLAUDE_CODE_SHELL");
    terminal.expect("[y/N]");
    assert_eq!(std::fs::read_to_string(&file).expect("is there"), BEFORE);
    terminal.send("y\n");
    assert_eq!(terminal.finish().1, 0);
    let after = std::fs::read_to_string(&file).expect("is there");
    assert!(
        after.contains("// mine") && after.contains("\"model\":  \"x\"") && after.contains("hook claude-code"),
        "{after}"
    );
    let (printed, status) = Terminal::start(&machine, &format!("{control} setup -y claude-code"), &[]).finish();
    assert!(status == 0 && printed.contains("entered already"), "{printed}");
    assert_eq!(Terminal::start(&machine, &format!("{control} setup -y --undo claude-code"), &[]).finish().1, 0);
    assert_eq!(std::fs::read_to_string(&file).expect("is there"), BEFORE);
}

#[test]
fn what_changed_since_keeps_what_is_not_ours() {
    let machine = Machine::new();
    let bin = installed(&machine);
    let control = bin.join("agentshctl").display().to_string();
    let file = machine.path("home/.gemini/settings.json");
    assert_eq!(Terminal::start(&machine, &format!("{control} setup -y gemini"), &[]).finish().1, 0);
    let ours = std::fs::read_to_string(&file).expect("is there");
    std::fs::write(&file, ours.replacen('{', "{\n  \"theme\": \"dark\",", 1)).expect("writes");
    assert_eq!(Terminal::start(&machine, &format!("{control} setup -y --undo gemini"), &[]).finish().1, 0);
    let left: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(&file).expect("is there")).expect("JSON");
    assert_eq!(left, serde_json::json!({ "theme": "dark" }));
    // Files that were not there are not there again.
    for agent in ["codex", "cline", "cursor", "opencode", "copilot", "aider", "goose"] {
        assert_eq!(Terminal::start(&machine, &format!("{control} setup -y {agent}"), &[]).finish().1, 0, "{agent}");
        assert_eq!(
            Terminal::start(&machine, &format!("{control} setup -y --undo {agent}"), &[]).finish().1,
            0,
            "{agent}"
        );
    }
    for file in [
        ".codex/hooks.json",
        ".cline/hooks/PreToolUse",
        ".cursor/hooks.json",
        ".config/opencode/opencode.json",
        ".aider.conf.yml",
        ".agents/plugins/agentsh/plugin.json",
        ".agents/plugins/agentsh/hooks/hooks.json",
    ] {
        assert!(!there(&machine.path("home").join(file)), "{file}");
    }
}

#[test]
fn nothing_is_entered_below_an_agent_or_without_a_yes() {
    let machine = Machine::new();
    let output = machine.control(&["setup", "-y", "claude-code"]);
    assert_eq!(output.status.code(), Some(1));
    let bin = installed(&machine);
    let control = bin.join("agentshctl").display().to_string();
    let mut terminal = Terminal::start(&machine, &format!("{control} setup codex"), &[]);
    terminal.expect("[y/N]");
    terminal.send("n\n");
    assert_eq!(terminal.finish().1, 1);
    assert_eq!(Terminal::start(&machine, &format!("{control} setup --dry-run codex"), &[]).finish().1, 0);
    assert!(!there(&machine.path("home/.codex/hooks.json")));
}
