//! Judges a program that is about to start, on its real argv, directory and environment.

use super::call::Name;
use super::found;
use super::minded::Minded;
use super::ours::Ours;
use super::process::Process;
use super::step::Begins;
use super::surroundings::{Surroundings, Variables, value};
use super::view::View;
pub(super) use super::wanted::{Expected, Wanted};
use super::wanted::{is_housekeeping, is_transport};
use crate::agents::Agent;
use crate::approval::{Appraiser, Question};
use crate::effect::{Effect, Reversibility, Start};
use crate::grammar::Known;
use crate::host::{Session, changed_repository};
use crate::policy::{Decision, Reason, Verdict};
use crate::sys::{self, Stat};
use std::collections::HashMap;
use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Bytes of argv or environment that are read; beyond, the program is not judged and not run.
const MOST_BYTES: usize = 8 << 20;
/// Programs remembered as allowed.
const MOST_REMEMBERED: usize = 20_000;
/// A refused process tries the rest of PATH within this time.
const PATH_WALK: Duration = Duration::from_secs(1);
/// What a shell does itself. All else in its text is judged when the shell starts it.
const OWN_DOINGS: [&str; 4] = ["redirection", "kill", "ulimit", "trap"];

/// What is to become of it.
#[derive(Debug)]
pub(super) enum Judgement {
    /// It may start; and is a line of its own in the journal when it is one.
    Pass(Option<Box<Begins>>),
    /// The line's clearance allows it, and it must be what it says.
    Covered(Box<Expected>),
    /// A person has to decide, or a rule denies it.
    Question(Box<Question>, Wanted),
    /// The same process has just been refused it: it tries the next directory of PATH, where a program of that name is too.
    Again,
}

/// A judgement, and what it is about.
#[derive(Debug)]
pub(super) struct Judged {
    pub(super) judgement: Judgement,
    /// The repository that a git of an agent is about to change.
    pub(super) repository: Option<PathBuf>,
}

impl From<Judgement> for Judged {
    fn from(judgement: Judgement) -> Self {
        Self { judgement, repository: None }
    }
}

/// How a start stands to what was cleared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    Free,
    Covered,
    Gated,
}

/// The judge of programs.
pub(super) struct Programs<'a> {
    appraiser: &'a Appraiser,
    session: &'a Session,
    /// What the line was cleared under.
    cleared: &'a Verdict,
    /// The lines of shells are an agent's, and judged whole before they begin.
    whole: bool,
    /// The programs that clear lines as we do: agentsh, below us.
    ours: &'a Ours,
    minded: &'a Minded<'a>,
    /// What was cleared there: by the process that became the shell then, and when that was started.
    below: Mutex<Vec<((i32, u64), Verdict)>>,
    /// What passed, and with which values of the variables that were asked for.
    remembered: Mutex<HashMap<[u8; 32], Arc<Variables>>>,
    /// What was asked about and when, with the process that wanted it.
    asked: Mutex<HashMap<(i32, [u8; 32]), Instant>>,
}

impl<'a> Programs<'a> {
    pub(super) fn new(
        appraiser: &'a Appraiser,
        session: &'a Session,
        cleared: &'a Verdict,
        whole: bool,
        ours: &'a Ours,
        minded: &'a Minded<'a>,
    ) -> Self {
        let (remembered, asked, below) = (Mutex::default(), Mutex::default(), Mutex::default());
        Self { appraiser, session, cleared, whole, ours, minded, below, remembered, asked }
    }

    /// Reads what a process wants to start; `None` when no program is there. An error means that it could not be read.
    pub(super) fn read(&self, process: Process, view: &View, name: &Name, argv: u64) -> io::Result<Option<Wanted>> {
        let directory = process.directory()?;
        let Some((file, stat)) = found::program(process, view, name, &directory)? else { return Ok(None) };
        let argv = sys::read_strings(process.thread, argv, MOST_BYTES)?;
        Ok(Some(Wanted { argv, directory, file, stat }))
    }

    /// True when this very start was judged before and passed, with all that the judgement depended on.
    pub(super) fn is_known(&self, process: Process, wanted: &Wanted, environment: u64) -> bool {
        let remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(asked) = remembered.get(&wanted.key(true)).map(Arc::clone) else { return false };
        drop(remembered);
        let same = || {
            let variables = sys::read_strings(process.thread, environment, MOST_BYTES);
            let is =
                |variables: &[Vec<u8>]| asked.iter().all(|(name, before)| value(variables, name) == before.as_deref());
            variables.is_ok_and(|variables| is(&variables))
        };
        // What passed before something was refused may be another way to it.
        (asked.is_empty() || same()) && self.minded.list().is_empty()
    }

    /// Judges it. An error means that its environment could not be read.
    pub(super) fn judge(&self, process: Process, wanted: Wanted, environment: u64) -> io::Result<Judged> {
        let again = (process.thread, wanted.key(false));
        let just = self.asked.lock().unwrap_or_else(PoisonError::into_inner).get(&again).map(Instant::elapsed);
        if just.is_some_and(|since| since < PATH_WALK) {
            return Ok(Judgement::Again.into());
        }
        if is_transport(process, &wanted) || is_housekeeping(process, &wanted) {
            return Ok(Judgement::Pass(None).into());
        }
        let variables = sys::read_strings(process.thread, environment, MOST_BYTES)?;
        if self.whole && self.is_ours(&wanted.stat) && has_our_places(&variables) {
            // It judges its line itself, and says so to whoever called it.
            return Ok(Judgement::Pass(None).into());
        }
        let mut covered = false;
        let text = wanted.text().filter(|_| self.whole);
        let program = text.is_none().then(|| wanted.file.clone());
        let world = Surroundings::new(wanted.directory.clone(), variables, program);
        let lines = match text {
            Some((text, operands)) => {
                let zero = operands.first().cloned().unwrap_or_else(|| b"bash".to_vec());
                let positional = operands.get(1..).unwrap_or_default().to_vec();
                vec![(text.to_vec(), Start { zero, positional, ..Start::default() })]
            }
            None => {
                let start = || Start { zero: b"sh".to_vec(), ..Start::default() };
                wanted.lines().into_iter().map(|line| (line, start())).collect()
            }
        };
        let later = text.is_none() && (wanted.is_shell() || self.whole && wanted.is_wrapper());
        let agentsh =
            process.program().is_ok_and(|program| self.is_ours(&program)) && has_our_places(&process.environment());
        let commits = (self.whole || self.session.is_of_agent()) && wanted.is_git();
        let (mut begins, mut repository, mut counted) = (None, None, false);
        for (line, start) in lines {
            let mut appraisal = match text {
                Some(_) => self.appraiser.appraise_text_in(&line, &start, &world),
                None => self.appraiser.appraise_in(&line, &start, &world),
            };
            if appraisal.verdict.takes_away() {
                let (minded, scope) = (self.minded.list(), &self.appraiser.loaded().scope);
                appraisal.verdict.mind(&minded, &appraisal.assessment.commands, scope);
            }
            // A rule that holds for a number of lines may be used up the next time.
            counted |= !appraisal.verdict.uses.is_empty();
            let standing = self.standing(process, &appraisal.verdict, later);
            if commits && repository.is_none() {
                repository = changed_repository(&appraisal.verdict.effects);
            }
            if agentsh {
                // It has judged the line itself, and had it cleared where that was needed.
                self.adopt(process, appraisal.verdict.clone());
            }
            let mut question = self.appraiser.question(appraisal, self.session);
            question.cwd.clone_from(&wanted.directory);
            question.call = question.call.or_else(|| called(world.variables()));
            let standing = if agentsh { Standing::Free } else { standing };
            match standing {
                Standing::Free => {}
                Standing::Covered => covered = true,
                Standing::Gated => {
                    return Ok(Judged { judgement: Judgement::Question(Box::new(question), wanted), repository });
                }
            }
            begins = text.map(|_| Box::new(Begins::of(&question)));
        }
        if covered {
            return Ok(Judged { judgement: Judgement::Covered(Box::new(wanted.expected())), repository });
        }
        // What is checked out may be another branch the next time.
        if agentsh || begins.is_some() || repository.is_some() {
            return Ok(Judged { judgement: Judgement::Pass(begins), repository });
        }
        if let Some(asked) = world.depends_on().filter(|_| !counted) {
            let mut remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
            if remembered.len() >= MOST_REMEMBERED {
                remembered.clear();
            }
            remembered.insert(wanted.key(true), Arc::new(asked));
        }
        Ok(Judgement::Pass(None).into())
    }

    /// True for the agent's own program: one that an installed agent starts in its place, or again.
    pub(super) fn is_agent(&self, wanted: &Wanted) -> bool {
        use std::os::unix::ffi::OsStringExt;
        let arguments = wanted.argv.iter().skip(1).cloned().map(std::ffi::OsString::from_vec);
        let named = Agent::of_command(wanted.file.as_os_str(), &arguments.collect::<Vec<_>>());
        self.whole && named.is_some_and(|agent| Some(agent.name) == self.session.agent.as_deref())
    }

    /// Which word of argv is the text of an agent's shell that is refused.
    pub(super) fn turns_away(&self, wanted: &Wanted) -> Option<usize> {
        wanted.text_at().filter(|_| self.whole)
    }

    fn is_ours(&self, program: &Stat) -> bool {
        self.ours.is_shell(program)
    }

    /// What a start is recorded as once a person has agreed to it, when it is a line of its own.
    pub(super) fn line_of(&self, question: &Question, wanted: &Wanted) -> Option<Begins> {
        (self.whole && wanted.text().is_some()).then(|| Begins::of(question))
    }

    /// What an agentsh below, or a person, has cleared of a shell's text holds for that process, which is about to become the shell, and all it starts.
    pub(super) fn adopt(&self, process: Process, verdict: Verdict) {
        let Ok(stat) = sys::ProcStat::of(process.thread) else { return };
        let mut below = self.below.lock().unwrap_or_else(PoisonError::into_inner);
        below.retain(|((pid, start), _)| sys::ProcStat::of(*pid).is_ok_and(|found| found.start_time == *start));
        below.push(((process.thread, stat.start_time), verdict));
    }

    /// What was cleared by an agentsh among a process's ancestors.
    fn cleared_above(&self, process: Process) -> Vec<Verdict> {
        let below = self.below.lock().unwrap_or_else(PoisonError::into_inner);
        let mut found = Vec::new();
        let mut pid = process.thread;
        while !below.is_empty() && pid > 1 {
            let Ok(stat) = sys::ProcStat::of(pid) else { break };
            let here = below.iter().filter(|((known, start), _)| (*known, *start) == (pid, stat.start_time));
            found.extend(here.map(|(_, verdict)| verdict.clone()));
            pid = stat.ppid;
        }
        found
    }

    /// Gated when some reason asks or denies that the line's own clearance does not cover, and that nothing later looks at.
    /// Reasons about the line as a whole (that it is opaque) are answered by the guard being there.
    fn standing(&self, process: Process, verdict: &Verdict, shell: bool) -> Standing {
        let mut standing = Standing::Free;
        let mut above = None;
        // A rule that holds for a number of lines has counted this one, or is to count what it starts.
        if !shell && !verdict.uses.iter().all(|used| self.cleared.uses.contains(used)) {
            let above = above.get_or_insert_with(|| self.cleared_above(process));
            if !verdict.uses.iter().all(|used| above.iter().any(|cleared| cleared.uses.contains(used))) {
                return Standing::Gated;
            }
        }
        for reason in &verdict.reasons {
            let effect = reason.effect.and_then(|index| verdict.effects.get(index));
            let gates = match reason.decision {
                Decision::Allow => false,
                Decision::Ask => effect.is_some_and(|effect| effect.reversibility != Reversibility::Opaque),
                Decision::Deny => true,
            };
            let later = shell && effect.is_some_and(|effect| !OWN_DOINGS.contains(&effect.program.as_str()));
            if !gates || later {
                continue;
            }
            if !covers(self.cleared, reason, effect)
                && !above
                    .get_or_insert_with(|| self.cleared_above(process))
                    .iter()
                    .any(|cleared| covers(cleared, reason, effect))
            {
                return Standing::Gated;
            }
            standing = Standing::Covered;
        }
        standing
    }

    /// Notes that a process is refused what it wants; whatever it had been asked about long ago is forgotten.
    pub(super) fn refused(&self, process: Process, wanted: &Wanted) {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.retain(|_, when| when.elapsed() < PATH_WALK);
        asked.insert((process.thread, wanted.key(false)), Instant::now());
    }
}

/// True when an agentsh with this environment finds the same settings, rules and approvals as we do, and is nothing but itself.
fn has_our_places(environment: &[Vec<u8>]) -> bool {
    const PLACES: [&str; 4] = ["HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "AGENTSH_SESSION"];
    const LOADER: [&str; 3] = ["LD_PRELOAD", "LD_AUDIT", "LD_LIBRARY_PATH"];
    let same = |name: &&str| {
        let ours = std::env::var_os(name);
        // Our own process stands outside of the session that it watches.
        value(environment, name.as_bytes()).map(OsStr::from_bytes) == ours.as_deref()
            || (*name == "AGENTSH_SESSION" && ours.is_none())
    };
    PLACES.iter().all(same) && LOADER.iter().all(|name| value(environment, name.as_bytes()).is_none())
}

/// An agent's own name for the call that a process was started by.
fn called(environment: &[Vec<u8>]) -> Option<String> {
    value(environment, b"CODEX_TOOL_CALL_ID").map(|call| String::from_utf8_lossy(call).into_owned())
}

/// True when a line was cleared for the same reason about the same thing.
fn covers(cleared: &Verdict, reason: &Reason, effect: Option<&Effect>) -> bool {
    cleared.reasons.iter().any(|known| {
        let about = known.effect.and_then(|index| cleared.effects.get(index));
        known.rule == reason.rule
            && match (about, effect) {
                (Some(about), Some(effect)) => is_within(effect, about),
                (None, _) => true,
                (Some(_), None) => false,
            }
    })
}

/// True when one effect is the other, or one of those the other stands for.
fn is_within(effect: &Effect, cleared: &Effect) -> bool {
    let named = match (&cleared.object.name, &effect.object.name) {
        (Known::Nothing, _) => true,
        (Known::Begins(prefix), Known::Exactly(name) | Known::Begins(name)) => name.starts_with(prefix),
        (cleared, name) => cleared == name,
    };
    effect.verb == cleared.verb && effect.object.kind == cleared.object.kind && named
}
