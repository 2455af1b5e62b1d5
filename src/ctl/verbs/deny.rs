//! `agentshctl deny`: takes a request away.

use super::super::args::Args;
use super::super::failure::Result;
use super::super::paper::Paper;
use super::super::places;
use super::super::registry::Verb;
use super::approve::failure;
use crate::approval::Order;

pub(super) static VERB: Verb = Verb {
    name: "deny",
    summary: "take a request away",
    usage: "ID",
    about: &[
        "The line stays refused; a later try asks again. Works only on a person's own terminal with no agent above it.",
    ],
    flags: &[],
    words: &[],
    statuses: &[(3, "refused: this is not a person's terminal")],
    run,
};

fn run(args: &Args, paper: &mut Paper) -> Result {
    let id = args.one(&VERB, "the request's id")?.to_string_lossy();
    Order::take(&places::state()).and_then(|order| order.deny(&id)).map_err(failure)?;
    paper.line(&format!("request {id} is denied"));
    Ok(0)
}
