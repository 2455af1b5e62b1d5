//! Goose: the hooks of its plugins (goose documentation, "Hooks", 2026).

use super::{Call, Decision, Event, HookError, Reply, command, file, needed, object, text};
use serde_json::{Map, Value, json};

pub(super) fn read(input: &Map<String, Value>) -> Result<Call, HookError> {
    let name = needed(input, "event")?;
    let event = match name.as_str() {
        "PreToolUse" | "PostToolUse" | "PostToolUseFailure" => {
            let tool = needed(input, "tool_name")?;
            let arguments = object(input, "tool_input");
            // Tools of the extension are named with it, `developer__shell`.
            match (tool.strip_prefix("developer__").unwrap_or(&tool), name == "PreToolUse") {
                ("shell", true) => Event::Lines(vec![command(&arguments?)?]),
                ("write" | "edit", true) => Event::Edit { files: vec![file(&arguments?)?], tool },
                ("write" | "edit", false) => Event::Edited { files: vec![file(&arguments?)?] },
                _ => Event::Other,
            }
        }
        "UserPromptSubmit" => text(input, "message").map_or(Event::Other, Event::Prompt),
        _ => Event::Other,
    };
    Ok(Call {
        event,
        session: text(input, "session_id"),
        call: text(input, "tool_call_id"),
        cwd: text(input, "working_dir").map(Into::into),
        ..Call::default()
    })
}

/// It takes a refusal, and nothing for a yes.
pub(super) fn answer(decision: &Decision, _: &Event) -> Reply {
    match decision {
        Decision::Pass => Reply::default(),
        Decision::Ask(why) | Decision::Deny(why) => {
            Reply { out: json!({ "decision": "block", "reason": why }).to_string(), ..Reply::default() }
        }
    }
}
