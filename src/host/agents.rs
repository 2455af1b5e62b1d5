//! What agents set in the environment of what they start.

/// A variable that only an agent sets.
#[derive(Clone, Copy, Debug)]
pub struct AgentVariable {
    /// Its name.
    pub name: &'static str,
    /// The agent that sets it.
    pub agent: &'static str,
    /// Its value is the agent's own name for the session.
    pub names_session: bool,
}

const fn session(name: &'static str, agent: &'static str) -> AgentVariable {
    AgentVariable { name, agent, names_session: true }
}

const fn mark(name: &'static str, agent: &'static str) -> AgentVariable {
    AgentVariable { name, agent, names_session: false }
}

/// All of them; those that name the session first, because they say more.
pub const AGENT_VARIABLES: &[AgentVariable] = &[
    session("CLAUDE_CODE_SESSION_ID", "claude-code"),
    session("CODEX_THREAD_ID", "codex"),
    session("CODEX_SESSION_ID", "codex"),
    session("COPILOT_AGENT_SESSION_ID", "copilot-cli"),
    session("OPENHANDS_SESSION_ID", "openhands"),
    session("AGENT_SESSION_ID", "goose"),
    session("OPENCODE_PID", "opencode"),
    mark("CLAUDECODE", "claude-code"),
    mark("CODEX_CI", "codex"),
    mark("COPILOT_CLI", "copilot-cli"),
    mark("OPENCODE", "opencode"),
    mark("GEMINI_CLI", "gemini-cli"),
    mark("CRUSH", "crush"),
    mark("CURSOR_AGENT", "cursor"),
    mark("CLINE_ACTIVE", "cline"),
    mark("AI_AGENT", "agent"),
];
