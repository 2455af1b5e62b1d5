//! `agentshctl hook`: what an agent runs before and after a tool.

use super::super::args::Args;
use super::super::failure::{Failure, Result};
use super::super::hooking::Hooking;
use super::super::paper::{Paper, warn};
use super::super::registry::{Flag, Verb};
use crate::agents::Agent;
use crate::agents::hook::{HOOKS, Hook, LARGEST};
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout};
use std::io::Read;
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

pub(super) static VERB: Verb = Verb {
    name: "hook",
    summary: "answer an agent's hook",
    usage: "AGENT",
    about: &[
        "Run by an agent, not by people: 'agentshctl setup AGENT' enters it in the agent's configuration. Reads what the agent is about to do from standard input (JSON) and answers in the agent's own form.",
        "A command line is judged as the shell would judge it. What asks is put to the person by the agent itself where it can, else it waits for an answer as a line in the shell does and is then refused with its request id. A file that a tool other than the shell changes is kept first, as a step of its own. What allows says nothing, so that permissions the agent would ask for stay its own to ask for.",
        "Input that is malformed, larger than 16 MiB or not there within ten seconds blocks the tool.",
    ],
    flags: &[Flag::value(Some('t'), "timeout", "SECONDS", "how long to wait for the input (default 10)")],
    words: &["claude-code", "codex", "gemini-cli", "copilot-cli", "cline", "cursor", "crush", "goose"],
    statuses: &[(2, "the hook failed: the tool is blocked; else 0, and the decision is in the output")],
    run,
};

fn run(args: &Args, paper: &mut Paper) -> Result {
    let name = args.one(&VERB, "the agent")?.to_string_lossy();
    let hook = Agent::find(&name).and_then(|agent| Hook::find(agent.name)).ok_or_else(|| {
        let known: Vec<&str> = HOOKS.iter().map(|hook| hook.agent).collect();
        Failure::usage(format!("no hook of '{name}' is known"), format!("known are {}", known.join(", ")))
    })?;
    let patience = Duration::from_secs(args.number("timeout")?.unwrap_or(10).min(600) as u64);
    let read = input(patience).and_then(|text| hook.read(&text).map_err(|error| error.to_string()));
    let reply = match &read {
        Ok(call) => {
            // A judgement that cannot be made is no reason to let anything through.
            let decided = std::panic::catch_unwind(|| Hooking::new(hook, call).decide());
            match decided {
                Ok(decision) => hook.answer(&decision, call),
                Err(_) => hook.failed("judging it failed"),
            }
        }
        Err(why) => hook.failed(why),
    };
    if !reply.out.is_empty() {
        paper.line(&reply.out);
    }
    if !reply.err.is_empty() {
        warn(&reply.err);
    }
    Ok(reply.status)
}

/// All of standard input, or why it was not to be had: a lowercase fragment.
fn input(patience: Duration) -> std::result::Result<Vec<u8>, String> {
    let until = Instant::now() + patience;
    let mut stdin = std::io::stdin().lock();
    let mut text = Vec::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        let left = until.saturating_duration_since(Instant::now());
        let timeout = PollTimeout::try_from(left).unwrap_or(PollTimeout::MAX);
        let ready = {
            let own = std::io::stdin();
            let mut slots = [PollFd::new(own.as_fd(), PollFlags::POLLIN)];
            match nix::poll::poll(&mut slots, timeout) {
                Ok(count) => count > 0,
                Err(Errno::EINTR) => continue,
                Err(error) => return Err(format!("cannot wait for the input: {error}")),
            }
        };
        if !ready {
            return Err("the input did not come in time".to_owned());
        }
        match stdin.read(&mut buffer) {
            Ok(0) => return Ok(text),
            Ok(count) if text.len() + count > LARGEST => return Err("the input is larger than 16 MiB".to_owned()),
            Ok(count) => text.extend_from_slice(&buffer[..count]),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(format!("cannot read the input: {error}")),
        }
    }
}
