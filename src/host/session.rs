//! Whose line it is.

use super::agents::AGENT_VARIABLES;
use crate::sys;

/// The agent's session a line belongs to. Read from the environment, which the agent controls: it names records and
/// binds one-shot approvals to where they were asked for, and never permits anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The agent, when it makes itself known: `claude-code`, `codex` …
    pub agent: Option<String>,
    /// The agent's own name for the session; without one, the parent process and when it started.
    pub id: String,
    /// The agent's own name for this call of the shell.
    pub call: Option<String>,
}

/// The variable whose value is the agent's name.
const OWN_NAME: &str = "AI_AGENT";
/// The variables in which `agentshctl run` names the session and the agent it starts.
pub const SESSION_VARIABLE: &str = "AGENTSH_SESSION";
/// See [`SESSION_VARIABLE`].
pub const AGENT_VARIABLE: &str = "AGENTSH_AGENT";

impl Session {
    /// Of a line that nobody will be told of.
    pub fn nobodys() -> Self {
        Self { agent: None, id: String::new(), call: None }
    }

    /// Finds it in this process's environment and ancestry.
    pub fn detect() -> Self {
        let variable = |name: &str| sys::variable(name).map(|value| printable(&value.to_string_lossy()));
        Self::from(variable, parent)
    }

    /// The name of the session when this process is an agent's; `None` within where the agent gives it none.
    pub fn of_agent() -> Option<Option<String>> {
        let named = std::cell::Cell::new(true);
        let variable = |name: &str| sys::variable(name).map(|value| printable(&value.to_string_lossy()));
        let session = Self::from(variable, || {
            named.set(false);
            String::new()
        });
        session.is_of_agent().then(|| named.get().then_some(session.id))
    }

    /// True when an agent has opened it, or a person for one.
    pub fn is_of_agent(&self) -> bool {
        self.agent.is_some() || sys::variable(SESSION_VARIABLE).is_some_and(|name| !name.is_empty())
    }

    fn from(variable: impl Fn(&str) -> Option<String>, parent: impl Fn() -> String) -> Self {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        let named = AGENT_VARIABLES
            .iter()
            .filter(|known| known.names_session)
            .find_map(|known| Some((set(known.name)?, known.agent)));
        let marked = AGENT_VARIABLES.iter().find(|known| known.name != OWN_NAME && set(known.name).is_some());
        let agent = named.as_ref().map(|(_, agent)| *agent).or(marked.map(|known| known.agent)).map(str::to_owned);
        let agent = set(AGENT_VARIABLE).or(agent).or_else(|| set(OWN_NAME));
        let agent = agent.or_else(|| set("AGENT").filter(|value| value.len() > 1));
        let id = set(SESSION_VARIABLE).or(named.map(|(id, _)| id)).unwrap_or_else(parent);
        Self { agent, id, call: set("CODEX_TOOL_CALL_ID") }
    }
}

/// `pid-START` of the parent: a pid alone may be given again. Start in clock ticks since boot, proc_pid_stat(5) field 22.
fn parent() -> String {
    let parent = nix::unistd::getppid();
    let stat = std::fs::read_to_string(format!("/proc/{parent}/stat")).unwrap_or_default();
    // The name (field 2) may hold blanks and parentheses; the last one closes it.
    let start = stat.rsplit_once(')').and_then(|(_, rest)| rest.split_ascii_whitespace().nth(19));
    format!("{parent}-{}", start.unwrap_or("0"))
}

/// At most 128 characters, none of which moves a cursor.
fn printable(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_control()).take(128).collect()
}

#[cfg(test)]
mod tests {
    use super::Session;

    fn session(set: &[(&str, &str)]) -> Session {
        let find = |name: &str| set.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        Session::from(find, || "7-99".to_owned())
    }

    #[test]
    fn agents_are_named_by_what_they_set() {
        let codex = session(&[("CODEX_THREAD_ID", "t1"), ("CODEX_TOOL_CALL_ID", "c1")]);
        assert_eq!(
            (codex.agent.as_deref(), codex.id.as_str(), codex.call.as_deref()),
            (Some("codex"), "t1", Some("c1"))
        );
        let gemini = session(&[("GEMINI_CLI", "1")]);
        assert_eq!((gemini.agent.as_deref(), gemini.id.as_str()), (Some("gemini-cli"), "7-99"));
        assert_eq!(session(&[("CLAUDE_CODE_SESSION_ID", ""), ("CLAUDECODE", "1")]).id, "7-99");
        assert_eq!(session(&[]).agent, None);
        let run =
            session(&[("AGENTSH_SESSION", "fix-1"), ("AGENTSH_AGENT", "codex"), ("CLAUDE_CODE_SESSION_ID", "t1")]);
        assert_eq!((run.agent.as_deref(), run.id.as_str()), (Some("codex"), "fix-1"));
    }

    #[test]
    fn the_parent_of_this_process_is_found() {
        let found = super::parent();
        assert!(found.split_once('-').is_some_and(|(pid, start)| pid != "0" && start != "0"), "{found}");
    }
}
