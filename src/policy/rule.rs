//! The shape of a rule. `build.rs` compiles the shipped rules with this very module, so it reaches its vocabulary only
//! through its parent. The format is explained in `rules/README.md`.

use super::decision::{Confirm, Decision};
use super::glob::Glob;
use super::model::{Access, Kind};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A judgement over effects or over a line as a whole.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Rule {
    /// Its name; reads well as "allow ID".
    pub id: String,
    /// The effects it is about; every condition must hold of one and the same effect.
    pub effect: Option<EffectPattern>,
    /// Effects that must also be on the line, each of them anywhere.
    pub with: Vec<EffectPattern>,
    /// What must hold of the line as a whole.
    pub line: Option<LinePattern>,
    /// Consulted only for effects that no other rule asks about or denies.
    pub otherwise: bool,
    /// The judgement.
    pub verdict: Decision,
    /// How a person says yes, for `ask`; `yes` unless stated.
    pub confirm: Option<Confirm>,
    /// Why the rule exists, one sentence.
    pub why: String,
    /// What to do instead, one sentence.
    pub instead: String,
    /// For `allow`: the rules whose question it answers beforehand; empty: every rule that asks about this effect.
    pub replaces: Vec<String>,
    /// The last day it holds, `YYYY-MM-DD`; empty: it holds for good.
    pub until: String,
    /// For `allow`, with a `command`: how many lines it answers for; 0: any number.
    pub times: u32,
    /// Lines it matches, checked by `agentshctl rules test`.
    #[serde(rename = "match")]
    pub matches: Vec<String>,
    /// Near misses it must not match.
    pub not_match: Vec<String>,
}

/// Conditions on one effect. An empty list is no condition; within a list one entry is enough.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EffectPattern {
    /// What happens.
    pub verb: Vec<Access>,
    /// What does not.
    pub not_verb: Vec<Access>,
    /// Any verb that changes files (`true`) or none of them.
    pub changes: Option<bool>,
    /// To what kind of thing.
    pub kind: Vec<Kind>,
    /// To none of these kinds.
    pub not_kind: Vec<Kind>,
    /// Path patterns. What takes a whole tree away also matches when the pattern names something inside it, unless the rule
    /// allows.
    pub path: Vec<Glob>,
    /// Path patterns that must not match.
    pub not_path: Vec<Glob>,
    /// Patterns of names that are no paths; letters in either case.
    pub name: Vec<String>,
    /// Names that must not match.
    pub not_name: Vec<String>,
    /// The name is wholly known.
    pub known: Option<bool>,
    /// Facts by name (`a|b`: either): each must be there and match one of its patterns.
    pub facts: BTreeMap<String, Vec<String>>,
    /// Facts that must not match.
    pub not_facts: BTreeMap<String, Vec<String>>,
    /// One of these labels.
    pub tags: Vec<String>,
    /// Each of these labels.
    pub all_tags: Vec<String>,
    /// None of these labels.
    pub no_tags: Vec<String>,
    /// The program it comes from.
    pub program: Vec<String>,
    /// Programs it must not come from.
    pub not_program: Vec<String>,
    /// Words of the command the effect comes from. Options in any order, of which each must be there and no others may
    /// (`-*`: any others may); the other words in order, `*` any text within one, `...` at the end any more of them.
    pub command: Vec<String>,
    /// The scope's root is one of these directories, or lies in one.
    pub root: Vec<String>,
    /// Where the object lies.
    pub place: Vec<Place>,
    /// Where it must not lie.
    pub not_place: Vec<Place>,
    /// It happens when the line runs through (`true`), or only may.
    pub certain: Option<bool>,
    /// It cannot be taken back, after scope was considered.
    pub irreversible: Option<bool>,
    /// The other end is this machine (`localhost`, `127.*`, `::1`).
    pub loopback: Option<bool>,
}

/// Conditions on a line as a whole.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LinePattern {
    /// Some of it was not understood.
    pub incomplete: Option<bool>,
    /// It runs code that it does not show.
    pub opaque: Option<bool>,
    /// A program on it has no grammar.
    pub unknown_program: Option<bool>,
    /// It changes more paths than this.
    pub more_paths_than: Option<usize>,
}

/// Where an object lies with respect to the scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// In the writable scope: what is changed here is captured.
    Scope,
    /// The scope's root itself.
    Root,
    /// Above the scope's root, or above the home directory.
    Above,
    /// Below a directory for temporary files.
    Temporary,
    /// Where programs keep caches and state of their own; only for what a running program was seen to do.
    Tools,
    /// Another place of this machine.
    Outside,
    /// Not known, or not enough of it.
    Unknown,
    /// On another machine.
    Remote,
    /// Named by `protect` in the settings (as well as one of the above).
    Protected,
    /// Named by `deny` in the settings (as well as one of the above).
    Denied,
}

/// Verbs that change files.
pub const CHANGES: &[Access] = &[
    Access::Create,
    Access::Write,
    Access::Append,
    Access::Modify,
    Access::WriteTree,
    Access::SyncTree,
    Access::Delete,
    Access::DeleteTree,
    Access::Move,
    Access::Metadata,
    Access::MetadataTree,
    Access::Link,
    Access::Wipe,
    Access::GitIndex,
    Access::GitRefs,
    Access::GitWorktree,
    Access::GitUntracked,
    Access::GitIgnored,
    Access::GitConfig,
    Access::GitHistory,
];

impl Rule {
    /// The verbs it can match, one bit each (see `verb_bit`): what decides whether a rule is decoded at all. None for
    /// a rule over lines.
    pub fn verbs(&self) -> u128 {
        let Some(pattern) = &self.effect else { return 0 };
        let mut mask = if pattern.verb.is_empty() { u128::MAX } else { bits(&pattern.verb) };
        mask &= match pattern.changes {
            Some(true) => bits(CHANGES),
            Some(false) => !bits(CHANGES),
            None => u128::MAX,
        };
        mask & !bits(&pattern.not_verb)
    }
}

/// The bit of a verb.
pub fn verb_bit(verb: Access) -> u128 {
    1 << (verb as u8)
}

fn bits(verbs: &[Access]) -> u128 {
    verbs.iter().fold(0, |mask, &verb| mask | verb_bit(verb))
}
