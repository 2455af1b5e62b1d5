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
    Diagnostic, Style, Tone, decision_text, deed, labels, name_of, outlook, phrase, prospect, visible, visible_bytes,
};
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
        Extent::NewNames => "… (names that are not there yet)",
        Extent::Names => "… (all names that begin so)",
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

/// The commands as a tree: what a command runs stands below it, and each effect below what has it.
struct Tree<'a> {
    appraisal: &'a Appraisal,
    most: usize,
    /// The effects of each command.
    own: Vec<Vec<usize>>,
    /// Effects and rules that were told already.
    told: Vec<usize>,
    said: Vec<String>,
}

fn tree(appraisal: &Appraisal, most: usize, paper: &mut Paper) {
    let commands = &appraisal.assessment.commands;
    let mut tree = Tree { appraisal, most, own: vec![Vec::new(); commands.len()], told: Vec::new(), said: Vec::new() };
    let mut nobodys = Vec::new();
    for (number, effect) in appraisal.verdict.effects.iter().enumerate() {
        let owners = match effect.commands.is_empty() {
            true => around(commands, effect).into_iter().collect(),
            false => effect.commands.clone(),
        };
        for owner in &owners {
            if let Some(own) = tree.own.get_mut(*owner) {
                own.push(number);
            }
        }
        if owners.is_empty() {
            nobodys.push(number);
        }
    }
    tree.level(None, "", paper);
    for number in nobodys {
        tree.effect(number, "", paper);
    }
    tree.reasons(None, "", paper);
}

/// The shortest command whose bytes hold what the shell itself does, such as a redirection.
fn around(commands: &[Invoked], effect: &Effect) -> Option<usize> {
    let holding = commands.iter().enumerate().filter(|(_, command)| command.span.contains(effect.span));
    holding.min_by_key(|(index, command)| (command.span.len(), *index)).map(|(index, _)| index)
}

impl Tree<'_> {
    /// The commands that `parent` runs, or the line itself.
    fn level(&mut self, parent: Option<usize>, bar: &str, paper: &mut Paper) {
        let commands = &self.appraisal.assessment.commands;
        let level: Vec<usize> = (0..commands.len())
            .filter(|index| commands[*index].within.filter(|within| within < index) == parent)
            .collect();
        for index in &level {
            let last = level.last() == Some(index);
            self.command(*index, bar, last, paper);
        }
    }

    fn command(&mut self, index: usize, bar: &str, last: bool, paper: &mut Paper) {
        let style = paper.style;
        let command = &self.appraisal.assessment.commands[index];
        let argv: Vec<String> = command.argv.iter().map(|argument| quoted(argument)).collect();
        let file = command.file.as_ref().map(|file| style.faint(&format!("  ({})", visible(&file.to_string_lossy()))));
        paper.line(&format!(
            "{bar}{} {}{}",
            if last { "└─" } else { "├─" },
            style.strong(&argv.join(" ")),
            file.unwrap_or_default()
        ));
        let bar = format!("{bar}{} ", if last { "  " } else { "│ " });
        let runs = self.appraisal.assessment.commands[index + 1..].iter().any(|other| other.within == Some(index));
        let below = if runs { format!("{bar}│  ") } else { format!("{bar}   ") };
        let mut own = std::mem::take(&mut self.own[index]);
        let more = own.len().saturating_sub(self.most);
        if more > 0 {
            // What is left out is never graver than what is shown.
            let reasons = &self.appraisal.verdict.reasons;
            own.sort_by_key(|number| std::cmp::Reverse(strictest(reasons.iter(), *number)));
            own.truncate(self.most);
        }
        for number in &own {
            self.effect(*number, &below, paper);
        }
        if more > 0 {
            paper.line(&style.faint(&format!("{below}… and {more} more effects (--all shows them)")));
        }
        if own.is_empty() && !runs {
            paper.line(&style.faint(&format!("{below}changes nothing")));
        }
        self.level(Some(index), &bar, paper);
    }

    fn effect(&mut self, number: usize, bar: &str, paper: &mut Paper) {
        let text = effect_text(&self.appraisal.verdict.effects[number]);
        if self.told.contains(&number) {
            paper.line(&format!("{bar}{text} (as above)"));
            return;
        }
        self.told.push(number);
        paper.line(&format!("{bar}{text}"));
        self.reasons(Some(number), bar, paper);
    }

    /// The strictest rule of an effect is told in full the first time it decides, the others by name.
    fn reasons(&mut self, effect: Option<usize>, bar: &str, paper: &mut Paper) {
        let all = &self.appraisal.verdict.reasons;
        let reasons: Vec<&Reason> = all.iter().filter(|reason| reason.effect == effect).collect();
        let Some((reason, others)) = reasons.split_first() else { return };
        let style = paper.style;
        let head = tone(style, reason.decision, &format!("{} by {}", name_of(&reason.decision), visible(&reason.rule)));
        if self.said.contains(&reason.rule) {
            paper.line(&format!("{bar}  {head} (as above)"));
        } else {
            self.said.push(reason.rule.clone());
            paper.line(&format!("{bar}  {head}: {}", visible(&reason.why)));
            if !reason.instead.is_empty() {
                paper.line(&format!("{bar}    instead: {}", visible(&reason.instead)));
            }
        }
        if !others.is_empty() {
            let names: Vec<&str> = others.iter().map(|reason| reason.rule.as_str()).collect();
            paper.line(&style.faint(&format!("{bar}    also by {}", visible(&names.join(", ")))));
        }
    }
}

fn effect_text(effect: &Effect) -> String {
    let perhaps = if effect.certainty == Certainty::Possible { "perhaps " } else { "" };
    let labels = labels(&effect.tags);
    let tags = if labels.is_empty() { String::new() } else { format!(" [{}]", visible(&labels.join(", "))) };
    let prospect = match effect.reversibility {
        Reversibility::ReadOnly => String::new(),
        _ => format!(": {}", outlook(effect)),
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
