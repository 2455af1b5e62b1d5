//! What each agent's own configuration must say so that its lines come to agentsh, and how that is put in and taken out.
//!
//! Pure: in comes the text of a file, out goes the text as it is to be. What is not ours keeps its place, its comments and its
//! blanks.

mod json;

use serde_json::{Value, json};

/// Where agentsh stands, for the texts.
#[derive(Clone, Debug)]
pub struct Programs<'a> {
    /// Our shell under the name `bash`.
    pub bash: &'a str,
    /// `agentshctl`.
    pub control: &'a str,
}

/// A file of an agent's configuration.
#[derive(Debug)]
pub struct File {
    /// Where it is, below the home directory; of several the first that is there, else the first.
    pub names: &'static [&'static str],
    /// It is run as a program.
    pub executable: bool,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    /// JSON, perhaps with comments.
    Json(fn(&Programs<'_>) -> Vec<Edit>),
    /// A script of our own.
    Script(fn(&Programs<'_>) -> String),
    /// Lines at the end of a YAML file, that begin with this key.
    Yaml(&'static str, fn(&Programs<'_>) -> String),
}

/// A change to a JSON file.
#[derive(Debug)]
enum Edit {
    /// The member at this path has this value.
    Set(&'static [&'static str], Value),
    /// The member at this path has a value; this, when there is none.
    Default(&'static [&'static str], Value),
    /// The array at this path holds this element.
    Add(&'static [&'static str], Value),
}

/// The configuration of one agent.
#[derive(Debug)]
pub struct Settings {
    /// The agent.
    pub agent: &'static str,
    /// The files.
    pub files: &'static [File],
    /// What the person must do besides (may be empty).
    pub further: &'static str,
}

/// Why a text cannot be changed; a lowercase fragment behind the file's name.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// It is not JSON.
    #[error("is not JSON that can be read: {0}")]
    NotJson(String),
    /// A member is of another type than ours has to be.
    #[error("has something else at '{0}'")]
    Other(String),
    /// The file is somebody else's.
    #[error("is there already and is not ours")]
    Foreign,
    /// The key is there already.
    #[error("has '{0}' already; add this to it yourself: {1}")]
    Taken(&'static str, String),
}

/// All agents that have a configuration of their own for this.
pub const SETTINGS: &[Settings] = &[
    Settings {
        agent: "claude-code",
        files: &[File { names: &[".claude/settings.json"], executable: false, kind: Kind::Json(claude) }],
        further: "A project's .claude/settings.json can set another shell; agentsh asks before one is written.",
    },
    Settings {
        agent: "codex",
        files: &[File { names: &[".codex/hooks.json"], executable: false, kind: Kind::Json(codex) }],
        further: "Codex runs hooks only once you have trusted them: start codex and enter /hooks.",
    },
    Settings {
        agent: "gemini-cli",
        files: &[File { names: &[".gemini/settings.json"], executable: false, kind: Kind::Json(gemini) }],
        further: "",
    },
    Settings {
        agent: "opencode",
        files: &[File {
            names: &[".config/opencode/opencode.json", ".config/opencode/opencode.jsonc"],
            executable: false,
            kind: Kind::Json(opencode),
        }],
        further: "",
    },
    Settings {
        agent: "copilot-cli",
        files: &[File { names: &[".copilot/hooks/agentsh.json"], executable: false, kind: Kind::Json(copilot) }],
        further: "Its shell is named by COPILOT_BASH_PATH alone: start it with 'agentshctl run -- copilot'.",
    },
    Settings {
        agent: "cline",
        files: &[
            File { names: &[".cline/hooks/PreToolUse"], executable: true, kind: Kind::Script(cline) },
            File { names: &[".cline/hooks/PostToolUse"], executable: true, kind: Kind::Script(cline) },
        ],
        further: "",
    },
    Settings {
        agent: "goose",
        files: &[
            File { names: &[".agents/plugins/agentsh/plugin.json"], executable: false, kind: Kind::Json(goose_plugin) },
            File { names: &[".agents/plugins/agentsh/hooks/hooks.json"], executable: false, kind: Kind::Json(goose) },
        ],
        further: "Its shell is named by GOOSE_SHELL alone: start it with 'agentshctl run -- goose'.",
    },
    Settings {
        agent: "aider",
        files: &[File { names: &[".aider.conf.yml"], executable: false, kind: Kind::Yaml("set-env:", aider) }],
        further: "Where aider's input is no terminal it starts /bin/sh by that path.",
    },
    Settings {
        agent: "cursor",
        files: &[File { names: &[".cursor/hooks.json"], executable: false, kind: Kind::Json(cursor) }],
        further: "",
    },
];

impl Settings {
    /// The configuration of an agent.
    pub fn find(agent: &str) -> Option<&'static Self> {
        SETTINGS.iter().find(|settings| settings.agent == agent)
    }
}

impl File {
    /// The file's text with what is ours; `before` is what it says now, `None` when it is not there. The same text when
    /// everything is in place.
    pub fn with_ours(&self, before: Option<&str>, programs: &Programs<'_>) -> Result<String, SettingsError> {
        match &self.kind {
            Kind::Json(edits) => json::with(before, &edits(programs)),
            Kind::Script(text) => match before {
                Some(other) if !is_ours(other) => Err(SettingsError::Foreign),
                _ => Ok(text(programs)),
            },
            Kind::Yaml(key, text) => {
                let (before, ours) = (before.unwrap_or_default(), text(programs));
                if before.contains(&ours) {
                    return Ok(before.to_owned());
                }
                if before.lines().any(|line| line.starts_with(key)) {
                    return Err(SettingsError::Taken(key, ours.lines().last().unwrap_or_default().trim().to_owned()));
                }
                let gap = if before.is_empty() || before.ends_with('\n') { "" } else { "\n" };
                Ok(format!("{before}{gap}{ours}"))
            }
        }
    }

    /// The file's text without what is ours; `None` when nothing else was in it.
    pub fn without_ours(&self, now: &str, programs: &Programs<'_>) -> Result<Option<String>, SettingsError> {
        match &self.kind {
            Kind::Json(edits) => json::without(now, &edits(programs)),
            Kind::Script(_) => Ok(if is_ours(now) { None } else { Some(now.to_owned()) }),
            Kind::Yaml(_, text) => {
                let left = now.replace(&text(programs), "");
                Ok(if left.trim().is_empty() { None } else { Some(left) })
            }
        }
    }
}

/// True for text that names our program.
fn is_ours(text: &str) -> bool {
    text.contains("agentshctl")
}

/// The command of a hook, quoted for the shell it is run by.
fn hook(programs: &Programs<'_>, agent: &str) -> String {
    let control = shlex::try_quote(programs.control).unwrap_or(programs.control.into());
    format!("{control} hook {agent}")
}

fn claude(programs: &Programs<'_>) -> Vec<Edit> {
    let mut edits = vec![Edit::Set(&["env", "CLAUDE_CODE_SHELL"], json!(programs.bash))];
    edits.extend(claude_like(
        programs,
        "claude-code",
        "Bash|Write|Edit|MultiEdit|NotebookEdit",
        "Write|Edit|MultiEdit|NotebookEdit",
    ));
    edits
}

fn codex(programs: &Programs<'_>) -> Vec<Edit> {
    claude_like(programs, "codex", "Bash|apply_patch", "apply_patch")
}

fn claude_like(programs: &Programs<'_>, agent: &str, before: &str, after: &str) -> Vec<Edit> {
    let hooks = json!([{ "type": "command", "command": hook(programs, agent), "timeout": 60 }]);
    vec![
        Edit::Add(&["hooks", "PreToolUse"], json!({ "matcher": before, "hooks": hooks })),
        Edit::Add(&["hooks", "PostToolUse"], json!({ "matcher": after, "hooks": hooks })),
        Edit::Add(&["hooks", "UserPromptSubmit"], json!({ "hooks": hooks })),
    ]
}

fn gemini(programs: &Programs<'_>) -> Vec<Edit> {
    let hooks =
        json!([{ "name": "agentsh", "type": "command", "command": hook(programs, "gemini-cli"), "timeout": 60000 }]);
    vec![
        Edit::Add(
            &["hooks", "BeforeTool"],
            json!({ "matcher": "run_shell_command|write_file|replace", "hooks": hooks }),
        ),
        Edit::Add(&["hooks", "AfterTool"], json!({ "matcher": "write_file|replace", "hooks": hooks })),
    ]
}

/// Goose looks for plugins below `~/.agents/plugins`.
fn goose_plugin(_: &Programs<'_>) -> Vec<Edit> {
    vec![
        Edit::Set(&["name"], json!("agentsh")),
        Edit::Set(&["version"], json!(env!("CARGO_PKG_VERSION"))),
        Edit::Set(&["description"], json!("Judges what is about to run, and keeps what is about to change")),
    ]
}

fn goose(programs: &Programs<'_>) -> Vec<Edit> {
    let command = hook(programs, "goose");
    let before = json!([{ "type": "command", "command": command, "timeout": 60, "on_failure": "block" }]);
    let after = json!([{ "type": "command", "command": command, "timeout": 60 }]);
    vec![
        Edit::Add(
            &["hooks", "PreToolUse"],
            json!({ "matcher": "^(developer__)?(shell|write|edit)$", "hooks": before }),
        ),
        Edit::Add(&["hooks", "PostToolUse"], json!({ "matcher": "^(developer__)?(write|edit)$", "hooks": after })),
        Edit::Add(&["hooks", "UserPromptSubmit"], json!({ "hooks": after })),
    ]
}

fn opencode(programs: &Programs<'_>) -> Vec<Edit> {
    vec![Edit::Set(&["shell"], json!(programs.bash))]
}

fn copilot(programs: &Programs<'_>) -> Vec<Edit> {
    let hook = json!({ "type": "command", "bash": hook(programs, "copilot-cli"), "timeoutSec": 60 });
    vec![
        Edit::Default(&["version"], json!(1)),
        Edit::Add(&["hooks", "preToolUse"], hook.clone()),
        Edit::Add(&["hooks", "postToolUse"], hook.clone()),
        Edit::Add(&["hooks", "userPromptSubmitted"], hook),
    ]
}

fn cursor(programs: &Programs<'_>) -> Vec<Edit> {
    let hook = json!({ "command": hook(programs, "cursor"), "timeout": 60, "failClosed": true });
    vec![Edit::Default(&["version"], json!(1)), Edit::Add(&["hooks", "beforeShellExecution"], hook)]
}

fn cline(programs: &Programs<'_>) -> String {
    format!(
        "#!/bin/sh\n# Entered by 'agentshctl setup cline'; 'agentshctl setup cline --undo' removes it.\nexec {}\n",
        hook(programs, "cline")
    )
}

fn aider(programs: &Programs<'_>) -> String {
    format!("set-env:\n  - SHELL={}\n", programs.bash)
}
