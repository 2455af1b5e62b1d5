//! Whether a line is watched while it runs.

use super::{Request, Setting};
use crate::approval::{Appraisal, Appraiser};
use crate::effect::Reversibility;
use crate::guard::{Watching, probe};
use crate::host::Places;
use crate::policy::{Confirm, Decision, Reason, Watch};
use std::os::unix::fs::MetadataExt;

/// Which part of the guard watches the line, and the reason to ask about it when it should be watched and cannot be. `None`
/// where the setting is off or there is nothing to watch for: lines that change nothing, and lines that do not run.
pub(super) fn watching(
    request: &Request,
    appraisal: &Appraisal,
    places: &Places,
    appraiser: &Appraiser,
) -> (Option<Watching>, Option<Reason>) {
    let watch = appraiser.loaded().policy.settings().guard.unwrap_or_default();
    if !nix::unistd::geteuid().is_root()
        && watch != Watch::Off
        && appraisal.verdict.reversibility != Reversibility::ReadOnly
        && let Some(program) = gains_privilege(appraisal)
    {
        let why = format!("{program} gains privileges, which the filter would take from it");
        let reason = unwatched(&format!("{why}: nothing but what the line itself shows is kept"));
        return (Some(Watching::None(why)), Some(reason));
    }
    let found = watched_by(request, appraisal, places, watch);
    let opaque = appraisal.verdict.reversibility == Reversibility::Opaque;
    let reason = match &found {
        // Other reasons not to watch lie in the line; this one lies in the machine.
        Some(Missing::Machine(why)) if watch == Watch::On && opaque => Some(unwatched(&format!(
            "it runs code that it does not show, and cannot be watched here ({why}); guard = \"auto\" runs such lines unwatched"
        ))),
        _ => None,
    };
    let found = found.map(|found| match found {
        Missing::Nothing(watching) => watching,
        Missing::Machine(why) => Watching::None(why),
    });
    (found, reason)
}

/// What a line that should be watched lacks.
enum Missing {
    /// No more than this says.
    Nothing(Watching),
    /// A guard that works on this machine.
    Machine(String),
}

/// The reason to ask about a line that runs without a guard.
fn unwatched(why: &str) -> Reason {
    Reason {
        rule: "unwatched".to_owned(),
        decision: Decision::Ask,
        confirm: Some(Confirm::Yes),
        why: why.to_owned(),
        instead: String::new(),
        effect: None,
    }
}

fn watched_by(request: &Request, appraisal: &Appraisal, places: &Places, watch: Watch) -> Option<Missing> {
    let verdict = &appraisal.verdict;
    if watch == Watch::Off || verdict.reversibility == Reversibility::ReadOnly || verdict.decision == Decision::Deny {
        return None;
    }
    if request.args.is(Setting::Interactive) {
        return Some(Missing::Nothing(Watching::None("an interactive shell".to_owned())));
    }
    if !is_alone() {
        return Some(Missing::Nothing(Watching::None("a reader of the line is still at work".to_owned())));
    }
    Some(match probe(places) {
        Watching::None(why) => Missing::Machine(why),
        found => Missing::Nothing(found),
    })
}

/// True when this process has one thread, as whoever forks must have. One that has done its work may take a moment to end.
fn is_alone() -> bool {
    let threads = || std::fs::read_dir("/proc/self/task").map_or(0, Iterator::count);
    for _ in 0..20 {
        if threads() == 1 {
            return true;
        }
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    false
}

/// The first command of the line whose program file has a set-user-ID or set-group-ID bit: without privilege, a filter is
/// to be had only by giving those up (seccomp(2), `no_new_privs`).
fn gains_privilege(appraisal: &Appraisal) -> Option<String> {
    let files = appraisal.assessment.commands.iter().filter_map(|command| command.file.as_ref());
    let gaining = |file: &&std::path::PathBuf| std::fs::metadata(file).is_ok_and(|found| found.mode() & 0o6000 != 0);
    Some(files.into_iter().find(gaining)?.display().to_string())
}
