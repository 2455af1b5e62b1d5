//! Gemini CLI (0.61.0).

use super::{Call, Decision, Event, HookError, Reply, command, file, needed, object, text};
use serde_json::{Map, Value, json};

pub(super) fn read(input: &Map<String, Value>) -> Result<Call, HookError> {
    let name = needed(input, "hook_event_name")?;
    let mut cwd = text(input, "cwd");
    let event = match name.as_str() {
        "BeforeTool" | "AfterTool" => {
            let tool = needed(input, "tool_name")?;
            let arguments = object(input, "tool_input");
            match tool.as_str() {
                "run_shell_command" if name == "BeforeTool" => {
                    let arguments = arguments?;
                    let folder = text(&arguments, "dir_path").or_else(|| text(&arguments, "directory"));
                    cwd = match (cwd, folder) {
                        (Some(cwd), Some(folder)) => {
                            Some(std::path::Path::new(&cwd).join(folder).to_string_lossy().into_owned())
                        }
                        (cwd, _) => cwd,
                    };
                    Event::Lines(vec![command(&arguments)?])
                }
                "write_file" | "replace" => match (name.as_str(), file(&arguments?)?) {
                    ("BeforeTool", file) => Event::Edit { files: vec![file], tool },
                    (_, file) => Event::Edited { files: vec![file] },
                },
                _ => Event::Other,
            }
        }
        "BeforeAgent" => text(input, "prompt").map_or(Event::Other, Event::Prompt),
        _ => Event::Other,
    };
    Ok(Call { event, session: text(input, "session_id"), cwd: cwd.map(Into::into), ..Call::default() })
}

/// It honours only a refusal.
pub(super) fn answer(decision: &Decision, _: &Event) -> Reply {
    match decision {
        Decision::Pass => Reply { out: "{}".to_owned(), ..Reply::default() },
        Decision::Ask(why) | Decision::Deny(why) => {
            Reply { out: json!({ "decision": "deny", "reason": why }).to_string(), ..Reply::default() }
        }
    }
}
