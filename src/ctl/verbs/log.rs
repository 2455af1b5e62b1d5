//! `agentshctl log`: the steps, newest first.

use super::super::args::Args;
use super::super::failure::Result;
use super::super::paper::Paper;
use super::super::registry::{Flag, Verb};
use super::super::steps::{self, Told};
use super::shortened;
use crate::journal::{Bytes, StepId};
use crate::sys::clock;
use crate::ui::{name_of, since_text, visible};
use serde::Serialize;

pub(super) static VERB: Verb = Verb {
    name: "log",
    summary: "list the steps, newest first",
    usage: "[-n COUNT] [--session=ID] [--path=PATH] [--all] [--files] [--json]",
    about: &[
        "Columns: step, age, class (· read-only, ~ captured or opaque, ! asked about or refused, ✗ cannot be undone), how it ended ('went on' for a part of what an agent changed by itself), names created (+), changed (~), deleted (-) and renamed (>), coverage where it is not full, the line.",
        "Read-only steps that ran are left out unless --all is given.",
    ],
    flags: &[
        Flag::value(Some('n'), "number", "COUNT", "show so many steps (default 20)"),
        Flag::value(Some('s'), "session", "ID", "only steps of this session"),
        Flag::value(Some('p'), "path", "PATH", "only steps that touched PATH or something below it"),
        Flag::switch(Some('a'), "all", "read-only steps too"),
        Flag::switch(Some('f'), "files", "the touched paths below each step"),
        Flag::switch(Some('j'), "json", "one JSON object a step"),
    ],
    words: &[],
    statuses: &[],
    run,
};

/// A step in JSON.
#[derive(Serialize)]
pub(super) struct Row<'a> {
    step: StepId,
    time: u64,
    session: &'a str,
    agent: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    call: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    prompt: Option<&'a str>,
    cwd: &'a Bytes,
    line: &'a Bytes,
    verdict: String,
    reversibility: String,
    rules: &'a [String],
    coverage: &'a str,
    ended: Option<crate::journal::Ended>,
    wall_ms: u64,
    changes: Option<crate::journal::Changes>,
    undoes: Option<StepId>,
    undone_by: Option<StepId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    files: Option<Vec<super::super::touched::Touched>>,
}

impl<'a> Row<'a> {
    pub(super) fn of(step: &'a Told, files: bool) -> Self {
        let intent = &step.intent;
        Self {
            step: step.id,
            time: step.time,
            session: &intent.session,
            agent: intent.agent.as_deref(),
            call: intent.call.as_deref(),
            prompt: intent.prompt.as_deref(),
            cwd: &intent.cwd,
            line: &intent.line,
            verdict: name_of(&intent.verdict),
            reversibility: name_of(&intent.reversibility),
            rules: &intent.rules,
            coverage: &intent.coverage,
            ended: step.ending(),
            wall_ms: step.wall,
            changes: step.changes,
            undoes: step.undoes.as_ref().map(|undo| undo.of),
            undone_by: step.undone_by,
            files: files.then(|| super::super::touched::of(step.id).unwrap_or_default()),
        }
    }
}

fn run(args: &Args, paper: &mut Paper) -> Result {
    args.none(&VERB)?;
    let count = args.number("number")?.unwrap_or(20);
    let session = args.text("session");
    let path = args.value("path").map(std::path::Path::new).map(super::super::touched::absolute);
    let (all, files, json) = (args.has("all"), args.has("files"), args.has("json"));
    let (mut shown, mut lost) = (0, 0);
    for step in steps::all()?.iter().rev() {
        if shown == count {
            break;
        }
        let read_only = step.glyph() == "·" && step.undoes.is_none();
        if (read_only && !all && path.is_none())
            || session.as_ref().is_some_and(|session| *session != step.intent.session)
        {
            continue;
        }
        if let Some(path) = &path
            && !super::super::touched::of(step.id).unwrap_or_default().iter().any(|touched| touched.is_at(path))
        {
            continue;
        }
        if shown == 0 && !json {
            let head = format!("{:<4} {:>4} {:>9} {:<12} line", "step", "age", "ended", "changed");
            paper.line(&paper.style.faint(&head));
        }
        shown += 1;
        lost += usize::from(step.cannot_be_undone());
        if json { paper.json(&Row::of(step, files)) } else { show(step, files, paper) }
    }
    if shown == 0 && !json {
        paper.line("no steps");
    }
    if lost > 0 && !json {
        let of = if shown == 1 { "this step".to_owned() } else { format!("{lost} of these {shown} steps") };
        let note = format!("{of} cannot be undone, or not wholly: see the class and the coverage");
        paper.line(&paper.style.faint(&note));
    }
    Ok(0)
}

fn show(step: &Told, files: bool, paper: &mut Paper) {
    let style = paper.style;
    let glyph = match step.glyph() {
        "!" => style.wary("!"),
        "✗" => style.bad("✗"),
        "~" => style.good("~"),
        other => style.faint(other),
    };
    let intent = &step.intent;
    let changes = step.changes_text();
    let mut notes = Vec::new();
    if intent.coverage != "full" && matches!(step.glyph(), "~" | "✗") {
        notes.push(format!("coverage {}", visible(&intent.coverage)));
    }
    notes.extend(
        step.undoes.as_ref().map(|undo| format!("{} {}", if undo.idle { "could not undo" } else { "undid" }, undo.of)),
    );
    notes.extend(step.undone_by.map(|by| format!("undone by {by}")));
    notes.extend(step.grants.iter().cloned());
    let notes = if notes.is_empty() { String::new() } else { style.faint(&format!(" [{}]", notes.join(", "))) };
    paper.line(&format!(
        "{} {:>4} {glyph} {:>7} {changes:<12} {}{notes}",
        style.note(&format!("{:<4}", step.id.to_string())),
        since_text(clock::milliseconds().saturating_sub(step.time)),
        step.end_text(),
        shortened(&intent.line.0)
    ));
    if files {
        for touched in super::super::touched::of(step.id).unwrap_or_default() {
            paper.line(&format!("              {}", touched.text()));
        }
    }
}
