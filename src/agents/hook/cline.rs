//! Cline (3.0.65).

use super::{Call, Decision, Event, HookError, Reply, command, file, needed, object, text};
use serde_json::{Map, Value, json};

pub(super) fn read(input: &Map<String, Value>) -> Result<Call, HookError> {
    let name = needed(input, "hookName")?;
    let event = match name.as_str() {
        // 3.0.65 calls its events so, whatever the files are called.
        "PreToolUse" | "preToolUse" | "tool_call" => before(&object(input, "preToolUse")?)?,
        "PostToolUse" | "postToolUse" | "tool_result" => {
            match object(input, "postToolUse").and_then(|tool| before(&tool)) {
                Ok(Event::Edit { files, .. }) => Event::Edited { files },
                _ => Event::Other,
            }
        }
        "UserPromptSubmit" | "userPromptSubmit" | "prompt_submit" => {
            let prompt = object(input, "userPromptSubmit").ok().and_then(|inner| text(&inner, "prompt"));
            prompt.map_or(Event::Other, Event::Prompt)
        }
        // Whatever it is called: a tool that is about to run.
        _ if input.contains_key("preToolUse") => before(&object(input, "preToolUse")?)?,
        _ => Event::Other,
    };
    let call = object(input, "tool_call").ok().and_then(|call| text(&call, "id"));
    let cwd = match input.get("workspaceRoots") {
        Some(Value::Array(roots)) => roots.first().and_then(Value::as_str).map(Into::into),
        _ => text(input, "cwd").map(Into::into),
    };
    let session = text(input, "taskId").or_else(|| text(input, "sessionId"));
    // Versions with this tool take other input for it.
    let tool = object(input, "preToolUse").ok().and_then(|tool| text(&tool, "toolName"));
    let replaceable = tool.as_deref() == Some("run_commands") && matches!(event, Event::Lines(_));
    Ok(Call { event, session, prompt: None, call, cwd, replaceable })
}

fn before(tool: &Map<String, Value>) -> Result<Event, HookError> {
    let name = needed(tool, "toolName")?;
    Ok(match name.as_str() {
        "execute_command" | "bash" => Event::Lines(vec![command(&object(tool, "parameters")?)?]),
        // Several lines, which run at once.
        "run_commands" => {
            let parameters = object(tool, "parameters")?;
            let list = match parameters.get("commands") {
                Some(Value::Array(list)) => list.clone(),
                Some(Value::String(text)) => serde_json::from_str(text).map_err(|_| HookError::Lacks("commands"))?,
                _ => return Err(HookError::Lacks("commands")),
            };
            let line = |value: &Value| match value {
                Value::String(line) => Ok(line.clone().into_bytes()),
                Value::Object(inner) => command(inner),
                _ => Err(HookError::Lacks("commands")),
            };
            Event::Lines(list.iter().map(line).collect::<Result<_, _>>()?)
        }
        "write_to_file" | "replace_in_file" | "new_rule" | "editor" => {
            Event::Edit { files: vec![file(&object(tool, "parameters")?)?], tool: name }
        }
        "apply_patch" => Event::Edit { files: super::patch::files(&object(tool, "parameters")?)?, tool: name },
        _ => Event::Other,
    })
}

/// A refusal in its own words (`cancel`) ends the whole task, and the model never learns why.
pub(super) fn instead(why: &str) -> Reply {
    let text = shlex::try_quote(why).unwrap_or("agentsh: not run".into());
    let line = format!("printf '%s\\n' {text} >&2; exit 126");
    let out = json!({ "cancel": false, "overrideInput": { "commands": [line] } });
    Reply { out: out.to_string(), ..Reply::default() }
}

pub(super) fn answer(decision: &Decision, _: &Event) -> Reply {
    let out = match decision {
        Decision::Pass => json!({ "cancel": false }),
        Decision::Ask(why) | Decision::Deny(why) => json!({ "cancel": true, "errorMessage": why }),
    };
    Reply { out: out.to_string(), ..Reply::default() }
}
