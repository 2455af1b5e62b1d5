//! Rules and settings, ready to judge with.

use super::complaint::Complaint;
use super::decision::Decision;
use super::layer::{Held, Layer, Origin, RuleText};
use super::rule::Rule;
use super::rule_file;
use super::settings::Settings;
use super::shipped::SHIPPED;

/// Rules and settings. Shipped rules are always in it; those of files that have an error are not, and then the policy
/// is degraded: it asks about every line that is not read-only.
pub struct Policy {
    pub(crate) rules: Vec<Held>,
    pub(crate) settings: Settings,
    degraded: Option<Complaint>,
}

impl Policy {
    /// The shipped rules and default settings.
    pub fn shipped() -> Self {
        Self::build(&[], Settings::default()).0
    }

    /// A policy from the texts of rule files, and what is wrong with them. A file with an error is left out whole and
    /// degrades the policy; a rule that its layer may not have (see [`Layer`]) is left out alone.
    pub fn build(texts: &[RuleText], settings: Settings) -> (Self, Vec<Complaint>) {
        let mut policy = Self { rules: Vec::with_capacity(SHIPPED.len()), settings, degraded: None };
        for shipped in &SHIPPED {
            let layer = if shipped.floor { Layer::Floor } else { Layer::Shipped };
            let (verbs, of_line) = (shipped.verbs, shipped.verbs == 0);
            policy.rules.push(Held {
                layer,
                file: shipped.file.into(),
                verbs,
                of_line,
                rule: Origin::Shipped(shipped),
            });
        }
        let mut complaints = Vec::new();
        for text in texts {
            match rule_file::parse(&text.file, &text.text) {
                Ok(rules) => rules.into_iter().for_each(|rule| complaints.extend(policy.add(text, rule))),
                Err(complaint) => complaints.push(complaint),
            }
        }
        if let Some(complaint) = complaints.iter().find(|complaint| complaint.whole_file) {
            policy.degrade(complaint.clone());
        }
        (policy, complaints)
    }

    /// Leaves out the rules of files whose last day is before `today` (`YYYY-MM-DD`), which is asked for only when a rule
    /// has a last day.
    pub fn expire(&mut self, today: impl FnOnce() -> String) {
        let last_day = |held: &Held| match &held.rule {
            Origin::Own(rule) if !rule.until.is_empty() => Some(rule.until.clone()),
            Origin::Own(_) | Origin::Shipped(_) => None,
        };
        if self.rules.iter().any(|held| last_day(held).is_some()) {
            let today = today();
            self.rules.retain(|held| last_day(held).is_none_or(|last| last >= today));
        }
    }

    /// Leaves out the rules that have answered for as many lines as they hold for; `used` says how many that were.
    pub fn exhaust(&mut self, used: impl Fn(&str) -> u32) {
        self.rules.retain(|held| match &held.rule {
            Origin::Own(rule) => rule.times == 0 || used(&rule.id) < rule.times,
            Origin::Shipped(_) => true,
        });
    }

    /// Makes the policy ask about every line that is not read-only, because of what is wrong with a file.
    pub fn degrade(&mut self, complaint: Complaint) {
        self.degraded.get_or_insert(complaint);
    }

    /// What is wrong with a file, when that makes the policy ask about every line that is not read-only.
    pub fn degraded(&self) -> Option<&Complaint> {
        self.degraded.as_ref()
    }

    /// The settings it judges with.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Every rule with its layer and file, the shipped ones first.
    pub fn rules(&self) -> impl Iterator<Item = (Layer, &str, &Rule)> {
        self.rules.iter().map(|held| (held.layer, held.file.as_ref(), held.rule()))
    }

    /// Adds a rule, or says why its layer may not have it.
    fn add(&mut self, text: &RuleText, rule: Rule) -> Option<Complaint> {
        let refused = |key: &str, needle: &str, message: &str, expected: &str| {
            let id = text.text.find(&format!("\"{}\"", rule.id)).unwrap_or(0);
            let offset = text.text[id..].find(needle).map_or(id, |offset| id + offset);
            let complaint = Complaint::at(&text.file, &text.text, offset, key, message, expected);
            Some(Complaint { whole_file: false, ..complaint })
        };
        if text.layer == Layer::Checkout && rule.verdict == Decision::Allow {
            let message = format!("the rule {:?} allows, and rules of a checkout can only tighten", rule.id);
            return refused("verdict", "allow", &message, "`ask` or `deny`");
        }
        for id in &rule.replaces {
            let lifted = SHIPPED.iter().find(|shipped| shipped.rule().id == *id);
            let message = match lifted {
                None => format!("there is no shipped rule {id:?}"),
                Some(shipped) if shipped.floor => format!("the rule {id:?} belongs to the floor, which nothing lifts"),
                Some(_) => continue,
            };
            return refused("replaces", id, &message, "the id of a shipped rule (`agentshctl rules` lists them)");
        }
        let (verbs, of_line) = (rule.verbs(), rule.line.is_some());
        let (layer, file) = (text.layer, text.file.clone().into());
        self.rules.push(Held { layer, file, verbs, of_line, rule: Origin::Own(Box::new(rule)) });
        None
    }
}
