//! The rules in the binary.

use super::rule::Rule;
use std::sync::OnceLock;

/// A rule in the binary, decoded when a line has an effect it may be about.
pub struct ShippedRule {
    /// Name of its file in `rules/`.
    pub file: &'static str,
    /// No override lifts it.
    pub floor: bool,
    /// The verbs it can match, one bit each; none for a rule over lines.
    pub verbs: u128,
    pattern_bytes: &'static [u8],
    // Boxed: the table of all rules is walked for every effect, and should be short.
    pattern: OnceLock<Box<Rule>>,
    bytes: &'static [u8],
    rule: OnceLock<Box<Rule>>,
}

impl ShippedRule {
    /// The rule without the texts that only people read: a third of the whole, and what a line is tried on.
    pub fn pattern(&self) -> &Rule {
        self.pattern.get_or_init(|| Box::new(decoded(self.pattern_bytes)))
    }

    /// The rule.
    pub fn rule(&self) -> &Rule {
        self.rule.get_or_init(|| Box::new(decoded(self.bytes)))
    }
}

fn decoded(bytes: &[u8]) -> Rule {
    postcard::from_bytes(bytes).expect("build.rs encoded it with the same types")
}

include!(concat!(env!("OUT_DIR"), "/rules.rs"));
