//! `git = "branch-only"`: an agent's session commits to branches of its own; protected branches are not its to move or push.
//!
//! In: effects with what they say of branches (the fact `branches`, and the files that branches are kept in), where they lie, and
//! the session's [`Branches`]. Out: reasons to deny, or to ask. Whose session it is and which branches are protected is for
//! `host` to find out.

use super::location::{Location, OBSERVED};
use super::rule::{CHANGES, Place};
use super::scope::{Branches, Scope};
use super::verdict::Reason;
use super::{Confirm, Decision};
use crate::effect::{Effect, MOVES, UNTOLD, Verb};
use crate::grammar::{Kind, Known};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// What the session's branches say about a line, or about what a running program changes.
pub(super) fn reasons(scope: &Scope, effects: &[Effect], locations: &[Location]) -> Vec<Reason> {
    let Some(branches) = &scope.branches else { return Vec::new() };
    let mut reasons: Vec<Reason> = Vec::new();
    for (index, (effect, location)) in effects.iter().zip(locations).enumerate() {
        if is_elsewhere(effect, location, scope) {
            continue;
        }
        let moved = effect.object.facts.get(MOVES).map(String::as_str).unwrap_or_default();
        let stored = stored_branch(effect);
        for branch in moved.split_ascii_whitespace().chain(stored.as_deref()) {
            let Some(reason) = about(branches, effect.verb, branch) else { continue };
            if !reasons.iter().any(|known| known.why == reason.why) {
                reasons.push(Reason { effect: Some(index), ..reason });
            }
        }
    }
    reasons
}

/// True for repositories in directories for temporary files, and for pushes to such: tests make them and throw them away.
fn is_elsewhere(effect: &Effect, location: &Location, scope: &Scope) -> bool {
    if effect.verb == Verb::Push {
        let url = effect.object.facts.get("url").map(|url| url.strip_prefix("file://").unwrap_or(url));
        return url.is_some_and(|url| url.starts_with('/') && scope.locate(url.as_bytes()) == Place::Temporary);
    }
    let stated = effect.tags.iter().any(|tag| tag == "git-dir");
    location.place == Some(Place::Temporary) && !stated
}

/// The branch whose file is changed, other than by git itself, which is judged by its words: a loose ref, or [`UNTOLD`] for the
/// file of all that are packed (gitrepository-layout(5)).
fn stored_branch(effect: &Effect) -> Option<String> {
    let Known::Exactly(path) = &effect.object.name else { return None };
    if effect.object.kind != Kind::Path || effect.program == "git" || !CHANGES.contains(&effect.verb) {
        return None;
    }
    let text = String::from_utf8_lossy(path);
    if let Some((_, name)) = text.split_once(".git/refs/heads/") {
        return Some(name.strip_suffix(".lock").unwrap_or(name).to_owned());
    }
    let packed = Path::new(std::ffi::OsStr::from_bytes(path)).ends_with(".git/packed-refs");
    // Until its program is known nothing is said of it.
    let seen = effect.tags.iter().any(|tag| tag == OBSERVED);
    (packed && !(seen && effect.program.is_empty())).then(|| UNTOLD.to_owned())
}

fn about(branches: &Branches, verb: Verb, branch: &str) -> Option<Reason> {
    let pushes = verb == Verb::Push;
    let (decision, why) = if branches.is_own(branch) || branch == UNTOLD && pushes {
        // A push that says nothing of branches is asked about as every push is.
        return None;
    } else if branch == UNTOLD {
        (Decision::Ask, "which branch this moves cannot be told".to_owned())
    } else if branch.contains('*') {
        (Decision::Deny, format!("this {} all branches, protected ones too", if pushes { "pushes" } else { "moves" }))
    } else if branches.is_protected(branch) {
        (
            Decision::Deny,
            format!("{branch} is protected: sessions of agents neither commit to it, merge into it nor push it"),
        )
    } else if pushes {
        // Whose branch it is at the remote is asked about as every push is.
        return None;
    } else {
        (Decision::Ask, format!("{branch} is not a branch of this session's own"))
    };
    Some(Reason {
        rule: "branch-only".to_owned(),
        decision,
        confirm: (decision == Decision::Ask).then_some(Confirm::Yes),
        why: format!("{why} (the setting git = \"branch-only\")."),
        instead: format!(
            "Work on a branch of the session's own, switched to in a line by itself (`git switch -c {0}`, later `git switch {0}`), and leave the merge to the person.",
            branches.suggested()
        ),
        effect: None,
    })
}
