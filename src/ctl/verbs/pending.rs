//! `agentshctl pending`: what waits for a person.

use super::super::args::Args;
use super::super::failure::Result;
use super::super::paper::Paper;
use super::super::places::{requests, unreadable};
use super::super::registry::{Flag, Verb};
use super::shortened;
use crate::approval::Request;
use crate::sys::clock;
use crate::ui::{since_text, visible, visible_bytes};
use serde::Serialize;

pub(super) static VERB: Verb = Verb {
    name: "pending",
    summary: "list the lines that wait for approval",
    usage: "[--json]",
    about: &["Newest first. 'agentshctl show ID' shows one in full, 'agentshctl approve ID' lets it run once."],
    flags: &[Flag::switch(Some('j'), "json", "one JSON object a request")],
    words: &[],
    statuses: &[],
    run,
};

#[derive(Serialize)]
struct Row<'a> {
    id: &'a str,
    time: u64,
    session: &'a str,
    agent: Option<&'a str>,
    cwd: &'a crate::journal::Bytes,
    line: &'a crate::journal::Bytes,
    rules: Vec<&'a str>,
    effects: Vec<&'a str>,
}

fn run(args: &Args, paper: &mut Paper) -> Result {
    args.none(&VERB)?;
    let requests = requests().all().map_err(unreadable)?;
    if args.has("json") {
        for request in &requests {
            paper.json(&row(request));
        }
        return Ok(0);
    }
    if requests.is_empty() {
        paper.line("nothing waits for approval");
    }
    for request in &requests {
        let age = since_text(clock::milliseconds().saturating_sub(request.time));
        let mut effects: Vec<_> = request.card.items.iter().map(|item| visible(&item.effect)).collect();
        effects.dedup();
        paper.line(&format!(
            "{}  {age:>4} ago  {}",
            paper.style.note(&request.id),
            paper.style.wary(&effects.join(", "))
        ));
        paper.line(&format!("       in {}: {}", visible_bytes(&request.card.cwd.0), shortened(&request.line().0)));
    }
    Ok(0)
}

fn row(request: &Request) -> Row<'_> {
    let card = &request.card;
    Row {
        id: &request.id,
        time: request.time,
        session: &card.session,
        agent: card.agent.as_deref(),
        cwd: &card.cwd,
        line: &card.line,
        rules: card.items.iter().map(|item| item.rule.as_str()).collect(),
        effects: card.items.iter().map(|item| item.effect.as_str()).collect(),
    }
}
