//! The shipped rules and grammars as Markdown, for `docs/`.

use super::verbs::pattern_text;
use crate::grammar::Catalog;
use crate::policy::{BUILT_IN, Policy, Settings};
use crate::ui::name_of;
use std::collections::BTreeMap;
use std::fmt::Write;

/// Every shipped rule: what it is about, why, what to do instead, lines it matches and near misses.
pub(super) fn rules() -> String {
    let (policy, _) = Policy::build(&[], Settings::default());
    let mut text =
        "# Shipped rules\n\nWritten by `agentshctl rules docs`; the format is explained in `rules/README.md`.\n"
            .to_owned();
    let mut file = "";
    for (_, from, rule) in policy.rules() {
        if file != from {
            file = from;
            let _ = write!(text, "\n## `{from}`\n");
        }
        let confirm = rule.confirm.map(|confirm| format!(", {}", name_of(&confirm))).unwrap_or_default();
        let _ = write!(text, "\n### `{}` ({}{confirm})\n{}\n", rule.id, name_of(&rule.verdict), rule.why);
        if !rule.instead.is_empty() {
            let _ = write!(text, "\nInstead: {}\n", rule.instead);
        }
        text.push('\n');
        for pattern in rule.effect.iter().chain(&rule.with) {
            let _ = writeln!(text, "- on `{}`", pattern_text(pattern).replace('`', "'"));
        }
        for (word, lines) in [("matches", &rule.matches), ("not", &rule.not_match)] {
            for line in lines {
                let _ = writeln!(text, "- {word} `{}`", line.replace('\n', "⏎").replace('`', "'"));
            }
        }
    }
    text.push_str("\n## Built in\n\nThese are no rules over effects: what they say depends on settings, on the session, or on what could be kept.\n\n| name | decides | when | what changes that |\n|---|---|---|---|\n");
    for own in BUILT_IN {
        let decision = name_of(&own.decision);
        let _ = writeln!(text, "| `{}` | {decision} | {} | {} |", own.id, own.when, own.changed_by);
    }
    text
}

/// Every program that is known: its names, what it is for, and where the facts come from.
pub(super) fn grammars() -> String {
    let catalog = Catalog::shipped();
    let all = catalog.names();
    let mut programs = BTreeMap::new();
    for name in &all {
        if let Some(grammar) = catalog.find(name.as_bytes())
            && let Some(first) = grammar.names.first()
        {
            programs.entry(first.clone()).or_insert(grammar);
        }
    }
    let mut text = format!(
        "# Shipped grammars\n\nWritten by `agentshctl rules docs --grammars`; the format is explained in `grammars/README.md`.\n{} names in {} grammars.\n\n| programs | what they do | read from |\n|---|---|---|\n",
        all.len(),
        programs.len()
    );
    for grammar in programs.values() {
        let names: Vec<String> = grammar.names.iter().map(|name| format!("`{name}`")).collect();
        let cell = |text: &str| text.replace('|', "\\|");
        let _ = writeln!(text, "| {} | {} | {} |", names.join(", "), cell(&grammar.summary), cell(&grammar.source));
    }
    text
}
