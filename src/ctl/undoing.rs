//! Taking a step back: plan, ask, apply, record.

use super::failure::{Failure, Result};
use super::paper::Paper;
use super::places;
use super::steps::Told;
use super::store;
use crate::approval::agent_above_us;
use crate::checkpoint::{Coverage, Meta, Step, StepHeader, Store};
use crate::host::Session;
use crate::journal::{Bytes, Ended, Entry, Intent, Note, Outcome, StepId, Undo};
use crate::policy::Decision;
use crate::sys::ProcStat;
use crate::sys::clock;
use crate::ui::visible;
use crate::undo::{Applied, Contested, Item, PlanOptions, Standing, UndoPlan, Verb};
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::{BufRead, IsTerminal};
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// How long recording a step's end may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// After this time a step whose process seems to be there is said to run.
const DOUBT: Duration = Duration::from_secs(2);

/// Everything was taken back.
const ALL: u8 = 0;
/// Something was left as it is.
pub(super) const PARTIAL: u8 = 3;
/// There is nothing to take back.
pub(super) const NOTHING: u8 = 4;
/// What the step changed was not captured.
pub(super) const UNCOVERED: u8 = 5;

/// How `undo` and `redo` were called.
#[derive(Clone, Debug, Default)]
pub(super) struct Wish {
    /// The verb, for the record.
    pub(super) verb: &'static str,
    /// Do not ask.
    pub(super) sure: bool,
    /// Only show the plan.
    pub(super) dry: bool,
    /// Answer in JSON.
    pub(super) json: bool,
    /// What becomes of later work.
    pub(super) contested: Contested,
    /// Say nothing of a step of which nothing is to be taken back.
    pub(super) passing: bool,
    /// Only these paths.
    pub(super) only: Vec<PathBuf>,
}

#[derive(Serialize)]
struct Answer<'a> {
    step: StepId,
    undo: Option<StepId>,
    dry_run: bool,
    items: Vec<ItemRow>,
    not_undone: &'a [String],
    notes: &'a [String],
    exit: u8,
}

#[derive(Serialize)]
struct ItemRow {
    path: Bytes,
    action: String,
    done: bool,
    why: Option<String>,
}

/// Takes `told` back; `steps` are all steps of the journal.
pub(super) fn take_back(told: &Told, steps: &[Told], wish: &Wish, paper: &mut Paper) -> Result {
    may(told)?;
    let store = store::open()?.ok_or_else(|| Failure::plain("nothing was ever captured").status(NOTHING))?;
    let Some(mut step) = store::step(told.id)? else {
        // Its pack was torn before it began: nothing was changed.
        return if wish.passing && store::holds(told.id)? { Ok(NOTHING) } else { uncovered(told) };
    };
    let session = step.header().session.clone();
    await_end(&store, &session, told)?;
    if step.outcome().is_none() {
        // Its end may have been recorded only now.
        step = store.load(&session, &told.id.to_string()).map_err(store::failure)?;
    }
    let later = later(told.id, steps)?;
    let outward = &told.intent.outward;
    let contested = wish.contested;
    let options = PlanOptions { later: &later, only: &wish.only, outward, contested, ..PlanOptions::default() };
    let plan = UndoPlan::of(&step, &options);
    let exit = status(&plan, &step);
    if wish.passing && exit == NOTHING {
        return Ok(exit);
    }
    if !wish.json {
        show(&plan, told, step.coverage(), wish.verb, paper);
    }
    if wish.dry || plan.is_empty() {
        match wish.json {
            true => report(&plan, told, None, &[], exit, paper),
            false if plan.is_empty() => paper.line("  nothing to take back: it is as it was before, or left as it is"),
            false => {}
        }
        return Ok(exit);
    }
    if !wish.sure && !confirmed(paper)? {
        return Err(Failure::plain("nothing was changed"));
    }
    let rest = || !wish.only.is_empty() && !UndoPlan::of(&step, &PlanOptions { only: &[], ..options }).is_empty();
    let (id, applied) = apply(&plan, &step, &store, told, wish, &rest)?;
    let partial = applied.skipped() > 0 || !outward.is_empty() || *step.coverage() != Coverage::Full;
    let exit = if partial { PARTIAL } else { ALL };
    if wish.json {
        report(&plan, told, Some(id), &applied.notes, exit, paper);
        return Ok(exit);
    }
    for item in applied.items.iter().filter(|item| !item.is_ready()) {
        let failed = plan.items().iter().any(|planned| planned.path == item.path && planned.is_ready());
        if failed {
            paper.line(&visible(&item.line(&told.id.to_string(), &step.header().cwd)));
        }
    }
    applied.notes.iter().for_each(|note| paper.line(&format!("note: {}", visible(note))));
    let left = if applied.skipped() > 0 { format!(", {} left as it is", applied.skipped()) } else { String::new() };
    // As in the plan, directories of which only the times went back are not counted.
    let done =
        applied.items.iter().filter(|item| item.is_ready() && item.verb != Verb::Times && !item.is_ours()).count();
    if done == 0 && applied.skipped() > 0 {
        paper.line(&format!("{}: nothing was taken back{left}", told.id));
        return Ok(exit);
    }
    let paths = if done == 1 { "path" } else { "paths" };
    let back = if wish.verb == "redo" { "'agentshctl undo' reverses it" } else { "'agentshctl redo' reverses it" };
    paper.line(&format!("{}: {done} {paths} taken back{left}; this is step {id} ({back})", told.id));
    Ok(exit)
}

/// Shows what taking `told` back would do when the paths of `states` are as they will be by then, and adds to them.
pub(super) fn foresee(
    told: &Told,
    steps: &[Told],
    wish: &Wish,
    states: &mut BTreeMap<PathBuf, Option<Meta>>,
    paper: &mut Paper,
) -> Result {
    may(told)?;
    let Some(step) = store::step(told.id)? else { return uncovered(told) };
    let later = later(told.id, steps)?;
    let (outward, contested) = (&told.intent.outward, wish.contested);
    let pretend = Some(&*states);
    let options = PlanOptions { later: &later, only: &wish.only, outward, contested, pretend, begun: None };
    let plan = UndoPlan::of(&step, &options);
    let exit = status(&plan, &step);
    match wish.json {
        true => report(&plan, told, None, &[], exit, paper),
        false => show(&plan, told, step.coverage(), wish.verb, paper),
    }
    plan.foretell(states);
    Ok(exit)
}

/// A step whose end is just being recorded is waited for; one that still runs is not undone under its feet.
fn await_end(store: &Store, session: &str, told: &Told) -> Result<()> {
    let id = told.id.to_string();
    // The process of a line in a sandbox is named as the sandbox numbers it: another one here may have its number.
    let (doubt, until) = (Instant::now() + DOUBT, Instant::now() + PATIENCE);
    let runs = || ProcStat::of(told.intent.pid.cast_signed()).is_ok_and(|found| found.state != b'Z');
    while store.is_open(session, &id).map_err(store::failure)? {
        if (told.ended.is_none() && Instant::now() > doubt && runs()) || Instant::now() > until {
            let message = format!("step {id} still runs");
            return Err(Failure::plain(message).hint("wait for its end, or end it, and then undo it"));
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    Ok(())
}

/// An agent may take back steps of its own session; only a person may go beyond.
fn may(told: &Told) -> Result<()> {
    let Some(agent) = agent_above_us() else { return Ok(()) };
    if Session::detect().id == told.intent.session {
        return Ok(());
    }
    let message = format!("step {} belongs to another session than this one of {}", told.id, visible(&agent));
    Err(Failure::plain(message).hint("ask the user to run it in a terminal of their own"))
}

fn uncovered(told: &Told) -> Result {
    let (message, status) = match told.ended {
        Some(Ended::Refused) => (format!("step {} was refused: nothing ran", told.id), NOTHING),
        _ if told.glyph() == "·" => (format!("step {} changed nothing", told.id), NOTHING),
        _ => (format!("nothing of step {} was captured: it cannot be undone", told.id), UNCOVERED),
    };
    Err(Failure::plain(message).status(status))
}

/// Captured steps after `id` that are in force, for naming who changed a path. What only took back a step after `id`, or
/// did it again, has left what that found or is in force itself.
fn later(id: StepId, steps: &[Told]) -> Result<Vec<Step>> {
    let mut later = Vec::new();
    let changes = |told: &Told| told.undone_by.is_none() && told.undoes.as_ref().is_none_or(|undo| undo.of < id);
    for told in steps.iter().filter(|told| told.id > id && changes(told)) {
        // An undo that stopped before it began, for want of room, has changed nothing.
        let own = |step: &Step| {
            ["undo", "redo"]
                .map(|verb| format!("agentshctl {verb} {id}"))
                .iter()
                .any(|line| line.as_bytes() == step.header().line)
        };
        later.extend(store::step(told.id)?.filter(|step| step.undoes().is_some() || !own(step)));
    }
    Ok(later)
}

fn status(plan: &UndoPlan, step: &Step) -> u8 {
    match (plan.is_empty(), plan.is_partial(), step.coverage()) {
        (true, _, Coverage::None) => UNCOVERED,
        (true, false, Coverage::Full) => NOTHING,
        (false, false, Coverage::Full) => ALL,
        _ => PARTIAL,
    }
}

fn show(plan: &UndoPlan, told: &Told, coverage: &Coverage, verb: &str, paper: &mut Paper) {
    let style = paper.style;
    let line = super::verbs::shortened(&told.intent.line.0);
    paper.line(&format!("{verb} {}: {line}", style.note(&told.id.to_string())));
    for line in plan.lines() {
        let text = visible(&line);
        let wary = line.starts_with("SKIP") || line.starts_with("NOT UNDONE");
        paper.line(&format!("  {}", if wary { style.wary(&text) } else { text.into_owned() }));
    }
    if told.orphaned {
        let text = "  how it ended was not recorded: what others have changed since cannot be told from its own";
        paper.line(&style.wary(text));
    }
    match coverage {
        Coverage::Full => {}
        Coverage::Partial(lost) => {
            for (path, why) in lost {
                let text = format!("  NOT CAPTURED: {}: {}", visible(&path.to_string_lossy()), visible(why));
                paper.line(&style.wary(&text));
            }
        }
        Coverage::None => {
            let text = "  NOT CAPTURED: what the code that the line ran changed besides";
            paper.line(&style.wary(text));
        }
    }
}

fn report(plan: &UndoPlan, told: &Told, undo: Option<StepId>, notes: &[String], exit: u8, paper: &mut Paper) {
    let items = plan.items().iter().map(ItemRow::of).collect();
    let not_undone = &told.intent.outward;
    paper.json(&Answer { step: told.id, undo, dry_run: undo.is_none(), items, not_undone, notes, exit });
}

impl ItemRow {
    fn of(item: &Item) -> Self {
        let why = match &item.standing {
            Standing::Ready => None,
            Standing::Skip(conflict) => Some(conflict.to_string()),
        };
        let action = format!("{:?}", item.verb).to_lowercase();
        Self { path: Bytes::from(item.path.as_path()), action, done: why.is_none(), why }
    }
}

/// Asks on standard input and output, when both are a terminal.
pub(super) fn confirmed(paper: &mut Paper) -> Result<bool> {
    let (stdin, stdout) = (std::io::stdin(), std::io::stdout());
    if !stdin.is_terminal() || !stdout.is_terminal() {
        return Err(Failure::plain("nobody can be asked here").hint("'-y' goes ahead, '--dry-run' only shows the plan"));
    }
    paper.write("Go ahead? [y/N] ");
    paper.flush();
    let mut answer = String::new();
    stdin.lock().read_line(&mut answer).map_err(|error| Failure::plain(format!("cannot read the answer: {error}")))?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

/// Carries the plan out and records it; `rest` says whether paths of the step that were not wished for remain.
fn apply(
    plan: &UndoPlan,
    step: &Step,
    store: &Store,
    told: &Told,
    wish: &Wish,
    rest: &dyn Fn() -> bool,
) -> Result<(StepId, Applied)> {
    let journal = places::journal();
    let line = format!("agentshctl {} {}", wish.verb, told.id).into_bytes();
    let cwd = std::env::current_dir().unwrap_or_default();
    let intent = Intent {
        session: told.intent.session.clone(),
        agent: agent_above_us(),
        call: None,
        prompt: None,
        cwd: Bytes::from(cwd.as_path()),
        line: Bytes(line.clone()),
        verdict: Decision::Allow,
        reversibility: crate::effect::Reversibility::Reversible,
        rules: Vec::new(),
        outward: Vec::new(),
        coverage: "full".to_owned(),
        guard: String::new(),
        pid: std::process::id(),
    };
    let id = journal.begin(intent)?;
    let since = Instant::now();
    let header = StepHeader {
        id: id.to_string(),
        session: step.header().session.clone(),
        line,
        cwd,
        started: clock::timestamp(),
    };
    let result = store
        .begin(&header)
        .map_err(store::failure)
        .and_then(|pack| plan.apply(step, &pack).map_err(|error| Failure::plain(format!("cannot {error}"))));
    let wall = since.elapsed().as_millis() as u64;
    let ended = |status| {
        Entry::Outcome(Outcome {
            step: id,
            ended: Ended::Exit(status),
            wall,
            changes: None,
            coverage: None,
            goes_on: false,
        })
    };
    match result {
        Ok(applied) => {
            let (skipped, idle) = (applied.skipped() as u64, applied.done() == 0);
            journal.append(Entry::Undo(Undo { step: id, of: told.id, skipped, partly: rest(), idle }))?;
            journal.append(ended(0))?;
            Ok((id, applied))
        }
        Err(failure) => {
            journal.append(Entry::Note(Note { step: Some(id), text: failure.message.clone() }))?;
            // One that stopped half-way has no end yet: the next undo completes it, and says what it was then.
            let begun = store.unfinished_undos(&header.session).unwrap_or_default();
            if !begun.contains(&header.id) {
                journal.append(ended(1))?;
            }
            Err(failure)
        }
    }
}
