//! The turn of an agent's line at the repository it changes.

use super::run::complain;
use crate::approval::agent_above_us;
use crate::exec::Sidecar;
use crate::guard::Watching;
use crate::host::{Places, Session, Turn, changed_repository, take_turn};
use crate::policy::Verdict;
use crate::ui::visible;

/// Waits until no other line of an agent changes the repository that this one would change; `None` when it changes none, or
/// nobody's agent does. Below an agent's guard the programs themselves take turns.
pub(super) fn turn(verdict: &Verdict, places: &Places, session: &Session, watching: Option<&Watching>) -> Option<Turn> {
    if watching == Some(&Watching::OfAgent) {
        return None;
    }
    let git = changed_repository(&verdict.effects)?;
    if !session.is_of_agent() && agent_above_us().is_none() {
        return None;
    }
    let own = std::process::id().cast_signed();
    Some(take_turn(places, &git, &session.id, own, |message| complain(&visible(message))))
}

/// The side-car that also keeps the turn until the line has ended.
pub(super) fn keeping(sidecar: Option<Sidecar>, turn: Option<Turn>) -> Option<Sidecar> {
    let Some(lock) = turn.and_then(Turn::into_lock).and_then(|lock| lock.hold().ok()) else { return sidecar };
    Some(sidecar.unwrap_or_else(|| Sidecar::new(|_| ())).keeping(lock))
}
