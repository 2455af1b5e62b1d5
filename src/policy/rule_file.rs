//! Text of a rule file → rules, or what is wrong with it. `build.rs` reads the shipped files with this very module.

use super::complaint::Complaint;
use super::decision::Decision;
use super::rule::{EffectPattern, Rule};
use serde::Deserialize;
use toml::Spanned;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleFile {
    #[serde(default)]
    rule: Vec<Spanned<Rule>>,
}

/// The rules of a file in order, or the first thing that is wrong with it.
pub fn parse(file: &str, text: &str) -> Result<Vec<Rule>, Complaint> {
    let read: RuleFile = toml::from_str(text).map_err(|error| Complaint::from_toml(file, text, &error))?;
    let mut rules: Vec<Rule> = Vec::with_capacity(read.rule.len());
    for spanned in read.rule {
        let start = spanned.span().start;
        let end = text[start..].find("\n[[").map_or(text.len(), |length| start + length + 1);
        let rule = spanned.into_inner();
        if let Some((key, message, expected)) = fault(&rule, &rules) {
            let offset = key_offset(&text[start..end], key).map_or(start, |offset| start + offset);
            return Err(Complaint::at(file, text, offset, key, &message, expected));
        }
        rules.push(rule);
    }
    Ok(rules)
}

/// What the types cannot say: key, message, expected.
fn fault(rule: &Rule, earlier: &[Rule]) -> Option<(&'static str, String, &'static str)> {
    let kebab = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if rule.id.is_empty() || !rule.id.bytes().all(kebab) {
        return Some(("id", format!("bad id {:?}", rule.id), "lower-case letters, digits and `-`"));
    }
    if earlier.iter().any(|other| other.id == rule.id) {
        return Some(("id", format!("the id {:?} is used twice", rule.id), "an id of its own"));
    }
    if rule.why.trim().is_empty() {
        return Some(("why", "missing or empty".to_owned(), "one sentence that says why the rule exists"));
    }
    if rule.effect.is_none() && rule.line.is_none() {
        return Some(("effect", "the rule says nothing about what it matches".to_owned(), "`effect` or `line`"));
    }
    if rule.effect.iter().chain(&rule.with).any(|pattern| *pattern == EffectPattern::default()) {
        return Some(("effect", "the pattern has no condition and would match everything".to_owned(), "a condition"));
    }
    if rule.line.is_some() && (rule.effect.is_some() || !rule.with.is_empty()) {
        return Some(("line", "stands beside `effect`".to_owned(), "one of the two"));
    }
    if !rule.replaces.is_empty() && rule.verdict != Decision::Allow {
        return Some((
            "replaces",
            "stands in a rule that does not allow".to_owned(),
            "`verdict = \"allow\"` beside it",
        ));
    }
    if rule.times > 0 && rule.verdict != Decision::Allow {
        return Some(("times", "stands in a rule that does not allow".to_owned(), "`verdict = \"allow\"` beside it"));
    }
    // What is counted are lines, and only a command is surely of one.
    if rule.times > 0 && rule.effect.as_ref().is_none_or(|effect| effect.command.is_empty()) {
        return Some(("times", "the rule names no command to count".to_owned(), "`command` in its `effect`"));
    }
    if !rule.until.is_empty() && !is_date(&rule.until) {
        return Some(("until", format!("{:?} is no day", rule.until), "a day such as \"2026-12-31\""));
    }
    if rule.effect.iter().chain(&rule.with).any(|pattern| pattern.root.iter().any(|root| !root.starts_with('/'))) {
        return Some(("root", "the directory is not absolute".to_owned(), "an absolute path"));
    }
    if rule.confirm.is_some() && rule.verdict != Decision::Ask {
        return Some(("confirm", "stands in a rule that does not ask".to_owned(), "`verdict = \"ask\"` beside it"));
    }
    None
}

/// `YYYY-MM-DD`, which orders as text does.
fn is_date(text: &str) -> bool {
    let number = |part: &str, least: u32, most: u32| {
        part.bytes().all(|byte| byte.is_ascii_digit())
            && part.parse().is_ok_and(|value| (least..=most).contains(&value))
    };
    match text.split('-').collect::<Vec<_>>().as_slice() {
        [year, month, day] => {
            (year.len(), month.len(), day.len()) == (4, 2, 2)
                && number(year, 1970, 9999)
                && number(month, 1, 12)
                && number(day, 1, 31)
        }
        _ => false,
    }
}

/// Where a line of the table begins with the key.
fn key_offset(table: &str, key: &str) -> Option<usize> {
    let mut offset = 0;
    for line in table.split_inclusive('\n') {
        let trimmed = line.trim_start();
        let rest = trimmed.strip_prefix(key).unwrap_or("");
        if rest.trim_start().starts_with(['=', '.']) {
            return Some(offset + line.len() - trimmed.len());
        }
        offset += line.len();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::parse;

    fn complaint(text: &str) -> super::Complaint {
        parse("rules/x.toml", text).expect_err("it is broken")
    }

    #[test]
    fn an_unknown_verb_is_named_with_its_line_and_what_was_expected() {
        let text = "[[rule]]\nid = \"a\"\nwhy = \"w\"\neffect = { verb = [\"psh\"] }\n";
        let complaint = complaint(text);
        assert_eq!((complaint.line, complaint.key.as_str()), (4, "verb"), "{complaint}");
        assert!(complaint.message.contains("psh") && complaint.expected.contains("push"), "{complaint}");
    }

    #[test]
    fn an_unknown_key_is_named() {
        let complaint = complaint("[[rule]]\nid = \"a\"\nwhy = \"w\"\nefect = { verb = [\"push\"] }\n");
        assert_eq!((complaint.line, complaint.column, complaint.key.as_str()), (4, 1, "efect"), "{complaint}");
        assert!(complaint.expected.contains("effect"), "{complaint}");
    }

    #[test]
    fn broken_syntax_has_a_line() {
        assert_eq!(complaint("[[rule]]\nid = \"a\nwhy = 3\n").line, 2);
    }

    #[test]
    fn a_bad_pattern_is_named() {
        let complaint = complaint("[[rule]]\nid = \"a\"\nwhy = \"w\"\neffect = { path = [\"{home\", \"{hme}/x\"] }\n");
        assert_eq!((complaint.line, complaint.key.as_str()), (4, "path"), "{complaint}");
        assert!(complaint.expected.contains("{home}"), "{complaint}");
    }

    #[test]
    fn what_the_types_cannot_say() {
        for (text, key, line) in [
            ("[[rule]]\nid = \"A b\"\n", "id", 2),
            ("[[rule]]\nid = \"a\"\neffect = { verb = [\"push\"] }\n", "why", 1),
            ("[[rule]]\nid = \"a\"\nwhy = \"w\"\n", "effect", 1),
            ("[[rule]]\nid = \"a\"\nwhy = \"w\"\neffect = {}\n", "effect", 4),
            ("[[rule]]\nid = \"a\"\nwhy = \"w\"\nline = {}\neffect = { verb = [\"push\"] }\n", "line", 4),
            ("[[rule]]\nid = \"a\"\nwhy = \"w\"\nverdict = \"ask\"\nreplaces = [\"b\"]\nline = {}\n", "replaces", 5),
            ("[[rule]]\nid = \"a\"\nwhy = \"w\"\nuntil = \"31.12.\"\nline = {}\n", "until", 4),
            ("[[rule]]\nid = \"a\"\nwhy = \"w\"\nverdict = \"ask\"\ntimes = 1\nline = {}\n", "times", 5),
            ("[[rule]]\nid = \"a\"\nwhy = \"w\"\neffect = { verb = [\"push\"] }\ntimes = 1\n", "times", 5),
            ("[[rule]]\nid = \"a\"\nwhy = \"w\"\neffect = { verb = [\"push\"], root = [\"x\"] }\n", "root", 1),
            ("[[rule]]\nid = \"a\"\nwhy = \"w\"\nline = {}\n[[rule]]\nid = \"a\"\nwhy = \"w\"\n", "id", 6),
        ] {
            let complaint = complaint(text);
            assert_eq!((complaint.key.as_str(), complaint.line), (key, line), "{text}\n{complaint}");
            assert!(!complaint.expected.is_empty(), "{complaint}");
        }
    }
}
