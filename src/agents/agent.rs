//! The agents, and what makes each use our shell.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

/// Programs that run what their first operands name.
const INTERPRETERS: &[&str] = &["node", "nodejs", "bun", "bunx", "deno", "python", "uv", "uvx", "npx", "pnpx", "pipx"];

/// A coding agent.
#[derive(Debug)]
pub struct Agent {
    /// Its name here, in journals and on the command line.
    pub name: &'static str,
    /// What people call it.
    pub title: &'static str,
    /// The names its program has.
    pub programs: &'static [&'static str],
    /// Variables that name the shell it is to use, and which of our names goes there.
    pub variables: &'static [(&'static str, Shim)],
    /// It looks for `bash` or `sh` on PATH.
    pub by_path: bool,
    /// Why its lines do not reach a shell that is named to it, when they do not; a fragment behind "because".
    pub unreachable: Option<&'static str>,
}

/// Which of our names a variable gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shim {
    /// The one called `bash`, in a directory called `agentsh`: some agents go by the name.
    Bash,
}

/// All agents that are known. The version each entry was checked with stands beside it.
pub const AGENTS: &[Agent] = &[
    // 2.1.329: the path must hold `bash` or `zsh`; without this variable SHELL is asked, under the same condition.
    Agent {
        name: "claude-code",
        title: "Claude Code",
        programs: &["claude", "claude-code"],
        variables: &[("CLAUDE_CODE_SHELL", Shim::Bash)],
        by_path: false,
        unreachable: None,
    },
    // 0.169.0: the shell of the passwd file when it is called bash, zsh or sh; SHELL is not looked at.
    Agent {
        name: "codex",
        title: "Codex",
        programs: &["codex"],
        variables: &[],
        by_path: true,
        unreachable: Some(
            "it takes the shell of the passwd file; the hook judges its lines, or a passwd shell that is called bash and is agentsh",
        ),
    },
    // 0.61.0: `bash` on PATH.
    Agent {
        name: "gemini-cli",
        title: "Gemini CLI",
        programs: &["gemini", "gemini-cli"],
        variables: &[],
        by_path: true,
        unreachable: None,
    },
    // 1.18.33: SHELL, whatever its name.
    Agent {
        name: "opencode",
        title: "opencode",
        programs: &["opencode"],
        variables: &[],
        by_path: false,
        unreachable: None,
    },
    // 1.0.102.
    Agent {
        name: "copilot-cli",
        title: "Copilot CLI",
        programs: &["copilot"],
        variables: &[("COPILOT_BASH_PATH", Shim::Bash)],
        by_path: false,
        unreachable: None,
    },
    // 3.0.65.
    Agent {
        name: "cline",
        title: "Cline",
        programs: &["cline"],
        variables: &[],
        by_path: false,
        unreachable: Some("it starts /bin/bash by that path; the hook judges its lines"),
    },
    Agent {
        name: "goose",
        title: "Goose",
        programs: &["goose"],
        variables: &[("GOOSE_SHELL", Shim::Bash)],
        by_path: true,
        unreachable: None,
    },
    // 0.86.2: SHELL at a terminal.
    Agent { name: "aider", title: "aider", programs: &["aider"], variables: &[], by_path: false, unreachable: None },
    Agent {
        name: "cursor",
        title: "Cursor",
        programs: &["cursor-agent", "cursor"],
        variables: &[],
        by_path: false,
        unreachable: None,
    },
    // 2.4.6.
    Agent {
        name: "mini-swe-agent",
        title: "mini-swe-agent",
        programs: &["mini", "mini-swe-agent", "mini-extra"],
        variables: &[],
        by_path: false,
        unreachable: Some("it starts /bin/sh by that path; only the guard on its own process sees its lines"),
    },
    // Main of 2026: no shell at all.
    Agent {
        name: "crush",
        title: "Crush",
        programs: &["crush"],
        variables: &[],
        by_path: false,
        unreachable: Some("it reads lines itself and starts no shell; the hook judges them"),
    },
    // 1.5.47.
    Agent {
        name: "continue",
        title: "Continue CLI",
        programs: &["cn"],
        variables: &[],
        by_path: false,
        unreachable: None,
    },
    // 1.58.2.
    Agent {
        name: "openhands",
        title: "OpenHands",
        programs: &["openhands"],
        variables: &[],
        by_path: true,
        unreachable: Some("it types into one shell for the whole session; only the guard sees single lines"),
    },
];

impl Agent {
    /// The agent of this name, or whose program has it.
    pub fn find(name: &str) -> Option<&'static Self> {
        AGENTS.iter().find(|agent| agent.name == name || agent.programs.contains(&name))
    }

    /// The agent that a command starts: by its program, or by the script or package it gives to an interpreter
    /// (`node …/bin/gemini`, `python -m aider`, `npx @openai/codex`).
    pub fn of_command(program: &OsStr, arguments: &[OsString]) -> Option<&'static Self> {
        let stem = |word: &OsStr| {
            let word = word.to_string_lossy();
            let name = word.rsplit('/').next().unwrap_or_default().to_owned();
            let end = [".js", ".mjs", ".cjs", ".py"].iter().find_map(|ending| name.strip_suffix(ending));
            end.map_or(name.clone(), str::to_owned)
        };
        let own = stem(program);
        Self::find(&own).or_else(|| {
            let base = own.trim_end_matches(|letter: char| letter.is_ascii_digit() || letter == '.');
            let runs = INTERPRETERS.contains(&base);
            let operands = arguments.iter().filter(|word| !word.as_bytes().starts_with(b"-")).take(2);
            runs.then(|| operands.map(|word| stem(word)).find_map(|name| Self::find(&name)))?
        })
    }
}
