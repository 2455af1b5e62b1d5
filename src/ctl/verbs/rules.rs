//! `agentshctl rules`: the rules in force.

use super::super::adding;
use super::super::args::Args;
use super::super::documents;
use super::super::failure::{Failure, Result};
use super::super::judging::Bench;
use super::super::paper::{Paper, warn};
use super::super::places;
use super::super::registry::{Flag, Verb};
use crate::host::Uses;
use crate::policy::{BUILT_IN, BuiltIn, Decision, Layer, Rule};
use crate::ui::{Style, name_of, visible};
use std::path::Path;

/// Where judgements come from that are no rules.
const LAYER: &str = "built in";

pub(super) static VERB: Verb = Verb {
    name: "rules",
    summary: "list, show, test, add and document the rules in force",
    usage: "list [--json] | show ID | test [ID…] [--cwd=DIR] | add [--width=exact|flags|verb] [--here] [--until=DAY] [--times=N] REQUEST|STEP | docs [--grammars]",
    about: &[
        "'list' names every rule with its layer and verdict, and the judgements that are built in. 'show' prints one in full. 'test' judges the lines in each rule's 'match' and 'not_match' as if they were given to the shell in DIR, and reports those that the rule does not match, or matches though it should not.",
        "'add' writes rules of your own that answer a past question beforehand, named by its request or step: for the exact command, for this verb with these flags, or for the verb with any. It shows what it writes and asks. It works only on a person's own terminal with no agent above it.",
        "'docs' prints the shipped rules, or with --grammars the programs that are known, as Markdown.",
    ],
    flags: &[
        Flag::switch(Some('j'), "json", "list: one JSON object a rule"),
        Flag::value(Some('C'), "cwd", "DIR", "the directory whose rules and scope hold"),
        Flag::value(Some('w'), "width", "WIDTH", "add: 'exact' (by default), 'flags' or 'verb'"),
        Flag::switch(None, "here", "add: only where the project is this one"),
        Flag::value(Some('u'), "until", "DAY", "add: the last day it holds, such as 2026-12-31"),
        Flag::value(Some('n'), "times", "N", "add: how many lines it answers for"),
        Flag::switch(Some('g'), "grammars", "docs: the programs instead of the rules"),
    ],
    words: &["list", "show", "test", "add", "docs"],
    statuses: &[
        (1, "test: an example fails or a file has an error; show: there is no such rule; add: nothing was written"),
        (3, "add: refused, this is not a person's terminal"),
    ],
    run,
};

fn run(args: &Args, paper: &mut Paper) -> Result {
    match args.operands.first().and_then(|word| word.to_str()) {
        Some("docs") => {
            paper.write(&if args.has("grammars") { documents::grammars() } else { documents::rules() });
            return Ok(0);
        }
        Some("add") => return adding::add(args, paper),
        _ => {}
    }
    let mut bench = Bench::new(args.value("cwd").map(Path::new))?;
    for complaint in bench.complaints() {
        warn(&format!("warning: {}\n", visible(&complaint)));
    }
    let operands: Vec<String> = args.operands.iter().map(|operand| operand.to_string_lossy().into_owned()).collect();
    match operands.first().map(String::as_str) {
        None | Some("list") => list(&bench, args.has("json"), paper),
        Some("show") => match operands.get(1) {
            Some(id) => show(&bench, id, paper),
            None => Err(Failure::usage("the rule's id is missing", VERB.usage_hint())),
        },
        Some("test") => test(&mut bench, &operands[1..], paper),
        Some(other) => Err(Failure::usage(format!("unknown word '{other}'"), VERB.usage_hint())),
    }
}

fn rules(bench: &Bench) -> Vec<(Layer, String, Rule)> {
    let rules = bench.here().loaded().policy.rules();
    rules.map(|(layer, file, rule)| (layer, file.to_owned(), rule.clone())).collect()
}

fn verdict(rule: &Rule) -> String {
    let confirm = rule.confirm.map(|confirm| format!(", {}", name_of(&confirm))).unwrap_or_default();
    format!("{}{confirm}", name_of(&rule.verdict))
}

fn list(bench: &Bench, json: bool, paper: &mut Paper) -> Result {
    let style = paper.style;
    for (layer, file, rule) in rules(bench) {
        if json {
            paper.json(&serde_json::json!({
                "id": rule.id, "layer": layer.name(), "file": file, "verdict": rule.verdict, "confirm": rule.confirm,
                "why": rule.why, "instead": rule.instead,
            }));
            continue;
        }
        let text = coloured(style, rule.verdict, &verdict(&rule));
        paper.line(&format!("{text} {:<28} {:<8} {}", visible(&rule.id), layer.name(), visible(&rule.why)));
    }
    for own in BUILT_IN {
        if json {
            paper.json(&serde_json::json!({
                "id": own.id, "layer": LAYER, "file": "", "verdict": own.decision, "confirm": null,
                "why": own.when, "instead": own.changed_by,
            }));
            continue;
        }
        let text = coloured(style, own.decision, &name_of(&own.decision));
        paper.line(&format!("{text} {:<28} {LAYER:<8} {}", own.id, own.when));
    }
    Ok(0)
}

fn coloured(style: Style, decision: Decision, text: &str) -> String {
    let text = format!("{text:<10}");
    match decision {
        Decision::Deny => style.bad(&text),
        Decision::Ask => style.wary(&text),
        Decision::Allow => style.good(&text),
    }
}

fn show(bench: &Bench, id: &str, paper: &mut Paper) -> Result {
    let found = rules(bench).into_iter().find(|(_, _, rule)| rule.id == id);
    if let (None, Some(own)) = (&found, BUILT_IN.iter().find(|own| own.id == id)) {
        show_own(own, paper);
        return Ok(0);
    }
    let (layer, file, rule) = found
        .ok_or_else(|| Failure::plain(format!("there is no rule '{id}'")).hint("'agentshctl rules list' names them"))?;
    let style = paper.style;
    paper.line(&format!("{} ({}, {})", style.strong(&visible(&rule.id)), layer.name(), visible(&file)));
    let mut rows = vec![("verdict", verdict(&rule)), ("why", rule.why.clone()), ("instead", rule.instead.clone())];
    for (name, pattern) in
        rule.effect.iter().map(|pattern| ("effect", pattern)).chain(rule.with.iter().map(|pattern| ("with", pattern)))
    {
        rows.push((name, pattern_text(pattern)));
    }
    rows.extend(rule.line.as_ref().map(|line| ("line", pattern_text(line))));
    rows.extend(rule.matches.iter().map(|line| ("match", line.clone())));
    rows.extend(rule.not_match.iter().map(|line| ("not match", line.clone())));
    rows.push(("until", rule.until.clone()));
    if rule.times > 0 {
        let used = Uses::of(&places::state()).used(&rule.id);
        rows.push(("times", format!("{}, {used} used", rule.times)));
    }
    for (name, value) in rows.iter().filter(|(_, value)| !value.is_empty()) {
        paper.line(&format!("  {name:<10} {}", visible(value)));
    }
    Ok(0)
}

fn show_own(own: &BuiltIn, paper: &mut Paper) {
    paper.line(&format!("{} ({LAYER})", paper.style.strong(own.id)));
    let decision = name_of(&own.decision);
    for (name, value) in [("verdict", decision.as_str()), ("when", own.when), ("changed by", own.changed_by)] {
        paper.line(&format!("  {name:<10} {value}"));
    }
}

/// A pattern's keys that are set, as `key = value`.
pub(in crate::ctl) fn pattern_text<T: serde::Serialize>(pattern: &T) -> String {
    let Ok(serde_json::Value::Object(keys)) = serde_json::to_value(pattern) else { return String::new() };
    let set = keys.into_iter().filter(|(_, value)| match value {
        serde_json::Value::Null => false,
        serde_json::Value::Array(list) => !list.is_empty(),
        serde_json::Value::Object(map) => !map.is_empty(),
        _ => true,
    });
    set.map(|(key, value)| format!("{key} = {value}")).collect::<Vec<_>>().join(", ")
}

fn test(bench: &mut Bench, wanted: &[String], paper: &mut Paper) -> Result {
    let all = rules(bench);
    if let Some(unknown) = wanted.iter().find(|id| !all.iter().any(|(_, _, rule)| rule.id == **id)) {
        return Err(Failure::plain(format!("there is no rule '{unknown}'")).hint("'agentshctl rules list' names them"));
    }
    let (mut examples, mut failed) = (0, 0);
    for (_, file, rule) in all.iter().filter(|(_, _, rule)| wanted.is_empty() || wanted.contains(&rule.id)) {
        let expected =
            rule.matches.iter().map(|line| (line, true)).chain(rule.not_match.iter().map(|line| (line, false)));
        for (line, should) in expected {
            examples += 1;
            let appraisal = bench.appraise(None, line.as_bytes())?;
            // A rule that allows leaves no reason; then the verdict has to show it.
            let matched = match rule.verdict {
                Decision::Allow => appraisal.verdict.decision == Decision::Allow,
                _ => appraisal.verdict.reasons.iter().any(|reason| reason.rule == rule.id),
            };
            if matched != should {
                failed += 1;
                let what = if should { "does not match" } else { "matches" };
                paper.line(&format!(
                    "{} {} ({}): {what}: {}",
                    paper.style.bad("fails"),
                    visible(&rule.id),
                    visible(file),
                    visible(line)
                ));
            }
        }
    }
    // Rules of a file that is not used were not tried.
    let unused = bench.complaints().len();
    let of_files = if unused == 0 { String::new() } else { format!(", {unused} errors in files of rules") };
    paper.line(&format!("{examples} examples, {failed} fail{of_files}"));
    Ok(u8::from(failed > 0 || unused > 0))
}
