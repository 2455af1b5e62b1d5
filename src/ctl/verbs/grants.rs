//! `agentshctl grants`: what is allowed beforehand.

use super::super::args::Args;
use super::super::failure::Result;
use super::super::paper::Paper;
use super::super::places;
use super::super::registry::{Flag, Verb};
use crate::host::Grants;
use crate::journal::{Entry, Granted};
use crate::policy::Grant;
use crate::sys::clock;
use crate::ui::{time_text, visible};
use std::collections::HashSet;

pub(super) static VERB: Verb = Verb {
    name: "grants",
    summary: "list what is allowed beforehand",
    usage: "[--json]",
    about: &[
        "Oldest first, with how often each has been used. A grant that the journal does not know as it stands there was not made by 'agentshctl grant': it is marked, and should be revoked.",
    ],
    flags: &[Flag::switch(Some('j'), "json", "one JSON object a grant")],
    words: &[],
    statuses: &[],
    run,
};

fn run(args: &Args, paper: &mut Paper) -> Result {
    args.none(&VERB)?;
    let grants = Grants::of(&places::state()).all();
    let made = made()?;
    if grants.is_empty() && !args.has("json") {
        paper.line("nothing is allowed beforehand");
    }
    for grant in &grants {
        let known = made.contains(&(grant.id.clone(), grant.seal()));
        if args.has("json") {
            paper.json(&serde_json::json!({
                "id": grant.id, "pattern": grant.pattern, "session": grant.session, "directory": grant.directory,
                "count": grant.count, "used": grant.used, "made": grant.made, "expires": grant.expires, "by": grant.by,
                "in_journal": known,
            }));
        } else {
            paper.line(&row(grant, known, paper));
        }
    }
    Ok(0)
}

fn row(grant: &Grant, known: bool, paper: &Paper) -> String {
    let style = paper.style;
    let over = grant.expires <= clock::milliseconds() || grant.used >= grant.count;
    let used = format!("{}/{}", grant.used, grant.count);
    let session = grant.session.as_ref().map(|session| format!(", session {}", visible(session))).unwrap_or_default();
    let note = match (known, over) {
        (false, _) => style.bad(" [not in the journal: revoke it]"),
        (true, true) => style.faint(" [over]"),
        (true, false) => String::new(),
    };
    format!(
        "{} {used:>7} until {}  {} (in {}{session}){note}",
        style.note(&grant.id),
        time_text(grant.expires),
        visible(&grant.pattern),
        visible(&grant.directory.to_string_lossy())
    )
}

/// The grants that the journal says were made, as they were.
fn made() -> Result<HashSet<(String, String)>> {
    let made = places::records()?.into_iter().filter_map(|record| match record.entry {
        Some(Entry::Grant(grant)) if grant.what == Granted::Made => Some((grant.grant, grant.seal)),
        _ => None,
    });
    Ok(made.collect())
}
