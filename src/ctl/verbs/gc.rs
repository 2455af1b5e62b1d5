//! `agentshctl gc`: gives room back.

use super::super::args::Args;
use super::super::failure::{Failure, Result};
use super::super::paper::Paper;
use super::super::recovery::recover;
use super::super::registry::{Flag, Verb};
use super::super::steps::{self, Told};
use super::super::{places, store};
use crate::approval::agent_above_us;
use crate::checkpoint::Store;
use crate::host::Grants;
use crate::journal::Ended;
use crate::sys::ProcStat;
use crate::sys::clock;
use crate::ui::{bytes_text, visible};
use nix::sys::statvfs::statvfs;
use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// Days a step is kept.
const DAYS: usize = 14;
/// The store is never larger than this …
const BUDGET: u64 = 5 << 30;
/// … nor than this part of its file system.
const SHARE: u64 = 20;
/// A session with a step younger than this is taken to be going on.
const LIVE: u64 = 86_400_000;

pub(super) static VERB: Verb = Verb {
    name: "gc",
    summary: "remove what is kept of old steps",
    usage: "[--older-than=DAYS] [--budget=MIB] [--dry-run]",
    about: &[
        "Removes the preimages of steps older than DAYS (default 14), then of the oldest ones until what is kept fits the budget (default 5 GiB, or 5 % of the file system if that is less). Those steps can then no longer be undone. Requests and approvals that have expired go too; the journal keeps its entries.",
        "A step that still runs is never removed, nor the latest step that can be undone of a session that was active in the last day. Only a person may do this: it refuses to run below an agent.",
    ],
    flags: &[
        Flag::value(None, "older-than", "DAYS", "the age in days (default 14)"),
        Flag::value(None, "budget", "MIB", "how much may be kept, in MiB"),
        Flag::switch(Some('n'), "dry-run", "only say what would be removed"),
    ],
    words: &[],
    statuses: &[(3, "refused: an agent stands above")],
    run,
};

/// What is kept of one step.
struct Pack {
    session: String,
    step: String,
    /// Milliseconds since 1970.
    started: u64,
    bytes: u64,
}

fn run(args: &Args, paper: &mut Paper) -> Result {
    args.none(&VERB)?;
    if let Some(agent) = agent_above_us() {
        let message =
            format!("only a person may remove what steps are undone with; this runs below {}", visible(&agent));
        return Err(Failure::plain(message).status(3).hint("open a terminal of your own and run it there"));
    }
    let days = args.number("older-than")?.unwrap_or(DAYS) as u64;
    let dry = args.has("dry-run");
    // Nobody undoes what is being removed, and an undo that was killed gets the packs it still needs.
    let _turn = store::turn()?;
    if !dry {
        recover(paper)?;
    }
    let sessions = places::state().join("sessions");
    let budget = match args.number("budget")? {
        Some(mebibytes) => (mebibytes as u64).saturating_mul(1 << 20),
        None => default_budget(&sessions),
    };
    let (mut removed, mut freed, mut left) = (0, 0, size(&sessions));
    if let Some(store) = store::open()? {
        let spared = spared(&steps::all()?);
        let mut packs = packs(&store, &sessions)?;
        packs.sort_by_key(|pack| pack.started);
        for pack in packs.iter().filter(|pack| !spared.contains(&pack.step)) {
            let old = clock::milliseconds().saturating_sub(pack.started) >= days.saturating_mul(86_400_000);
            if !old && left <= budget {
                continue;
            }
            if !dry {
                store.forget(&pack.session, &pack.step).map_err(store::failure)?;
            }
            removed += 1;
            freed += pack.bytes;
            left = left.saturating_sub(pack.bytes);
        }
    }
    let (freed, left) = (bytes_text(freed), bytes_text(left));
    let steps = if removed == 1 { "step" } else { "steps" };
    if dry {
        paper.line(&format!("would remove {removed} {steps} and free {freed}; {left} would be kept"));
        return Ok(0);
    }
    let swept = places::requests().sweep().map_err(places::unreadable)? + Grants::of(&places::state()).sweep();
    paper.line(&format!(
        "removed {removed} {steps}, freed {freed}, kept {left}; expired requests and approvals removed: {swept}"
    ));
    Ok(0)
}

/// What the store may hold when nobody has said.
fn default_budget(sessions: &Path) -> u64 {
    let part = statvfs(sessions).map(|found| found.blocks().saturating_mul(found.fragment_size()) / SHARE);
    part.map_or(BUDGET, |part| part.min(BUDGET))
}

/// The packs that can be read; one that cannot is left for a person to look at.
fn packs(store: &Store, sessions: &Path) -> Result<Vec<Pack>> {
    let mut packs = Vec::new();
    for (session, step) in store.steps().map_err(store::failure)? {
        let Ok(loaded) = store.load(&session, &step) else { continue };
        let started = loaded.header().started.0.max(0).cast_unsigned() * 1000;
        let log = sessions.join(&session).join(format!("{step}.log"));
        let bytes = log.symlink_metadata().map_or(0, |found| found.len())
            + loaded.folders().iter().map(|folder| size(folder)).sum::<u64>();
        packs.push(Pack { session, step, started, bytes });
    }
    Ok(packs)
}

/// Steps that are never removed: what still runs, and of each session that goes on the latest that can be undone.
fn spared(steps: &[Told]) -> HashSet<String> {
    let now = clock::milliseconds();
    let runs = |told: &Told| {
        told.ended.is_none() && ProcStat::of(told.intent.pid.cast_signed()).is_ok() && told.undone_by.is_none()
    };
    let mut spared: HashSet<String> = steps.iter().filter(|told| runs(told)).map(|told| told.id.to_string()).collect();
    let live: HashSet<&str> = steps
        .iter()
        .filter(|told| now.saturating_sub(told.time) < LIVE || runs(told))
        .map(|told| told.intent.session.as_str())
        .collect();
    for session in live {
        let last = steps.iter().rev().find(|told| {
            let ran = told.ended != Some(Ended::Refused) && told.glyph() != "·";
            told.intent.session == session && ran && told.undone_by.is_none() && told.undoes.is_none()
        });
        spared.extend(last.map(|told| told.id.to_string()));
    }
    spared
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
