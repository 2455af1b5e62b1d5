//! `agentshctl show`: one step, or one request, in full.

use super::super::args::Args;
use super::super::failure::{Failure, Result};
use super::super::paper::Paper;
use super::super::places;
use super::super::registry::{Flag, Verb};
use super::super::steps::{self, Told};
use super::log::Row;
use crate::approval::{Depth, Request};
use crate::ui::{name_of, time_text, visible, visible_bytes};

pub(super) static VERB: Verb = Verb {
    name: "show",
    summary: "show a step or a request in full",
    usage: "[--json] STEP|ID",
    about: &[
        "A step's rules, its end and the paths it touched; or what a waiting request would do, with the commits a push would carry.",
    ],
    flags: &[Flag::switch(Some('j'), "json", "in JSON")],
    words: &[],
    statuses: &[],
    run,
};

fn run(args: &Args, paper: &mut Paper) -> Result {
    let name = args.one(&VERB, "a step or the id of a request")?.to_string_lossy();
    if let Some(request) = places::requests().request(&name).map_err(places::unreadable)? {
        request_page(request, args.has("json"), paper);
        return Ok(0);
    }
    let step = steps::find(&name).map_err(|failure| Failure {
        message: format!("there is no step and no request '{}'", visible(&name)),
        hint: "'agentshctl log' lists steps, 'agentshctl pending' requests".to_owned(),
        ..failure
    })?;
    if args.has("json") {
        paper.json(&Row::of(&step, true))
    } else {
        step_page(&step, paper)
    }
    Ok(0)
}

fn request_page(request: Request, json: bool, paper: &mut Paper) {
    if json {
        paper.json(&request);
        return;
    }
    let style = paper.style;
    paper.line(&format!("request {}, {}", style.note(&request.id), time_text(request.time)));
    paper.write(&request.card.clone().with_commits().text(Depth::Whole, style));
}

fn step_page(step: &Told, paper: &mut Paper) {
    let style = paper.style;
    let intent = &step.intent;
    paper.line(&format!("step {}, {}", style.note(&step.id.to_string()), time_text(step.time)));
    for row in visible_lines(&intent.line.0) {
        paper.line(&format!("    {row}"));
    }
    let agent = intent.agent.as_ref().map(|agent| format!(", agent {}", visible(agent))).unwrap_or_default();
    let mut rows = vec![
        ("in", visible_bytes(&intent.cwd.0)),
        ("session", format!("{}{agent}", visible(&intent.session))),
        ("verdict", name_of(&intent.verdict)),
        ("class", name_of(&intent.reversibility)),
    ];
    if !intent.rules.is_empty() {
        rows.push(("rules", visible(&intent.rules.join(", ")).into_owned()));
    }
    rows.push(("coverage", visible(&intent.coverage).into_owned()));
    let ended = match (step.ended, step.orphaned) {
        (None, true) => "unknown: whoever was to record it was killed".to_owned(),
        _ => format!("{} after {} ms", step.end_text(), step.wall),
    };
    rows.push(("ended", ended));
    rows.extend(
        step.undoes.as_ref().map(|undo| ("undid", format!("{} ({} paths left as they were)", undo.of, undo.skipped))),
    );
    rows.extend(step.undone_by.map(|by| ("undone by", by.to_string())));
    rows.extend(step.grants.iter().map(|grant| ("allowed by", visible(grant).into_owned())));
    rows.extend(step.notes.iter().map(|note| ("note", visible(note).into_owned())));
    for (name, value) in rows {
        paper.line(&format!("  {name:<10} {value}"));
    }
    let touched = super::super::touched::of(step.id).unwrap_or_default();
    for touched in &touched {
        paper.line(&format!("  {}", touched.text()));
    }
}

/// The physical lines, each made harmless.
fn visible_lines(line: &[u8]) -> Vec<String> {
    line.split(|byte| *byte == b'\n').map(|row| visible_bytes(row).replace("\\t", "    ")).collect()
}
