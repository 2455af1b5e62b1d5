//! `agentshctl explain`: what a line would do, as a tree.

use super::super::args::Args;
use super::super::dialogue::converse;
use super::super::failure::Result;
use super::super::judging::Bench;
use super::super::paper::{Paper, warn};
use super::super::registry::{Flag, Verb};
use super::super::scope_page::scope_page;
use crate::approval::Appraisal;
use crate::effect::{Certainty, Effect, Invoked, Reversibility};
use crate::guard::{gains_privilege, privilege_reason};
use crate::policy::{Decision, Extent, Reason, Watch};
use crate::ui::{
    Diagnostic, Style, Tone, decision_text, deed, labels, name_of, phrase, prospect, visible, visible_bytes,
};
use std::ffi::OsStr;
use std::io::IsTerminal;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

pub(super) static VERB: Verb = Verb {
    name: "explain",
    summary: "say what a line would do, command by command",
    usage: "[--cwd=DIR] [--all] [--scope] [-- LINE]",
    about: &[
        "Shows the line with the effects underlined, the commands with their effects on resolved objects, the rules that matched, what was not understood and what would be captured.",
        "Without LINE, on a terminal, it asks for lines one after another.",
    ],
    flags: &[
        Flag::value(Some('C'), "cwd", "DIR", "explain as if started in DIR"),
        Flag::switch(Some('a'), "all", "every effect, however many a command has"),
        Flag::switch(None, "scope", "where files may be changed and what may be connected to, in force here"),
    ],
    words: &[],
    statuses: &[(125, "wrong usage, or internal failure")],
    run,
};

/// Effects of one command that are shown.
const MOST: usize = 10;

fn run(args: &Args, paper: &mut Paper) -> Result {
    let mut bench = Bench::new(args.value("cwd").map(Path::new))?;
    if args.has("scope") {
        scope_page(&bench, paper);
        return Ok(0);
    }
    let most = if args.has("all") { usize::MAX } else { MOST };
    if args.operands.is_empty() && std::io::stdin().is_terminal() {
        return converse("line> ", |line| {
            explain(&mut bench, line.as_bytes(), most, paper)?;
            paper.flush();
            Ok(0)
        });
    }
    let line = args.one(&VERB, "the line (one operand, quoted)")?.as_bytes();
    explain(&mut bench, line, most, paper)
}

fn explain(bench: &mut Bench, line: &[u8], most: usize, paper: &mut Paper) -> Result {
    let appraisal = bench.appraise(None, line)?;
    for complaint in bench.complaints() {
        warn(&format!("warning: {}\n", visible(&complaint)));
    }
    let style = paper.style;
    if let Some(note) = carried_by(&appraisal) {
        paper.line(&style.faint(&note));
    }
    paper.write(&underlined(&appraisal).render(style));
    paper.line("");
    tree(&appraisal, most, paper);
    gaps(&appraisal, paper);
    let verdict = &appraisal.verdict;
    for obligation in verdict.obligations.iter().take(most) {
        let path = visible_bytes(obligation.path.as_os_str().as_bytes());
        paper.line(&format!("kept first: {path}{}", extent_text(obligation.extent)));
    }
    if let Some(more) = verdict.obligations.len().checked_sub(most).filter(|more| *more > 0) {
        paper.line(&format!("… and {more} more paths (--all shows them)"));
    }
    let guarded = bench.here().loaded().policy.settings().guard.unwrap_or_default() != Watch::Off;
    if let Some(program) = gains_privilege(&appraisal).filter(|_| guarded) {
        let reason = privilege_reason(&program);
        paper.line(&format!("{} by {}: {}", style.wary("ask"), reason.rule, visible(&reason.why)));
    }
    paper.line(&format!(
        "verdict: {}, {}",
        tone(style, verdict.decision, &decision_text(verdict)),
        prospect(verdict.reversibility)
    ));
    Ok(0)
}

/// What besides the name itself is kept.
fn extent_text(extent: Extent) -> &'static str {
    match extent {
        Extent::Name => " (that it is not there yet)",
        Extent::Metadata => " (mode, owner, times)",
        Extent::Unlinked | Extent::Contents => "",
        Extent::MetadataTree => " and everything below it (mode, owner, times)",
        Extent::UnlinkedTree | Extent::ContentsTree => " and everything below it",
        Extent::GitIndex => " (the index)",
        Extent::GitState => " (refs, logs, index, configuration)",
        Extent::GitWorktree => " (refs, index) and the tracked files of its work tree",
        Extent::GitUntracked => " (refs, index) and the tracked and untracked files of its work tree",
        Extent::GitIgnored => " (refs, index) and all files of its work tree, ignored ones too",
    }
}

/// Says that a wrapper carries what is judged.
pub(super) fn carried_by(appraisal: &Appraisal) -> Option<String> {
    let carried = appraisal.carried.as_ref()?;
    Some(match carried.line {
        Some(_) => format!("the line that {} put into its wrapper:", carried.agent),
        None => format!("what {} runs when it starts; the person's own start-up files are not judged", carried.agent),
    })
}

/// The line with every effect underlined that changes something, and every gap.
pub(super) fn underlined(appraisal: &Appraisal) -> Diagnostic {
    let verdict = &appraisal.verdict;
    let mut diagnostic = Diagnostic::new(appraisal.reading.source.clone());
    for (index, effect) in verdict.effects.iter().enumerate() {
        if effect.reversibility == Reversibility::ReadOnly
            && !verdict.reasons.iter().any(|reason| reason.effect == Some(index))
        {
            continue;
        }
        let tone = match strictest(verdict.reasons.iter(), index) {
            Some(Decision::Deny) => Tone::Bad,
            Some(Decision::Ask) => Tone::Wary,
            _ => Tone::Note,
        };
        diagnostic = diagnostic.mark(effect.span, &phrase(effect), tone);
    }
    for (span, why) in &appraisal.assessment.gaps {
        diagnostic = diagnostic.mark(*span, &format!("not understood: {why}"), Tone::Wary);
    }
    diagnostic
}

fn strictest<'a>(reasons: impl Iterator<Item = &'a Reason>, effect: usize) -> Option<Decision> {
    reasons.filter(|reason| reason.effect == Some(effect)).map(|reason| reason.decision).max()
}

fn tone(style: Style, decision: Decision, text: &str) -> String {
    match decision {
        Decision::Allow => style.good(text),
        Decision::Ask => style.wary(text),
        Decision::Deny => style.bad(text),
    }
}

/// Each command with its effects below it. An effect belongs to the shortest command whose bytes hold it.
fn tree(appraisal: &Appraisal, most: usize, paper: &mut Paper) {
    let style = paper.style;
    let commands = &appraisal.assessment.commands;
    let verdict = &appraisal.verdict;
    let mut said = Vec::new();
    let owner = |effect: &Effect| {
        let holding = |command: &&Invoked| command.span.contains(effect.span);
        let shortest = commands.iter().filter(holding).map(|command| command.span.len()).min()?;
        let mut candidates =
            commands.iter().enumerate().filter(|(_, command)| holding(command) && command.span.len() == shortest);
        let first = candidates.clone().next().map(|(index, _)| index);
        // The same words may run several times, as in a loop: then the argument tells which time.
        candidates.find(|(_, command)| names_object(command, effect)).map(|(index, _)| index).or(first)
    };
    for (index, command) in commands.iter().enumerate() {
        let last = index + 1 == commands.len();
        let argv: Vec<String> = command.argv.iter().map(|argument| quoted(argument)).collect();
        let file = command.file.as_ref().map(|file| style.faint(&format!("  ({})", visible(&file.to_string_lossy()))));
        paper.line(&format!(
            "{} {}{}",
            if last { "└─" } else { "├─" },
            style.strong(&argv.join(" ")),
            file.unwrap_or_default()
        ));
        let bar = if last { "  " } else { "│ " };
        let mut own: Vec<(usize, &Effect)> =
            verdict.effects.iter().enumerate().filter(|(_, effect)| owner(effect) == Some(index)).collect();
        let more = own.len().saturating_sub(most);
        if more > 0 {
            // What is left out is never graver than what is shown.
            own.sort_by_key(|(number, _)| std::cmp::Reverse(strictest(verdict.reasons.iter(), *number)));
            own.truncate(most);
        }
        let any = !own.is_empty();
        for (number, effect) in own {
            paper.line(&format!("{bar}    {}", effect_text(effect)));
            reasons(appraisal, Some(number), bar, &mut said, paper);
        }
        if more > 0 {
            paper.line(&style.faint(&format!("{bar}    … and {more} more effects (--all shows them)")));
        }
        if !any {
            paper.line(&style.faint(&format!("{bar}    changes nothing")));
        }
    }
    for (number, effect) in verdict.effects.iter().enumerate().filter(|(_, effect)| owner(effect).is_none()) {
        paper.line(&format!("   {}", effect_text(effect)));
        reasons(appraisal, Some(number), "", &mut said, paper);
    }
    reasons(appraisal, None, "", &mut said, paper);
}

/// True when an operand of the command ends as the effect's object does.
fn names_object(command: &Invoked, effect: &Effect) -> bool {
    let Some(path) = effect.object.as_path() else { return false };
    let name = path.file_name().unwrap_or_default().as_bytes();
    command
        .argv
        .iter()
        .skip(1)
        .any(|argument| Path::new(OsStr::from_bytes(argument)).file_name() == Some(OsStr::from_bytes(name)))
}

/// The strictest rule of an effect is told in full the first time it decides, the others by name.
fn reasons(appraisal: &Appraisal, effect: Option<usize>, bar: &str, said: &mut Vec<String>, paper: &mut Paper) {
    let reasons: Vec<&Reason> = appraisal.verdict.reasons.iter().filter(|reason| reason.effect == effect).collect();
    let Some((reason, others)) = reasons.split_first() else { return };
    let style = paper.style;
    let head = tone(style, reason.decision, &format!("{} by {}", name_of(&reason.decision), visible(&reason.rule)));
    if said.contains(&reason.rule) {
        paper.line(&format!("{bar}      {head} (as above)"));
    } else {
        said.push(reason.rule.clone());
        paper.line(&format!("{bar}      {head}: {}", visible(&reason.why)));
        if !reason.instead.is_empty() {
            paper.line(&format!("{bar}        instead: {}", visible(&reason.instead)));
        }
    }
    if !others.is_empty() {
        let names: Vec<&str> = others.iter().map(|reason| reason.rule.as_str()).collect();
        paper.line(&style.faint(&format!("{bar}        also by {}", visible(&names.join(", ")))));
    }
}

fn effect_text(effect: &Effect) -> String {
    let perhaps = if effect.certainty == Certainty::Possible { "perhaps " } else { "" };
    let labels = labels(&effect.tags);
    let tags = if labels.is_empty() { String::new() } else { format!(" [{}]", visible(&labels.join(", "))) };
    let prospect = match effect.reversibility {
        Reversibility::ReadOnly => String::new(),
        other => format!(": {}", prospect(other)),
    };
    format!("{perhaps}{}{tags}{prospect}", visible(&deed(effect)))
}

fn gaps(appraisal: &Appraisal, paper: &mut Paper) {
    let assessment = &appraisal.assessment;
    for (span, why) in &assessment.gaps {
        let (line, column) = appraisal.reading.source.line_column(span.start);
        paper.line(&format!("not understood at {line}:{column}: {}", visible(why)));
    }
    if !assessment.unknown_programs.is_empty() {
        paper.line(&format!("no grammar for: {}", visible(&assessment.unknown_programs.join(", "))));
    }
}

/// An argument as one would type it.
fn quoted(argument: &[u8]) -> String {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-./=:@%+,~".contains(byte);
    match std::str::from_utf8(argument) {
        Ok(text) if !text.is_empty() && (argument.iter().all(plain) || text.ends_with('…')) => {
            visible(text).into_owned()
        }
        _ => format!("'{}'", visible_bytes(argument).replace('\'', "'\\''")),
    }
}
