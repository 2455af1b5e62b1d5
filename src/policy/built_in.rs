//! Judgements that are no rules over effects: what they say depends on settings, on the session, or on what could be kept.

use super::decision::Decision;

/// One of them, by the name it has in questions and refusals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BuiltIn {
    /// Its name.
    pub id: &'static str,
    /// The strictest it decides.
    pub decision: Decision,
    /// When it speaks, one sentence.
    pub when: &'static str,
    /// What changes that, one sentence.
    pub changed_by: &'static str,
}

const fn asks(id: &'static str, when: &'static str, changed_by: &'static str) -> BuiltIn {
    BuiltIn { id, decision: Decision::Ask, when, changed_by }
}

const fn denies(id: &'static str, when: &'static str, changed_by: &'static str) -> BuiltIn {
    BuiltIn { id, decision: Decision::Deny, when, changed_by }
}

const BUDGET: &str = "The setting `budget`; `agentshctl refill SESSION` gives it again.";

/// All of them, by name.
pub const BUILT_IN: &[BuiltIn] = &[
    denies(
        "branch-only",
        "A line or a program moves or pushes a branch that is not the session's own; a protected one is denied.",
        "The settings `git` and `git_protected`.",
    ),
    asks("budget-deleted", "The session has used up the files it may delete.", BUDGET),
    asks("budget-opaque", "The session has used up the runs of code that its lines do not show.", BUDGET),
    asks("budget-outside", "The session has used up the paths it may change outside the scope.", BUDGET),
    asks("budget-outward", "The session has used up the things it may do outside this machine.", BUDGET),
    asks("budget-written", "The session has used up the bytes it may write.", BUDGET),
    asks(
        "database-port",
        "A program connects to a database of another machine that this session has not used before.",
        "The settings `database_ports` and `network_allow`.",
    ),
    asks(
        "degraded-policy",
        "A settings, rule or grammar file has an error, and the line does not only read.",
        "Mend the file; `agentshctl doctor` names every error.",
    ),
    asks(
        "escalation",
        "What was refused in this session less than an hour ago is gone at by another way, or what a command failed at less than ten minutes ago with more force.",
        "A yes to it.",
    ),
    asks(
        "host-mount",
        "A container is given a directory to write to that holds the machine's own files, the home directory, or what agentsh keeps.",
        "A yes for this line.",
    ),
    asks("mounts", "A running program would mount something where its files are kept by name.", "A yes for this line."),
    denies(
        "network",
        "A line or a program connects to another machine, and the settings ask about it or forbid it.",
        "The settings `network`, `network_allow`, `network_ask` and `network_deny`.",
    ),
    asks(
        "not-kept",
        "What would be lost cannot be kept first: it is too large, cannot be read, or the disk is full.",
        "The settings `limits.file` and `limits.step`; `agentshctl gc` makes room.",
    ),
    asks("opaque-line", "The line runs code that it does not show.", "The setting `opaque`."),
    asks("state", "The state directory cannot be written.", "`agentshctl doctor` says why."),
    asks(
        "times",
        "The rule that answers for the line holds for a number of lines, and another line had the last.",
        "The key `times` of that rule, under another `id`.",
    ),
    asks(
        "unseen-place",
        "A running program changes a file in a mount namespace or root directory where other files are seen.",
        "A yes for this line.",
    ),
    asks(
        "unwatched",
        "The line is to be watched while it runs, and cannot be: the machine cannot do it, or a program gains privileges.",
        "The setting `guard`; `agentshctl doctor` says what this machine can do.",
    ),
];
