//! The JSON that `agentshctl check` answers with. Field names, values and nulls are a contract; new fields may be added.

use super::name_of;
use crate::effect::{Assessment, Certainty, Effect, Object, Reversibility};
use crate::grammar::{Kind, Known};
use crate::policy::{Confirm, Decision, Verdict};
use crate::text::Span;
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

/// A judged line as programs read it.
#[derive(Debug, Serialize)]
pub struct Report<'a> {
    /// What the caller gave to tell answers apart; null when nothing.
    pub id: &'a serde_json::Value,
    /// The line (bytes that are not UTF-8 replaced).
    pub line: std::borrow::Cow<'a, str>,
    /// What policy decided.
    pub verdict: Decision,
    /// How it is confirmed: null unless the verdict is `ask`.
    pub confirm: Option<Confirm>,
    /// What the line as a whole is.
    pub reversibility: Reversibility,
    /// False when any byte of the line was not understood.
    pub complete: bool,
    /// The simple commands that would run.
    pub commands: Vec<CommandReport<'a>>,
    /// What they do.
    pub effects: Vec<EffectReport<'a>>,
    /// The rules that did more than allow, each once, strictest first.
    pub reasons: Vec<ReasonReport<'a>>,
    /// The line that an agent's wrapper carries, where the line is one: the rest is about it, positions too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inner: Option<std::borrow::Cow<'a, str>>,
}

/// A simple command.
#[derive(Debug, Serialize)]
pub struct CommandReport<'a> {
    argv: Vec<std::borrow::Cow<'a, str>>,
    span: Span,
}

/// An effect.
#[derive(Debug, Serialize)]
pub struct EffectReport<'a> {
    verb: crate::grammar::Access,
    object: ObjectReport<'a>,
    certainty: Certainty,
    reversibility: Reversibility,
    span: Span,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    tags: &'a [String],
}

/// A rule that did more than allow.
#[derive(Debug, Serialize)]
pub struct ReasonReport<'a> {
    rule: &'a str,
    why: &'a str,
    instead: &'a str,
}

/// `{"kind":"path","path":…}` or `{"kind":…,"name":…}` and its facts. What is only partly known says so in `known`
/// (`prefix`, `nothing`); its path or name ends in `…`.
#[derive(Debug)]
pub struct ObjectReport<'a>(&'a Object);

impl Serialize for ObjectReport<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let object = self.0;
        let mut map = serializer.serialize_map(None)?;
        let name = if object.kind == Kind::Path { "path" } else { "name" };
        map.serialize_entry("kind", &object.kind)?;
        map.serialize_entry(name, &object.display_name())?;
        match object.name {
            Known::Exactly(_) => {}
            Known::Begins(_) => map.serialize_entry("known", "prefix")?,
            Known::Nothing => map.serialize_entry("known", "nothing")?,
        }
        for (fact, value) in
            object.facts.iter().filter(|(fact, _)| !matches!(fact.as_str(), "kind" | "name" | "path" | "known"))
        {
            map.serialize_entry(fact, value)?;
        }
        map.end()
    }
}

impl<'a> Report<'a> {
    /// The report of a judged line.
    pub fn of(id: &'a serde_json::Value, line: &'a [u8], assessment: &'a Assessment, verdict: &'a Verdict) -> Self {
        let commands = assessment.commands.iter().map(|command| CommandReport {
            argv: command.argv.iter().map(|argument| String::from_utf8_lossy(argument)).collect(),
            span: command.span,
        });
        let first = |rule: &str| verdict.reasons.iter().position(|reason| reason.rule == rule);
        let once = verdict.reasons.iter().enumerate().filter(|(index, reason)| first(&reason.rule) == Some(*index));
        Self {
            id,
            line: String::from_utf8_lossy(line),
            verdict: verdict.decision,
            confirm: verdict.confirm.filter(|_| verdict.decision == Decision::Ask),
            reversibility: verdict.reversibility,
            complete: assessment.complete,
            commands: commands.collect(),
            effects: verdict.effects.iter().map(EffectReport::of).collect(),
            reasons: once
                .map(|(_, reason)| ReasonReport { rule: &reason.rule, why: &reason.why, instead: &reason.instead })
                .collect(),
            inner: None,
        }
    }

    /// The same, with the line that a wrapper carries.
    #[must_use]
    pub fn carrying(mut self, inner: Option<&'a [u8]>) -> Self {
        self.inner = inner.map(String::from_utf8_lossy);
        self
    }
}

impl<'a> EffectReport<'a> {
    fn of(effect: &'a Effect) -> Self {
        Self {
            verb: effect.verb,
            object: ObjectReport(&effect.object),
            certainty: effect.certainty,
            reversibility: effect.reversibility,
            span: effect.span,
            tags: &effect.tags,
        }
    }
}

/// A verdict in one word, for people: the decision, and how it is confirmed.
pub fn decision_text(verdict: &Verdict) -> String {
    match (verdict.decision, verdict.confirm) {
        (Decision::Ask, Some(Confirm::Type)) => "ask (type the target's name)".to_owned(),
        (decision, _) => name_of(&decision),
    }
}

#[cfg(test)]
mod tests {
    use super::Report;
    use crate::effect::{Assessment, Certainty, Effect, Invoked, Object, Reversibility};
    use crate::grammar::{Access, Kind, Known};
    use crate::policy::{Confirm, Decision, Reason, Verdict};
    use crate::text::Span;

    #[test]
    fn the_contract_to_the_letter() {
        let mut remote = Object::unnamed(Kind::GitRemote);
        remote.name = Known::Exactly(b"origin".to_vec());
        remote.facts.insert("branch".to_owned(), "main".to_owned());
        let effect = |verb, object, reversibility, span| Effect {
            verb,
            object,
            certainty: Certainty::Certain,
            reversibility,
            span,
            program: "rm".to_owned(),
            tags: Vec::new(),
            commands: Vec::new(),
        };
        let build = Object::path(std::path::Path::new("/p/build"));
        let effects = vec![
            effect(Access::Delete, build, Reversibility::Reversible, Span::new(0, 12)),
            effect(Access::Push, remote, Reversibility::Irreversible, Span::new(14, 29)),
            effect(Access::Unknown, Object::unnamed(Kind::Path), Reversibility::Opaque, Span::new(0, 2)),
        ];
        let commands = vec![Invoked {
            argv: vec![b"rm".to_vec(), b"\xff".to_vec()],
            span: Span::new(0, 12),
            file: None,
            within: None,
        }];
        let assessment = Assessment { commands, complete: true, ..Assessment::default() };
        let mut verdict = Verdict {
            decision: Decision::Ask,
            confirm: Some(Confirm::Yes),
            reversibility: Reversibility::Irreversible,
            effects,
            reasons: vec![Reason {
                rule: "push".to_owned(),
                decision: Decision::Ask,
                confirm: Some(Confirm::Yes),
                why: "w".to_owned(),
                instead: String::new(),
                effect: Some(1),
            }],
            obligations: Vec::new(),
            uses: Vec::new(),
        };
        let id = serde_json::json!(7);
        let text = serde_json::to_string(&Report::of(&id, b"rm \xff", &assessment, &verdict)).expect("has a JSON form");
        assert_eq!(
            text,
            concat!(
                r#"{"id":7,"line":"rm �","verdict":"ask","confirm":"yes","reversibility":"irreversible","complete":true,"#,
                r#""commands":[{"argv":["rm","�"],"span":[0,12]}],"#,
                r#""effects":[{"verb":"delete","object":{"kind":"path","path":"/p/build"},"certainty":"certain","reversibility":"reversible","span":[0,12]},"#,
                r#"{"verb":"push","object":{"kind":"git-remote","name":"origin","branch":"main"},"certainty":"certain","reversibility":"irreversible","span":[14,29]},"#,
                r#"{"verb":"unknown","object":{"kind":"path","path":"…","known":"nothing"},"certainty":"certain","reversibility":"opaque","span":[0,2]}],"#,
                r#""reasons":[{"rule":"push","why":"w","instead":""}]}"#
            )
        );
        verdict.decision = Decision::Allow;
        let text = serde_json::to_string(&Report::of(&id, b"", &assessment, &verdict)).expect("has a JSON form");
        assert!(text.contains(r#""verdict":"allow","confirm":null"#), "{text}");
    }
}
