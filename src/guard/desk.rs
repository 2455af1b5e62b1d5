//! Answers the calls of guarded processes: one thread receives, another when an answer takes time.

use super::call::Call;
use super::committers::Committers;
use super::files::{Files, Kept};
use super::latch;
use super::minded::Minded;
use super::network::Network;
use super::others::may_touch;
use super::process::Process;
use super::programs::{Expected, Judged, Judgement, Programs};
use super::reach::Reach;
use super::record::Record;
use super::scope::Passage;
use super::step::{Begins, Lost};
use super::turn::Turns;
use crate::approval::{Question, settle_held};
use crate::effect::Reversibility;
use crate::sys::{self, Answer, Ending, Listener, Notification, PidFd};
use std::collections::HashSet;
use std::io;
use std::mem::Discriminant;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread::Scope;
use std::time::Duration;

/// Between a capture and its way to the device.
const GATHERED: Duration = Duration::from_millis(25);
/// Judging a long script goes deep.
const STACK: usize = 8 << 20;
/// Waiting for the end of a line and recording it does not.
const SMALL_STACK: usize = 1 << 20;

/// Answers calls.
pub(super) struct Desk<'a> {
    listener: &'a Listener,
    files: Files<'a>,
    programs: Programs<'a>,
    record: &'a Record,
    state: &'a Path,
    shell: i32,
    /// The shell itself has been started.
    begun: AtomicBool,
    turns: Turns,
    /// Held while a person is asked; the thread that asks, 0 for none.
    asking: Mutex<()>,
    asks: AtomicI32,
    /// A person has said that what cannot be kept may be lost.
    loss_accepted: AtomicBool,
    /// What was to be lost in these directories, and was refused.
    losses_refused: Mutex<HashSet<(Discriminant<Lost>, PathBuf)>>,
    network: Network<'a>,
    committers: Committers<'a>,
    minded: &'a Minded<'a>,
    /// A thread is about to write to the device.
    writes_out: AtomicBool,
}

/// What becomes of a call.
enum Course {
    Answer(Answer),
    /// Another thread answers.
    Elsewhere,
    /// It goes on, and the process is held until it is seen to have become this.
    Held(Box<Expected>),
    /// It is a shell that is refused its text, the word of argv with this number: it starts, and ends at once with 126.
    TurnedAway(Box<Expected>, usize),
}

impl<'a> Desk<'a> {
    pub(super) fn new(
        listener: &'a Listener,
        files: Files<'a>,
        programs: Programs<'a>,
        (network, committers, minded): (Network<'a>, Committers<'a>, &'a Minded<'a>),
        record: &'a Record,
        state: &'a Path,
        shell: i32,
    ) -> Self {
        Self {
            listener,
            files,
            programs,
            record,
            state,
            shell,
            begun: AtomicBool::new(false),
            turns: Turns::default(),
            asking: Mutex::new(()),
            asks: AtomicI32::new(0),
            loss_accepted: AtomicBool::new(false),
            losses_refused: Mutex::default(),
            network,
            committers,
            minded,
            writes_out: AtomicBool::new(false),
        }
    }

    /// The first thread that receives.
    pub(super) fn receive_in<'scope>(&'scope self, scope: &'scope Scope<'scope, '_>) {
        self.turns.expect_one();
        self.start(scope);
    }

    /// Starts a thread that is counted already.
    fn start<'scope>(&'scope self, scope: &'scope Scope<'scope, '_>) {
        let builder = std::thread::Builder::new().stack_size(STACK);
        if builder.spawn_scoped(scope, || self.serve(scope)).is_err() {
            self.turns.expect_none();
        }
    }

    /// To be called before anything that takes more than some microseconds: while nobody receives, a signal would break off
    /// the call of a process that waits to be heard.
    fn make_room<'scope>(&'scope self, scope: &'scope Scope<'scope, '_>) {
        if self.turns.give_away() {
            self.start(scope);
        }
    }

    /// A signal that has come to this process ends the question that is open, if it is one that ends programs.
    pub(super) fn signal(&self, number: i32) {
        const ENDING: [i32; 4] = [libc::SIGINT, libc::SIGTERM, libc::SIGHUP, libc::SIGQUIT];
        let asks = self.asks.load(Ordering::SeqCst);
        if asks != 0 && ENDING.contains(&number) {
            sys::signal_thread(asks, number);
        }
    }

    /// Receives and answers in its turn until no process is left, or enough others wait for theirs.
    fn serve<'scope>(&'scope self, scope: &'scope Scope<'scope, '_>) {
        let _blocks = sys::ThreadMemory::keep();
        sys::answer_promptly();
        while self.turns.take() {
            loop {
                let Ok(Some(call)) = self.listener.receive() else { return self.turns.end() };
                let may_widen = self.turns.begin();
                match self.decide(&call, scope) {
                    Course::Elsewhere => {}
                    Course::Held(expected) => {
                        latch::start(self.listener, &call, &expected, self.record);
                    }
                    Course::TurnedAway(expected, text) => latch::turn_away(self.listener, &call, &expected, text),
                    Course::Answer(answer) => {
                        if may_widen && self.listener.has_another() && self.turns.widen() {
                            self.start(scope);
                        }
                        // The kernel takes it only while the call waits: then what was read was read of the process that made it.
                        let _ = self.listener.answer(&call, answer);
                    }
                }
                if !self.turns.goes_on() {
                    break;
                }
            }
            if !self.turns.come_back() {
                return;
            }
        }
    }

    fn decide<'scope>(&'scope self, notification: &Notification, scope: &'scope Scope<'scope, '_>) -> Course {
        let process = Process { thread: notification.thread };
        if process.thread == 0 {
            return Course::Answer(Answer::Fail(libc::EACCES));
        }
        let call = match Call::of(notification) {
            Ok(call) => call,
            Err(error) => return Course::Answer(unreadable(&error)),
        };
        match Reach::of(process, &call) {
            Ok(Some(reach)) => return self.reach(notification, process, reach, scope),
            Ok(None) => {}
            Err(error) => return Course::Answer(unreadable(&error)),
        }
        Course::Answer(match call {
            Call::Execute(..) if process.thread == self.shell && !self.begun.swap(true, Ordering::SeqCst) => {
                Answer::Continue
            }
            Call::Execute(name, argv, environment) => {
                return self.execute(process, &name, (argv, environment), scope);
            }
            Call::Part => {
                self.files.view.part();
                Answer::Continue
            }
            Call::Fork => Answer::Continue,
            Call::Mount => {
                if self.files.hard.is_some() {
                    process.tell(
                        "agentsh: note: hard_scope = true forbids mounting, so sandboxes below this line (bwrap, containers) fail",
                    );
                }
                self.mount(process, scope)
            }
            Call::Touch(pid) if may_touch(process, pid, self.files.ours) => Answer::Continue,
            Call::Touch(pid) => self.alien(process, pid),
            Call::Unknown => Answer::Fail(libc::ENOSYS),
            change => self.change(process, &change, scope),
        })
    }

    fn execute<'scope>(
        &'scope self,
        process: Process,
        name: &super::call::Name,
        (argv, environment): (u64, u64),
        scope: &'scope Scope<'scope, '_>,
    ) -> Course {
        let wanted = match self.programs.read(process, &self.files.view, name, argv) {
            Ok(Some(wanted)) => wanted,
            // A name along PATH that is not there: the kernel says so, and nothing starts.
            Ok(None) => return Course::Answer(Answer::Continue),
            Err(error) => return Course::Answer(unreadable(&error)),
        };
        let own = || self.programs.is_agent(&wanted) && !self.record.is_in_line(process.thread);
        if self.programs.is_known(process, &wanted, environment) || own() {
            return Course::Answer(Answer::Continue);
        }
        self.make_room(scope);
        let mut judged = self.programs.judge(process, wanted, environment);
        if let Ok(Judged { judgement: Judgement::Pass(_) | Judgement::Covered(_), repository: Some(git) }) = &judged
            && self.take_turn(process, git, scope)
        {
            // What another did meanwhile may have changed the answer.
            judged = match self.programs.read(process, &self.files.view, name, argv) {
                Ok(Some(wanted)) => self.programs.judge(process, wanted, environment),
                Ok(None) => return Course::Answer(Answer::Continue),
                Err(error) => Err(error),
            };
        }
        let repository = judged.as_mut().ok().and_then(|judged| judged.repository.take());
        match judged.map(|judged| judged.judgement) {
            Ok(Judgement::Pass(line)) => {
                if let Some(line) = line {
                    self.begin_line(process, *line, scope);
                }
                Course::Answer(Answer::Continue)
            }
            Ok(Judgement::Covered(expected)) => Course::Held(expected),
            Ok(Judgement::Again) => Course::Answer(Answer::Fail(libc::EACCES)),
            Ok(Judgement::Question(question, wanted)) => {
                let line = self.programs.line_of(&question, &wanted);
                let verdict = line.as_ref().map(|_| question.verdict.clone());
                match self.put(process, *question, scope) {
                    Answer::Continue => {
                        if let Some(git) = repository {
                            self.take_turn(process, &git, scope);
                        }
                        if let Some(verdict) = verdict {
                            self.programs.adopt(process, verdict);
                        }
                        if let Some(line) = line {
                            self.begin_line(process, line, scope);
                        }
                        Course::Held(Box::new(wanted.expected()))
                    }
                    refused => match self.programs.turns_away(&wanted) {
                        Some(text) => Course::TurnedAway(Box::new(wanted.expected()), text),
                        None => {
                            self.programs.refused(process, &wanted);
                            Course::Answer(refused)
                        }
                    },
                }
            }
            Err(error) => Course::Answer(unreadable(&error)),
        }
    }

    /// Waits for the turn at a repository, and keeps it until the process has ended; true when another session had it before.
    fn take_turn<'scope>(&'scope self, process: Process, git: &Path, scope: &'scope Scope<'scope, '_>) -> bool {
        let part = self.committers.take(process, git);
        if let (Some(lock), Ok(end)) = (part.lock, PidFd::open(process.leader())) {
            let builder = std::thread::Builder::new().stack_size(SMALL_STACK);
            let _ = builder.spawn_scoped(scope, move || {
                let _ = end.wait();
                drop(lock);
            });
        }
        part.waited
    }

    /// A mount where nobody but us would see it is free; in our own namespace a person decides.
    fn mount<'scope>(&'scope self, process: Process, scope: &'scope Scope<'scope, '_>) -> Answer {
        if !nix::unistd::geteuid().is_root() || !self.files.view.is_of(process).unwrap_or(true) {
            return Answer::Continue;
        }
        match self.files.gate.mount(process) {
            Passage::Free => Answer::Continue,
            Passage::Refused => Answer::Fail(libc::EPERM),
            Passage::Question(question) => self.put(process, *question, scope),
        }
    }

    /// Whoever can change another process can act through it, unwatched.
    fn alien(&self, process: Process, pid: i32) -> Answer {
        process.tell(&format!(
            "agentsh: not done: process {pid} is none of this line's; nothing it watches may change it"
        ));
        Answer::Fail(libc::EPERM)
    }

    /// An agent's shell begins with a line, which is a step until that shell has ended. One that only reads is none.
    fn begin_line<'scope>(&'scope self, process: Process, mut line: Begins, scope: &'scope Scope<'scope, '_>) {
        if line.intent.reversibility == Reversibility::ReadOnly {
            return;
        }
        line.intent.guard = "full".to_owned();
        let Ok(stat) = sys::ProcStat::of(process.leader()) else { return };
        line.intent.pid = stat.pid.cast_unsigned();
        let shell = (stat.pid, stat.start_time);
        // What cannot be recorded as a step of its own is part of the agent's.
        let Ok(end) = PidFd::open(stat.pid) else { return };
        if let Ok(true) = self.record.begin_line(shell, line) {
            let builder = std::thread::Builder::new().stack_size(SMALL_STACK);
            let _ = builder.spawn_scoped(scope, move || {
                self.record.end_line(shell, end.wait().unwrap_or(Ending::Unknown));
            });
        }
    }

    /// A call that reaches other ends: noted and judged. What was decided about an address is carried out here with that
    /// address; a socket that waits is waited for on a thread of its own.
    fn reach<'scope>(
        &'scope self,
        notification: &Notification,
        process: Process,
        reach: Reach,
        scope: &'scope Scope<'scope, '_>,
    ) -> Course {
        reach.lookups().iter().for_each(|name| self.network.looks_up(name));
        let ends = reach.ends();
        let mut decided = self.network.decides() && !ends.is_empty();
        for end in ends {
            if self.network.is_free(end) {
                continue;
            }
            match self.network.judge(process, reach.way(), end) {
                Passage::Free => {}
                Passage::Refused => return Course::Answer(Answer::Fail(libc::EACCES)),
                Passage::Question(question) => match self.ask(process, *question, scope) {
                    Answer::Continue => {
                        self.network.agreed(end);
                        decided = true;
                    }
                    answer => {
                        self.network.declined(end);
                        return Course::Answer(answer);
                    }
                },
            }
        }
        if !decided {
            return Course::Answer(Answer::Continue);
        }
        let Ok(socket) = reach.socket() else { return Course::Answer(Answer::Fail(libc::EBADF)) };
        if !self.listener.is_waiting(notification) {
            return Course::Answer(Answer::Fail(libc::EACCES));
        }
        if sys::does_not_wait(&socket) {
            return Course::Answer(reach.carry_out(&socket));
        }
        let notification = *notification;
        scope.spawn(move || self.listener.answer(&notification, reach.carry_out(&socket)));
        Course::Elsewhere
    }

    /// A call that changes files: held to the scope, and kept from. What a person agrees to is looked at once more.
    fn change<'scope>(&'scope self, process: Process, call: &Call, scope: &'scope Scope<'scope, '_>) -> Answer {
        loop {
            return match self.files.keep(process, call, &|| self.make_room(scope)) {
                Ok(Kept::Yes) => {
                    if self.record.is_unsynced() {
                        self.write_out_in(scope);
                    }
                    Answer::Continue
                }
                Ok(Kept::Refused) => Answer::Fail(libc::EACCES),
                Ok(Kept::Question(question)) => match self.put(process, *question, scope) {
                    Answer::Continue => continue,
                    answer => answer,
                },
                Ok(Kept::Beyond(path)) => {
                    let path = path.to_string_lossy();
                    let path = crate::ui::visible(&path);
                    process.tell(&format!(
                        "agentsh: not done: {path} lies beyond the hard scope (hard_scope = true), which is not widened while a line runs: name it in the line itself, or in `tool_state`"
                    ));
                    Answer::Fail(libc::EACCES)
                }
                Ok(Kept::Alien(pid)) => self.alien(process, pid),
                Ok(Kept::Own(path)) => {
                    let path = path.to_string_lossy();
                    let path = crate::ui::visible(&path);
                    process
                        .tell(&format!("agentsh: not done: {path} is agentsh's own; nothing it watches may change it"));
                    Answer::Fail(libc::EACCES)
                }
                Ok(Kept::No(path, lost)) => self.lose(process, &path, &lost, scope),
                Err(error) => unreadable(&error),
            };
        }
    }

    /// What was kept by its bytes survives the death of any process at once, and a power cut soon: the calls of some
    /// milliseconds wait for the device together, and nobody waits for that.
    fn write_out_in<'scope>(&'scope self, scope: &'scope Scope<'scope, '_>) {
        if self.writes_out.swap(true, Ordering::SeqCst) {
            return;
        }
        let write_out = || {
            std::thread::sleep(GATHERED);
            self.writes_out.store(false, Ordering::SeqCst);
            self.record.write_out();
        };
        if std::thread::Builder::new().spawn_scoped(scope, write_out).is_err() {
            self.writes_out.store(false, Ordering::SeqCst);
        }
    }

    /// Puts the question and remembers the answer for the changes that follow.
    fn put<'scope>(&'scope self, process: Process, question: Question, scope: &'scope Scope<'scope, '_>) -> Answer {
        let put = question.clone();
        let answer = self.ask(process, question, scope);
        match answer {
            Answer::Continue => self.files.gate.agreed(&put),
            _ => self.files.gate.declined(&put),
        }
        answer
    }

    /// Puts the question; meanwhile another thread receives.
    fn ask<'scope>(&'scope self, process: Process, question: Question, scope: &'scope Scope<'scope, '_>) -> Answer {
        self.turns.set_aside();
        self.make_room(scope);
        let one_at_a_time = self.asking.lock().unwrap_or_else(PoisonError::into_inner);
        self.asks.store(sys::this_thread(), Ordering::SeqCst);
        // At the person's desk it waits only for as long as the process is there.
        let is_there = || sys::ProcStat::of(process.thread).is_ok_and(|stat| stat.state != b'Z');
        let settled = settle_held(question, self.state, &is_there);
        self.asks.store(0, Ordering::SeqCst);
        drop(one_at_a_time);
        self.turns.count_again();
        self.minded.forget();
        match settled {
            Ok(_cleared) => Answer::Continue,
            Err(refusal) => {
                process.tell(&refusal.to_string());
                Answer::Fail(libc::EACCES)
            }
        }
    }

    /// A preimage that cannot be kept: once a person has agreed, the rest of the line is not held up.
    fn lose<'scope>(
        &'scope self,
        process: Process,
        path: &Path,
        lost: &Lost,
        scope: &'scope Scope<'scope, '_>,
    ) -> Answer {
        if self.loss_accepted.load(Ordering::SeqCst) {
            return Answer::Continue;
        }
        // The same again, such as a full disk, is said once for a directory.
        let place = (std::mem::discriminant(lost), path.parent().unwrap_or(path).to_owned());
        if self.losses_refused.lock().unwrap_or_else(PoisonError::into_inner).contains(&place) {
            self.record.was_not_lost(process.thread, path);
            return Answer::Fail(libc::EACCES);
        }
        let question = self.files.gate.unkept(path, &lost.to_string());
        let answer = self.ask(process, question, scope);
        if answer == Answer::Continue {
            self.loss_accepted.store(true, Ordering::SeqCst);
        } else {
            self.record.was_not_lost(process.thread, path);
            self.losses_refused.lock().unwrap_or_else(PoisonError::into_inner).insert(place);
        }
        answer
    }
}

/// What cannot be read is not let through.
fn unreadable(error: &io::Error) -> Answer {
    Answer::Fail(error.raw_os_error().unwrap_or(libc::EACCES))
}
