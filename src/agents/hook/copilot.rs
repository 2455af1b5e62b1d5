//! Copilot CLI (1.0.102). The input does not say which hook it is for; its members do.

use super::{Call, Decision, Event, HookError, Reply, command, file, needed, object, text};
use serde_json::{Map, Value, json};

pub(super) fn read(input: &Map<String, Value>) -> Result<Call, HookError> {
    let event = if input.contains_key("toolName") {
        let tool = needed(input, "toolName")?;
        let done = input.contains_key("toolResult");
        let name = if input.contains_key("toolArgs") { "toolArgs" } else { "toolInput" };
        match tool.as_str() {
            "bash" if !done => Event::Lines(vec![command(&object(input, name)?)?]),
            "edit" | "create" | "str_replace_editor" | "write" => {
                let files = vec![file(&object(input, name)?)?];
                if done { Event::Edited { files } } else { Event::Edit { files, tool } }
            }
            _ => Event::Other,
        }
    } else {
        text(input, "prompt").map_or(Event::Other, Event::Prompt)
    };
    let call = text(input, "toolCallId");
    Ok(Call {
        event,
        session: text(input, "sessionId"),
        call,
        cwd: text(input, "cwd").map(Into::into),
        ..Call::default()
    })
}

pub(super) fn answer(decision: &Decision, _: &Event) -> Reply {
    let (word, why) = match decision {
        Decision::Pass => return Reply::default(),
        Decision::Ask(why) => ("ask", why),
        Decision::Deny(why) => ("deny", why),
    };
    let out = json!({ "permissionDecision": word, "permissionDecisionReason": why }).to_string();
    Reply { out, ..Reply::default() }
}
