//! What policy makes of an assessment.

use super::built_in::BUILT_IN;
use super::{Confirm, Decision};
use crate::effect::{Effect, Reversibility};

/// Why a line is asked about or denied: one rule that matched.
#[derive(Clone, Debug, PartialEq)]
pub struct Reason {
    /// The rule's id.
    pub rule: String,
    /// What it decided.
    pub decision: Decision,
    /// How it is confirmed, for `Ask`.
    pub confirm: Option<Confirm>,
    /// Why the rule exists, one sentence.
    pub why: String,
    /// What to do instead, one sentence (may be empty).
    pub instead: String,
    /// Index into [`Verdict::effects`] of the effect it matched; `None` for the line as a whole.
    pub effect: Option<usize>,
}

impl Reason {
    /// One of the judgements that are [built in](BUILT_IN): it asks, and one key is a yes.
    pub fn asked(rule: &str, why: impl Into<String>, instead: &str, effect: Option<usize>) -> Self {
        debug_assert!(BUILT_IN.iter().any(|own| own.id == rule), "{rule} is not listed: nobody could look it up");
        let (decision, confirm) = (Decision::Ask, Some(Confirm::Yes));
        Self { rule: rule.to_owned(), decision, confirm, why: why.into(), instead: instead.to_owned(), effect }
    }

    /// What cannot be kept is asked about: `why`, a lowercase fragment, says what stands in the way; `effect` is its index.
    pub fn not_kept(why: &str, effect: Option<usize>) -> Self {
        Self::asked("not-kept", format!("what cannot be kept cannot be taken back: {why}"), "", effect)
    }
}

/// Policy's answer for a line: the decision, and what must be done before it may run.
#[must_use = "a verdict carries obligations; only `approval` may turn it into a clearance"]
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// The strictest decision of any rule.
    pub decision: Decision,
    /// The strictest confirmation of the rules that ask.
    pub confirm: Option<Confirm>,
    /// Reversibility of the whole line: the maximum over `effects`, at least `Opaque` when incomplete.
    pub reversibility: Reversibility,
    /// The effects, with their reversibility after scope and limits were considered.
    pub effects: Vec<Effect>,
    /// Every rule that did more than allow, strictest first.
    pub reasons: Vec<Reason>,
    /// What to capture before the line runs.
    pub obligations: Vec<Obligation>,
    /// The counted rules that answered a question of it, and for how many lines each holds.
    pub uses: Vec<(String, u32)>,
}

/// Something that must be captured before the line runs; when it cannot be, the line is asked about as irreversible.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Obligation {
    /// Absolute path; the name itself, not what a link points to.
    pub path: std::path::PathBuf,
    /// How much of it.
    pub extent: Extent,
}

/// How much of a path an obligation covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Extent {
    /// That the name does not exist yet (it will be created), or what it is if it does.
    Name,
    /// Mode, owner, times, attributes of the name.
    Metadata,
    /// The name and its contents; it will be unlinked or replaced whole (a hard link keeps it).
    Unlinked,
    /// The name and its contents; it will be written in place (its bytes are copied or reflinked).
    Contents,
    /// Metadata of the name and everything below.
    MetadataTree,
    /// Everything below, which will be unlinked or moved.
    UnlinkedTree,
    /// Everything below, which may be written in place, and names that will appear there.
    ContentsTree,
    /// `path` is a work tree's `.git`: index only.
    GitIndex,
    /// … refs, logs, `HEAD`, `packed-refs`, index, configuration.
    GitState,
    /// … that and the tracked files of the work tree.
    GitWorktree,
    /// … that and untracked files.
    GitUntracked,
    /// … that and ignored files.
    GitIgnored,
    /// Names in the directory of `path` that begin as it does and will appear; those there already are left alone.
    NewNames,
    /// … and those there already may be written in place.
    Names,
}
