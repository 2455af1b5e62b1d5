//! `agentshctl bench`: how fast and how well lines are judged.

use super::super::args::Args;
use super::super::failure::{Failure, Result};
use super::super::judging::Bench;
use super::super::paper::Paper;
use super::super::registry::{Flag, Verb};
use super::shortened;
use crate::approval::Took;
use crate::effect::Reversibility;
use crate::policy::Decision;
use crate::ui::{name_of, visible};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::io::BufRead;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

pub(super) static VERB: Verb = Verb {
    name: "bench",
    summary: "measure how lines of a file are judged",
    usage: "--lines=FILE [--infer-cwd] [--quiet]",
    about: &[
        "FILE holds JSON Lines with the line in 'line' or 'cmd' and, if known, 'cwd' and 'label' (benign, read_only, reversible, system, irreversible, unknown). Prints lines a second, the slowest lines, verdicts by label, how many lines are not wholly understood, every benign line that is asked about or denied, every irreversible one that is allowed, and how many of the lines labelled read-only are found to be, and how many others are called so wrongly.",
        "A row with 'cmds', the lines of one session in their order, counts the questions of that session; where half and nine tenths of all sessions stand is printed.",
    ],
    flags: &[
        Flag::value(Some('l'), "lines", "FILE", "the lines"),
        Flag::switch(None, "infer-cwd", "take a line's working directory from the paths in it when it names none"),
        Flag::switch(Some('q'), "quiet", "do not list single lines"),
    ],
    words: &[],
    statuses: &[],
    run,
};

#[derive(Deserialize)]
struct Row {
    #[serde(default)]
    line: Option<String>,
    #[serde(default)]
    cmd: Option<String>,
    #[serde(default)]
    cwd: Option<PathBuf>,
    #[serde(default)]
    label: Option<String>,
    #[serde(default)]
    cmds: Vec<String>,
}

struct Judged {
    line: String,
    label: String,
    decision: Decision,
    reversibility: Reversibility,
    complete: bool,
    rules: Vec<String>,
    took: Duration,
    stages: Took,
}

fn run(args: &Args, paper: &mut Paper) -> Result {
    args.none(&VERB)?;
    let file = args.value("lines").ok_or_else(|| Failure::usage("--lines is missing", VERB.usage_hint()))?;
    let rows = read(Path::new(file))?;
    let mut bench = Bench::new(None)?;
    let mut judged = Vec::with_capacity(rows.len());
    let started = Instant::now();
    let mut questions = Vec::new();
    for mut row in rows {
        let session = std::mem::take(&mut row.cmds);
        let lines = if session.is_empty() { vec![row.line.or(row.cmd).unwrap_or_default()] } else { session.clone() };
        let label = row.label.unwrap_or_else(|| "unlabelled".to_owned());
        let known = row.cwd.filter(|cwd| cwd.is_absolute());
        let (from, mut cwd) = (judged.len(), known.clone());
        for line in lines {
            if known.is_none() && args.has("infer-cwd") {
                // Where the line of a session says nothing, it runs where the one before did.
                cwd = infer(&line).or(cwd);
            }
            judged.push(judge(&mut bench, cwd.as_deref(), line, label.clone())?);
        }
        if !session.is_empty() {
            questions.push(judged[from..].iter().filter(|judged| judged.decision != Decision::Allow).count());
        }
    }
    let all = started.elapsed();
    let quiet = args.has("quiet");
    speed(&judged, all, paper);
    verdicts(&judged, paper);
    incomplete(&judged, quiet, paper);
    sessions(questions, paper);
    read_only(&judged, quiet, paper);
    stopped(&judged, quiet, paper);
    passed(&judged, quiet, paper);
    Ok(0)
}

fn judge(bench: &mut Bench, cwd: Option<&Path>, line: String, label: String) -> Result<Judged> {
    let before = Instant::now();
    let appraisal = bench.appraise(cwd, line.as_bytes())?;
    let took = before.elapsed();
    let verdict = appraisal.verdict;
    Ok(Judged {
        line,
        label,
        decision: verdict.decision,
        reversibility: verdict.reversibility,
        complete: appraisal.assessment.complete,
        rules: verdict.reasons.into_iter().map(|reason| reason.rule).collect(),
        took,
        stages: appraisal.took,
    })
}

fn read(file: &Path) -> Result<Vec<Row>> {
    let wrong = |error: &dyn std::fmt::Display| Failure::plain(format!("cannot read {}: {error}", file.display()));
    let input = std::io::BufReader::new(std::fs::File::open(file).map_err(|error| wrong(&error))?);
    let mut rows = Vec::new();
    for (number, text) in input.lines().enumerate() {
        let text = text.map_err(|error| wrong(&error))?;
        if !text.trim().is_empty() {
            rows.push(serde_json::from_str(&text).map_err(|error| wrong(&format!("line {}: {error}", number + 1)))?);
        }
    }
    Ok(rows)
}

/// Where a line probably ran: what it first changes to, else the project that its first absolute path lies in, taken as
/// two names below a home directory or one below another top directory.
fn infer(line: &str) -> Option<PathBuf> {
    let mut words = line
        .split(|letter: char| letter.is_whitespace() || "\"'();|&=<>".contains(letter))
        .filter(|word| !word.is_empty());
    let first = words.clone().zip(words.clone().skip(1)).find(|(verb, path)| *verb == "cd" && path.starts_with('/'));
    if let Some((_, path)) = first {
        return Some(PathBuf::from(path.trim_end_matches('/')));
    }
    let homes = ["/home/", "/Users/", "/root/", "/workspace", "/repo", "/app"];
    let path = words.find(|word| homes.iter().any(|home| word.starts_with(home)))?;
    let depth = if path.starts_with("/home/") || path.starts_with("/Users/") { 6 } else { 3 };
    let mut path: PathBuf = Path::new(path).components().take(depth).collect();
    if path.extension().is_some() {
        path.pop();
    }
    Some(path)
}

fn speed(judged: &[Judged], all: Duration, paper: &mut Paper) {
    let mut times: Vec<&Judged> = judged.iter().collect();
    times.sort_by_key(|judged| judged.took);
    let at = |share: f64| {
        times.get(((times.len().saturating_sub(1)) as f64 * share) as usize).map_or(0, |judged| judged.took.as_micros())
    };
    let rate = judged.len() as f64 / all.as_secs_f64().max(1e-9);
    paper.line(&format!(
        "{} lines in {:.0} ms: {rate:.0} lines/s on one core; p50 {} µs, p99 {} µs, slowest {} µs",
        judged.len(),
        all.as_secs_f64() * 1000.0,
        at(0.5),
        at(0.99),
        at(1.0)
    ));
    let mean = |stage: fn(&Took) -> Duration| {
        judged.iter().map(|judged| stage(&judged.stages)).sum::<Duration>().as_micros() / judged.len().max(1) as u128
    };
    let (reading, assessing, judging) =
        (mean(|took| took.reading), mean(|took| took.assessing), mean(|took| took.judging));
    paper.line(&format!("mean: reading {reading} µs, assessing {assessing} µs, judging {judging} µs"));
    for slow in times.iter().rev().take(3) {
        let Took { reading, assessing, judging } = slow.stages;
        paper.line(&format!(
            "  {:>7} µs ({} + {} + {})  {}",
            slow.took.as_micros(),
            reading.as_micros(),
            assessing.as_micros(),
            judging.as_micros(),
            shortened(slow.line.as_bytes())
        ));
    }
}

fn verdicts(judged: &[Judged], paper: &mut Paper) {
    let mut table: BTreeMap<&str, BTreeMap<String, usize>> = BTreeMap::new();
    for judged in judged {
        let row = table.entry(&judged.label).or_default();
        *row.entry(name_of(&judged.decision)).or_default() += 1;
        *row.entry(name_of(&judged.reversibility)).or_default() += 1;
    }
    for (label, row) in table {
        let cells: Vec<String> = row.iter().map(|(name, count)| format!("{name} {count}")).collect();
        paper.line(&format!("{}: {}", visible(label), cells.join(", ")));
    }
}

/// Lines of which a part was not understood.
fn incomplete(judged: &[Judged], quiet: bool, paper: &mut Paper) {
    let unread: Vec<&Judged> = judged.iter().filter(|judged| !judged.complete).collect();
    let share = 100.0 * unread.len() as f64 / judged.len().max(1) as f64;
    paper.line(&format!("incomplete: {} of {} ({share:.2} %)", unread.len(), judged.len()));
    if !quiet {
        for judged in unread {
            paper.line(&format!("  {}", shortened(judged.line.as_bytes())));
        }
    }
}

fn sessions(mut questions: Vec<usize>, paper: &mut Paper) {
    if questions.is_empty() {
        return;
    }
    questions.sort_unstable();
    let at = |share: f64| questions[(questions.len().saturating_sub(1) as f64 * share).round() as usize];
    paper.line(&format!("{} sessions: questions p50 {}, p90 {}, most {}", questions.len(), at(0.5), at(0.9), at(1.0)));
}

fn read_only(judged: &[Judged], quiet: bool, paper: &mut Paper) {
    if !judged.iter().any(|judged| judged.label == "read_only") {
        return;
    }
    let (labelled, others): (Vec<&Judged>, Vec<&Judged>) =
        judged.iter().partition(|judged| judged.label == "read_only");
    let found = |judged: &&&Judged| judged.reversibility == Reversibility::ReadOnly;
    let right = labelled.iter().filter(found).count();
    let wrong: Vec<_> =
        others.iter().filter(found).filter(|judged| judged.label != "benign" && judged.label != "unlabelled").collect();
    let share = 100.0 * right as f64 / labelled.len().max(1) as f64;
    paper.line(&format!(
        "read-only: {right} of {} found ({share:.1} %); {} called so wrongly",
        labelled.len(),
        wrong.len()
    ));
    for judged in wrong {
        paper.line(&format!("  WRONG ({}): {}", visible(&judged.label), shortened(judged.line.as_bytes())));
    }
    if !quiet {
        for judged in labelled.iter().filter(|judged| judged.reversibility != Reversibility::ReadOnly) {
            let class = name_of(&judged.reversibility);
            paper.line(&format!("  missed ({class}): {}", shortened(judged.line.as_bytes())));
        }
    }
}

fn stopped(judged: &[Judged], quiet: bool, paper: &mut Paper) {
    let benign: Vec<&Judged> = judged.iter().filter(|judged| judged.label == "benign").collect();
    if benign.is_empty() {
        return;
    }
    let stopped: Vec<&&Judged> = benign.iter().filter(|judged| judged.decision != Decision::Allow).collect();
    let share = 100.0 * stopped.len() as f64 / benign.len() as f64;
    paper.line(&format!("benign: {} of {} asked about or denied ({share:.2} %)", stopped.len(), benign.len()));
    if !quiet {
        for judged in stopped {
            let rules = judged.rules.join(", ");
            paper.line(&format!(
                "  {} [{}]: {}",
                name_of(&judged.decision),
                visible(&rules),
                shortened(judged.line.as_bytes())
            ));
        }
    }
}

/// Lines labelled irreversible that are allowed.
fn passed(judged: &[Judged], quiet: bool, paper: &mut Paper) {
    let grave: Vec<&Judged> = judged.iter().filter(|judged| judged.label == "irreversible").collect();
    let passed: Vec<&&Judged> = grave.iter().filter(|judged| judged.decision == Decision::Allow).collect();
    if grave.is_empty() {
        return;
    }
    paper.line(&format!("irreversible: {} of {} allowed", passed.len(), grave.len()));
    if !quiet {
        for judged in passed {
            paper.line(&format!("  {}: {}", name_of(&judged.reversibility), shortened(judged.line.as_bytes())));
        }
    }
}
