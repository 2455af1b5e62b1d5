//! What a reading does.

use super::forms::Reading;
use super::operands::{self, Dealt};
use super::scan::Scan;
use crate::grammar::model::{Access, Arity, EffectSpec, Kind, OperandSpec};
use crate::grammar::{Argument, Deed, Doubt, Invocation, Known};
use crate::text::Span;

/// True for what neither changes anything nor sends anything out.
pub(in crate::grammar) fn harmless(access: Access) -> bool {
    matches!(access, Access::Read | Access::List | Access::Chdir | Access::Fetch | Access::Query)
}

/// Adds what the options and the readings do. What only some readings do is `possible`.
pub(super) fn collect(scan: &Scan<'_>, readings: &[Reading<'_>], invocation: &mut Invocation) {
    of_options(scan, invocation);
    let base = bases(scan);
    for level in &scan.levels {
        add_tags(invocation, &level.tags);
        invocation.context.extend(&level.context);
    }
    let mut lists: Vec<Vec<Deed>> = Vec::new();
    let mut doubts: Vec<Vec<Doubt>> = Vec::new();
    let readings_differ = readings.len() > 1;
    for reading in readings {
        add_tags(invocation, reading.tags);
        let dealt = operands::deal_around(reading.operands, &scan.operands, scan.dashes);
        let mut deeds = Vec::new();
        for (spec, group) in reading.operands.iter().zip(&dealt.groups) {
            of_operand(spec, group, &dealt, &base, &mut deeds, invocation);
        }
        for effect in reading.effects {
            of_effect(scan, effect, reading, &dealt, &base, &mut deeds);
        }
        for given in &scan.given {
            for effect in given.option.spec.iter().flat_map(|spec| &spec.effects) {
                of_effect(scan, effect, reading, &dealt, &base, &mut deeds);
            }
        }
        for deed in deeds.iter_mut().filter(|deed| is_outward(deed)) {
            common_facts(scan, reading, &dealt, deed);
        }
        let surplus = dealt.extra.iter().filter(|_| !scan.deepest().any_options);
        let reason = "more operands than are known";
        let mut own: Vec<Doubt> =
            surplus.map(|argument| Doubt { argument: Some(argument.clone()), reason: reason.into() }).collect();
        // `--all` and its like stand in for the names of what is meant.
        if let Some(argument) = scan.unlisted.as_ref().filter(|_| dealt.short) {
            let reason = "an operand is missing that it may stand in for";
            own.push(Doubt { argument: Some(argument.clone()), reason: reason.into() });
        }
        doubts.push(own);
        lists.push(deeds);
    }
    // An argument too many for one reading alone speaks for the others.
    if let Some(fewest) = doubts.into_iter().min_by_key(Vec::len) {
        invocation.doubts.extend(fewest);
    }
    let mut merged: Vec<Deed> = Vec::new();
    for (number, deeds) in lists.iter().enumerate() {
        for deed in deeds {
            let everywhere = lists.iter().enumerate().all(|(other, list)| other == number || list.contains(deed));
            let mut deed = deed.clone();
            deed.possible |= readings_differ && !everywhere;
            if !merged.contains(&deed) {
                merged.push(deed);
            }
        }
    }
    invocation.deeds.append(&mut merged);
}

/// Adds labels and what is done to option-arguments.
pub(super) fn of_options(scan: &Scan<'_>, invocation: &mut Invocation) {
    let base = bases(scan);
    for given in &scan.given {
        let Some(spec) = given.option.spec else { continue };
        add_tags(invocation, &spec.tags);
        let words: Vec<Argument> =
            if spec.rest { given.rest.clone() } else { given.argument.iter().cloned().collect() };
        if spec.kind == Kind::Variable {
            invocation.variables.extend(words.iter().cloned());
        }
        for access in &spec.access {
            if *access == Access::Chdir || words.is_empty() {
                continue;
            }
            let kind = kind_of(spec.kind, *access);
            if !is_stream(*access, kind, &words) {
                let language = spec.language.clone();
                let appended = spec.appended;
                invocation.deeds.push(Deed { language, appended, ..plain(*access, kind, words.clone(), &base) });
            }
        }
    }
}

fn of_operand(
    spec: &OperandSpec,
    group: &[Argument],
    dealt: &Dealt,
    base: &[Argument],
    deeds: &mut Vec<Deed>,
    invocation: &mut Invocation,
) {
    if spec.kind == Kind::Variable {
        for argument in group {
            if !invocation.variables.contains(argument) {
                invocation.variables.push(argument.clone());
            }
        }
    }
    for access in &spec.access {
        let kind = kind_of(spec.kind, *access);
        let (language, tags) = (spec.language.clone(), spec.tags.clone());
        if group.is_empty() {
            continue;
        }
        if kind == Kind::Shell && group.len() > 1 {
            let text = joined(group).into_iter().collect();
            deeds.push(Deed { possible: dealt.uncertain, language, tags, ..plain(*access, kind, text, base) });
            continue;
        }
        if kind == Kind::Command {
            let words = group.to_vec();
            deeds.push(Deed { possible: dealt.uncertain, language, tags, ..plain(*access, kind, words, base) });
            continue;
        }
        for argument in group {
            let words = vec![argument.clone()];
            if !is_stream(*access, kind, &words) {
                deeds.push(Deed {
                    possible: dealt.uncertain,
                    language: language.clone(),
                    tags: tags.clone(),
                    ..plain(*access, kind, words, base)
                });
            }
        }
    }
}

fn of_effect(
    scan: &Scan<'_>,
    effect: &EffectSpec,
    reading: &Reading<'_>,
    dealt: &Dealt,
    base: &[Argument],
    deeds: &mut Vec<Deed>,
) {
    let kind = kind_of(effect.kind, effect.access);
    let mut facts = Vec::new();
    let mut sources = Vec::new();
    for (name, source) in &effect.facts {
        let found = values(scan, source, reading, dealt);
        // One name is made up from each of them (`curl -O URL URL`).
        if name == "from" && found.len() > 1 {
            sources = found;
        } else if let Some(value) = joined(&found) {
            facts.push((name.clone(), value));
        }
    }
    let found = values(scan, &effect.target, reading, dealt);
    let together = Deed {
        language: effect.language.clone(),
        facts,
        tags: effect.tags.clone(),
        possible: effect.possible,
        ..plain(effect.access, kind, Vec::new(), base)
    };
    if found.is_empty() {
        if !missing(effect, reading) {
            deeds.push(together);
        }
    } else if kind == Kind::Command {
        deeds.push(Deed { arguments: found, ..together });
    } else {
        for argument in found {
            let words = vec![argument];
            if is_stream(effect.access, kind, &words) {
                continue;
            }
            if sources.is_empty() {
                deeds.push(Deed { arguments: words.clone(), ..together.clone() });
            }
            for source in &sources {
                let mut deed = Deed { arguments: words.clone(), ..together.clone() };
                deed.facts.push(("from".to_owned(), source.clone()));
                deeds.push(deed);
            }
        }
    }
}

/// Adds the facts that a level states for all it does; those of the deed and of deeper levels win.
fn common_facts(scan: &Scan<'_>, reading: &Reading<'_>, dealt: &Dealt, deed: &mut Deed) {
    for (name, source) in scan.levels.iter().rev().flat_map(|level| &level.facts) {
        if !deed.facts.iter().any(|(known, _)| known == name)
            && let Some(value) = joined(&values(scan, source, reading, dealt))
        {
            deed.facts.push((name.clone(), value));
        }
    }
}

/// True for what goes to, or comes from, something else than this machine's files.
fn is_outward(deed: &Deed) -> bool {
    deed.access >= Access::Fetch || deed.access == Access::Code || deed.kind == Kind::RemotePath
}

/// True when the target is an operand the tool insists on: without it, usage is printed.
fn missing(effect: &EffectSpec, reading: &Reading<'_>) -> bool {
    let mut named = reading.operands.iter().filter(|spec| spec.name == effect.target);
    named.any(|spec| matches!(spec.arity, Arity::One | Arity::Some))
}

/// What a target or fact names; several names, separated by blanks, one behind the other.
fn values(scan: &Scan<'_>, source: &str, reading: &Reading<'_>, dealt: &Dealt) -> Vec<Argument> {
    if let Some(text) = source.strip_prefix('=') {
        return vec![Argument::exactly(text.as_bytes(), Span::default())];
    }
    let mut found = Vec::new();
    for name in source.split_ascii_whitespace() {
        if name.starts_with(['-', '+']) {
            found.extend(scan.all(name).flat_map(|given| given.argument.iter().chain(&given.rest).cloned()));
        } else {
            let named = reading.operands.iter().zip(&dealt.groups).filter(|(spec, _)| spec.name == name);
            found.extend(named.flat_map(|(_, group)| group.iter().cloned()));
        }
    }
    found
}

/// Several arguments as one, with blanks between; unknown behind the first unknown one.
fn joined(arguments: &[Argument]) -> Option<Argument> {
    let [first, rest @ ..] = arguments else { return None };
    let mut all = first.clone();
    for argument in rest {
        all.span = all.span.to(argument.span);
        let Known::Exactly(bytes) = &mut all.value else { break };
        if all.many {
            break;
        }
        match &argument.value {
            Known::Exactly(more) if !argument.many => {
                bytes.push(b' ');
                bytes.extend_from_slice(more);
            }
            _ => all.value = Known::Begins(std::mem::take(bytes)),
        }
    }
    Some(all)
}

/// The directories paths are relative to.
fn bases(scan: &Scan<'_>) -> Vec<Argument> {
    let chdir =
        scan.given.iter().filter(|given| given.option.spec.is_some_and(|spec| spec.access.contains(&Access::Chdir)));
    chdir.filter_map(|given| given.argument.clone()).collect()
}

fn add_tags(invocation: &mut Invocation, tags: &[String]) {
    for tag in tags {
        if !invocation.tags.contains(tag) {
            invocation.tags.push(tag.clone());
        }
    }
}

fn plain(access: Access, kind: Kind, arguments: Vec<Argument>, base: &[Argument]) -> Deed {
    Deed {
        access,
        kind,
        arguments,
        base: base.to_vec(),
        language: String::new(),
        facts: Vec::new(),
        tags: Vec::new(),
        possible: false,
        appended: false,
    }
}

/// `-` is a standard stream where a file is read or written (a file where a name is).
fn is_stream(access: Access, kind: Kind, words: &[Argument]) -> bool {
    let file = matches!(access, Access::Read | Access::List | Access::Write | Access::Append | Access::Modify);
    file && kind == Kind::Path && matches!(words, [word] if word.literal() == Some(b"-"))
}

/// The kind a grammar left out.
pub(in crate::grammar) fn kind_of(kind: Kind, access: Access) -> Kind {
    match (kind, access) {
        (Kind::Default, Access::Command) => Kind::Command,
        (Kind::Default, Access::Shell) => Kind::Shell,
        (Kind::Default, Access::Execute | Access::Source | Access::Code) => Kind::Path,
        (Kind::Default, access) if (Access::Read..=Access::Wipe).contains(&access) => Kind::Path,
        (Kind::Default, access) if (Access::GitIndex..=Access::GitHistory).contains(&access) => Kind::Git,
        (Kind::Default, _) => Kind::Text,
        (kind, _) => kind,
    }
}
