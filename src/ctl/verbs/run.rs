//! `agentshctl run`: an agent whose shells are ours.

use super::super::args::Args;
use super::super::failure::{Failure, Result};
use super::super::paper::{Paper, complain, warn};
use super::super::registry::{Flag, Verb};
use super::super::session::{Shims, Start, Worktree, run_to_end};
use super::super::undoing::confirmed;
use crate::agents::{Agent, Shim};
use crate::approval::agent_above_us;
use crate::guard::{Unguarded, Watching, probe};
use crate::host::{AGENT_VARIABLE, Places, Run, SESSION_VARIABLE, Session};
use crate::sys::Tty;
use crate::ui::visible;
use std::ffi::OsStr;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

pub(super) static VERB: Verb = Verb {
    name: "run",
    summary: "start an agent whose shells are agentsh",
    usage: "[--session=NAME] [--scope=DIR] [--worktree] [--no-guard] -- AGENT [ARGUMENT...]",
    about: &[
        "Starts AGENT on this terminal with what makes it use agentsh as its shell, and ends as it ends. For agents that are known this is what each of them looks at (a variable of its own, or SHELL, or PATH); others get SHELL and PATH.",
        "The guard is on the agent's own process: every program it starts is judged, whatever shell it starts and by whatever path, and every file it changes is kept first, in steps of some seconds where no line says what for. --no-guard leaves that out: then only what comes to the shell (or the hook) is judged. A guarded agent cannot use programs that gain privileges, such as sudo, unless you are root.",
        "All its lines belong to the session NAME ('agentshctl log --session NAME'). With --scope, changes are ordinary work in DIR instead of in the checkout. With --worktree it works in a git work tree and on a branch of its own; at the end its commits are shown and, if you say so, merged.",
    ],
    flags: &[
        Flag::value(Some('s'), "session", "NAME", "the session's name (default: made from the agent's)"),
        Flag::value(None, "scope", "DIR", "where changes are ordinary work"),
        Flag::switch(None, "no-guard", "only what comes to its shell is judged, not what the agent itself does"),
        Flag::switch(Some('w'), "worktree", "a git work tree and a branch of the session's own"),
    ],
    words: &[],
    statuses: &[(125, "agentshctl itself failed; any other status is the agent's")],
    run,
};

fn run(args: &Args, paper: &mut Paper) -> Result {
    let Some((program, arguments)) = args.operands.split_first() else {
        return Err(Failure::usage("the agent is missing", VERB.usage_hint()));
    };
    if let Some(agent) = agent_above_us() {
        let message = format!("only a person can open a session; this is below an agent ({})", visible(&agent));
        return Err(Failure::plain(message).hint("ask the user to run it in a terminal of their own"));
    }
    let shims = Shims::find().ok_or_else(|| {
        Failure::plain("no bash that is agentsh stands in ../lib/agentsh beside agentshctl")
            .hint("./install.sh puts it there")
    })?;
    let agent = Agent::of_command(program, arguments);
    let places = Places::find();
    let guarded = !args.has("no-guard");
    if guarded && let Watching::None(why) = probe(&places) {
        let message = format!("the guard cannot be put on the agent here: {why}");
        return Err(Failure::plain(message).hint("--no-guard starts it with its shell alone judged"));
    }
    let own = Path::new(program).file_name().unwrap_or_default().to_string_lossy().into_owned();
    let session = session_name(args, agent.map_or(own.as_str(), |agent| agent.name))?;
    let here = std::env::current_dir()
        .map_err(|error| Failure::plain(format!("cannot find the working directory: {error}")))?;
    let worktree = if args.has("worktree") { Some(Worktree::make(&session, &here)?) } else { None };
    let scope = scope(args)?.or_else(|| worktree.as_ref().map(|worktree| worktree.path.clone()));
    let mut record = Run::of_this_process(&session, agent.map(|agent| agent.name))
        .map_err(|error| Failure::plain(format!("cannot read /proc: {error}")))?
        .within(scope.as_deref());
    if let Some(worktree) = &worktree {
        record = record.in_worktree(&worktree.path, &worktree.branch);
    }
    record.guarded = guarded;
    record.terminal = Tty::controlling().ok().and_then(|tty| {
        let (major, minor) = tty.device().ok()?;
        Some((major, minor, tty.session().ok()?))
    });
    record.open(&places).map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => {
            Failure::usage(format!("a session called '{session}' is open"), "choose another --session")
        }
        _ => Failure::plain(format!("cannot record the session in {}: {error}", places.state.display())),
    })?;
    let directory = worktree.as_ref().map_or(&here, |worktree| &worktree.path);
    let mut start = Start::new(program, arguments, directory);
    let ways = prepare(&mut start, &session, agent, &shims);
    announce(&record, agent, &ways, scope.as_deref().unwrap_or(&here));
    paper.flush();
    let status = if guarded {
        let whose = Session { agent: agent.map(|agent| agent.name.to_owned()), id: session, call: None };
        run_to_end(|blocked| start.guarded(&record, &whose, blocked, not_guarded))
    } else {
        run_to_end(|_| start.alone())
    };
    record.close(&places);
    let status = status.unwrap_or_else(|error| not_started(program, &error));
    if let Some(worktree) = &worktree {
        offer(worktree, paper)?;
    }
    Ok(status)
}

/// Says that the agent could not be started; gives the status for that, as shells do.
fn not_started(program: &OsStr, error: &std::io::Error) -> u8 {
    complain(&Failure::plain(format!("cannot start {}: {error}", visible(&program.to_string_lossy()))));
    if error.kind() == std::io::ErrorKind::NotFound { 127 } else { 126 }
}

fn not_guarded(start: &Start, error: &Unguarded) -> u8 {
    match error {
        Unguarded::NotStarted(error) => not_started(start.program(), error),
        Unguarded::NoGuard(why) => {
            let failure = Failure::plain(format!("the guard cannot be put on the agent: {why}"));
            complain(&failure.hint("--no-guard starts it with its shell alone judged"));
            125
        }
    }
}

/// The session's name: as given, else the agent's with something that tells it from others.
fn session_name(args: &Args, agent: &str) -> Result<String> {
    let given = args.text("session");
    let made = || {
        let seed = format!("{} {:?}", std::process::id(), std::time::SystemTime::now());
        let agent: String = agent.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').take(32).collect();
        format!("{}-{}", if agent.is_empty() { "run" } else { &agent }, &blake3::hash(seed.as_bytes()).to_hex()[..6])
    };
    let name = given.unwrap_or_else(made);
    if Run::is_name(&name) {
        return Ok(name);
    }
    Err(Failure::usage(
        format!("'{}' cannot be a session's name", visible(&name)),
        "letters, digits, '-', '_' and '.', at most 64, beginning with a letter or digit",
    ))
}

fn scope(args: &Args) -> Result<Option<PathBuf>> {
    let Some(given) = args.value("scope") else { return Ok(None) };
    let found = std::fs::canonicalize(given).ok().filter(|path| path.is_dir());
    found
        .map(Some)
        .ok_or_else(|| Failure::usage(format!("'{}' is not a directory", given.to_string_lossy()), VERB.usage_hint()))
}

/// Sets what makes the agent use our shell; gives the names of what was set.
fn prepare(start: &mut Start, session: &str, agent: Option<&Agent>, shims: &Shims) -> Vec<&'static str> {
    let bash = shims.file(Shim::Bash);
    start.set(SESSION_VARIABLE, session);
    start.set("SHELL", &bash);
    let mut ways = vec!["SHELL"];
    for (name, shim) in agent.map(|agent| agent.variables).unwrap_or_default() {
        start.set(name, shims.file(*shim));
        ways.push(name);
    }
    if agent.is_none_or(|agent| agent.by_path) {
        start.set("PATH", shims.before(std::env::var_os("PATH").as_deref()));
        ways.push("PATH");
    }
    match agent {
        Some(agent) => start.set(AGENT_VARIABLE, agent.name),
        None => start.unset(AGENT_VARIABLE),
    }
    ways
}

/// One line, before the agent has the screen.
fn announce(run: &Run, agent: Option<&Agent>, ways: &[&str], scope: &Path) {
    let title = agent.map_or("an agent that is not known", |agent| agent.title);
    let but = agent.and_then(|agent| agent.unreachable).map(|why| format!("; but {why}")).unwrap_or_default();
    let held = if run.guarded { "; all it starts and changes is guarded".to_owned() } else { but };
    let scope = visible(&scope.to_string_lossy()).into_owned();
    let (session, ways) = (&run.session, ways.join(", "));
    warn(&format!("agentsh: session {session}: {title}, scope {scope}, shell set by {ways}{held}\n"));
}

/// Shows what the session committed, and merges it if the person says so.
fn offer(worktree: &Worktree, paper: &mut Paper) -> Result<()> {
    let place = worktree.path.display().to_string();
    let commits = worktree.commits();
    let dirty = if worktree.is_dirty() { "; some changes there are not committed" } else { "" };
    if commits == 0 {
        paper.line(&format!("{}: no commits; the work tree stays at {}{dirty}", worktree.branch, visible(&place)));
        return Ok(());
    }
    paper.line(&visible_lines(&worktree.summary()));
    paper.line(&format!("{}: {commits} commits in {}{dirty}", worktree.branch, visible(&place)));
    if !std::io::stdin().is_terminal() || !std::io::stdout().is_terminal() {
        paper.line(&format!("merge them with: {}", visible(&worktree.merge_line())));
        return Ok(());
    }
    paper.line("to be merged into what is checked out in the checkout");
    if confirmed(paper)? {
        worktree.merge()?;
        paper.line("merged");
    } else {
        paper.line(&format!("not merged; later: {}", visible(&worktree.merge_line())));
    }
    Ok(())
}

fn visible_lines(text: &str) -> String {
    text.lines().map(|line| visible(line).into_owned()).collect::<Vec<_>>().join("\n")
}
