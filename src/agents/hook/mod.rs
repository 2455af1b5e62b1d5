//! The hooks that agents offer: what they say before and after a tool runs, and how each is answered.
//!
//! In: the JSON an agent hands to a hook. Out: a [`Call`], and from what was decided the [`Reply`] in that agent's own words.
//! Pure: nothing is judged here. What cannot be read is an error, for which the reply blocks the tool.

mod claude;
mod cline;
mod copilot;
mod crush;
mod cursor;
mod gemini;
mod goose;
mod patch;

use serde_json::{Map, Value};
use std::path::PathBuf;

/// The largest input that is read, in bytes: the contents of a file that a tool writes are part of it.
pub const LARGEST: usize = 16 << 20;

/// What a hook is told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Call {
    /// What happens.
    pub event: Event,
    /// The agent's name for its session.
    pub session: Option<String>,
    /// Its name for what the person asked for last.
    pub prompt: Option<String>,
    /// Its name for this use of a tool.
    pub call: Option<String>,
    /// Where the tool would run.
    pub cwd: Option<PathBuf>,
    /// The agent runs what the reply puts in the place of what it asked for.
    pub replaceable: bool,
}

/// What happens.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Event {
    /// Command lines are about to run, each by itself.
    Lines(Vec<Vec<u8>>),
    /// A tool that is no shell is about to change these files.
    Edit {
        /// The tool's name.
        tool: String,
        /// The files, as they were named.
        files: Vec<PathBuf>,
    },
    /// A tool has changed files.
    Edited {
        /// The files, as they were named.
        files: Vec<PathBuf>,
    },
    /// The person asked for something.
    Prompt(String),
    /// Nothing that is judged or recorded.
    #[default]
    Other,
}

/// What is to become of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The agent goes on as it would without the hook.
    Pass,
    /// The agent puts it to the person, with this reason.
    Ask(String),
    /// It does not run, for this reason.
    Deny(String),
}

/// What a hook prints, and how it ends.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reply {
    /// For standard output.
    pub out: String,
    /// For standard error.
    pub err: String,
    /// The exit status.
    pub status: u8,
}

/// Why input was not understood; a lowercase fragment.
#[derive(Debug, thiserror::Error)]
pub enum HookError {
    /// It is no JSON object.
    #[error("the input is no JSON object: {0}")]
    Json(String),
    /// A member is missing or of another type.
    #[error("the input has no usable '{0}'")]
    Lacks(&'static str),
}

/// How an agent speaks with its hooks.
pub struct Hook {
    /// The agent's name.
    pub agent: &'static str,
    /// The agent can put a question to the person by itself.
    pub asks: bool,
    /// A refusal that the model is to see, as another line in the place of the one it asked for: where a refusal in the agent's
    /// own words would end the task.
    instead: Option<fn(&str) -> Reply>,
    read: fn(&Map<String, Value>) -> Result<Call, HookError>,
    answer: fn(&Decision, &Event) -> Reply,
}

/// All hooks.
pub const HOOKS: &[Hook] = &[
    Hook { agent: "claude-code", asks: true, instead: None, read: claude::read, answer: claude::answer },
    Hook { agent: "codex", asks: false, instead: None, read: claude::read, answer: claude::answer },
    Hook { agent: "gemini-cli", asks: false, instead: None, read: gemini::read, answer: gemini::answer },
    Hook { agent: "copilot-cli", asks: true, instead: None, read: copilot::read, answer: copilot::answer },
    Hook { agent: "cline", asks: false, instead: Some(cline::instead), read: cline::read, answer: cline::answer },
    Hook { agent: "cursor", asks: true, instead: None, read: cursor::read, answer: cursor::answer },
    Hook { agent: "crush", asks: false, instead: None, read: crush::read, answer: crush::answer },
    Hook { agent: "goose", asks: false, instead: None, read: goose::read, answer: goose::answer },
];

impl Hook {
    /// The hook of an agent.
    pub fn find(agent: &str) -> Option<&'static Self> {
        HOOKS.iter().find(|hook| hook.agent == agent)
    }

    /// Reads what the agent says.
    pub fn read(&self, text: &[u8]) -> Result<Call, HookError> {
        match serde_json::from_slice(text) {
            Ok(Value::Object(object)) => (self.read)(&object),
            Ok(_) => Err(HookError::Json("another value".to_owned())),
            Err(error) => Err(HookError::Json(error.to_string())),
        }
    }

    /// Says what was decided. A question becomes a refusal where the agent cannot put it.
    pub fn answer(&self, decision: &Decision, call: &Call) -> Reply {
        match (decision, self.instead.filter(|_| call.replaceable)) {
            (Decision::Ask(why) | Decision::Deny(why), Some(instead)) => instead(why),
            (Decision::Ask(why), None) if !self.asks => (self.answer)(&Decision::Deny(why.clone()), &call.event),
            (other, _) => (self.answer)(other, &call.event),
        }
    }

    /// The reply to what could not be read or judged: the tool does not run.
    pub fn failed(&self, why: &str) -> Reply {
        let why = format!("agentsh: not run: the hook failed: {why}; nothing ran; tell the user");
        let reply = (self.answer)(&Decision::Deny(why.clone()), &Event::Lines(Vec::new()));
        // Whatever the agent makes of the output: a status that blocks.
        Reply { err: format!("{why}\n"), status: 2, ..reply }
    }
}

/// The text of a member, when it is one.
fn text(object: &Map<String, Value>, name: &str) -> Option<String> {
    object.get(name).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned)
}

/// The text of a member that must be one.
fn needed(object: &Map<String, Value>, name: &'static str) -> Result<String, HookError> {
    object.get(name).and_then(Value::as_str).map(str::to_owned).ok_or(HookError::Lacks(name))
}

/// The object of a member; some agents hand it on as JSON in a string.
fn object(object: &Map<String, Value>, name: &'static str) -> Result<Map<String, Value>, HookError> {
    match object.get(name) {
        Some(Value::Object(inner)) => Ok(inner.clone()),
        Some(Value::String(text)) => serde_json::from_str(text).map_err(|_| HookError::Lacks(name)),
        _ => Err(HookError::Lacks(name)),
    }
}

/// The command of a tool's input: a text, or a list that is an argv.
fn command(input: &Map<String, Value>) -> Result<Vec<u8>, HookError> {
    match input.get("command") {
        Some(Value::String(line)) => Ok(line.clone().into_bytes()),
        Some(Value::Array(words)) => {
            let words: Option<Vec<&str>> = words.iter().map(Value::as_str).collect();
            let words = words.ok_or(HookError::Lacks("command"))?;
            let joined = shlex::try_join(words).map_err(|_| HookError::Lacks("command"))?;
            Ok(joined.into_bytes())
        }
        _ => Err(HookError::Lacks("command")),
    }
}

/// The file of a tool's input.
fn file(input: &Map<String, Value>) -> Result<PathBuf, HookError> {
    let names = ["file_path", "notebook_path", "path", "filePath", "absolute_path"];
    names.iter().find_map(|name| text(input, name)).map(PathBuf::from).ok_or(HookError::Lacks("file_path"))
}
