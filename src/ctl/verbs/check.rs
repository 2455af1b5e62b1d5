//! `agentshctl check`: judges without running.

use super::super::args::Args;
use super::super::failure::{Failure, Result};
use super::super::judging::Bench;
use super::super::paper::{Paper, warn};
use super::super::registry::{Flag, Verb};
use crate::approval::Appraisal;
use crate::journal::Bytes;
use crate::policy::Decision;
use crate::ui::{Report, decision_text, name_of, visible};
use serde::Deserialize;
use std::ffi::OsStr;
use std::io::BufRead;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

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
        (2, "deny, or wrong usage"),
        (125, "internal failure; with --batch: some input was no JSON object with a line"),
    ],
    run,
};

fn run(args: &Args, paper: &mut Paper) -> Result {
    let mut bench = Bench::new(args.value("cwd").map(Path::new))?;
    if args.has("batch") {
        args.none(&VERB)?;
        return batch(&mut bench, paper);
    }
    let line = args.one(&VERB, "the line (one operand, quoted)")?.as_bytes();
    let appraisal = bench.appraise(None, line)?;
    for complaint in bench.complaints() {
        warn(&format!("warning: {}\n", visible(&complaint)));
    }
    if args.has("json") {
        let report = Report::of(&serde_json::Value::Null, line, &appraisal.assessment, &appraisal.verdict);
        paper.json(&report);
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
    let text = decision_text(verdict);
    let text = match verdict.decision {
        Decision::Allow => style.good(&text),
        Decision::Ask => style.wary(&text),
        Decision::Deny => style.bad(&text),
    };
    let incomplete = if appraisal.assessment.complete { "" } else { ", not wholly understood" };
    paper.line(&format!("{text}: {}{incomplete}", name_of(&verdict.reversibility)));
    if !verdict.reasons.is_empty() {
        paper.write(&super::explain::underlined(appraisal).render(style));
    }
    for reason in &verdict.reasons {
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

/// Answers line by line. Output is handed on whenever no further input is at hand, so that a program may hold a
/// conversation; memory is bounded by the longest line.
fn batch(bench: &mut Bench, paper: &mut Paper) -> Result {
    let mut input = std::io::BufReader::with_capacity(1 << 16, std::io::stdin().lock());
    let mut status = 0;
    let mut text = Vec::new();
    for number in 1_u64.. {
        if input.buffer().is_empty() {
            paper.flush();
        }
        text.clear();
        let count = input
            .read_until(b'\n', &mut text)
            .map_err(|error| Failure::plain(format!("cannot read standard input: {error}")).status(125))?;
        if count == 0 {
            break;
        }
        if text.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let asked: Asked = match serde_json::from_slice(&text) {
            Ok(asked) => asked,
            Err(error) => {
                status = 125;
                let id =
                    serde_json::from_slice::<serde_json::Value>(&text).ok().and_then(|value| value.get("id").cloned());
                paper.json(&serde_json::json!({ "id": id, "error": format!("input line {number}: {error}") }));
                continue;
            }
        };
        let cwd = asked.cwd.as_ref().map(|cwd| Path::new(OsStr::from_bytes(&cwd.0)));
        match bench.appraise(cwd, &asked.line.0) {
            Ok(appraisal) => {
                paper.json(&Report::of(&asked.id, &asked.line.0, &appraisal.assessment, &appraisal.verdict));
            }
            Err(failure) => {
                status = 125;
                paper.json(&serde_json::json!({ "id": asked.id, "error": failure.message }));
            }
        }
    }
    Ok(status)
}
