//! `agentshctl watch`: the person's desk.

use super::super::args::Args;
use super::super::failure::Result;
use super::super::paper::Paper;
use super::super::places;
use super::super::registry::Verb;
use super::super::watch;
use super::approve::failure;
use crate::approval::Order;

pub(super) static VERB: Verb = Verb {
    name: "watch",
    summary: "open the desk: answer what waits, see what all sessions do",
    usage: "",
    about: &[
        "Fills the terminal with the questions that wait and the steps of all sessions. While it is open, a line that must be asked about and has no terminal of a person's waits for the answer, at most 'hold' seconds (setting, 20); when none is open it is refused at once.",
        "y answers yes, once; where the name must be typed it is typed then. n answers no. Pasted text and keys pressed before a card was on the screen answer nothing. Tab goes to the steps: d shows what a step changed, u takes it back, / filters.",
        "Rings the bell and notifies when a question comes (settings 'notify', 'notify_line', 'popup'). Works only on a person's own terminal with no agent above it.",
    ],
    flags: &[],
    words: &[],
    statuses: &[(3, "refused: this is not a person's terminal")],
    run,
};

fn run(args: &Args, _: &mut Paper) -> Result {
    args.none(&VERB)?;
    let order = Order::at_desk(&places::state()).map_err(failure)?;
    watch::open(order)
}
