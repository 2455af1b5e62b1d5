//! `--help`.

use super::registry::{Flag, Verb};
use super::verbs;

/// The list of verbs.
pub(super) fn overview() -> String {
    let width = verbs::ALL.iter().map(|verb| verb.name.len()).max().unwrap_or(0);
    let mut text = String::from(
        "agentshctl: see, undo and decide what an agent's shell does\n\nusage: agentshctl VERB [OPTIONS] [OPERANDS]\n\nverbs:\n",
    );
    for verb in verbs::ALL {
        text.push_str(&format!("  {:width$}  {}\n", verb.name, verb.summary));
    }
    text.push_str("\n'agentshctl VERB --help' tells more about a verb; 'agentshctl man' prints the manual page.\n");
    text
}

/// A verb's own page.
pub(super) fn page(verb: &Verb) -> String {
    let mut text = format!("usage: agentshctl {} {}\n\n{}\n", verb.name, verb.usage, capitalised(verb.summary));
    for paragraph in verb.about {
        text.push_str(&format!("\n{paragraph}\n"));
    }
    if !verb.flags.is_empty() {
        text.push_str("\noptions:\n");
        let width = verb.flags.iter().map(|flag| spelling(flag).len()).max().unwrap_or(0);
        for flag in verb.flags {
            text.push_str(&format!("  {:width$}  {}\n", spelling(flag), flag.help));
        }
    }
    if !verb.statuses.is_empty() {
        text.push_str("\nexit status:\n");
        for (status, meaning) in verb.statuses {
            text.push_str(&format!("  {status:3}  {meaning}\n"));
        }
    }
    text
}

/// `-n, --number=COUNT`.
pub(super) fn spelling(flag: &Flag) -> String {
    let value = if flag.value.is_empty() { String::new() } else { format!("={}", flag.value) };
    match flag.short {
        Some(short) => format!("-{short}, --{}{value}", flag.long),
        None => format!("    --{}{value}", flag.long),
    }
}

/// The first letter in upper case and a full stop.
pub(super) fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}
