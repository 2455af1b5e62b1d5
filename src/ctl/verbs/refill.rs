//! `agentshctl refill`: gives a session its budgets again.

use super::super::args::Args;
use super::super::failure::Result;
use super::super::paper::Paper;
use super::super::places;
use super::super::registry::Verb;
use super::approve::failure;
use crate::approval::Order;
use crate::ui::visible;

pub(super) static VERB: Verb = Verb {
    name: "refill",
    summary: "give a session its budgets again",
    usage: "SESSION",
    about: &[
        "A session's budgets (settings '[budget]') shrink with every use and with time, and never grow by themselves. 'agentshctl status' names the sessions and what is left. Works only on a person's own terminal with no agent above it.",
    ],
    flags: &[],
    words: &[],
    statuses: &[(3, "refused: this is not a person's terminal")],
    run,
};

fn run(args: &Args, paper: &mut Paper) -> Result {
    let session = args.one(&VERB, "the session")?.to_string_lossy();
    let refilled = Order::take(&places::state()).and_then(|order| order.refill(&session)).map_err(failure)?;
    let what = if refilled { "has its budgets again" } else { "had used nothing" };
    paper.line(&format!("session {} {what}", visible(&session)));
    Ok(0)
}
