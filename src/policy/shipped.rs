//! The rules in the binary.

use super::rule::Rule;
use std::sync::OnceLock;

/// A rule in the binary, decoded when a line has an effect it may be about.
pub struct ShippedRule {
    /// Name of its file in `rules/`.
    pub file: &'static str,
    /// No override lifts it.
    pub floor: bool,
    /// The verbs it can match, one bit each.
    pub verbs: u128,
    bytes: &'static [u8],
    rule: OnceLock<Rule>,
}

impl ShippedRule {
    /// The rule.
    pub fn rule(&self) -> &Rule {
        self.rule.get_or_init(|| postcard::from_bytes(self.bytes).expect("build.rs encoded it with the same types"))
    }
}

include!(concat!(env!("OUT_DIR"), "/rules.rs"));
