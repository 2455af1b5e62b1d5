//! Holds changes of files to the scope: what a running program is about to change is judged by the policy its line was.
//!
//! In: a change and the path it really is about. Out: that it may go on, that it may not, or the question for a person. The
//! kernel's own refusals come first: what would fail anyway is never asked about (see `files`).

use super::clearance::{Change, Clearance};
use super::minded::Minded;
use super::process::Process;
use super::recent::Recent;
use crate::approval::{Appraiser, Question};
use crate::effect::{Assessment, Certainty, Effect, Object, Reversibility, Verb};
use crate::policy::{Confirm, Decision, OBSERVED, Reason, Sieve, Verdict};
use crate::text::Span;
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// The rule about changes that nobody can see from here.
const UNSEEN: &str = "unseen-place";

/// What is to become of a change.
#[derive(Debug)]
pub(super) enum Passage {
    /// It may go on.
    Free,
    /// A person has to decide, or a rule denies it.
    Question(Box<Question>),
    /// The same was refused in this directory before in this step; it was said then.
    Refused,
}

/// The judge of changes.
pub(super) struct Gate<'a> {
    appraiser: &'a Appraiser,
    /// What the line was cleared as.
    question: &'a Question,
    clearance: Clearance,
    minded: &'a Minded<'a>,
    refused: Mutex<HashSet<(String, PathBuf, u8)>>,
    /// Says of nearly all changes at once that no rule asks about them.
    sieve: Sieve<'a>,
    /// What it has said so of: rules and scope stay as they are while a line runs.
    recent: Recent,
}

impl<'a> Gate<'a> {
    /// For a line that was cleared as this question.
    pub(super) fn new(appraiser: &'a Appraiser, question: &'a Question, minded: &'a Minded<'a>) -> Self {
        let clearance = Clearance::of(&question.verdict);
        let sieve = Sieve::new(&appraiser.loaded().policy);
        Self {
            appraiser,
            question,
            clearance,
            minded,
            refused: Mutex::new(HashSet::new()),
            sieve,
            recent: Recent::new(),
        }
    }

    /// Judges a change by `process`. `is_new` is asked only when a rule is about it (see [`Change`]).
    pub(super) fn judge(&self, process: Process, verb: Verb, path: &Path, is_new: &dyn Fn() -> bool) -> Passage {
        let loaded = self.appraiser.loaded();
        let minded = takes_away(verb).then(|| self.minded.list()).filter(|minded| !minded.is_empty());
        if minded.is_none() {
            if self.recent.has(verb, path) {
                return Passage::Free;
            }
            if self.sieve.lets_through(self.effect(verb, path, String::new()), &loaded.scope) {
                self.recent.note(verb, path);
                return Passage::Free;
            }
        }
        let change = &Change { verb, path, new: is_new() };
        let judged = |program: String| {
            let effects = vec![self.effect(verb, path, program)];
            let assessment = Assessment { effects, complete: true, ..Assessment::default() };
            let mut verdict = loaded.policy.judge(&assessment, &loaded.scope);
            if let Some(minded) = &minded {
                verdict.mind(minded, &[], &loaded.scope);
            }
            verdict
        };
        // Which program it is costs a look at the process, and matters only to rules that would not let it through.
        if !self.asks(&judged(String::new()), change) {
            return Passage::Free;
        }
        if writes_in_place(change.verb) && process.writes_already(change.path) {
            return Passage::Free;
        }
        let program = process.program_name();
        let mut verdict = judged(program.clone());
        if !self.asks(&verdict, change) {
            return Passage::Free;
        }
        verdict.reasons.retain(|reason| self.stands(reason, change));
        verdict.decision = verdict.reasons.iter().map(|reason| reason.decision).max().unwrap_or_default();
        verdict.obligations.clear();
        verdict.confirm = verdict.reasons.iter().filter_map(|reason| reason.confirm).max();
        for effect in &mut verdict.effects {
            effect.object.facts.insert("by".to_owned(), program.clone());
        }
        match self.key(&verdict, change) {
            Some(key) if self.refused.lock().unwrap_or_else(PoisonError::into_inner).contains(&key) => Passage::Refused,
            _ => Passage::Question(Box::new(self.question.while_running(verdict))),
        }
    }

    /// The home directory, under its names.
    pub(super) fn home(&self) -> &[PathBuf] {
        &self.appraiser.loaded().scope.home
    }

    /// A change in another mount namespace of which it cannot be told what it is to us.
    pub(super) fn unseen(&self, process: Process, path: &Path) -> Passage {
        let change = Change { verb: Verb::Modify, path, new: false };
        self.beyond(
            process,
            UNSEEN,
            &change,
            "the file lies in a mount namespace or root directory that shows other files",
        )
    }

    /// A mount in our own namespace, after which names would mean other files.
    pub(super) fn mount(&self, process: Process) -> Passage {
        let change = Change { verb: Verb::Mount, path: Path::new("/"), new: false };
        self.beyond(process, "mounts", &change, "a mount shows files under other names than they are kept by")
    }

    fn beyond(&self, process: Process, rule: &str, change: &Change<'_>, why: &str) -> Passage {
        let mut verdict = self.unkept(change.path, why).verdict;
        for reason in &mut verdict.reasons {
            reason.rule = rule.to_owned();
        }
        for effect in &mut verdict.effects {
            effect.verb = change.verb;
            effect.object.facts.insert("by".to_owned(), process.program_name());
        }
        if !self.asks(&verdict, change) {
            return Passage::Free;
        }
        match self.key(&verdict, change) {
            Some(key) if self.refused.lock().unwrap_or_else(PoisonError::into_inner).contains(&key) => Passage::Refused,
            _ => Passage::Question(Box::new(self.question.while_running(verdict))),
        }
    }

    /// What is asked before something is lost that cannot be kept.
    pub(super) fn unkept(&self, path: &Path, why: &str) -> Question {
        let change = Change { verb: Verb::Modify, path, new: false };
        let mut effect = self.effect(change.verb, path, String::new());
        effect.reversibility = Reversibility::Irreversible;
        self.question.while_running(Verdict {
            decision: Decision::Ask,
            confirm: Some(Confirm::Yes),
            reversibility: Reversibility::Irreversible,
            effects: vec![effect],
            reasons: vec![Reason::not_kept(why, Some(0))],
            obligations: Vec::new(),
            uses: Vec::new(),
        })
    }

    /// A person has agreed; for a program's start too, whose changes are then agreed to as those of the line are.
    pub(super) fn agreed(&self, question: &Question) {
        self.clearance.answered(question);
    }

    /// A question of [`Self::judge`] was answered with no, or by nobody.
    pub(super) fn declined(&self, question: &Question) {
        let Some(effect) = question.verdict.effects.first() else { return };
        let Some(path) = effect.object.as_path() else { return };
        let change = Change { verb: effect.verb, path: &path, new: false };
        if let Some(key) = self.key(&question.verdict, &change) {
            self.refused.lock().unwrap_or_else(PoisonError::into_inner).insert(key);
        }
    }

    fn key(&self, verdict: &Verdict, change: &Change<'_>) -> Option<(String, PathBuf, u8)> {
        let rule = verdict.reasons.first()?.rule.clone();
        Some((rule, change.path.parent().unwrap_or(change.path).to_owned(), change.verb as u8))
    }

    fn asks(&self, verdict: &Verdict, change: &Change<'_>) -> bool {
        verdict.reasons.iter().any(|reason| self.stands(reason, change))
    }

    /// True for a reason about the change itself that nobody has agreed to. Reasons about the line as a whole were put when it
    /// was cleared.
    fn stands(&self, reason: &Reason, change: &Change<'_>) -> bool {
        let agreed = || self.clearance.covers(&reason.rule, change, &self.appraiser.loaded().scope);
        match reason.decision {
            Decision::Allow => false,
            Decision::Ask => reason.effect.is_some() && !agreed(),
            Decision::Deny => reason.effect.is_some(),
        }
    }

    fn effect(&self, verb: Verb, path: &Path, program: String) -> Effect {
        Effect {
            verb,
            object: Object::path(path),
            certainty: Certainty::Certain,
            reversibility: Reversibility::Reversible,
            span: Span::new(0, self.question.line.len()),
            program,
            tags: vec![OBSERVED.to_owned()],
            commands: Vec::new(),
        }
    }
}

fn takes_away(verb: Verb) -> bool {
    matches!(verb, Verb::Delete | Verb::DeleteTree | Verb::Move)
}

fn writes_in_place(verb: Verb) -> bool {
    matches!(verb, Verb::Write | Verb::Append | Verb::Modify)
}
