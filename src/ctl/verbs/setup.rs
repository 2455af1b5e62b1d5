//! `agentshctl setup`: entering agentsh in an agent's own configuration, and taking it out again.

use super::super::args::Args;
use super::super::failure::{Failure, Result};
use super::super::paper::Paper;
use super::super::places;
use super::super::registry::{Flag, Verb};
use super::super::session::Shims;
use super::super::undoing::confirmed;
use crate::agents::settings::{File, Programs, SETTINGS, Settings};
use crate::agents::{Agent, Shim};
use crate::approval::agent_above_us;
use crate::host::Places;
use crate::ui::{unified_diff, visible};
use serde::{Deserialize, Serialize};
use std::fs;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

pub(super) static VERB: Verb = Verb {
    name: "setup",
    summary: "enter agentsh in an agent's configuration",
    usage: "[--undo] [--dry-run] [-y] AGENT",
    about: &[
        "Shows what would change in AGENT's own settings or hooks, asks, and changes that alone: what else is in the files keeps its place. With --undo it is taken out again; files that nobody has changed since become what they were, byte for byte.",
        "Only a person can run this: below an agent it is refused.",
    ],
    flags: &[
        Flag::switch(Some('u'), "undo", "take it out again"),
        Flag::switch(Some('n'), "dry-run", "show the change and make none"),
        Flag::switch(Some('y'), "yes", "do not ask"),
    ],
    words: &["claude-code", "codex", "gemini-cli", "opencode", "copilot-cli", "cline", "goose", "aider", "cursor"],
    statuses: &[],
    run,
};

/// A change to one file.
struct Change {
    path: PathBuf,
    before: Option<String>,
    after: Option<String>,
    executable: bool,
}

/// What a file was before we changed it, and what we made of it.
#[derive(Serialize, Deserialize)]
struct Past {
    path: String,
    before: Option<String>,
    after: String,
}

fn run(args: &Args, paper: &mut Paper) -> Result {
    let name = args.one(&VERB, "the agent")?.to_string_lossy();
    if let Some(agent) = agent_above_us() {
        let message = format!("only a person can change an agent's settings; this is below one ({})", visible(&agent));
        return Err(Failure::plain(message).hint("ask the user to run it in a terminal of their own"));
    }
    let agent = Agent::find(&name).ok_or_else(|| unknown(&name))?;
    let settings = Settings::find(agent.name).ok_or_else(|| by_environment(agent))?;
    let home = Places::find().home.ok_or_else(|| Failure::plain("cannot find the home directory"))?;
    let shims = Shims::find().ok_or_else(|| {
        Failure::plain("no bash that is agentsh stands in ../lib/agentsh beside agentshctl")
            .hint("./install.sh puts it there")
    })?;
    let control =
        std::env::current_exe().map_err(|error| Failure::plain(format!("cannot find this program: {error}")))?;
    let (bash, control) = (shims.file(Shim::Bash), control);
    let texts = bash
        .to_str()
        .zip(control.to_str())
        .ok_or_else(|| Failure::plain("agentsh stands at a path that is no UTF-8"))?;
    let programs = Programs { bash: texts.0, control: texts.1 };
    let past = past(agent.name);
    let mut changes = Vec::new();
    for file in settings.files {
        changes.extend(if args.has("undo") {
            undone(file, &home, &programs, &past)?
        } else {
            made(file, &home, &programs)?
        });
    }
    if changes.is_empty() {
        let text = if args.has("undo") { "nothing of agentsh is entered" } else { "everything is entered already" };
        paper.line(&format!("{}: {text}", agent.title));
        return Ok(0);
    }
    for change in &changes {
        let name = change.path.display().to_string();
        let (old, new) = (change.before.as_ref(), change.after.as_ref());
        let side = |text: &String| text.clone().into_bytes();
        let (old, new) = (old.map(side), new.map(side));
        let named = |text: &'_ Option<Vec<u8>>| text.is_some().then_some(name.as_str());
        let (old_name, new_name) = (named(&old), named(&new));
        paper.write(&unified_diff(old_name.zip(old.as_deref()), new_name.zip(new.as_deref()), paper.style));
    }
    if args.has("dry-run") {
        return Ok(0);
    }
    if !args.has("yes") && !confirmed(paper)? {
        return Err(Failure::plain("nothing was changed"));
    }
    if args.has("undo") {
        changes.iter().try_for_each(write)?;
        let _ = fs::remove_file(record(agent.name));
    } else {
        remember(agent.name, &past, &changes)?;
        changes.iter().try_for_each(write)?;
        if !settings.further.is_empty() {
            paper.line(settings.further);
        }
    }
    paper.line("done; 'agentshctl doctor' says whether its lines come through");
    Ok(0)
}

fn unknown(name: &str) -> Failure {
    let known: Vec<&str> = SETTINGS.iter().map(|settings| settings.agent).collect();
    Failure::usage(format!("no agent called '{}' is known", visible(name)), format!("known are {}", known.join(", ")))
}

/// An agent that has no file for it.
fn by_environment(agent: &Agent) -> Failure {
    let names: Vec<&str> = agent.variables.iter().map(|(name, _)| *name).collect();
    let names = if names.is_empty() { "SHELL or PATH".to_owned() } else { names.join(", ") };
    Failure::plain(format!("{} takes its shell from its environment alone ({names})", agent.title))
        .hint(format!("start it with 'agentshctl run -- {}'", agent.programs[0]))
}

/// The file that an agent reads.
fn place(file: &File, home: &Path) -> PathBuf {
    let all = || file.names.iter().map(|name| home.join(name));
    let path = all().find(|path| path.exists()).or_else(|| all().next()).unwrap_or_default();
    // Settings that are a link stay one.
    path.canonicalize().unwrap_or(path)
}

fn text(path: &Path) -> Result<Option<String>> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failure::plain(format!("cannot read {}: {error}", path.display()))),
    }
}

fn made(file: &File, home: &Path, programs: &Programs<'_>) -> Result<Option<Change>> {
    let path = place(file, home);
    let before = text(&path)?;
    let after = file
        .with_ours(before.as_deref(), programs)
        .map_err(|error| Failure::plain(format!("{} {error}", path.display())).hint("nothing was changed"))?;
    let change = Change { path, before, after: Some(after), executable: file.executable };
    Ok((change.before != change.after).then_some(change))
}

fn undone(file: &File, home: &Path, programs: &Programs<'_>, past: &[Past]) -> Result<Option<Change>> {
    let path = place(file, home);
    let Some(now) = text(&path)? else { return Ok(None) };
    let known = past.iter().find(|past| Path::new(&past.path) == path && past.after == now);
    let after = match known {
        Some(past) => past.before.clone(),
        None => file
            .without_ours(&now, programs)
            .map_err(|error| Failure::plain(format!("{} {error}", path.display())).hint("nothing was changed"))?,
    };
    let change = Change { path, before: Some(now), after, executable: file.executable };
    Ok((change.before != change.after).then_some(change))
}

/// Writes a file whole, beside its place, then renamed; its mode stays.
fn write(change: &Change) -> Result<()> {
    let path = &change.path;
    let failed = |error: std::io::Error| Failure::plain(format!("cannot write {}: {error}", path.display()));
    let Some(text) = &change.after else { return fs::remove_file(path).map_err(failed) };
    let folder = path.parent().unwrap_or(path);
    fs::create_dir_all(folder).map_err(failed)?;
    let usual = if change.executable { 0o755 } else { 0o600 };
    let mode = fs::metadata(path).map_or(usual, |found| found.permissions().mode() & 0o7777);
    let beside = folder.join(format!(".agentsh-setup-{}", std::process::id()));
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(mode).open(&beside).map_err(failed)?;
    file.write_all(text.as_bytes()).and_then(|()| fs::rename(&beside, path)).map_err(|error| {
        let _ = fs::remove_file(&beside);
        failed(error)
    })
}

fn record(agent: &str) -> PathBuf {
    places::state().join("setup").join(format!("{agent}.json"))
}

fn past(agent: &str) -> Vec<Past> {
    fs::read(record(agent)).ok().and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default()
}

/// Keeps what the files were. A second run keeps what they were before the first.
fn remember(agent: &str, past: &[Past], changes: &[Change]) -> Result<()> {
    let file = record(agent);
    let failed = |error: std::io::Error| Failure::plain(format!("cannot write {}: {error}", file.display()));
    Places::find().make_state().map_err(failed)?;
    let all: Vec<Past> = changes
        .iter()
        .filter_map(|change| {
            let path = change.path.to_str()?.to_owned();
            let earlier = past.iter().find(|past| past.path == path && Some(&past.after) == change.before.as_ref());
            let before = earlier.map_or_else(|| change.before.clone(), |past| past.before.clone());
            Some(Past { path, before, after: change.after.clone()? })
        })
        .collect();
    fs::DirBuilder::new().recursive(true).mode(0o700).create(file.parent().unwrap_or(&file)).map_err(failed)?;
    fs::write(&file, serde_json::to_vec(&all).unwrap_or_default()).map_err(failed)
}
