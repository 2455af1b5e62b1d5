//! Who started whom, and which of them are agents.
//!
//! Rests on proc_pid_stat(5), proc_pid_environ(5) and proc_pid_cmdline(5). All of it can be forged by a process that
//! sets out to; see SECURITY.md for what that means.

use crate::host::AGENT_VARIABLES;
use crate::sys::ProcStat;
use std::fs;

/// What a guard's supervisor calls itself: what stands below it was started by a line that it watches.
pub(super) const GUARD: &str = "agentsh-guard";

/// Names agents' programs have, and the guard that every process it watches stays below.
const NAMES: &[&str] = &[
    GUARD,
    "claude",
    "codex",
    "opencode",
    "gemini",
    "copilot",
    "cline",
    "goose",
    "aider",
    "cursor-agent",
    "crush",
    "qwen",
    "droid",
    "amp",
    "kilo",
    "kilocode",
    "openhands",
    "swe-agent",
    "mini-swe-agent",
    "swerex-remote",
];

/// Folders of agents' packages, as they stand in the path of a script that an interpreter runs.
const PACKAGES: &[&str] = &[
    "claude-code",
    "codex",
    "gemini-cli",
    "opencode-ai",
    "copilot",
    "cline",
    "qwen-code",
    "openhands",
    "minisweagent",
];

/// Programs whose first operand is the program that matters.
const INTERPRETERS: &[&str] = &["node", "nodejs", "bun", "deno", "python", "uv", "uvx", "npx", "pipx"];

/// More ancestors than any session has.
const DEPTH: usize = 128;

/// What is above a process, itself included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Above {
    /// No agent, as far as can be seen.
    Clear,
    /// The nearest agent.
    Agent(String),
    /// There is no such process.
    Nothing,
}

/// Looks at `pid` and its ancestors, nearest first.
pub(super) fn above(pid: i32) -> Above {
    let mut next = pid;
    for depth in 0..DEPTH {
        match (next, ProcStat::of(next)) {
            (1.., Ok(stat)) => match agent_of(&stat) {
                Some(agent) => return Above::Agent(agent),
                None => next = stat.ppid,
            },
            _ if depth == 0 => return Above::Nothing,
            _ => return Above::Clear,
        }
    }
    Above::Clear
}

/// The nearest agent among this process and its ancestors.
pub fn agent_above_us() -> Option<String> {
    match above(std::process::id().cast_signed()) {
        Above::Agent(agent) => Some(agent),
        Above::Clear | Above::Nothing => None,
    }
}

/// The processes between this one and its agent, parents first, each with when it started. When one of them ends, the
/// kernel gives its child another parent.
pub(super) type Chain = Vec<(i32, u64)>;

/// This process's parents up to the first that is an agent by its name; only the parent itself when none is.
pub(super) fn chain() -> Chain {
    let mut chain = Chain::new();
    let mut next = nix::unistd::getppid().as_raw();
    while let Ok(stat) = ProcStat::of(next) {
        chain.push((stat.pid, stat.start_time));
        let arguments = arguments_of(stat.pid);
        if by_name(&String::from_utf8_lossy(&stat.name), &arguments).is_some() {
            return chain;
        }
        next = stat.ppid;
        if next <= 1 || chain.len() >= DEPTH {
            break;
        }
    }
    chain.truncate(1);
    chain
}

/// The agent a process is, or was started by, as its name, its command line and its first environment tell.
fn agent_of(stat: &ProcStat) -> Option<String> {
    let environment = || fs::read(format!("/proc/{}/environ", stat.pid)).unwrap_or_default();
    by_name(&String::from_utf8_lossy(&stat.name), &arguments_of(stat.pid)).or_else(|| by_marker(&environment()))
}

fn arguments_of(pid: i32) -> Vec<String> {
    let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    line.split(|byte| *byte == 0).map(|part| String::from_utf8_lossy(part).into_owned()).collect()
}

fn by_name(name: &str, arguments: &[String]) -> Option<String> {
    let known = |name: &str| NAMES.iter().find(|known| **known == name).map(|known| (*known).to_owned());
    let program = arguments.first().map(|first| stem(first)).unwrap_or_default();
    if let Some(agent) = known(name).or_else(|| known(program)) {
        return Some(agent);
    }
    let interpreter = |name: &str| {
        INTERPRETERS.contains(&name.trim_end_matches(|letter: char| letter.is_ascii_digit() || letter == '.'))
    };
    if !interpreter(name) && !interpreter(program) {
        return None;
    }
    // The script, or `-m MODULE`, or `run SCRIPT`: among the first operands.
    let operands = arguments.iter().skip(1).filter(|argument| !argument.starts_with('-')).take(3);
    operands.clone().find_map(|operand| known(stem(operand))).or_else(|| {
        let mut parts = operands.flat_map(|operand| operand.split('/'));
        parts.find(|part| PACKAGES.contains(part)).map(str::to_owned)
    })
}

/// The file name without directory and the endings of scripts.
fn stem(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path).trim_start_matches('-');
    [".js", ".mjs", ".cjs", ".py", ".ts"].iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or(name)
}

/// The agent that an environment (`NAME=VALUE` ended by zero bytes) was made by.
pub(super) fn by_marker(environment: &[u8]) -> Option<String> {
    let set = |name: &str| {
        environment.split(|byte| *byte == 0).any(|variable| {
            variable
                .strip_prefix(name.as_bytes())
                .and_then(|rest| rest.strip_prefix(b"="))
                .is_some_and(|value| !value.is_empty() && value != b"0" && !value.eq_ignore_ascii_case(b"false"))
        })
    };
    AGENT_VARIABLES.iter().find(|known| set(known.name)).map(|known| known.agent.to_owned())
}

#[cfg(test)]
mod tests {
    use super::{by_marker, by_name};

    fn named(name: &str, arguments: &[&str]) -> Option<String> {
        by_name(name, &arguments.iter().map(|argument| (*argument).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn agents_are_known_by_name_and_by_script() {
        assert_eq!(named("claude", &["claude", "--resume"]).as_deref(), Some("claude"));
        assert_eq!(named("MainThread", &["/usr/local/bin/codex"]).as_deref(), Some("codex"));
        assert_eq!(named("node", &["node", "/opt/bin/gemini"]).as_deref(), Some("gemini"));
        let script = "/usr/lib/node_modules/@anthropic-ai/claude-code/cli.js";
        assert_eq!(named("node", &["node", "--no-warnings", script]).as_deref(), Some("claude-code"));
        assert_eq!(named("python3.12", &["python3.12", "-m", "aider"]).as_deref(), Some("aider"));
        assert_eq!(named("node", &["node", "server.js"]), None);
        assert_eq!(named("vim", &["vim", "/src/claude-code/cli.js"]), None);
        assert_eq!(named("bash", &["-bash"]), None);
    }

    #[test]
    fn agents_are_known_by_what_they_set() {
        assert_eq!(by_marker(b"A=1\0CLAUDECODE=1\0B=2\0").as_deref(), Some("claude-code"));
        assert_eq!(by_marker(b"OPENCODE=0\0XCLAUDECODE=1\0CLAUDECODE=\0"), None);
        assert_eq!(by_marker(b""), None);
    }
}
