//! `agentshctl forget`: removes what is kept of a path.

use super::super::args::Args;
use super::super::failure::{Failure, Result};
use super::super::paper::Paper;
use super::super::recovery::recover;
use super::super::registry::{Flag, Verb};
use super::super::touched::absolute;
use super::super::undoing::confirmed;
use super::super::{steps, store};
use crate::approval::agent_above_us;
use crate::ui::visible;
use std::path::{Path, PathBuf};

pub(super) static VERB: Verb = Verb {
    name: "forget",
    summary: "remove what is kept of a path's contents",
    usage: "[-y] [--dry-run] PATH…",
    about: &[
        "Removes every copy that steps keep of the contents of PATH, and of everything below it, under this and its other names: for a secret that was deleted and must not live on. The steps stay; what they did to these paths can then no longer be undone. Copies in a git repository, and what the journal says of the lines that ran, are not touched.",
        "Only a person may do this: it refuses to run below an agent.",
    ],
    flags: &[
        Flag::switch(Some('y'), "yes", "do not ask"),
        Flag::switch(Some('n'), "dry-run", "only say what would be removed"),
    ],
    words: &[],
    statuses: &[(3, "refused: an agent stands above"), (4, "nothing is kept of it")],
    run,
};

fn run(args: &Args, paper: &mut Paper) -> Result {
    if let Some(agent) = agent_above_us() {
        let message =
            format!("only a person may remove what steps are undone with; this runs below {}", visible(&agent));
        return Err(Failure::plain(message).status(3).hint("open a terminal of your own and run it there"));
    }
    if args.operands.is_empty() {
        return Err(Failure::usage("the path is missing", VERB.usage_hint()));
    }
    let _turn = store::turn()?;
    recover(paper)?;
    let paths: Vec<PathBuf> = args.operands.iter().map(|path| absolute(Path::new(path))).collect();
    let nothing = || Failure::plain("nothing is kept of it").status(4);
    let store = store::open()?.ok_or_else(nothing)?;
    let mut found = Vec::new();
    for told in steps::all()? {
        let Some(step) = store::step(told.id)? else { continue };
        let count = step.kept_below(&paths).len();
        if count > 0 {
            let plural = if count == 1 { "path" } else { "paths" };
            paper.line(&format!("{} keeps {count} {plural}: {}", told.id, super::shortened(&told.intent.line.0)));
            found.push((step.header().session.clone(), told.id));
        }
    }
    if found.is_empty() {
        return Err(nothing());
    }
    if args.has("dry-run") {
        return Ok(0);
    }
    if !args.has("yes") && !confirmed(paper)? {
        return Err(Failure::plain("nothing was removed"));
    }
    let mut removed = 0;
    for (session, id) in found {
        removed += store.forget_contents(&session, &id.to_string(), &paths).map_err(store::failure)?;
    }
    paper.line(&format!("removed what was kept of {removed} {}", if removed == 1 { "path" } else { "paths" }));
    Ok(0)
}
