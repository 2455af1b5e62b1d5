//! Cursor, by its documentation of 2026.

use super::{Call, Decision, Event, HookError, Reply, command, file, needed, object, text};
use serde_json::{Map, Value, json};

pub(super) fn read(input: &Map<String, Value>) -> Result<Call, HookError> {
    let event = match needed(input, "hook_event_name")?.as_str() {
        "beforeShellExecution" => Event::Lines(vec![command(input)?]),
        "preToolUse" => match needed(input, "tool_name")?.as_str() {
            "Shell" => Event::Lines(vec![command(&object(input, "tool_input")?)?]),
            "Write" | "Edit" | "Delete" => {
                let tool = needed(input, "tool_name")?;
                Event::Edit { files: vec![file(&object(input, "tool_input")?)?], tool }
            }
            _ => Event::Other,
        },
        "afterFileEdit" => Event::Edited { files: vec![file(input)?] },
        "beforeSubmitPrompt" => text(input, "prompt").map_or(Event::Other, Event::Prompt),
        _ => Event::Other,
    };
    let root = match input.get("workspace_roots") {
        Some(Value::Array(roots)) => roots.first().and_then(Value::as_str).map(str::to_owned),
        _ => None,
    };
    Ok(Call {
        event,
        session: text(input, "conversation_id"),
        prompt: text(input, "generation_id"),
        call: text(input, "tool_use_id"),
        // Some versions leave it empty.
        cwd: text(input, "cwd").or(root).map(Into::into),
        ..Call::default()
    })
}

pub(super) fn answer(decision: &Decision, event: &Event) -> Reply {
    let out = match decision {
        Decision::Pass if matches!(event, Event::Prompt(_)) => json!({ "continue": true }),
        Decision::Pass => json!({ "permission": "allow" }),
        Decision::Ask(why) => json!({ "permission": "ask", "user_message": why, "agent_message": why }),
        Decision::Deny(why) => json!({ "permission": "deny", "user_message": why, "agent_message": why }),
    };
    Reply { out: out.to_string(), ..Reply::default() }
}
