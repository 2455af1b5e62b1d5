//! `agentshctl check`: judges without running.

use super::super::args::Args;
use super::super::failure::{Failure, Result};
use super::super::judging::Bench;
use super::super::paper::{Paper, warn};
use super::super::registry::{Flag, Verb};
use crate::approval::Appraisal;
use crate::journal::Bytes;
use crate::policy::Decision;
use crate::ui::{Report, decision_text, prospect, visible};
use serde::Deserialize;
use std::ffi::OsStr;
use std::io::BufRead;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

pub(super) static VERB: Verb = Verb {
    name: "check",
    summary: "judge a line without running it",
    usage: "[--json] [--cwd=DIR] -- LINE | --batch [--cwd=DIR]",
    about: &[
        "Says what agentsh would decide about LINE. With --batch, reads one JSON object a line from standard input ({\"line\": …, \"cwd\": …, \"id\": …}) and answers one JSON line each, in order.",
    ],
    flags: &[
        Flag::switch(Some('j'), "json", "answer in JSON"),
        Flag::switch(Some('b'), "batch", "judge JSON Lines from standard input"),
        Flag::value(Some('C'), "cwd", "DIR", "judge as if started in DIR"),
    ],
    words: &[],
    statuses: &[
        (0, "allow; with --batch: every line was answered"),
        (1, "ask"),
        (2, "deny"),
        (125, "wrong usage, or internal failure; with --batch: some input was no JSON object with a line"),
    ],
    run,
};

fn run(args: &Args, paper: &mut Paper) -> Result {
    let mut bench = Bench::new(args.value("cwd").map(Path::new))?;
    if args.has("batch") {
        args.none(&VERB)?;
        return batch(bench, paper);
    }
    let line = args.one(&VERB, "the line (one operand, quoted)")?.as_bytes();
    let appraisal = bench.appraise(None, line)?;
    for complaint in bench.complaints() {
        warn(&format!("warning: {}\n", visible(&complaint)));
    }
    if args.has("json") {
        let report = Report::of(&serde_json::Value::Null, line, &appraisal.assessment, &appraisal.verdict);
        paper.json(&report.carrying(appraisal.inner()));
    } else {
        show(&appraisal, paper);
    }
    Ok(match appraisal.verdict.decision {
        Decision::Allow => 0,
        Decision::Ask => 1,
        Decision::Deny => 2,
    })
}

/// The verdict in words.
fn show(appraisal: &Appraisal, paper: &mut Paper) {
    let style = paper.style;
    let verdict = &appraisal.verdict;
    if let Some(note) = super::explain::carried_by(appraisal) {
        paper.line(&style.faint(&note));
    }
    let text = decision_text(verdict);
    let text = match verdict.decision {
        Decision::Allow => style.good(&text),
        Decision::Ask => style.wary(&text),
        Decision::Deny => style.bad(&text),
    };
    let incomplete = if appraisal.assessment.complete { "" } else { ", not wholly understood" };
    paper.line(&format!("{text}: {}{incomplete}", prospect(verdict.reversibility)));
    if !verdict.reasons.is_empty() {
        paper.write(&super::explain::underlined(appraisal).render(style));
    }
    let mut said: Vec<&str> = Vec::new();
    for reason in &verdict.reasons {
        if said.contains(&reason.rule.as_str()) {
            continue;
        }
        said.push(&reason.rule);
        paper.line(&format!("  {}: {}", style.strong(&visible(&reason.rule)), visible(&reason.why)));
        if !reason.instead.is_empty() {
            paper.line(&format!("    instead: {}", visible(&reason.instead)));
        }
    }
}

#[derive(Deserialize)]
struct Asked {
    line: Bytes,
    #[serde(default)]
    cwd: Option<Bytes>,
    #[serde(default)]
    id: serde_json::Value,
}

/// Lines judged together at most.
const TOGETHER: usize = 2048;
/// Lines a thread takes at a time.
const HANDFUL: usize = 16;

/// Answers line by line, several threads sharing what is at hand. Output is handed on whenever no further input is, so
/// that a program may hold a conversation; memory is bounded by a few thousand lines.
fn batch(bench: Bench, paper: &mut Paper) -> Result {
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(8);
    let mut benches: Vec<Bench> = (1..threads).map(|_| bench.twin()).collect();
    benches.push(bench);
    let mut input = std::io::BufReader::with_capacity(1 << 18, std::io::stdin().lock());
    let failed = |error| Failure::plain(format!("cannot read standard input: {error}")).status(125);
    let mut number = 0;
    let mut whole = true;
    loop {
        if !input.buffer().contains(&b'\n') {
            paper.flush();
            benches.iter().for_each(Bench::look_again);
        }
        let mut texts: Vec<(u64, Vec<u8>)> = Vec::new();
        while texts.is_empty() || (texts.len() < TOGETHER && input.buffer().contains(&b'\n')) {
            let mut text = Vec::new();
            if input.read_until(b'\n', &mut text).map_err(failed)? == 0 {
                break;
            }
            number += 1;
            texts.push((number, text));
        }
        if texts.is_empty() {
            return Ok(if whole { 0 } else { 125 });
        }
        // Lines cost between microseconds and milliseconds: whoever is free takes the next few.
        let next = AtomicUsize::new(0);
        let handfuls: Vec<_> = texts.chunks(HANDFUL).collect();
        let work = |bench: &mut Bench| {
            let mut done = Vec::new();
            while let at = next.fetch_add(1, Ordering::Relaxed)
                && let Some(texts) = handfuls.get(at)
            {
                done.push((at, answer_all(bench, texts)));
            }
            done
        };
        let mut answers: Vec<(usize, (String, bool))> = std::thread::scope(|scope| {
            let (own, others) = benches.split_first_mut().expect("there is at least one");
            let helpers = others.iter_mut().take(handfuls.len().saturating_sub(1));
            let helpers: Vec<_> = helpers.map(|bench| scope.spawn(|| work(bench))).collect();
            let own = work(own);
            let rest = helpers.into_iter().flat_map(|thread| thread.join().expect("judging does not panic"));
            own.into_iter().chain(rest).collect()
        });
        answers.sort_unstable_by_key(|(at, _)| *at);
        for (_, (text, understood)) in answers {
            whole &= understood;
            paper.write(&text);
        }
    }
}

/// The answers to some lines, and whether all were questions.
fn answer_all(bench: &mut Bench, texts: &[(u64, Vec<u8>)]) -> (String, bool) {
    let (mut out, mut whole) = (String::new(), true);
    for (number, text) in texts.iter().filter(|(_, text)| !text.iter().all(u8::is_ascii_whitespace)) {
        let answer = answer(bench, text).unwrap_or_else(|message| {
            whole = false;
            let id = serde_json::from_slice::<serde_json::Value>(text).ok().and_then(|value| value.get("id").cloned());
            serde_json::json!({ "id": id, "error": format!("input line {number}: {message}") }).to_string()
        });
        out.push_str(&answer);
        out.push('\n');
    }
    (out, whole)
}

/// The answer to one line of input, or what is wrong with it.
fn answer(bench: &mut Bench, text: &[u8]) -> std::result::Result<String, String> {
    let asked: Asked = serde_json::from_slice(text).map_err(|error| error.to_string())?;
    let cwd = asked.cwd.as_ref().map(|cwd| Path::new(OsStr::from_bytes(&cwd.0)));
    let appraisal = bench.appraise(cwd, &asked.line.0).map_err(|failure| failure.message)?;
    let report = Report::of(&asked.id, &asked.line.0, &appraisal.assessment, &appraisal.verdict);
    serde_json::to_string(&report.carrying(appraisal.inner())).map_err(|error| error.to_string())
}
