//! Whether a rule's conditions hold.

use super::consequence::is_loopback;
use super::glob::{Glob, name_matches};
use super::location::{Location, glob_matches, glob_matches_itself};
use super::rule::{CHANGES, EffectPattern, LinePattern};
use super::scope::Scope;
use crate::effect::{Assessment, Certainty, Effect, Reversibility};
use crate::grammar::{Kind, Known};
use std::collections::BTreeMap;

impl EffectPattern {
    /// True when every condition holds of the effect. What is not known fulfils no condition that asks for something
    /// and escapes none that excludes. Of a rule that is `allowing`, a tree that only holds what the rule names is not meant.
    pub(crate) fn holds(&self, effect: &Effect, location: &Location, scope: &Scope, allowing: bool) -> bool {
        self.may_hold(effect, scope)
            && self.holds_of_place(effect, location)
            && self.holds_of_name(effect, location, scope, allowing)
    }

    /// True when every condition holds that does not depend on what the object is called, nor on where it lies.
    pub(crate) fn may_hold(&self, effect: &Effect, scope: &Scope) -> bool {
        let object = &effect.object;
        let labelled = |tag: &String| effect.tags.contains(tag);
        (self.verb.is_empty() || self.verb.contains(&effect.verb))
            && !self.not_verb.contains(&effect.verb)
            && self.changes.is_none_or(|changes| changes == CHANGES.contains(&effect.verb))
            && (self.tags.is_empty() || self.tags.iter().any(labelled))
            && self.all_tags.iter().all(labelled)
            && !self.no_tags.iter().any(labelled)
            && (self.program.is_empty() || self.program.contains(&effect.program))
            && !self.not_program.contains(&effect.program)
            && self.certain.is_none_or(|certain| certain == (effect.certainty == Certainty::Certain))
            && (self.kind.is_empty() || self.kind.contains(&object.kind))
            && !self.not_kind.contains(&object.kind)
            && self.facts.iter().all(|fact| fact_matches(fact, &object.facts))
            && !self.not_facts.iter().any(|fact| fact_matches(fact, &object.facts))
            && (self.root.is_empty()
                || scope.root.as_ref().is_some_and(|root| self.root.iter().any(|each| root.starts_with(each))))
    }

    fn holds_of_place(&self, effect: &Effect, location: &Location) -> bool {
        let places = |place| location.is_in(place);
        (self.place.is_empty() || self.place.iter().copied().any(places))
            && !self.not_place.iter().copied().any(places)
            && self.irreversible.is_none_or(|is| is == (effect.reversibility == Reversibility::Irreversible))
    }

    fn holds_of_name(&self, effect: &Effect, location: &Location, scope: &Scope, allowing: bool) -> bool {
        let object = &effect.object;
        let on_disk =
            matches!(object.kind, Kind::Path | Kind::Device) || (object.kind == Kind::Git && location.place.is_some());
        let named = |patterns: &[String]| patterns.iter().any(|pattern| known_matches(pattern, &object.name));
        let is_at = |globs: &[Glob]| on_disk && globs.iter().any(|glob| glob_matches(glob, effect, location, scope));
        let is_just = |globs: &[Glob]| {
            on_disk && globs.iter().any(|glob| glob_matches_itself(glob, effect, location.hidden, scope))
        };
        (self.path.is_empty() || if allowing { is_just(&self.path) } else { is_at(&self.path) })
            && !is_just(&self.not_path)
            && (self.name.is_empty() || named(&self.name))
            && !named(&self.not_name)
            && self.known.is_none_or(|known| known == matches!(object.name, Known::Exactly(_)))
            && self.loopback.is_none_or(|loopback| loopback == is_loopback(object))
    }
}

impl LinePattern {
    /// True when every condition holds of the line.
    pub(crate) fn holds(&self, assessment: &Assessment, effects: &[Effect]) -> bool {
        let opaque =
            || !assessment.complete || effects.iter().any(|effect| effect.reversibility == Reversibility::Opaque);
        let changed = || effects.iter().filter(|effect| CHANGES.contains(&effect.verb)).count();
        self.incomplete.is_none_or(|incomplete| incomplete != assessment.complete)
            && self.opaque.is_none_or(|wanted| wanted == opaque())
            && self.unknown_program.is_none_or(|unknown| unknown != assessment.unknown_programs.is_empty())
            && self.more_paths_than.is_none_or(|limit| changed() > limit)
    }
}

fn known_matches(pattern: &str, name: &Known) -> bool {
    match name {
        Known::Exactly(bytes) => name_matches(pattern, bytes),
        // Every continuation must match.
        Known::Begins(prefix) => pattern.ends_with('*') && name_matches(pattern, prefix),
        Known::Nothing => false,
    }
}

fn fact_matches((key, patterns): (&String, &Vec<String>), facts: &BTreeMap<String, String>) -> bool {
    let matches = |value: &String| patterns.iter().any(|pattern| name_matches(pattern, value.as_bytes()));
    key.split('|').any(|key| facts.get(key).is_some_and(matches))
}
