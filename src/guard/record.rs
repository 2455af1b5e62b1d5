//! The step a guarded line is: where preimages go while it runs, and what is recorded when it has ended.

use super::place::Spot;
use super::step::{Account, Begins, Lost, outcome, remember, step_outcome};
use crate::checkpoint::{Durability, Limits, StepHeader, StepPack, Store, StoreError, StoreSettings};
use crate::host::Attempt;
use crate::journal::{Entry, Intent, Journal, Note, Outcome, StepId};
use crate::policy::Extent;
use crate::sys::clock;
use crate::sys::{Ending, ProcStat};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// After this time a step of a long run ends, and what is changed next is another one.
const SPAN: Duration = Duration::from_secs(5);

/// How long whoever waits for a shell is given to record its end.
const WAITER: Duration = Duration::from_millis(200);

/// What the supervisor records.
#[derive(Clone, Debug)]
pub(super) struct Begun {
    /// The state directory.
    pub(super) state: PathBuf,
    /// The step that the journal knows already; `None` for a run that is a sequence of steps, each of
    /// which begins with a change.
    pub(super) step: Option<StepId>,
    /// Their folder in the store.
    pub(super) session: String,
    /// How much is kept.
    pub(super) settings: StoreSettings,
    /// What the journal says of the line; a daemon's later changes are a step of their own that says the same.
    pub(super) intent: Intent,
    /// What is to be remembered should the line fail.
    pub(super) attempt: Option<Attempt>,
}

/// A pack that is written now.
struct Running {
    step: StepId,
    pack: StepPack,
    since: Instant,
}

impl Running {
    fn begin(store: &Store, begun: &Begun, step: StepId, intent: &Intent) -> Result<Self, StoreError> {
        let pack = store.begin(&StepHeader {
            id: step.to_string(),
            session: begun.session.clone(),
            line: intent.line.0.clone(),
            cwd: PathBuf::from(OsStr::from_bytes(&intent.cwd.0)),
            started: clock::timestamp(),
        })?;
        pack.seal()?;
        Ok(Self { step, pack, since: Instant::now() })
    }
}

/// What ran has ended, and its pack says so; the journal does not yet.
#[must_use = "the journal is to say how it ended"]
pub(super) struct Finished {
    running: Running,
    ending: Ending,
    /// Only its step has ended.
    goes_on: bool,
    session: String,
}

/// The step of a line that an agent's shell runs.
struct Line {
    /// The shell's process and when it started.
    shell: (i32, u64),
    session: String,
    running: Running,
    /// What is to be remembered should it fail.
    attempt: Option<Attempt>,
}

/// Keeps what running processes are about to lose. Any number of threads may use it.
pub(super) struct Record {
    begun: Begun,
    store: Store,
    journal: Journal,
    running: Mutex<Option<Running>>,
    /// The lines an agent's shells run now, each a step of its own.
    lines: Mutex<Vec<Line>>,
    /// The journal's word on the steps that run is on the device.
    is_known: AtomicBool,
}

impl Record {
    /// Begins the step's pack.
    pub(super) fn open(begun: Begun) -> Result<Self, Lost> {
        // A link costs the same whatever the file's size, and copies nothing.
        let limits = Limits { inline_unlinked_bytes: 0, inline_tree_bytes: 0, ..begun.settings.limits };
        let store = Store::open(&begun.state, StoreSettings { durability: Durability::Process, limits })?;
        let journal = Journal::open(&begun.state);
        let running = begun.step.map(|step| Running::begin(&store, &begun, step, &begun.intent)).transpose()?;
        Ok(Self {
            begun,
            store,
            journal,
            running: Mutex::new(running),
            lines: Mutex::default(),
            is_known: AtomicBool::new(false),
        })
    }

    fn lock(&self) -> MutexGuard<'_, Option<Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does something with the step that what `thread` changes belongs to: the one of the nearest shell above it that runs a
    /// line, else the one that goes on now. `None` when neither has begun.
    fn with<T>(&self, thread: i32, work: impl FnOnce(&Running) -> T) -> Option<T> {
        let lines = self.lines();
        match owner(&lines, thread) {
            Some(line) => Some(work(&line.running)),
            None => {
                drop(lines);
                self.lock().as_ref().map(work)
            }
        }
    }

    /// True when `thread` belongs to a line; else it is the agent's own doing.
    pub(super) fn is_in_line(&self, thread: i32) -> bool {
        owner(&self.lines(), thread).is_some()
    }

    fn lines(&self) -> MutexGuard<'_, Vec<Line>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps what a call of `thread` is about to change and writes it out; afterwards it survives the death of any process.
    pub(super) fn capture(&self, thread: i32, spot: &Spot, extent: Extent) -> Result<(), Lost> {
        self.end_lines_of_the_dead();
        let lines = self.lines();
        if let Some(line) = owner(&lines, thread) {
            return Ok(line.running.pack.capture_at(&spot.at, spot.stat.as_ref(), extent)?);
        }
        drop(lines);
        let mut running = self.lock();
        if running.is_none() {
            *running = Some(self.begin(self.begun.intent.clone())?);
        }
        let Some(running) = running.as_ref() else { return Ok(()) };
        Ok(running.pack.capture_at(&spot.at, spot.stat.as_ref(), extent)?)
    }

    /// True when something was kept that a power cut would take.
    pub(super) fn is_unsynced(&self) -> bool {
        self.lines().iter().any(|line| line.running.pack.is_unsynced())
            || self.lock().as_ref().is_some_and(|running| running.pack.is_unsynced())
    }

    /// Writes that out to the device; captures go on meanwhile. A preimage is of use only to who knows of its step.
    pub(super) fn write_out(&self) {
        if !self.is_known.swap(true, Ordering::SeqCst) {
            let _ = self.journal.sync();
        }
        let lines = self.lines().iter().map(|line| line.running.pack.take_unsynced()).collect::<Vec<_>>();
        let own = self.lock().as_ref().map(|running| running.pack.take_unsynced());
        for file in lines.into_iter().chain(own).flat_map(Result::unwrap_or_default) {
            let _ = file.sync_data();
        }
    }

    /// A change of `thread` was not made because [`Self::capture`] failed.
    pub(super) fn was_not_lost(&self, thread: i32, path: &Path) {
        self.with(thread, |running| running.pack.was_not_lost(path));
    }

    /// True when the name is the own one of the step that `thread` is in.
    pub(super) fn is_new(&self, thread: i32, path: &Path) -> bool {
        self.with(thread, |running| running.pack.is_new(path)).unwrap_or(false)
    }

    /// Something was changed that cannot be kept.
    pub(super) fn leave_out(&self, thread: i32, path: &Path, why: &'static str) {
        self.with(thread, |running| running.pack.leave_out(path, why));
    }

    /// A shell begins with a line: what it and all below it change from now on is a step of its own. False when it belongs to a
    /// line itself, as the shell of a recipe does, or one that its own process has become.
    pub(super) fn begin_line(&self, shell: (i32, u64), line: Begins) -> Result<bool, Lost> {
        let mut lines = self.lines();
        if owner(&lines, shell.0).is_some() {
            return Ok(false);
        }
        // What the agent has changed itself until now comes before it in the order of steps.
        self.divide();
        let Begins { intent, attempt } = line;
        let session = intent.session.clone();
        let running = self.begin(intent)?;
        lines.push(Line { shell, session, running, attempt });
        Ok(true)
    }

    /// The shell has ended.
    pub(super) fn end_line(&self, shell: (i32, u64), ending: Ending) {
        // Nothing is changed meanwhile: others look at the lines first.
        let mut lines = self.lines();
        if let Some(at) = lines.iter().position(|line| line.shell == shell) {
            let line = lines.swap_remove(at);
            self.divide();
            remember(&self.begun.state, line.attempt.as_ref(), ending);
            self.report(close(line.running, ending, line.session));
        }
    }

    /// A line whose shell has ended is recorded before anything else is changed, so that it ends with what it left. Whoever waits
    /// for the shell does it and knows how it ended; but not for long.
    fn end_lines_of_the_dead(&self) {
        let dead = |(pid, start): (i32, u64)| {
            !ProcStat::of(pid).is_ok_and(|stat| stat.start_time == start && stat.state != b'Z')
        };
        let ended: Vec<_> = self.lines().iter().map(|line| line.shell).filter(|shell| dead(*shell)).collect();
        for shell in ended {
            let until = Instant::now() + WAITER;
            while self.lines().iter().any(|line| line.shell == shell) && Instant::now() < until {
                std::thread::sleep(Duration::from_millis(1));
            }
            self.end_line(shell, Ending::Unknown);
        }
    }

    /// Nothing is left that could change anything.
    pub(super) fn end(&self) {
        let all: Vec<_> = self.lines().iter().map(|line| line.shell).collect();
        all.into_iter().for_each(|shell| self.end_line(shell, Ending::Unknown));
        if let Some(finished) = self.finish(Ending::Unknown) {
            self.report(finished);
        }
    }

    /// Ends a step of a run that is a sequence of them when it has lasted; `None` for a run that is one.
    pub(super) fn tick(&self) -> Option<()> {
        if self.begun.step.is_some() {
            return None;
        }
        let lasted = self.lock().as_ref().is_some_and(|running| running.since.elapsed() > SPAN);
        if lasted {
            self.divide();
        }
        Some(())
    }

    /// Says something about the step in the journal.
    pub(super) fn note(&self, text: String) {
        let step = self.lock().as_ref().map(|running| running.step).or(self.begun.step);
        let _ = self.journal.append(Entry::Note(Note { step, text }));
    }

    /// A step that begins now.
    fn begin(&self, intent: Intent) -> Result<Running, Lost> {
        let step = self.journal.begin(intent.clone())?;
        self.is_known.store(false, Ordering::SeqCst);
        Ok(Running::begin(&self.store, &self.begun, step, &intent)?)
    }

    /// Ends the step, though what ran goes on; what it changes next is another one.
    fn divide(&self) {
        if let Some(finished) = self.finish(Ending::Unknown) {
            self.report(Finished { goes_on: true, ..finished });
        }
    }

    /// Records what became of every path. What is changed later is a new step.
    pub(super) fn finish(&self, ending: Ending) -> Option<Finished> {
        remember(&self.begun.state, self.begun.attempt.as_ref(), ending);
        let running = self.lock().take()?;
        Some(close(running, ending, self.begun.intent.session.clone()))
    }

    /// Records in the journal how it ended and what it comes to, and makes all of it survive a power cut.
    pub(super) fn report(&self, finished: Finished) {
        let Finished { running, ending, goes_on, session } = finished;
        let wall = running.since.elapsed();
        let step = self.store.load(&self.begun.session, &running.step.to_string()).ok();
        let account = step.as_ref().map(Account::of);
        if let Some(account) = &account {
            account.charge(&self.begun.state, &session, 0);
        }
        let last = outcome(running.step, ending, wall, account.as_ref());
        let _ = self.journal.append(Entry::Outcome(Outcome { goes_on, ..last }));
        let _ = running.pack.sync();
        let _ = self.journal.sync();
    }
}

fn close(running: Running, ending: Ending, session: String) -> Finished {
    let _ = running.pack.finish(&step_outcome(ending));
    Finished { running, ending, goes_on: false, session }
}

/// The line whose shell is `thread` or the nearest above it. One that has ended owns nothing more.
fn owner(lines: &[Line], thread: i32) -> Option<&Line> {
    let mut next = thread;
    while !lines.is_empty() && next > 1 {
        let stat = ProcStat::of(next).ok()?;
        let here = lines.iter().find(|line| line.shell == (stat.pid, stat.start_time));
        if here.is_some() {
            return here;
        }
        next = stat.ppid;
    }
    None
}
