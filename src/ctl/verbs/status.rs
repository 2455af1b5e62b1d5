//! `agentshctl status`: what is going on, on one screen.

use super::super::args::Args;
use super::super::failure::Result;
use super::super::paper::Paper;
use super::super::places;
use super::super::registry::{Flag, Verb};
use crate::approval::left_text;
use crate::desk::Bell;
use crate::host::{Budgets, Grants};
use crate::policy::AMOUNTS;
use crate::sys::clock;
use crate::ui::visible;

pub(super) static VERB: Verb = Verb {
    name: "status",
    summary: "tell what waits, what is granted and what is left of the budgets",
    usage: "[--json]",
    about: &[
        "Names the open desks, the requests that wait, the grants in force, and for each session that has used any what is left of its budgets.",
    ],
    flags: &[Flag::switch(Some('j'), "json", "as one JSON object")],
    words: &[],
    statuses: &[],
    run,
};

fn run(args: &Args, paper: &mut Paper) -> Result {
    args.none(&VERB)?;
    let state = places::state();
    let desks = Bell::all(&state).iter().map(|bell| bell.peer().pid).collect::<Vec<_>>();
    let waiting = places::requests().all().map_err(places::unreadable)?.len();
    let now = clock::milliseconds();
    let grants = Grants::of(&state).all();
    let in_force = grants.iter().filter(|grant| grant.expires > now && grant.used < grant.count).count();
    let accounts = Budgets::of(&state).all();
    if args.has("json") {
        let budgets = accounts.iter().map(|account| {
            let named = |amounts: [f64; 5]| AMOUNTS.iter().zip(amounts).map(|(name, amount)| (*name, amount.round() as u64)).collect::<std::collections::BTreeMap<_, _>>();
            serde_json::json!({ "session": account.session, "left": named(account.left().0), "start": named(account.start.0) })
        });
        let budgets: Vec<_> = budgets.collect();
        paper.json(&serde_json::json!({ "desks": desks, "waiting": waiting, "grants": in_force, "budgets": budgets }));
        return Ok(0);
    }
    let desk = match desks.as_slice() {
        [] => "none open: what must be asked about is refused at once".to_owned(),
        pids => pids.iter().map(|pid| format!("open (process {pid})")).collect::<Vec<_>>().join(", "),
    };
    paper.line(&format!("desk      {desk}"));
    paper.line(&format!("waiting   {waiting} (agentshctl pending)"));
    paper.line(&format!("grants    {in_force} in force (agentshctl grants)"));
    if accounts.is_empty() {
        paper.line("budgets   untouched in every session");
    }
    for account in &accounts {
        paper.line(&format!("budgets   session {}: {} left", visible(&account.session), left_text(account.left())));
    }
    Ok(0)
}
