//! `agentshctl check`: judges without running.

use super::super::args::Args;
use super::super::failure::{Failure, Result};
use super::super::paper::Paper;
use super::super::registry::{Flag, Verb};

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
        (0, "allow; with --batch: all lines were answered"),
        (1, "ask"),
        (2, "deny, or wrong usage"),
        (125, "internal failure"),
    ],
    run,
};

fn run(_args: &Args, _paper: &mut Paper) -> Result {
    Err(Failure::plain("judging is not wired yet").status(125))
}
