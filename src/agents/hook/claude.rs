//! Claude Code (2.1.329) and Codex (0.169.0), which took over its form.

use super::{Call, Decision, Event, HookError, Reply, command, file, needed, object, patch, text};
use serde_json::{Map, Value, json};

/// Reads what is said before and after a tool, and when the person asks for something.
pub(super) fn read(input: &Map<String, Value>) -> Result<Call, HookError> {
    let event = match needed(input, "hook_event_name")?.as_str() {
        "PreToolUse" | "PermissionRequest" => before(input)?,
        "PostToolUse" | "PostToolUseFailure" => after(input),
        "UserPromptSubmit" => Event::Prompt(needed(input, "prompt")?),
        _ => Event::Other,
    };
    Ok(Call {
        event,
        session: text(input, "session_id"),
        prompt: text(input, "prompt_id").or_else(|| text(input, "turn_id")),
        call: text(input, "tool_use_id"),
        cwd: text(input, "cwd").map(Into::into),
        ..Call::default()
    })
}

fn before(input: &Map<String, Value>) -> Result<Event, HookError> {
    let tool = needed(input, "tool_name")?;
    Ok(match tool.as_str() {
        "Bash" | "shell" | "exec_command" | "local_shell" => {
            Event::Lines(vec![command(&object(input, "tool_input")?)?])
        }
        "Write" | "Edit" | "MultiEdit" | "NotebookEdit" => {
            Event::Edit { files: vec![file(&object(input, "tool_input")?)?], tool }
        }
        "apply_patch" => Event::Edit { files: patch::files(&object(input, "tool_input")?)?, tool },
        _ => Event::Other,
    })
}

fn after(input: &Map<String, Value>) -> Event {
    match before(input) {
        Ok(Event::Edit { files, .. }) => Event::Edited { files },
        _ => Event::Other,
    }
}

/// Only a refusal and a question say something: permission that the agent would ask for stays the agent's to ask for.
pub(super) fn answer(decision: &Decision, event: &Event) -> Reply {
    let (word, why) = match decision {
        Decision::Pass => return Reply::default(),
        Decision::Ask(why) => ("ask", why),
        Decision::Deny(why) => ("deny", why),
    };
    if matches!(event, Event::Edited { .. } | Event::Prompt(_) | Event::Other) {
        return Reply::default();
    }
    let specific =
        json!({ "hookEventName": "PreToolUse", "permissionDecision": word, "permissionDecisionReason": why });
    Reply { out: json!({ "hookSpecificOutput": specific }).to_string(), ..Reply::default() }
}
