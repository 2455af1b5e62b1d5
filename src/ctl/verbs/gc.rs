//! `agentshctl gc`: gives room back.

use super::super::args::Args;
use super::super::failure::{Failure, Result};
use super::super::paper::Paper;
use super::super::registry::{Flag, Verb};
use super::super::{places, store};
use crate::approval::agent_above_us;
use crate::ui::{bytes_text, visible};
use std::path::{Path, PathBuf};

pub(super) static VERB: Verb = Verb {
    name: "gc",
    summary: "remove what is kept of old steps",
    usage: "[--older-than=DAYS] [--dry-run]",
    about: &[
        "Removes the preimages of steps older than DAYS (default 14), which can then no longer be undone, and requests and approvals that have expired. The journal keeps its entries. Only a person may do this: it refuses to run below an agent.",
    ],
    flags: &[
        Flag::value(None, "older-than", "DAYS", "the age in days (default 14)"),
        Flag::switch(Some('n'), "dry-run", "only say what would be removed"),
    ],
    words: &[],
    statuses: &[(3, "refused: an agent stands above")],
    run,
};

fn run(args: &Args, paper: &mut Paper) -> Result {
    args.none(&VERB)?;
    if let Some(agent) = agent_above_us() {
        let message =
            format!("only a person may remove what steps are undone with; this runs below {}", visible(&agent));
        return Err(Failure::plain(message).status(3).hint("open a terminal of your own and run it there"));
    }
    let days = args.number("older-than")?.unwrap_or(14) as u64;
    let dry = args.has("dry-run");
    let mut removed = 0;
    let sessions = places::state().join("sessions");
    let before = size(&sessions);
    if let Some(store) = store::open()? {
        for (session, step) in store.steps().map_err(store::failure)? {
            // A pack that cannot be read is left for a person to look at.
            let Ok(loaded) = store.load(&session, &step) else { continue };
            let started = loaded.header().started.0.max(0).cast_unsigned() * 1000;
            if places::now().saturating_sub(started) < days * 86_400_000 {
                continue;
            }
            removed += 1;
            if !dry {
                store.forget(&session, &step).map_err(store::failure)?;
            }
        }
    }
    if dry {
        paper.line(&format!(
            "{removed} steps older than {days} days would be removed; the store holds {}",
            bytes_text(before)
        ));
        return Ok(0);
    }
    let swept = places::requests().sweep().map_err(places::unreadable)?;
    let freed = before.saturating_sub(size(&sessions));
    paper.line(&format!(
        "{removed} steps removed, {} freed; {swept} expired requests and approvals removed",
        bytes_text(freed)
    ));
    Ok(0)
}

/// Bytes of the files below a directory; what cannot be read counts nothing.
pub(super) fn size(directory: &Path) -> u64 {
    let mut bytes = 0;
    let mut waiting: Vec<PathBuf> = vec![directory.to_path_buf()];
    while let Some(here) = waiting.pop() {
        for entry in std::fs::read_dir(here).into_iter().flatten().flatten() {
            match entry.metadata() {
                Ok(found) if found.is_dir() => waiting.push(entry.path()),
                Ok(found) => bytes += found.len(),
                Err(_) => {}
            }
        }
    }
    bytes
}
