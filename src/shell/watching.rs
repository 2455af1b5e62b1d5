//! Whether a line is watched while it runs.

use super::{Request, Setting};
use crate::approval::{Appraisal, Appraiser};
use crate::effect::Reversibility;
use crate::guard::{Watching, probe};
use crate::host::Places;
use crate::policy::{Decision, Watch};
use std::os::unix::fs::MetadataExt;

/// Which part of the guard watches the line; `None` where the setting is off or there is nothing to watch for: lines that
/// change nothing, and lines that do not run.
pub(super) fn watching(
    request: &Request,
    appraisal: &Appraisal,
    places: &Places,
    appraiser: &Appraiser,
) -> Option<Watching> {
    let on = appraiser.loaded().policy.settings().guard.unwrap_or_default() == Watch::On;
    let verdict = &appraisal.verdict;
    if !on || verdict.reversibility == Reversibility::ReadOnly || verdict.decision == Decision::Deny {
        return None;
    }
    if request.args.is(Setting::Interactive) {
        return Some(Watching::None("an interactive shell".to_owned()));
    }
    if !nix::unistd::geteuid().is_root()
        && let Some(program) = gains_privilege(appraisal)
    {
        return Some(Watching::None(format!("{program} gains privileges, which the filter would take from it")));
    }
    if !is_alone() {
        return Some(Watching::None("a reader of the line is still at work".to_owned()));
    }
    Some(probe(places))
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
