//! What was agreed to: by the line's own clearance, and by answers since. It decides nothing that a rule has not asked about.

use crate::approval::Question;
use crate::effect::{Effect, Verb};
use crate::grammar::{Kind, Known};
use crate::policy::{CHANGES, OBSERVED, Scope, Verdict};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Changes of files that were agreed to, for one step.
#[derive(Debug)]
pub(super) struct Clearance {
    agreed: Mutex<Vec<Agreed>>,
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Agreed {
    /// This change of this path, by the line's own words: what it takes to carry it out beside it, and below it.
    Said { verb: Verb, path: PathBuf },
    /// A change a running program was seen at, in the directory of this path and below, when a rule asks for the same reason.
    Seen { rule: String, verb: Verb, path: PathBuf },
    /// Something that changes files all over the machine, such as installing packages.
    Machine,
}

/// A change that a rule asks about.
#[derive(Clone, Copy, Debug)]
pub(super) struct Change<'a> {
    pub(super) verb: Verb,
    pub(super) path: &'a Path,
    /// The name is not there yet, or was made in this step.
    pub(super) new: bool,
}

impl Clearance {
    /// Of a line that was cleared with this verdict.
    pub(super) fn of(verdict: &Verdict) -> Self {
        let clearance = Self { agreed: Mutex::new(Vec::new()) };
        clearance.add(verdict);
        clearance
    }

    /// A person has agreed to this too.
    pub(super) fn answered(&self, question: &Question) {
        self.add(&question.verdict);
    }

    fn add(&self, verdict: &Verdict) {
        let asked = |index: usize| verdict.reasons.iter().find(|reason| reason.effect == Some(index));
        let found = verdict.effects.iter().enumerate().filter_map(|(index, effect)| {
            let seen = effect.tags.iter().any(|tag| tag == OBSERVED);
            let (verb, rule) = (effect.verb, asked(index).map(|reason| reason.rule.clone()));
            match (path_of(effect, rule.is_some()), rule) {
                (Some(path), Some(rule)) if seen => Some(Agreed::Seen { rule, verb, path }),
                (Some(path), _) => Some(Agreed::Said { verb, path }),
                (None, _) if is_machines(effect) => Some(Agreed::Machine),
                (None, _) => None,
            }
        });
        let found: Vec<Agreed> = found.collect();
        self.agreed.lock().unwrap_or_else(PoisonError::into_inner).extend(found);
    }

    /// True when a change that `rule` asks about was agreed to.
    pub(super) fn covers(&self, rule: &str, change: &Change<'_>, scope: &Scope) -> bool {
        let agreed = self.agreed.lock().unwrap_or_else(PoisonError::into_inner);
        agreed.iter().any(|agreed| match agreed {
            Agreed::Said { verb, path } => said(*verb, path, change),
            Agreed::Seen { rule: known, verb, path } => known == rule && seen(*verb, path, change, scope),
            Agreed::Machine => !scope.home.iter().any(|home| change.path.starts_with(home)),
        })
    }
}

/// True when a question about a connection was answered with the line's own: it names a database or a host, and a person or
/// their rules let it.
pub(super) fn covers_contact(verdict: &Verdict, rule: &str) -> bool {
    let is_other_end = |effect: &Effect| matches!(effect.object.kind, Kind::Database | Kind::Host | Kind::Url);
    let agreed = || {
        verdict
            .reasons
            .iter()
            .any(|reason| reason.effect.and_then(|index| verdict.effects.get(index)).is_some_and(is_other_end))
    };
    rule == "database-port" && agreed()
}

/// The path of a change the line names; of one of which only the beginning is known, only when a person has seen that.
fn path_of(effect: &Effect, asked: bool) -> Option<PathBuf> {
    let of_files = matches!(effect.object.kind, Kind::Path | Kind::Git | Kind::Device);
    let bytes = match &effect.object.name {
        Known::Exactly(bytes) => bytes,
        Known::Begins(bytes) if asked => bytes,
        _ => return None,
    };
    (of_files && CHANGES.contains(&effect.verb) && bytes.starts_with(b"/"))
        .then(|| PathBuf::from(OsStr::from_bytes(bytes)))
}

/// Effects that are carried out by changing files nobody names.
fn is_machines(effect: &Effect) -> bool {
    let widely = matches!(
        effect.verb,
        Verb::Install
            | Verb::Uninstall
            | Verb::Service
            | Verb::Account
            | Verb::Mount
            | Verb::Configure
            | Verb::Schedule
    );
    widely || effect.tags.iter().any(|tag| tag == "privileged" || tag == "sudo")
}

/// True when the change is what it takes to carry out what the line says of `path`.
fn said(verb: Verb, path: &Path, change: &Change<'_>) -> bool {
    if change.path == path {
        return true;
    }
    let below = change.path.starts_with(path);
    let whole = matches!(
        verb,
        Verb::DeleteTree
            | Verb::WriteTree
            | Verb::SyncTree
            | Verb::Move
            | Verb::MetadataTree
            | Verb::Create
            | Verb::Write
    );
    // A lock or a new version is written beside the file and renamed over it.
    let beside = change.new && change.path.parent() == path.parent();
    below && (whole || is_git(verb)) || beside
}

fn is_git(verb: Verb) -> bool {
    matches!(
        verb,
        Verb::GitIndex
            | Verb::GitRefs
            | Verb::GitWorktree
            | Verb::GitUntracked
            | Verb::GitIgnored
            | Verb::GitConfig
            | Verb::GitHistory
    )
}

/// True when the change is of the kind a person has agreed to, in the same directory or below it.
fn seen(verb: Verb, path: &Path, change: &Change<'_>, scope: &Scope) -> bool {
    if change.path == path {
        return gravity(change.verb) <= gravity(verb) || change.new;
    }
    let Some(folder) = path.parent() else { return false };
    let wide = folder == Path::new("/") || scope.home.iter().any(|home| home.starts_with(folder));
    let near = if wide { change.path.starts_with(path) } else { change.path.starts_with(folder) };
    near && (gravity(change.verb) <= gravity(verb) || change.new)
}

/// How much a change takes away.
fn gravity(verb: Verb) -> u8 {
    match verb {
        Verb::Create | Verb::Link => 0,
        Verb::Delete | Verb::DeleteTree | Verb::Move | Verb::SyncTree | Verb::Wipe => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::{Agreed, Change, Clearance};
    use crate::effect::Verb;
    use crate::policy::Scope;
    use std::path::Path;
    use std::sync::Mutex;

    fn covers(agreed: Agreed, verb: Verb, path: &str, new: bool) -> bool {
        let clearance = Clearance { agreed: Mutex::new(vec![agreed]) };
        let scope = Scope { home: vec!["/home/u".into()], ..Scope::default() };
        clearance.covers("outside-scope", &Change { verb, path: Path::new(path), new }, &scope)
    }

    #[test]
    fn a_yes_holds_for_what_it_was_given_for() {
        let said = |verb| Agreed::Said { verb, path: "/opt/x".into() };
        assert!(covers(said(Verb::Write), Verb::Write, "/opt/x", false));
        assert!(covers(said(Verb::Modify), Verb::Create, "/opt/sedA1b2", true), "written beside and renamed over");
        assert!(!covers(said(Verb::Modify), Verb::Write, "/opt/y", false));
        assert!(covers(said(Verb::DeleteTree), Verb::Delete, "/opt/x/a/b", false));
        assert!(!covers(said(Verb::Append), Verb::Delete, "/opt/x/a", false));
        let seen = |verb, path: &str| Agreed::Seen { rule: "outside-scope".to_owned(), verb, path: path.into() };
        assert!(covers(seen(Verb::Create, "/opt/d/a"), Verb::Create, "/opt/d/b", true));
        assert!(!covers(seen(Verb::Create, "/opt/d/a"), Verb::Delete, "/opt/d/b", false));
        assert!(covers(seen(Verb::Delete, "/opt/d/a"), Verb::Write, "/opt/d/e/f", false));
        assert!(
            !covers(seen(Verb::Delete, "/home/u/a"), Verb::Delete, "/home/u/b", false),
            "not all of a home directory"
        );
        let other = Agreed::Seen { rule: "protected".to_owned(), verb: Verb::Delete, path: "/opt/d/a".into() };
        assert!(!covers(other, Verb::Write, "/opt/d/a", false), "another reason is another question");
        assert!(covers(Agreed::Machine, Verb::Write, "/usr/lib/x", false));
        assert!(!covers(Agreed::Machine, Verb::Write, "/home/u/.bashrc", false));
    }
}
