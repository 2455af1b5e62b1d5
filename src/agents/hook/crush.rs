//! Crush, as of 2026: one hook, before a tool runs.

use super::{Call, Decision, Event, HookError, Reply, command, file, needed, object, text};
use serde_json::{Map, Value, json};

pub(super) fn read(input: &Map<String, Value>) -> Result<Call, HookError> {
    let tool = needed(input, "tool_name")?;
    let event = match tool.as_str() {
        "bash" => Event::Lines(vec![command(&object(input, "tool_input")?)?]),
        "edit" | "write" | "multiedit" => Event::Edit { files: vec![file(&object(input, "tool_input")?)?], tool },
        _ => Event::Other,
    };
    Ok(Call { event, session: text(input, "session_id"), cwd: text(input, "cwd").map(Into::into), ..Call::default() })
}

pub(super) fn answer(decision: &Decision, _: &Event) -> Reply {
    match decision {
        Decision::Pass => Reply::default(),
        Decision::Ask(why) | Decision::Deny(why) => {
            Reply { out: json!({ "decision": "deny", "reason": why }).to_string(), ..Reply::default() }
        }
    }
}
