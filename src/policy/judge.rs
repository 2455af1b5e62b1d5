//! The judgement itself.

use super::consequence::{consequence, minimal};
use super::decision::{Confirm, Decision};
use super::layer::Held;
use super::location::{Location, tidy};
use super::policy::Policy;
use super::rule::{Rule, verb_bit};
use super::scope::Scope;
use super::settings::{Opaque, Settings};
use super::verdict::{Obligation, Reason, Verdict};
use crate::effect::{Assessment, Effect, Invoked, Reversibility};
use crate::grammar::Kind;

/// An assessment with what was found out about its effects.
pub(super) struct Case<'a> {
    effects: Vec<Effect>,
    locations: Vec<Location>,
    scope: &'a Scope,
    commands: &'a [Invoked],
}

impl Policy {
    /// Judges a line: the strictest decision of all rules over all effects, and what must be captured first.
    pub fn judge(&self, assessment: &Assessment, scope: &Scope) -> Verdict {
        let (case, obligations) = Case::of(assessment.effects.clone(), &assessment.commands, scope, &self.settings);
        let reversibility = of_line(assessment, &case.effects);
        let (mut reasons, mut uses) = (Vec::new(), Vec::new());
        for index in 0..case.effects.len() {
            self.reasons(&case, index, &mut reasons, &mut uses);
        }
        reasons.extend(self.reasons_for_line(assessment, &case.effects, reversibility));
        reasons.extend(case.further_reasons(&self.settings));
        reasons.sort_by_key(|reason| std::cmp::Reverse((reason.decision, reason.confirm)));
        Verdict {
            decision: reasons.first().map_or(Decision::Allow, |reason| reason.decision),
            confirm: reasons.iter().filter_map(|reason| reason.confirm).max(),
            reversibility,
            effects: case.effects,
            reasons,
            obligations: minimal(obligations),
            uses,
        }
    }

    /// What the rules say about one effect, and the counted ones that answer a question of it.
    fn reasons(&self, case: &Case<'_>, index: usize, reasons: &mut Vec<Reason>, uses: &mut Vec<(String, u32)>) {
        if case.is_nothing(index) {
            return;
        }
        let verb = verb_bit(case.effects[index].verb);
        let speaking = || self.rules.iter().filter(move |held| held.verbs & verb != 0);
        let matched: Vec<&Held> =
            speaking().filter(|held| !held.pattern().otherwise && case.holds(held.pattern(), index)).collect();
        let lifted = |held: &Held| matched.iter().any(|other| lifts(other, held));
        let strict = |held: &&Held| held.pattern().verdict != Decision::Allow;
        let mut standing: Vec<&Held> = matched.iter().copied().filter(|held| strict(held) && !lifted(held)).collect();
        let mut asking: Vec<&Held> = matched.iter().copied().filter(strict).collect();
        if asking.is_empty() {
            let last = speaking().filter(|held| held.pattern().otherwise && case.holds(held.pattern(), index));
            asking = last.filter(strict).collect();
            standing.extend(asking.iter().copied().filter(|held| !lifted(held)));
        }
        reasons.extend(standing.into_iter().map(|held| reason(held.rule(), Some(index))));
        for asked in asking {
            let answering = || matched.iter().filter(|held| lifts(held, asked)).map(|held| held.pattern());
            if answering().any(|rule| rule.times == 0) {
                continue;
            }
            if let Some(counted) = answering().next()
                && !uses.iter().any(|(id, _)| *id == counted.id)
            {
                uses.push((counted.id.clone(), counted.times));
            }
        }
    }

    /// What rules and settings say about the line as a whole.
    fn reasons_for_line(
        &self,
        assessment: &Assessment,
        effects: &[Effect],
        reversibility: Reversibility,
    ) -> Vec<Reason> {
        let holds = |held: &&Held| held.pattern().line.as_ref().is_some_and(|line| line.holds(assessment, effects));
        let matched: Vec<&Held> = self.rules.iter().filter(|held| held.of_line).filter(holds).collect();
        let standing = matched.iter().filter(|held| held.pattern().verdict != Decision::Allow);
        let standing = standing.filter(|held| !matched.iter().any(|other| lifts(other, held)));
        let mut reasons: Vec<Reason> = standing.map(|held| reason(held.rule(), None)).collect();
        if let Some(complaint) = self.degraded()
            && reversibility > Reversibility::ReadOnly
        {
            let why = format!("a policy file has an error and is not used: {complaint}");
            let instead = "Correct the file; `agentshctl doctor` names every error.";
            reasons.push(Reason::asked("degraded-policy", why, instead, None));
        }
        if reversibility == Reversibility::Opaque && self.settings.opaque == Some(Opaque::Ask) {
            let why = "The line runs code that it does not show, and the settings say opaque = \"ask\".".to_owned();
            let instead = "Use commands whose effects can be read from the line.";
            reasons.push(Reason::asked("opaque-line", why, instead, None));
        }
        reasons
    }
}

impl<'a> Case<'a> {
    /// Finds out where effects lie and what they come to, and what must be captured for them.
    pub(super) fn of(
        mut effects: Vec<Effect>,
        commands: &'a [Invoked],
        scope: &'a Scope,
        settings: &Settings,
    ) -> (Self, Vec<Obligation>) {
        let mut obligations = Vec::new();
        let mut locations = Vec::with_capacity(effects.len());
        for effect in &mut effects {
            if effect.object.kind == Kind::Path {
                tidy(&mut effect.object.name);
            }
            let location = Location::of(effect, scope, settings);
            let (reversibility, obligation) = consequence(effect, &location, scope);
            effect.reversibility = reversibility;
            obligations.extend(obligation);
            locations.push(location);
        }
        (Self { effects, locations, scope, commands }, obligations)
    }

    /// True for a change that loses nothing and lasts nowhere.
    pub(super) fn is_nothing(&self, index: usize) -> bool {
        self.locations[index].sink && self.effects[index].reversibility == Reversibility::ReadOnly
    }

    /// What settings say about the effects.
    pub(super) fn further_reasons(&self, settings: &Settings) -> Vec<Reason> {
        let mut reasons = super::network::reasons(settings, &self.effects);
        reasons.extend(super::branches::reasons(self.scope, &self.effects, &self.locations));
        reasons.extend(super::mounted::reasons(self.scope, &self.effects));
        reasons
    }

    /// True when the effect comes from a command whose words fit: the shortest command around it, or each of those that
    /// are as short.
    fn is_of_command(&self, patterns: &[String], at: usize) -> bool {
        let around = || self.commands.iter().filter(|command| command.span.contains(self.effects[at].span));
        let Some(shortest) = around().map(|command| command.span.len()).min() else { return false };
        around()
            .filter(|command| command.span.len() == shortest)
            .all(|command| super::command::fits(patterns, &command.argv))
    }

    /// True when a rule's `effect` holds of this effect and each of its `with` of some effect.
    pub(super) fn holds(&self, rule: &Rule, index: usize) -> bool {
        let holds = |pattern: &super::EffectPattern, at: usize| {
            let (effect, location) = (&self.effects[at], &self.locations[at]);
            pattern.holds(effect, location, self.scope, rule.verdict == Decision::Allow)
                && (pattern.command.is_empty() || self.is_of_command(&pattern.command, at))
        };
        rule.effect.as_ref().is_some_and(|pattern| holds(pattern, index))
            && rule.with.iter().all(|pattern| (0..self.effects.len()).any(|at| holds(pattern, at)))
    }
}

/// True when the first rule, having matched, answers the question of the second beforehand.
fn lifts(allowing: &Held, other: &Held) -> bool {
    let rule = allowing.pattern();
    rule.verdict == Decision::Allow
        && allowing.layer.lifts(other.layer)
        && (rule.replaces.is_empty() || rule.replaces.contains(&other.pattern().id))
}

/// The maximum over the effects; at least opaque when something was not understood.
fn of_line(assessment: &Assessment, effects: &[Effect]) -> Reversibility {
    let worst = effects.iter().map(|effect| effect.reversibility).max().unwrap_or(Reversibility::ReadOnly);
    let understood = assessment.complete && assessment.unknown_programs.is_empty();
    if understood { worst } else { worst.max(Reversibility::Opaque) }
}

fn reason(rule: &Rule, effect: Option<usize>) -> Reason {
    let asks = rule.verdict == Decision::Ask;
    Reason {
        rule: rule.id.clone(),
        decision: rule.verdict,
        confirm: asks.then(|| rule.confirm.unwrap_or(Confirm::Yes)),
        why: rule.why.clone(),
        instead: rule.instead.clone(),
        effect,
    }
}
