//! `agentshctl check`: judges without running.

use super::super::args::Args;
use super::super::failure::{Failure, Result};
use super::super::judging::Bench;
use super::super::paper::{Paper, warn};
use super::super::registry::{Flag, Verb};
use crate::approval::Appraisal;
use crate::journal::Bytes;
use crate::policy::Decision;
use crate::sys::ThreadMemory;
use crate::ui::{Report, decision_text, prospect, visible};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Stdin};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Mutex, PoisonError};

pub(super) static VERB: Verb = Verb {
    name: "check",
    summary: "judge a line without running it",
    usage: "[--json] [--cwd=DIR] -- LINE | --batch [--cwd=DIR]",
    about: &[
        "Says what agentsh would decide about LINE. With --batch, reads one JSON object a line from standard input ({\"line\": …, \"cwd\": …, \"id\": …}) and answers one JSON line each, in order. Settings and rules are then read once, and what was found on the disk is believed for a tenth of a second, or until input is waited for.",
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

/// Lines a thread takes at a time.
const HANDFUL: usize = 32;

/// Some lines of input, with their numbers.
struct Handful {
    /// Which it is, from 0 on.
    at: usize,
    /// How often nothing was at hand and more input had to be waited for: whoever sends it may have changed the disk.
    pauses: u64,
    texts: Vec<(u64, Vec<u8>)>,
}

/// What was made of a handful: its number, the answers, and whether all of it was questions.
type Answered = (usize, String, bool);

/// Answers line by line: several threads read and judge, this one writes. Output is handed on whenever no further answer
/// is ready, so that a program may hold a conversation.
fn batch(bench: Bench, paper: &mut Paper) -> Result {
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(8);
    let mut benches: Vec<Bench> = (1..threads).map(|_| bench.twin()).collect();
    benches.push(bench);
    let questions = Mutex::new(Questions::of_standard_input());
    std::thread::scope(|scope| {
        let (answer, answers) = mpsc::channel();
        let judge = |bench| {
            let (questions, answer) = (&questions, answer.clone());
            scope.spawn(move || judge_all(bench, questions, &answer))
        };
        let judges: Vec<_> = benches.into_iter().map(judge).collect();
        drop(answer);
        let whole = write_all(&answers, paper);
        for judge in judges {
            judge.join().expect("judging does not panic")?;
        }
        Ok(if whole { 0 } else { 125 })
    })
}

/// The lines of the input that nobody has taken yet.
struct Questions {
    input: BufReader<Stdin>,
    handfuls: usize,
    pauses: u64,
    lines: u64,
}

impl Questions {
    fn of_standard_input() -> Self {
        Self { input: BufReader::with_capacity(1 << 18, std::io::stdin()), handfuls: 0, pauses: 0, lines: 0 }
    }

    /// The next lines, waiting for one of them at most; none at the end of the input.
    fn take(&mut self) -> std::io::Result<Handful> {
        if !self.input.buffer().contains(&b'\n') {
            self.pauses += 1;
        }
        let mut texts = Vec::new();
        while texts.is_empty() || (texts.len() < HANDFUL && self.input.buffer().contains(&b'\n')) {
            let mut text = Vec::new();
            if self.input.read_until(b'\n', &mut text)? == 0 {
                break;
            }
            self.lines += 1;
            texts.push((self.lines, text));
        }
        self.handfuls += 1;
        Ok(Handful { at: self.handfuls - 1, pauses: self.pauses, texts })
    }
}

/// Judges until the input ends. Lines cost between microseconds and milliseconds: whoever is free takes the next.
fn judge_all(
    mut bench: Bench,
    questions: &Mutex<Questions>,
    answer: &Sender<Answered>,
) -> std::result::Result<(), Failure> {
    let _blocks = ThreadMemory::keep();
    let mut pauses = 0;
    loop {
        let handful = questions.lock().unwrap_or_else(PoisonError::into_inner).take();
        let handful =
            handful.map_err(|error| Failure::plain(format!("cannot read standard input: {error}")).status(125))?;
        if handful.texts.is_empty() {
            return Ok(());
        }
        if handful.pauses != pauses {
            bench.look_again();
            pauses = handful.pauses;
        }
        let (text, whole) = answer_all(&mut bench, &handful.texts);
        if answer.send((handful.at, text, whole)).is_err() {
            return Ok(());
        }
    }
}

/// Writes the answers in the order of the questions; true when all were questions.
fn write_all(answers: &Receiver<Answered>, paper: &mut Paper) -> bool {
    let mut early: BTreeMap<usize, String> = BTreeMap::new();
    let (mut next, mut all) = (0, true);
    loop {
        let answered = answers.try_recv().or_else(|_| {
            paper.flush();
            answers.recv()
        });
        let Ok((at, text, whole)) = answered else { return all };
        all &= whole;
        early.insert(at, text);
        while let Some(text) = early.remove(&next) {
            paper.write(&text);
            next += 1;
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
