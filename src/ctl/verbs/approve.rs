//! `agentshctl approve`: lets a refused line run once.

use super::super::args::Args;
use super::super::failure::{Failure, Result};
use super::super::paper::Paper;
use super::super::places;
use super::super::registry::{Flag, Verb};
use crate::approval::{APPROVAL_LASTS, Order, OrderError};

pub(super) static VERB: Verb = Verb {
    name: "approve",
    summary: "let a refused line run once",
    usage: "[-y] ID",
    about: &[
        "Shows what the line would do and asks. On yes, the identical line, in the same directory and session and with the same effects, runs once if it is repeated within 10 minutes; approve itself runs nothing.",
        "Works only on a person's own terminal with no agent above it.",
    ],
    flags: &[Flag::switch(Some('y'), "yes", "do not ask again (a name that must be typed still is)")],
    words: &[],
    statuses: &[(1, "not approved"), (3, "refused: this is not a person's terminal")],
    run,
};

fn run(args: &Args, paper: &mut Paper) -> Result {
    let id = args.one(&VERB, "the request's id")?.to_string_lossy();
    let order = Order::take(&places::state()).map_err(failure)?;
    order.approve(&id, args.has("yes")).map_err(failure)?;
    paper.line(&format!(
        "approved: the identical command may now run once, within {} minutes; tell the agent to repeat it",
        APPROVAL_LASTS / 60_000
    ));
    Ok(0)
}

/// An order's error as a verb's.
pub(in crate::ctl) fn failure(error: OrderError) -> Failure {
    let failure = Failure::plain(error.to_string());
    match error {
        OrderError::NotAPerson(_) => failure.status(3).hint("open a terminal of your own and run it there"),
        OrderError::Unknown(_) => failure.hint("'agentshctl pending' lists what waits; requests are kept for a day"),
        OrderError::NoGrant(_) => failure.hint("'agentshctl grants' lists them"),
        OrderError::Declined | OrderError::Unsaved(_) => failure,
    }
}
