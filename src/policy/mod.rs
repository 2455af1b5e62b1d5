//! Judges effects by rules, scope, budget and grants; a pure function.
//!
//! In: an `Assessment` and a [`Policy`] made from rule and configuration *texts*. Out: a [`Verdict`] with its
//! obligations. Reads no file itself (`host` hands it the texts) and knows no tool.

mod branches;
mod budget;
mod built_in;
mod command;
mod complaint;
mod consequence;
mod contact;
mod decision;
mod escalation;
mod glob;
mod grant;
mod judge;
mod layer;
mod location;
mod matching;
mod mounted;
mod network;
#[expect(clippy::module_inception, reason = "the floor is named after its main type")]
mod policy;
mod rule;
mod rule_file;
mod scope;
mod settings;
mod shipped;
mod sieve;
mod tool_state;
mod verdict;

// `rule.rs` is compiled by `build.rs` too, where the vocabulary of verbs and kinds is a sibling module of this name.
use crate::grammar as model;

pub use budget::{AMOUNTS, Amounts, Budget};
pub use built_in::{BUILT_IN, BuiltIn};
pub use complaint::Complaint;
pub use contact::Contact;
pub use decision::{Confirm, Decision};
pub use escalation::{ESCALATION, Resistance, Resisted};
pub use glob::{Base, Directories, Glob};
pub use grant::{Grant, GrantedEffect, NotGrantable, covering, placeholder};
pub use layer::{Layer, RuleText};
pub use location::OBSERVED;
pub use network::NEW_CONTACT;
pub use policy::Policy;
pub use rule::{CHANGES, EffectPattern, LinePattern, Place, Rule};
pub use scope::{Branches, Scope};
pub use settings::{GitUse, Limits, Network, OneAgent, Opaque, Settings, Watch};
pub use sieve::Sieve;
pub use tool_state::shipped_tool_state;
pub use verdict::{Extent, Obligation, Reason, Verdict};
