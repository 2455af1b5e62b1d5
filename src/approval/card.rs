//! What a person sees before they answer.

use super::Question;
use super::refs::{Pushed, Refs};
use super::weigh::weigh;
use crate::effect::Effect;
use crate::grammar::{Access, Kind, Known};
use crate::journal::Bytes;
use crate::policy::{Confirm, Decision, Reason};
use crate::text::{Source, Span};
use crate::ui::{Diagnostic, Style, Tone, labels, phrase, telling_facts, visible, visible_bytes};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// The resolved effect that is asked about: what, where, how much, and the rule. Never the agent's own description.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Card {
    /// The line, byte for byte.
    pub line: Bytes,
    /// Where it would run.
    pub cwd: Bytes,
    /// The session.
    pub session: String,
    /// The agent, when one is known.
    #[serde(default)]
    pub agent: Option<String>,
    /// How it is confirmed.
    #[serde(default)]
    pub confirm: Option<Confirm>,
    /// What is to be typed, for `confirm = type`.
    #[serde(default)]
    pub target: String,
    /// What is asked about, strictest first.
    pub items: Vec<Item>,
    /// What is left of the session's budgets.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub left: String,
    /// For a grant: what it would allow. Else it is one line that is asked about.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allows: Vec<String>,
}

/// One effect that a rule asks about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Item {
    /// What happens to what.
    pub effect: String,
    /// What is known of it: name and value.
    pub facts: Vec<(String, String)>,
    /// The rule.
    pub rule: String,
    /// Why it exists.
    pub why: String,
    /// What to do instead.
    #[serde(default)]
    pub instead: String,
    /// What it decided.
    pub decision: Decision,
    /// Further rules that ask about the same effect.
    #[serde(default)]
    pub also: Vec<String>,
    /// Where in the line.
    pub span: Span,
    /// A push: the remote and the refspec, for the commits.
    #[serde(default)]
    pub push: Option<(String, String)>,
    /// Where to look for the repository.
    #[serde(default)]
    pub repository: Option<Bytes>,
}

/// How much of a card is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// What fits on a screen.
    Brief,
    /// Everything.
    Whole,
}

impl Card {
    /// The card of a question. Walks the paths it is about within bounds; reads refs; runs nothing.
    pub fn of(question: &Question) -> Self {
        let verdict = &question.verdict;
        let mut items: Vec<(Option<usize>, Item)> = Vec::new();
        for reason in &verdict.reasons {
            match items.iter_mut().find(|(effect, _)| effect.is_some() && *effect == reason.effect) {
                Some((_, item)) => item.also.push(reason.rule.clone()),
                None => items.push((reason.effect, Item::of(question, reason))),
            }
        }
        let items = grouped(items.into_iter().map(|(_, item)| item).collect());
        let typed = verdict.reasons.iter().find(|reason| reason.confirm == Some(Confirm::Type));
        let target = match (verdict.confirm, typed) {
            (Some(Confirm::Type), Some(reason)) => {
                target(reason.effect.and_then(|index| verdict.effects.get(index)), &reason.rule)
            }
            (Some(Confirm::Type), None) => "yes".to_owned(),
            _ => String::new(),
        };
        Self {
            line: Bytes(question.line.clone()),
            cwd: Bytes::from(question.cwd.as_path()),
            session: question.session.clone(),
            agent: question.agent.clone(),
            confirm: verdict.confirm,
            target,
            items,
            left: question.left.clone(),
            allows: Vec::new(),
        }
    }

    /// Adds what is only worth finding out for a person who looks: the commits a push carries, from git.
    #[must_use]
    pub fn with_commits(mut self) -> Self {
        for item in &mut self.items {
            let Some((remote, refspec)) = &item.push else { continue };
            let Some(refs) = item.repository.as_ref().and_then(|path| Refs::around(&as_path(path))) else { continue };
            let Some(pushed) = Pushed::of(remote, refspec, refs.current().as_deref()) else { continue };
            let lines = refs.commits(&pushed);
            item.facts.extend(lines.into_iter().map(|line| ("commits".to_owned(), line)));
        }
        self
    }

    /// The card as text, ending in a newline. Nothing in it can move the cursor.
    pub fn text(&self, depth: Depth, style: Style) -> String {
        let most = if depth == Depth::Whole { usize::MAX } else { 6 };
        let heading = if self.allows.is_empty() { "this needs a person" } else { "to be allowed beforehand" };
        let mut out = format!("{}\n", style.strong(&format!("agentsh: {heading}")));
        self.allows.iter().for_each(|row| out.push_str(&format!("  {}\n", visible(row))));
        for (number, item) in self.items.iter().enumerate().take(most) {
            let heading = match item.decision {
                Decision::Deny => style.bad(&visible(&item.effect)),
                _ => style.wary(&visible(&item.effect)),
            };
            out.push_str(&format!("  {heading}\n"));
            let mut before = "";
            let facts = if depth == Depth::Whole { usize::MAX } else { 14 };
            for (name, value) in item.facts.iter().take(facts) {
                let name = if before == name { "" } else { name.as_str() };
                before = if name.is_empty() { before } else { name };
                out.push_str(&format!("    {:<10} {}\n", visible(name), visible(value)));
            }
            // What a rule says stands once, below the last effect it is about.
            if self.items.get(number + 1).is_some_and(|next| number + 1 < most && next.same_reason(item)) {
                continue;
            }
            out.push_str(&format!("    {:<10} {}: {}\n", "rule", visible(&item.rule), visible(&item.why)));
            if !item.also.is_empty() {
                out.push_str(&format!("    {:<10} {}\n", "also", visible(&item.also.join(", "))));
            }
            if !item.instead.is_empty() {
                out.push_str(&format!("    {:<10} {}\n", "instead", visible(&item.instead)));
            }
        }
        if self.items.len() > most {
            out.push_str(&format!("  … and {} more (v shows all)\n", self.items.len() - most));
        }
        if !self.left.is_empty() {
            out.push_str(&format!("  budgets left: {}\n", visible(&self.left)));
        }
        let agent = self.agent.as_ref().map(|agent| format!(", for {}", visible(agent))).unwrap_or_default();
        out.push_str(&format!("  in {}{agent}\n", visible_bytes(&self.cwd.0)));
        out.push_str(&self.line_text(depth, style));
        out
    }

    fn line_text(&self, depth: Depth, style: Style) -> String {
        let mut diagnostic = Diagnostic::new(Source::new(&self.line.0));
        for item in &self.items {
            let tone = if item.decision == Decision::Deny { Tone::Bad } else { Tone::Wary };
            diagnostic = diagnostic.mark(item.span, &item.effect, tone);
        }
        let text = diagnostic.render(style);
        let rows: Vec<&str> = text.lines().collect();
        if depth == Depth::Whole || rows.len() <= 14 {
            return text;
        }
        format!("{}\n  … {} more rows (v shows all)\n", rows[..12].join("\n"), rows.len() - 12)
    }
}

/// Brings effects of the same rule together, in the order of the first of each; one that is named twice stands once.
fn grouped(items: Vec<Item>) -> Vec<Item> {
    let mut grouped: Vec<Item> = Vec::new();
    for item in items {
        if grouped.iter().any(|other| other.same_reason(&item) && other.same_effect(&item)) {
            continue;
        }
        let last = grouped.iter().rposition(|other| other.same_reason(&item));
        grouped.insert(last.map_or(grouped.len(), |last| last + 1), item);
    }
    grouped
}

impl Item {
    fn same_reason(&self, other: &Self) -> bool {
        (&self.rule, &self.why, &self.instead, &self.also) == (&other.rule, &other.why, &other.instead, &other.also)
    }

    fn same_effect(&self, other: &Self) -> bool {
        (&self.effect, &self.facts, self.span) == (&other.effect, &other.facts, other.span)
    }

    fn of(question: &Question, reason: &Reason) -> Self {
        let effect = reason.effect.and_then(|index| question.verdict.effects.get(index));
        let mut item = Self {
            effect: "the line as a whole".to_owned(),
            facts: Vec::new(),
            rule: reason.rule.clone(),
            why: reason.why.clone(),
            instead: reason.instead.clone(),
            decision: reason.decision,
            also: Vec::new(),
            span: effect.map_or(Span::new(0, question.line.len()), |effect| effect.span),
            push: None,
            repository: None,
        };
        if let Some(effect) = effect {
            item.describe(question, effect);
        }
        item
    }

    fn describe(&mut self, question: &Question, effect: &Effect) {
        let object = &effect.object;
        self.effect = phrase(effect);
        let mut add = |name: &str, value: String| self.facts.push((name.to_owned(), value));
        if let Some(path) = object.as_path()
            && !matches!(effect.verb, Access::Read | Access::List)
        {
            add("holds", weigh(&path));
        }
        for (name, value) in telling_facts(object) {
            add(name, value.clone());
        }
        let labels = labels(&effect.tags);
        if !labels.is_empty() {
            add("noted", labels.join(", "));
        }
        if effect.verb == Access::Push && matches!(object.kind, Kind::GitRemote) {
            let fact = |names: &[&str]| names.iter().find_map(|name| object.facts.get(*name)).cloned();
            // The push also notes refs in the repository it is made from, which `cd` or `-C` may have changed.
            let refs_changed = |other: &&Effect| other.verb == Access::GitRefs;
            let all = &question.verdict.effects;
            let own = |other: &&Effect| other.span.start <= effect.span.start && effect.span.end <= other.span.end;
            let own = all.iter().filter(refs_changed).find(own).and_then(|other| other.object.facts.get("top"));
            let directory = own.map_or_else(|| question.cwd.clone(), PathBuf::from);
            if !question.cwd.starts_with(&directory) {
                add("of", directory.display().to_string());
            }
            let refspec = fact(&["refspec", "branch", "ref"]).unwrap_or_else(|| "HEAD".to_owned());
            let remote = object.display_name();
            if let Some(refs) = Refs::around(&directory)
                && let Some(pushed) = Pushed::of(&remote, &refspec, refs.current().as_deref())
            {
                refs.ends(&pushed).into_iter().for_each(|line| add("moves", line));
                if all.iter().filter(refs_changed).any(|other| other.span.end <= effect.span.start) {
                    add("moves", "and further by what this line does before".to_owned());
                }
            }
            self.push = Some((remote, refspec));
            self.repository = Some(Bytes::from(directory.as_path()));
        }
    }
}

/// What is typed to confirm: the last component of a path, else the object's name, else the rule.
fn target(effect: Option<&Effect>, rule: &str) -> String {
    let name = effect.map(|effect| match (&effect.object.name, effect.object.as_path()) {
        (_, Some(path)) => path.file_name().map_or("/".to_owned(), |name| name.to_string_lossy().into_owned()),
        (Known::Exactly(name), None) => String::from_utf8_lossy(name).into_owned(),
        _ => String::new(),
    });
    name.map(|name| visible(name.trim()).into_owned())
        .filter(|name| !name.is_empty() && name.len() <= 80)
        .unwrap_or_else(|| rule.to_owned())
}

fn as_path(bytes: &Bytes) -> PathBuf {
    use std::os::unix::ffi::OsStrExt;
    Path::new(std::ffi::OsStr::from_bytes(&bytes.0)).to_path_buf()
}
