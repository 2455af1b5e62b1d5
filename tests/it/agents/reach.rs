//! What an agent could try to get out of agentsh's reach: each is refused, asked about, or without effect.

use crate::approval::person::Machine;

#[test]
fn lines_that_would_switch_agentsh_off_are_asked_about() {
    let machine = Machine::new();
    for line in [
        "echo '{}' > ~/.claude/settings.json",
        "echo '{}' > .claude/settings.local.json",
        "rm ~/.codex/hooks.json",
        "sed -i s/agentshctl/true/ ~/.gemini/settings.json",
        "echo '{}' > ~/.config/opencode/opencode.json",
        "rm -rf ~/.cline/hooks",
        "rm ~/.copilot/hooks/agentsh.json",
        "echo x >> ~/.aider.conf.yml",
        "rm -rf ~/.agents/plugins/agentsh",
        "echo '{}' > .cursor/hooks.json",
        "rm -rf ~/.claude",
        "chsh -s /bin/bash",
        "usermod -s /bin/bash somebody",
        "echo 'export SHELL=/bin/bash' >> ~/.bashrc",
        "rm -rf \"$XDG_STATE_HOME/agentsh\"",
        "echo '{}' > \"$XDG_STATE_HOME/agentsh/approved/x.json\"",
        "echo '{}' > \"$XDG_STATE_HOME/agentsh/calls/x.json\"",
        "echo '{}' > \"$XDG_STATE_HOME/agentsh/runs/x.json\"",
        "echo x > \"$XDG_CONFIG_HOME/agentsh/config.toml\"",
        "tmux send-keys -t 0 y Enter",
        "screen -S desk -X stuff 'y\\n'",
        "kill $PPID",
        "pkill agentsh",
    ] {
        let output = machine.control(&["check", "--", line]);
        assert_eq!(output.status.code(), Some(1), "{line}: {}", String::from_utf8_lossy(&output.stdout));
    }
}

#[test]
fn leaving_the_environment_or_the_shell_behind_changes_no_judgement() {
    let machine = Machine::new();
    for way in [
        "unset SHELL CLAUDE_CODE_SHELL AGENTSH_SESSION BASH_ENV; git push origin main",
        "export SHELL=/bin/sh CLAUDE_CODE_SHELL=/bin/sh; git push origin main",
        "exec /bin/bash -c 'git push origin main'",
        "/bin/sh -c 'git push origin main'",
        "env -i PATH=/usr/bin:/bin /bin/sh -c 'git push origin main'",
        "exec -c git push origin main",
        "AGENTSH_SESSION=other git push origin main",
        "(unset PATH; PATH=/usr/bin:/bin; command git push origin main)",
    ] {
        let output = machine.away(way);
        assert_eq!(output.status.code(), Some(126), "{way}: {}", String::from_utf8_lossy(&output.stderr));
    }
    assert_eq!(machine.pushed(), 0);
}

#[test]
fn the_persons_verbs_refuse_below_an_agent() {
    let machine = Machine::new();
    assert_eq!(machine.away("git push origin main").status.code(), Some(126));
    let id = machine.request();
    for arguments in [
        &["approve", "-y", &id][..],
        &["deny", &id],
        &["setup", "-y", "claude-code"],
        &["setup", "--undo", "-y", "claude-code"],
        &["run", "--", "true"],
    ] {
        let output = machine.control(arguments);
        assert_ne!(output.status.code(), Some(0), "{arguments:?}");
    }
    assert_eq!((machine.request(), machine.pushed()), (id, 0));
}
