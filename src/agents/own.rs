//! What each agent keeps in the home directory for itself, and which of that decides what it may do.

use std::path::Path;

/// The places of one agent, below the home directory. A name that ends with `/` stands for all below it, any other for every
/// name that begins so (a file, its lock, and what is written beside it and renamed).
struct Own {
    agent: &'static str,
    places: &'static [&'static str],
    /// Not these: they decide what the agent may do, or run commands for it. Changing them is a person's affair.
    but: &'static [&'static str],
}

/// As the versions named in `agent.rs` were seen to write them.
const OWN: &[Own] = &[
    Own {
        agent: "claude-code",
        places: &[".claude/", ".claude.json", ".local/share/claude/", ".local/state/claude/", ".local/bin/claude"],
        but: &[".claude/settings", ".claude/hooks"],
    },
    Own { agent: "codex", places: &[".codex/"], but: &[".codex/config.toml", ".codex/hooks", ".codex/rules"] },
    Own { agent: "gemini-cli", places: &[".gemini/"], but: &[".gemini/settings.json", ".gemini/policies"] },
    Own {
        agent: "opencode",
        places: &[".config/opencode/", ".local/share/opencode/", ".local/state/opencode/"],
        but: &[".config/opencode/opencode.json", ".config/opencode/plugin"],
    },
    Own {
        agent: "copilot-cli",
        places: &[".copilot/", ".cache/copilot/", ".config/github-copilot/", ".local/state/.copilot/"],
        but: &[".copilot/hooks"],
    },
    Own { agent: "cline", places: &[".cline/", "Documents/Cline/"], but: &[".cline/hooks"] },
    Own {
        agent: "goose",
        places: &[".config/goose/", ".local/share/goose/", ".local/state/goose/"],
        but: &[".config/goose/config.yaml"],
    },
    Own { agent: "aider", places: &[".aider"], but: &[".aider.conf.yml"] },
    Own { agent: "cursor", places: &[".cursor/", ".config/cursor/"], but: &[".cursor/hooks.json", ".cursor/mcp.json"] },
    Own { agent: "mini-swe-agent", places: &[".config/mini-swe-agent/"], but: &[] },
    Own { agent: "crush", places: &[".config/crush/", ".local/share/crush/"], but: &[".config/crush/crush.json"] },
    Own { agent: "continue", places: &[".continue/"], but: &[".continue/config"] },
    Own { agent: "openhands", places: &[".openhands/"], but: &[".openhands/settings"] },
];

/// True for what `agent` itself may change without a question while it runs, in this home directory.
pub fn is_own_state(agent: &str, home: &Path, path: &Path) -> bool {
    let Some(name) = path.strip_prefix(home).ok().and_then(Path::to_str) else { return false };
    let lies = |places: &[&str]| {
        places.iter().any(|place| name.starts_with(place) || place.strip_suffix('/').is_some_and(|own| own == name))
    };
    OWN.iter().any(|own| own.agent == agent && lies(own.places) && !lies(own.but))
}

#[cfg(test)]
mod tests {
    use super::is_own_state;
    use std::path::Path;

    #[test]
    fn records_are_an_agents_own_and_settings_are_not() {
        let own = |agent, path| is_own_state(agent, Path::new("/home/u"), Path::new(path));
        for path in ["/home/u/.claude.json.tmp.1", "/home/u/.claude/shell-snapshots/x.sh", "/home/u/.claude"] {
            assert!(own("claude-code", path), "{path}");
        }
        for path in ["/home/u/.claude/settings.json", "/home/u/.claudius", "/home/u/.codex/x", "/p/.claude.json"] {
            assert!(!own("claude-code", path), "{path}");
        }
        assert!(!own("somebot", "/home/u/.claude.json"));
        assert!(super::OWN.iter().all(|own| crate::agents::Agent::find(own.agent).is_some()));
    }
}
