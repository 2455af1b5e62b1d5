//! Judges effects by rules, scope, budget and grants; a pure function.
//!
//! In: an `Assessment` and a [`Policy`] made from rule and configuration *texts*. Out: a [`Verdict`] with its
//! obligations. Reads no file itself (`host` hands it the texts) and knows no tool.

mod verdict;

pub use verdict::{Confirm, Decision, Extent, Obligation, Reason, Verdict};
