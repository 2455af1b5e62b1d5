//! Another way to the same target: what was refused, or was tried in vain, and is then gone at with something else.
//!
//! In: a verdict, and what a session was [`Resisted`] in a while ago. Out: reasons to ask, even where the line alone would pass:
//! somebody has said no to just this, or the system has, and a line that gets it done by other means answers for them. A weaker or
//! repeated attempt after a failure is ordinary work.

use super::location::OBSERVED;
use super::scope::Scope;
use super::verdict::{Reason, Verdict};
use crate::effect::{Effect, Invoked, MOVES, Verb};
use crate::grammar::{Kind, Known};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// The rule's name.
pub const ESCALATION: &str = "escalation";

/// Programs that copy: when they fail, what they were to copy has no second place.
const COPIERS: [&str; 6] = ["cp", "rsync", "scp", "tar", "zip", "rclone"];
/// So many names in a directory, taken away by one line, are as good as the directory.
const EMPTIED: usize = 4;
/// Git's global options that have an argument of their own (git(1)).
const WITH_ARGUMENT: [&[u8]; 6] = [b"-C", b"-c", b"--git-dir", b"--work-tree", b"--namespace", b"--config-env"];

/// Something that was to be taken away, or copied, and was not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resisted {
    /// Its path; the git directory for something in a repository.
    pub path: Vec<u8>,
    /// What in the repository: git's subcommand, and the branches.
    pub part: Option<(String, String)>,
    /// How hard it was tried; larger is harder.
    pub force: u8,
    /// What tried it (`rm`).
    pub program: String,
    /// Why it did not happen.
    pub by: Resistance,
}

/// Why something did not happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Resistance {
    /// A person, or a rule, did not let it.
    Refusal,
    /// The command failed, and what it was about is still there.
    Failure,
}

impl Resisted {
    /// What a refusal of `verdict` leaves standing: of its effects those that rules spoke about and that would have taken something
    /// away. `commands` are those of its line.
    pub fn refused(verdict: &Verdict, commands: &[Invoked]) -> Vec<Self> {
        // A refusal of what escalates adds nothing to what it escalates from.
        let speaks = |reason: &&Reason| reason.rule != ESCALATION;
        let spoken = |index| verdict.reasons.iter().filter(speaks).any(|reason| reason.effect == Some(index));
        let effects = verdict.effects.iter().enumerate().filter(|(index, _)| spoken(*index));
        let found = effects.filter_map(|(_, effect)| Self::of(effect, commands, Resistance::Refusal));
        found.filter(|found| found.force > 0).collect()
    }

    /// What a failure of the line would leave standing. Only of a line that is one command: of others nobody knows what failed.
    pub fn attempted(verdict: &Verdict, commands: &[Invoked]) -> Vec<Self> {
        if commands.len() != 1 {
            return Vec::new();
        }
        verdict.effects.iter().filter_map(|effect| Self::of(effect, commands, Resistance::Failure)).collect()
    }

    fn of(effect: &Effect, commands: &[Invoked], by: Resistance) -> Option<Self> {
        let (force, path) = (force(effect)?, name(effect)?.to_vec());
        let part = (effect.object.kind == Kind::Git).then(|| part(effect, commands));
        Some(Self { path, part, force, program: effect.program.clone(), by })
    }

    /// True when `effect` goes at the same thing by other means.
    pub fn is_defied_by(&self, effect: &Effect, commands: &[Invoked], scope: &Scope) -> bool {
        let (Some(force), Some(name)) = (force(effect), name(effect)) else { return false };
        let observed = effect.tags.iter().any(|tag| tag == OBSERVED);
        match &self.part {
            Some((verb, branches)) => {
                let (other_verb, other_branches) = part(effect, commands);
                effect.object.kind == Kind::Git
                    && self.path == name
                    && force > self.force
                    && *verb == other_verb
                    && (branches.is_empty() || other_branches.is_empty() || *branches == other_branches)
            }
            None if effect.object.kind != Kind::Path || force == 0 => false,
            // What is moved is somewhere.
            None if self.by == Resistance::Failure && effect.verb == Verb::Move => false,
            None if self.by == Resistance::Failure => {
                let other = force == self.force && effect.program != self.program;
                let whole = is_tree(effect.verb) && is_below(&self.path, name);
                (self.path == name || whole) && (force > self.force || other) && !observed
            }
            // The same way again is judged as it was.
            None if (name, force, &effect.program) == (&self.path, self.force, &self.program) => false,
            None => {
                let whole = (is_tree(effect.verb) || effect.verb == Verb::Move) && is_below(&self.path, name);
                let parts = is_below(name, &self.path) && !holds_the_rest(&self.path, scope);
                self.path == name || whole || parts
            }
        }
    }

    /// True when `verdict` takes so many of the things in it away that little is left of it.
    fn is_emptied_by(&self, verdict: &Verdict) -> bool {
        let refused = self.by == Resistance::Refusal && self.part.is_none();
        refused && verdict.effects.iter().filter(|effect| self.is_over(effect)).count() >= EMPTIED
    }

    /// True when `effect` takes something away that lies directly in it.
    fn is_over(&self, effect: &Effect) -> bool {
        let directly = |name: &[u8]| {
            let rest = super::glob::strip(name, &self.path).map(|rest| rest.strip_prefix(b"/").unwrap_or(rest));
            rest.is_some_and(|rest| !rest.is_empty() && !rest.contains(&b'/'))
        };
        force(effect).is_some_and(|force| force > 0) && name(effect).is_some_and(directly)
    }

    /// True when `verdict` takes this away, with what it lies in or alone.
    pub fn is_of(&self, verdict: &Verdict) -> bool {
        let takes = |effect: &&Effect| force(effect).is_some_and(|force| force > 0);
        let holds = |effect: &Effect| name(effect).is_some_and(|name| name == self.path || is_below(&self.path, name));
        verdict.effects.iter().filter(takes).any(holds)
    }

    fn reason(&self, effect: usize) -> Reason {
        let program = &self.program;
        let (why, instead) = match self.by {
            Resistance::Refusal => (
                format!(
                    "`{program}` of this was refused a while ago in this session, and this goes at it by another way"
                ),
                "Ask the person before trying another way.",
            ),
            Resistance::Failure => (
                format!(
                    "`{program}` has failed at this a while ago in this session, and this goes at it with more force"
                ),
                "Find out why it failed first; the failure may have been a protection.",
            ),
        };
        Reason::asked(ESCALATION, why, instead, Some(effect))
    }
}

impl Verdict {
    /// True when an effect would take something away that the line names: only then it matters what was resisted.
    pub fn takes_away(&self) -> bool {
        self.effects.iter().any(|effect| name(effect).is_some() && force(effect).is_some_and(|force| force > 0))
    }

    /// Adds the reasons to ask for what goes at something that was `resisted`. `commands` are the line's.
    pub fn mind(&mut self, resisted: &[Resisted], commands: &[Invoked], scope: &Scope) {
        if resisted.is_empty() {
            return;
        }
        let emptied: Vec<&Resisted> = resisted.iter().filter(|resisted| resisted.is_emptied_by(self)).collect();
        for (index, effect) in self.effects.iter().enumerate() {
            let defied = resisted.iter().find(|resisted| resisted.is_defied_by(effect, commands, scope));
            let emptied = || emptied.iter().copied().find(|emptied| emptied.is_over(effect));
            if let Some(defied) = defied.or_else(emptied) {
                self.reasons.push(defied.reason(index));
            }
        }
        self.reasons.sort_by_key(|reason| std::cmp::Reverse((reason.decision, reason.confirm)));
        self.decision = self.reasons.first().map_or(self.decision, |reason| self.decision.max(reason.decision));
        self.confirm = self.reasons.iter().filter_map(|reason| reason.confirm).max();
    }
}

/// How hard an effect goes at its object; `None` when it takes nothing away, nor copies it.
fn force(effect: &Effect) -> Option<u8> {
    let labelled = |label: &str| effect.tags.iter().any(|tag| tag == label);
    if labelled("remote") || labelled("container") {
        return None;
    }
    let by_git = effect.program == "git";
    Some(match effect.verb {
        Verb::Read | Verb::List if COPIERS.contains(&effect.program.as_str()) => 0,
        Verb::Delete | Verb::DeleteTree | Verb::Move | Verb::SyncTree if labelled("in-code") => 3,
        Verb::Wipe => 3,
        Verb::DeleteTree if by_git && !labelled("force") => 1,
        Verb::Delete | Verb::Move => 1,
        Verb::DeleteTree | Verb::SyncTree => 2,
        Verb::GitRefs | Verb::GitWorktree | Verb::GitUntracked | Verb::GitIgnored | Verb::GitHistory => {
            1 + u8::from(labelled("force") && !labelled("lease") || labelled("discard"))
        }
        _ => return None,
    })
}

fn name(effect: &Effect) -> Option<&[u8]> {
    match (&effect.object.kind, &effect.object.name) {
        (Kind::Path | Kind::Git, Known::Exactly(name)) if name.starts_with(b"/") => Some(name),
        _ => None,
    }
}

fn is_tree(verb: Verb) -> bool {
    matches!(verb, Verb::DeleteTree | Verb::SyncTree | Verb::Wipe)
}

/// True when `path` lies below `directory`.
fn is_below(path: &[u8], directory: &[u8]) -> bool {
    super::glob::strip(path, directory).is_some_and(|rest| !rest.is_empty())
}

/// True for the scope itself and what holds it: everything is below that.
fn holds_the_rest(path: &[u8], scope: &Scope) -> bool {
    let holds = |directory: &std::path::PathBuf| {
        directory.starts_with(Path::new(std::os::unix::ffi::OsStrExt::from_bytes(path) as &std::ffi::OsStr))
    };
    scope.root.iter().chain(&scope.home).chain(&scope.temporary).any(holds)
}

/// Git's subcommand, and the branches it is about. To give up what has begun is another thing than to go on with it.
fn part(effect: &Effect, commands: &[Invoked]) -> (String, String) {
    let command = effect.commands.first().and_then(|index| commands.get(*index));
    let mut words = command.into_iter().flat_map(|command| command.argv.iter().skip(1));
    let mut verb = String::new();
    while let Some(word) = words.next() {
        if WITH_ARGUMENT.contains(&word.as_slice()) {
            let _its_argument = words.next();
        } else if !word.starts_with(b"-") {
            verb = String::from_utf8_lossy(word).into_owned();
            break;
        }
    }
    if words.any(|word| matches!(word.as_slice(), b"--abort" | b"--quit")) {
        verb += " --abort";
    }
    (verb, effect.object.facts.get(MOVES).cloned().unwrap_or_default())
}
