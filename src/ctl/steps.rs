//! The journal, put together step by step.

use super::failure::{Failure, Result};
use super::{places, store};
use crate::checkpoint::Store;
use crate::effect::Reversibility;
use crate::journal::{Changes, Ended, Entry, Granted, Intent, Record, StepId, Undo};
use crate::policy::Decision;
use crate::sys::ProcStat;
use std::collections::BTreeMap;

/// What the journal says about one step.
#[derive(Clone, Debug)]
pub(super) struct Told {
    pub(super) id: StepId,
    pub(super) time: u64,
    pub(super) intent: Intent,
    pub(super) ended: Option<Ended>,
    /// Its end is not that of what ran: an agent's own changes are divided into steps.
    pub(super) goes_on: bool,
    pub(super) wall: u64,
    pub(super) changes: Option<Changes>,
    /// The step it took back, if it is an undo.
    pub(super) undoes: Option<Undo>,
    /// The step that took it back.
    pub(super) undone_by: Option<StepId>,
    pub(super) notes: Vec<String>,
    /// The grants that answered it beforehand.
    pub(super) grants: Vec<String>,
    /// Whoever was to record its end is gone.
    pub(super) orphaned: bool,
}

impl Told {
    /// `·` read, `~` reversible or opaque, `!` gated, `✗` not undoable.
    pub(super) fn glyph(&self) -> &'static str {
        match (self.intent.verdict, self.intent.reversibility) {
            (Decision::Ask | Decision::Deny, _) => "!",
            (_, Reversibility::Irreversible) => "✗",
            (_, Reversibility::ReadOnly) => "·",
            _ => "~",
        }
    }

    /// True when it ran and some of what it did cannot be taken back.
    pub(super) fn cannot_be_undone(&self) -> bool {
        let ran = self.ended != Some(Ended::Refused) && self.intent.reversibility != Reversibility::ReadOnly;
        ran && (self.intent.coverage != "full" || !self.intent.outward.is_empty())
    }

    /// How it ended, as far as can be known by now.
    pub(super) fn ending(&self) -> Option<Ended> {
        self.ended.or(self.orphaned.then_some(Ended::Unknown))
    }

    /// `0`, `1`, `KILL`, `refused`, `went on`, `unknown`, `-` while it runs.
    pub(super) fn end_text(&self) -> String {
        match self.ending() {
            Some(Ended::Exit(status)) => status.to_string(),
            Some(Ended::Signal(signal)) => nix::sys::signal::Signal::try_from(signal)
                .map_or(format!("signal {signal}"), |signal| signal.as_str().trim_start_matches("SIG").to_owned()),
            Some(Ended::Refused) => "refused".to_owned(),
            Some(Ended::Unknown) if self.goes_on => "went on".to_owned(),
            Some(Ended::Unknown) => "unknown".to_owned(),
            None => "-".to_owned(),
        }
    }

    /// `+2 ~1 -3 >1`, empty when nothing is known or changed.
    pub(super) fn changes_text(&self) -> String {
        let changes = self.changes.unwrap_or_default();
        let parts = [("+", changes.created), ("~", changes.modified), ("-", changes.deleted), (">", changes.renamed)];
        let parts: Vec<String> =
            parts.iter().filter(|(_, count)| *count > 0).map(|(sign, count)| format!("{sign}{count}")).collect();
        parts.join(" ")
    }
}

/// All steps, oldest first.
pub(super) fn told(records: Vec<Record>) -> Vec<Told> {
    let mut steps: BTreeMap<StepId, Told> = BTreeMap::new();
    for record in records {
        match record.entry {
            Some(Entry::Intent(intent)) => {
                let id = StepId::new(record.number);
                let told = Told {
                    id,
                    time: record.time,
                    intent,
                    ended: None,
                    goes_on: false,
                    wall: 0,
                    changes: None,
                    undoes: None,
                    undone_by: None,
                    notes: Vec::new(),
                    grants: Vec::new(),
                    orphaned: false,
                };
                steps.insert(id, told);
            }
            Some(Entry::Outcome(outcome)) => {
                if let Some(step) = steps.get_mut(&outcome.step) {
                    step.ended = Some(outcome.ended);
                    step.goes_on = outcome.goes_on;
                    step.wall = outcome.wall;
                    step.changes = outcome.changes.or(step.changes);
                    if let Some(coverage) = outcome.coverage {
                        step.intent.coverage = coverage;
                    }
                }
            }
            Some(Entry::Undo(undo)) => {
                // Taking back an undo puts the first step in force again.
                let of = steps.get_mut(&undo.of).filter(|_| !undo.idle).map(|step| {
                    if !undo.partly {
                        step.undone_by = Some(undo.step);
                    }
                    step.undoes.as_ref().map(|undone| undone.of)
                });
                if let Some(step) = of.flatten().and_then(|first| steps.get_mut(&first)) {
                    step.undone_by = None;
                }
                if let Some(step) = steps.get_mut(&undo.step) {
                    step.undoes = Some(undo);
                }
            }
            Some(Entry::Note(note)) => {
                if let Some(step) = note.step.and_then(|step| steps.get_mut(&step)) {
                    step.notes.push(note.text);
                }
            }
            Some(Entry::Grant(grant)) => {
                if let Granted::Used { step: Some(step), used, count } = grant.what
                    && let Some(step) = steps.get_mut(&step)
                {
                    step.grants.push(format!("grant {}, {used} of {count}", grant.grant));
                }
            }
            Some(Entry::Question(_) | Entry::Answer(_)) | None => {}
        }
    }
    steps.into_values().collect()
}

/// What the journal says of the coverage of a step that has not ended was promised before anything was kept; what is kept by
/// now, the store says, and whether anybody is left to record its end.
pub(super) fn as_kept(mut steps: Vec<Told>, store: Option<&Store>) -> Vec<Told> {
    for step in steps.iter_mut().filter(|step| step.ended.is_none()) {
        if let Some(kept) = store.and_then(|store| store.find(&step.id.to_string()).ok()) {
            kept.coverage().name().clone_into(&mut step.intent.coverage);
            let open =
                store.is_none_or(|store| store.is_open(&kept.header().session, &kept.header().id).unwrap_or(true));
            let runs = ProcStat::of(step.intent.pid.cast_signed()).is_ok_and(|found| found.state != b'Z');
            step.orphaned = !open && !runs;
        }
    }
    steps
}

/// All steps of the journal, oldest first.
pub(super) fn all() -> Result<Vec<Told>> {
    Ok(as_kept(told(places::records()?), store::open().ok().flatten().as_ref()))
}

/// The step of a name.
pub(super) fn find(name: &str) -> Result<Told> {
    let id: StepId = name.parse().map_err(|error: crate::journal::NotAStep| {
        Failure::usage(error.to_string(), "'agentshctl log' lists the steps")
    })?;
    let steps = all()?;
    steps
        .into_iter()
        .find(|step| step.id == id)
        .ok_or_else(|| Failure::plain(format!("there is no step {id}")).hint("'agentshctl log' lists the steps"))
}
