//! Whether a line is watched while it runs.

use super::{Request, Setting};
use crate::approval::{Appraisal, Appraiser};
use crate::effect::Reversibility;
use crate::guard::{Watching, gains_privilege, is_of_agent, privilege_reason, probe, unwatched};
use crate::host::Places;
use crate::policy::{Decision, Network, Reason, Settings, Watch};

/// Which part of the guard watches the line, and the reason to ask about it when it should be watched and cannot be. `None`
/// where the setting is off or there is nothing to watch for: lines that change nothing, and lines that do not run.
pub(super) fn watching(
    request: &Request,
    appraisal: &Appraisal,
    places: &Places,
    appraiser: &Appraiser,
) -> (Option<Watching>, Option<Reason>) {
    let settings = appraiser.loaded().policy.settings();
    let watch = settings.guard.unwrap_or_default();
    if appraisal.verdict.reversibility != Reversibility::ReadOnly && is_of_agent(places) {
        return (Some(Watching::OfAgent), None);
    }
    if is_needless(appraisal, settings) {
        return (None, None);
    }
    if let Some(program) = gains_privilege(appraisal) {
        let why = format!("{} gains privileges, which the filter would take from it", program.display());
        return (Some(Watching::None(why)), Some(privilege_reason(&program)));
    }
    let found = watched_by(request, places);
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

/// True where the setting is off or there is nothing to watch for.
fn is_needless(appraisal: &Appraisal, settings: &Settings) -> bool {
    match (settings.guard.unwrap_or_default(), appraisal.verdict.reversibility) {
        (Watch::Off, _) | (_, Reversibility::ReadOnly) => true,
        // All that it changes is read from the line and kept before it runs: it can become the shell. But addresses are
        // seen by the guard alone.
        (Watch::Auto, Reversibility::Reversible) => settings.network.unwrap_or_default() == Network::Allow,
        _ => appraisal.verdict.decision == Decision::Deny,
    }
}

fn watched_by(request: &Request, places: &Places) -> Option<Missing> {
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
