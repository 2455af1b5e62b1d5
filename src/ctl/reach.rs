//! Whether the lines of an installed agent come to agentsh.
//!
//! What the agent would start is found as the agent finds it, and started with a line that does nothing; whether agentsh saw the
//! line is read from what agentsh itself writes down.

use super::session::on_path;
use crate::agents::Agent;
use crate::agents::settings::Settings;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What was found of one agent.
#[derive(Debug)]
pub(super) struct Reach {
    /// The agent's program.
    pub(super) program: PathBuf,
    /// The shell it would start now, and what names it.
    pub(super) shell: Option<(PathBuf, String)>,
    /// A line given to that shell was judged.
    pub(super) passes: bool,
    /// Its configuration runs our hook.
    pub(super) hooked: bool,
}

/// Looks at an agent; `None` when none of its programs is on PATH.
pub(super) fn look(agent: &Agent, home: &Path) -> Option<Reach> {
    let program = agent.programs.iter().find_map(on_path)?;
    let shell = chosen(agent, home);
    let passes = shell.as_ref().is_some_and(|(shell, _)| is_judged(shell));
    let hooked = is_hooked(agent.name, home);
    Some(Reach { program, shell, passes, hooked })
}

/// True when an agent's own configuration runs our hook.
pub(super) fn is_hooked(agent: &str, home: &Path) -> bool {
    let ours = |text: String| text.contains("agentshctl") && text.contains(" hook ");
    Settings::find(agent).is_some_and(|settings| {
        let mut names = settings.files.iter().flat_map(|file| file.names);
        names.any(|name| std::fs::read_to_string(home.join(name)).is_ok_and(ours))
    })
}

impl Reach {
    /// What is found, for people.
    pub(super) fn text(&self, agent: &Agent) -> String {
        let shell = match &self.shell {
            Some((shell, by)) => format!("starts {} (named by {by})", shell.display()),
            None => "starts no shell".to_owned(),
        };
        if self.passes {
            let hook = if self.hooked { ", and its hook asks agentsh" } else { "" };
            return format!("lines pass: it {shell}{hook}");
        }
        let why = agent.unreachable.map(|why| format!("; {why}")).unwrap_or_default();
        if self.hooked {
            return format!("lines are judged by its hook alone: it {shell}");
        }
        let remedy = if Settings::find(agent.name).is_some() {
            format!("'agentshctl setup {}', or start it with 'agentshctl run -- {}'", agent.name, agent.programs[0])
        } else {
            format!("start it with 'agentshctl run -- {}'", agent.programs[0])
        };
        format!("lines do NOT pass: it {shell}{why}. Do: {remedy}")
    }
}

/// The shell an agent would start, and what names it.
pub(super) fn chosen(agent: &Agent, home: &Path) -> Option<(PathBuf, String)> {
    let variable = |name: &str| {
        let value = std::env::var_os(name).filter(|value| !value.is_empty())?;
        Some((PathBuf::from(value), name.to_owned()))
    };
    let path = |name: &str| Some((on_path(name)?, "PATH".to_owned()));
    let fixed = |name: &str| Some((PathBuf::from(name), "its own code".to_owned()));
    match agent.name {
        "claude-code" => {
            let speaks = |(shell, _): &(PathBuf, String)| {
                let text = shell.to_string_lossy();
                (text.contains("bash") || text.contains("zsh")) && shell.is_file()
            };
            let named = ["CLAUDE_CODE_SHELL", "SHELL"]
                .iter()
                .find_map(|name| claude_setting(home, name).or_else(|| variable(name)).filter(speaks));
            named.or_else(|| path("zsh")).or_else(|| path("bash"))
        }
        "codex" => {
            let own = nix::unistd::User::from_uid(nix::unistd::getuid()).ok().flatten().map(|user| user.shell);
            let is_known = |shell: &PathBuf| {
                shell.file_name().is_some_and(|name| ["bash", "zsh", "sh"].iter().any(|known| name == *known))
            };
            own.filter(is_known).map(|shell| (shell, "the passwd file".to_owned())).or_else(|| path("bash"))
        }
        "gemini-cli" | "openhands" => path("bash"),
        "opencode" => setting(&home.join(".config/opencode/opencode.json"), &["shell"])
            .or_else(|| setting(&home.join(".config/opencode/opencode.jsonc"), &["shell"]))
            .or_else(|| variable("SHELL"))
            .or_else(|| path("bash")),
        "copilot-cli" => variable("COPILOT_BASH_PATH").or_else(|| fixed("/bin/bash")),
        "goose" => variable("GOOSE_SHELL").or_else(|| path("bash")).or_else(|| path("sh")),
        "cline" => fixed("/bin/bash"),
        "mini-swe-agent" => fixed("/bin/sh"),
        "aider" => {
            let file = home.join(".aider.conf.yml");
            let text = std::fs::read_to_string(&file).unwrap_or_default();
            let set = text.lines().find_map(|line| line.trim().strip_prefix("- SHELL="));
            let set = set.map(|shell| (PathBuf::from(shell), file.display().to_string()));
            set.or_else(|| variable("SHELL")).or_else(|| fixed("/bin/sh"))
        }
        "crush" => None,
        _ => variable("SHELL").or_else(|| fixed("/bin/bash")),
    }
}

/// A variable that Claude Code's settings set: those of the machine before those of the project before the person's.
fn claude_setting(home: &Path, name: &str) -> Option<(PathBuf, String)> {
    let here = std::env::current_dir().unwrap_or_default();
    let files = [
        PathBuf::from("/etc/claude-code/managed-settings.json"),
        here.join(".claude/settings.local.json"),
        here.join(".claude/settings.json"),
        home.join(".claude/settings.json"),
    ];
    files.iter().find_map(|file| setting(file, &["env", name]))
}

/// A text in a JSON file.
fn setting(file: &Path, names: &[&str]) -> Option<(PathBuf, String)> {
    let text = std::fs::read(file).ok()?;
    let mut value: Value = serde_json::from_slice(&text).ok()?;
    for name in names {
        value = value.get_mut(*name)?.take();
    }
    Some((PathBuf::from(value.as_str()?), file.display().to_string()))
}

/// True when a line given to `shell` is judged by agentsh: agentsh writes down what it does where `AGENTSH_LOG` says.
fn is_judged(shell: &Path) -> bool {
    let log = std::env::temp_dir().join(format!("agentsh-doctor-{}", std::process::id()));
    let _ = std::fs::remove_file(&log);
    let mut command = Command::new(shell);
    command.args(["-c", ":"]).env("AGENTSH_LOG", &log).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let ran = command.status().is_ok();
    let judged = std::fs::read_to_string(&log).is_ok_and(|text| text.contains("judged"));
    let _ = std::fs::remove_file(&log);
    ran && judged
}
