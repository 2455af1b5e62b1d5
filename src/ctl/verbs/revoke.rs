//! `agentshctl revoke`: takes a grant back.

use super::super::args::Args;
use super::super::failure::Result;
use super::super::paper::Paper;
use super::super::places;
use super::super::registry::Verb;
use super::approve::failure;
use crate::approval::Order;

pub(super) static VERB: Verb = Verb {
    name: "revoke",
    summary: "take a grant back",
    usage: "ID",
    about: &[
        "What it would have covered is asked about again. Works only on a person's own terminal with no agent above it.",
    ],
    flags: &[],
    words: &[],
    statuses: &[(3, "refused: this is not a person's terminal")],
    run,
};

fn run(args: &Args, paper: &mut Paper) -> Result {
    let id = args.one(&VERB, "the grant's id")?.to_string_lossy();
    Order::take(&places::state()).and_then(|order| order.revoke(&id)).map_err(failure)?;
    paper.line(&format!("grant {id} is revoked"));
    Ok(0)
}
