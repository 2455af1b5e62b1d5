//! What agents run for themselves when they start: they look at the person's shell, and write down what they saw.
//!
//! The person's own start-up files are run on the way. Those are not the agent's to be judged by (rules guard them from
//! being changed), so what is judged is the text without them.

use super::codex::{SNAPSHOTS, below};
use super::quoted::literal;
use super::{Trust, Wrapped};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// Start-up files of shells.
const STARTUP: &[&str] = &[".bashrc", ".bash_profile", ".bash_login", ".profile", ".zshrc", ".zshenv", ".zprofile"];

/// Claude Code 2.1.329: `SNAPSHOT_FILE=…`, then perhaps the person's start-up file, then lines that fill the snapshot.
pub(super) fn claude_snapshot(line: &[u8]) -> Option<Wrapped> {
    let (file, behind) = literal(line.strip_prefix(b"SNAPSHOT_FILE=")?)?;
    let begun = behind.strip_prefix(b"\n      ")?;
    let file = Path::new(OsStr::from_bytes(&file)).to_owned();
    if !file.parent()?.ends_with(super::forms::CLAUDE_SNAPSHOTS) {
        return None;
    }
    let (startup, rest) = literal(begun.strip_prefix(b"source ")?)?;
    let startup = Path::new(OsStr::from_bytes(&startup)).to_owned();
    let rest = rest.strip_prefix(b" < /dev/null\n")?;
    if !STARTUP.iter().any(|name| startup.file_name() == Some(OsStr::new(name))) {
        return None;
    }
    let head = &line[..line.len() - behind.len()];
    Some(Wrapped {
        agent: "claude-code",
        text: [head, b"\n", rest].concat(),
        trusts: vec![Trust::Sources(startup, "")],
        ..Wrapped::default()
    })
}

/// Codex 0.169.0: `set -e; . "…"`, which loads the snapshot to see whether it can be loaded.
pub(super) fn codex_snapshot(line: &[u8]) -> Option<Wrapped> {
    let (file, rest) = literal(line.strip_prefix(b"set -e; . ")?)?;
    let file = Path::new(OsStr::from_bytes(&file)).to_owned();
    (rest.is_empty() && below(&file)).then(|| Wrapped {
        agent: "codex",
        trusts: vec![Trust::Sources(file, SNAPSHOTS)],
        ..Wrapped::default()
    })
}

/// Codex 0.169.0: loads the person's start-up file and prints what the shell knows then.
pub(super) fn codex_probe(line: &[u8]) -> Option<Wrapped> {
    let startup = b"if [ -z \"${BASH_ENV-}\" ] && [ -n \"${HOME-}\" ] && [ -r \"$HOME/.bashrc\" ]; then\n  . \"$HOME/.bashrc\"\nfi\n";
    let rest = line.strip_prefix(startup)?;
    rest.starts_with(b"echo '# Snapshot file'\n").then(|| Wrapped {
        agent: "codex",
        text: rest.to_vec(),
        ..Wrapped::default()
    })
}
