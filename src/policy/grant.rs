//! Permission given beforehand for a command of one form: scoped, counted and expiring.
//!
//! A grant is no pattern over text. When it is made, its pattern is bound and assessed like a line, with a placeholder
//! for each `*`; the grant holds the argv and the effects found then. Later it covers a command whose argv is the same
//! word for word, with a plain name where a `*` stood, and whose effects are the same, with that name where the
//! placeholder was: another remote address, another branch, a new option or one more effect is another command.

use super::Decision;
use super::rule::CHANGES;
use super::verdict::{Reason, Verdict};
use crate::effect::{Effect, Invoked, Reversibility};
use crate::grammar::{Access, Kind, Known};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Rules whose question no grant answers: they guard what grants themselves rest on.
const NEVER: [&str; 4] = ["agentsh-files", "agentsh-orders", "agent-settings", "types-for-a-person"];

/// A grant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Grant {
    /// Version of this record.
    pub v: u32,
    /// Its id.
    pub id: String,
    /// The command as the person wrote it.
    pub pattern: String,
    /// Its words; `*` stands for a name (see [`Grant::is_name`]).
    pub words: Vec<String>,
    /// What the command did when the grant was made; `PLACEHOLDER` marks where a name goes.
    pub effects: Vec<GrantedEffect>,
    /// The only session it holds in; any when there is none.
    #[serde(default)]
    pub session: Option<String>,
    /// Lines must start in this directory or below.
    pub directory: PathBuf,
    /// How often it may be used.
    pub count: u64,
    /// How often it has been used.
    pub used: u64,
    /// When it was made, milliseconds since 1970 UTC.
    pub made: u64,
    /// When it ends.
    pub expires: u64,
    /// Who made it: terminal and user.
    pub by: String,
}

/// One thing the command does.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct GrantedEffect {
    verb: Access,
    kind: Kind,
    name: Option<String>,
    facts: BTreeMap<String, String>,
    tags: Vec<String>,
    program: String,
    /// Rules that ask about it.
    rules: BTreeSet<String>,
}

/// Why a pattern cannot be granted, as a lowercase sentence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotGrantable {
    /// Nothing asks about it.
    #[error("nothing asks about this command: it needs no grant")]
    Allowed,
    /// A floor rule denies it.
    #[error("the rule {0} denies it, which nothing lifts")]
    Denied(String),
    /// It was not understood, or is several commands.
    #[error("it is not one command that is wholly understood")]
    NotOne,
    /// What asks is about the line as a whole or cannot be named.
    #[error("the rule {0} asks about what cannot be bound to this command")]
    Unbound(String),
    /// What asks is what grants rest on.
    #[error("the rule {0} guards agentsh and the agents themselves: its question is put each time")]
    Never(String),
}

/// What stands for the name of the `*` number `index` while the pattern is assessed. No name that is given to a command
/// holds it by chance.
pub fn placeholder(index: usize) -> String {
    format!("agentsh-any-{index}-name")
}

impl Grant {
    /// True for what a `*` stands for: one or more ASCII letters, digits, `.`, `_` and `-`, not beginning with `.` or
    /// `-`, without `..`. So it can be no option, no other directory, no other branch of a refspec and no pattern.
    pub fn is_name(text: &[u8]) -> bool {
        let letter = |byte: &u8| byte.is_ascii_alphanumeric() || b"._-".contains(byte);
        !text.is_empty()
            && text.iter().all(letter)
            && !matches!(text[0], b'.' | b'-')
            && !text.windows(2).any(|two| two == b"..")
    }

    /// What was granted, as 16 hexadecimal digits: all but how often it has been used.
    pub fn seal(&self) -> String {
        let text = serde_json::to_vec(&Self { used: 0, ..self.clone() }).unwrap_or_default();
        blake3::hash(&text).to_hex()[..16].to_owned()
    }

    /// The words to assess: a placeholder for each `*`.
    pub fn assessed(words: &[String]) -> Vec<String> {
        let mut index = 0;
        let mut put = |word: &String| {
            let mut parts = word.split('*');
            let mut out = parts.next().unwrap_or_default().to_owned();
            for part in parts {
                out.push_str(&placeholder(index));
                out.push_str(part);
                index += 1;
            }
            out
        };
        words.iter().map(&mut put).collect()
    }

    /// The effects to be granted, from what was made of [`Grant::assessed`].
    pub fn effects_of(
        verdict: &Verdict,
        commands: &[Invoked],
        complete: bool,
    ) -> Result<Vec<GrantedEffect>, NotGrantable> {
        if let Some(reason) = verdict.reasons.iter().find(|reason| reason.decision == Decision::Deny) {
            return Err(NotGrantable::Denied(reason.rule.clone()));
        }
        if verdict.decision == Decision::Allow {
            return Err(NotGrantable::Allowed);
        }
        if !complete || commands.len() != 1 {
            return Err(NotGrantable::NotOne);
        }
        for reason in &verdict.reasons {
            let effect = reason.effect.and_then(|index| verdict.effects.get(index));
            if NEVER.contains(&reason.rule.as_str()) {
                return Err(NotGrantable::Never(reason.rule.clone()));
            }
            if effect.is_none_or(|effect| matches!(effect.object.name, Known::Begins(_))) {
                return Err(NotGrantable::Unbound(reason.rule.clone()));
            }
        }
        let effects = verdict.effects.iter().enumerate().filter(|(_, effect)| matters(effect));
        Ok(effects.map(|(index, effect)| GrantedEffect::of(effect, index, &verdict.reasons)).collect())
    }

    /// True when it may be used now, for a line of this session that starts here.
    pub fn holds(&self, session: &str, cwd: &Path, now: u64) -> bool {
        self.used < self.count
            && self.made <= now
            && now < self.expires
            && cwd.starts_with(&self.directory)
            && self.session.as_deref().is_none_or(|own| own == session)
    }

    /// The names that stand where the pattern has `*`, when the argv is of its form.
    fn names(&self, argv: &[Vec<u8>]) -> Option<Vec<String>> {
        if argv.len() != self.words.len() {
            return None;
        }
        let mut names = Vec::new();
        for (pattern, word) in self.words.iter().zip(argv) {
            match_word(pattern.as_bytes(), word, &mut names)?;
        }
        Some(names)
    }

    /// What the command does with these names in the places.
    fn expected(&self, names: &[String]) -> Vec<GrantedEffect> {
        let put = |text: &String| {
            let mut text = text.clone();
            for (index, name) in names.iter().enumerate() {
                text = text.replace(&placeholder(index), name);
            }
            text
        };
        let filled = |effect: &GrantedEffect| GrantedEffect {
            name: effect.name.as_ref().map(put),
            facts: effect.facts.iter().map(|(key, value)| (key.clone(), put(value))).collect(),
            ..effect.clone()
        };
        self.effects.iter().map(filled).collect()
    }
}

/// What could be lost, sent or run.
fn matters(effect: &Effect) -> bool {
    effect.reversibility > Reversibility::ReadOnly || CHANGES.contains(&effect.verb)
}

/// Matches one word; what its wildcards stand for is added to `names`. The literal parts between two wildcards decide
/// where a name ends: at the first place where the rest still matches.
fn match_word(pattern: &[u8], word: &[u8], names: &mut Vec<String>) -> Option<()> {
    let Some(star) = pattern.iter().position(|byte| *byte == b'*') else {
        return (pattern == word).then_some(());
    };
    let rest = word.strip_prefix(&pattern[..star])?;
    for end in 1..=rest.len() {
        if !Grant::is_name(&rest[..end]) {
            continue;
        }
        let mut later = vec![String::from_utf8_lossy(&rest[..end]).into_owned()];
        if match_word(&pattern[star + 1..], &rest[end..], &mut later).is_some() {
            names.append(&mut later);
            return Some(());
        }
    }
    None
}

impl GrantedEffect {
    fn of(effect: &Effect, index: usize, reasons: &[Reason]) -> Self {
        let asking = reasons.iter().filter(|reason| reason.effect == Some(index));
        let mut tags = effect.tags.clone();
        tags.sort();
        Self {
            verb: effect.verb,
            kind: effect.object.kind,
            name: match &effect.object.name {
                Known::Exactly(name) => Some(String::from_utf8_lossy(name).into_owned()),
                Known::Begins(name) => Some(format!("{}…", String::from_utf8_lossy(name))),
                Known::Nothing => None,
            },
            facts: effect.object.facts.clone(),
            tags,
            program: effect.program.clone(),
            rules: asking.map(|reason| reason.rule.clone()).collect(),
        }
    }

    /// True when the other is this one, labelled in no way and asked about by no rule that this one was not. Of what
    /// nobody asks about, such as refs that are noted on the way, the facts may have changed.
    fn allows(&self, other: &Self) -> bool {
        let same =
            (self.verb, self.kind, &self.name, &self.program) == (other.verb, other.kind, &other.name, &other.program);
        let facts = other.rules.is_empty() || self.facts == other.facts;
        let labels = other.tags.iter().all(|tag| self.tags.contains(tag));
        same && facts && labels && other.rules.is_subset(&self.rules)
    }
}

/// The grants that together answer everything a line is asked about, each with how often it is used; `None` when
/// something is left to ask.
pub fn covering<'a>(verdict: &Verdict, commands: &[Invoked], grants: &[&'a Grant]) -> Option<Vec<(&'a Grant, u64)>> {
    // Variables that change what a program runs are no part of any argv.
    let steers = |effect: &Effect| effect.object.kind == Kind::Variable && matters(effect);
    if verdict.decision != Decision::Ask || verdict.effects.iter().any(steers) {
        return None;
    }
    let owner = |effect: &Effect| commands.iter().filter(|c| c.span.contains(effect.span)).map(|c| c.span.len()).min();
    let mut asked: Vec<usize> = Vec::new();
    for reason in &verdict.reasons {
        let effect = verdict.effects.get(reason.effect?)?;
        let length = owner(effect)?;
        let holding =
            commands.iter().enumerate().filter(|(_, c)| c.span.contains(effect.span) && c.span.len() == length);
        asked.extend(holding.map(|(index, _)| index));
    }
    asked.sort_unstable();
    asked.dedup();
    let mut used: Vec<(&Grant, u64)> = Vec::new();
    let mut expected: Vec<(crate::text::Span, GrantedEffect)> = Vec::new();
    for index in asked {
        let command = &commands[index];
        let spent = |grant: &Grant| used.iter().find(|(own, _)| own.id == grant.id).map_or(0, |(_, uses)| *uses);
        let (grant, names) = grants
            .iter()
            .filter(|grant| grant.used + spent(grant) < grant.count)
            .find_map(|grant| Some((*grant, grant.names(&command.argv)?)))?;
        expected.extend(grant.expected(&names).into_iter().map(|effect| (command.span, effect)));
        match used.iter_mut().find(|(own, _)| own.id == grant.id) {
            Some((_, uses)) => *uses += 1,
            None => used.push((grant, 1)),
        }
    }
    // Everything these commands do, asked about or not, is what was granted.
    for (index, effect) in verdict.effects.iter().enumerate().filter(|(_, effect)| matters(effect)) {
        let length = owner(effect);
        let mut of_granted =
            expected.iter().filter(|(span, _)| span.contains(effect.span) && Some(span.len()) == length).peekable();
        // Another command of the line may change what the granted one will do: what settings it reads, what its name is.
        if of_granted.peek().is_none() {
            if effect.verb == Access::GitConfig || effect.reversibility >= Reversibility::Opaque {
                return None;
            }
            continue;
        }
        let found = GrantedEffect::of(effect, index, &verdict.reasons);
        if !of_granted.any(|(_, granted)| granted.allows(&found)) {
            return None;
        }
    }
    (!used.is_empty()).then_some(used)
}

#[cfg(test)]
mod tests {
    use super::{Grant, match_word};

    fn names(pattern: &str, word: &str) -> Option<Vec<String>> {
        let mut names = Vec::new();
        match_word(pattern.as_bytes(), word.as_bytes(), &mut names).map(|()| names)
    }

    #[test]
    fn a_star_is_one_plain_name() {
        assert_eq!(names("agent/*", "agent/fix-1.2").as_deref(), Some(&["fix-1.2".to_owned()][..]));
        for word in [
            "agent/",
            "agent/x:main",
            "agent/x/y",
            "agent/../main",
            "agent/-f",
            "+agent/x",
            "agent/x y",
            "agent/*",
            "agent/…",
            "agent/é",
            "Agent/x",
        ] {
            assert_eq!(names("agent/*", word), None, "{word}");
        }
        assert_eq!(names("*-*.txt", "a-b.txt").map(|names| names.join(" ")).as_deref(), Some("a b"));
        assert_eq!(names("plain", "plain"), Some(Vec::new()));
        assert_eq!(names("*", ""), None);
        assert!(!Grant::is_name(b"--force") && !Grant::is_name(b".git"));
    }
}
