//! The parent of the shell: answers every notified call of it and its descendants, for as long as one is alive.

use super::call::{Call, other_end};
use super::files::{Files, Kept};
use super::process::{Process, Root};
use super::programs::{Judgement, Programs};
use super::record::{Begun, Lost, Record};
use super::registry;
use super::scope::Gate;
use super::wire::Message;
use crate::approval::{Appraiser, Question, settle};
use crate::host::Session;
use crate::sys::{self, Answer, Change, Composure, Ending, Listener, Notification, PidFd, Stat};
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout};
use nix::sys::signal::SigSet;
use std::cell::Cell;
use std::collections::{HashMap, HashSet};
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread::Scope;

/// Threads that receive. One that asks a person is replaced for as long.
const RECEIVERS: usize = 3;

/// The shell to be run.
pub(super) struct Shell<'a> {
    pub(super) program: &'a OsStr,
    pub(super) arguments: &'a [OsString],
    /// The signals its caller had blocked.
    pub(super) mask: &'a SigSet,
    /// What was set aside of its caller's.
    pub(super) composure: Cell<Option<Composure>>,
}

/// What the supervisor is made of, before it is one.
pub(super) struct Supervisor<'a> {
    pub(super) appraiser: &'a Appraiser,
    pub(super) session: &'a Session,
    pub(super) own: Vec<PathBuf>,
    /// What the line was cleared as.
    pub(super) question: &'a Question,
    pub(super) begun: Begun,
    pub(super) front: io::Result<UnixStream>,
}

impl Supervisor<'_> {
    /// Starts the shell and supervises until nothing is left of it; then this process is to end with the status given.
    pub(super) fn run(self, shell: &Shell<'_>, front: &PidFd) -> i32 {
        let Ok(socket) = self.front else { return 1 };
        let refuse = |error: io::Error| {
            let _ = Message::NoFilter(error.raw_os_error().unwrap_or(libc::EIO)).send(&socket);
            1
        };
        let started = sys::become_supervisor().and_then(|()| start(shell));
        let (pid, listener, started) = match started {
            Ok(started) => started,
            Err(error) => return refuse(error),
        };
        let keep = [listener.as_fd().as_raw_fd(), socket.as_raw_fd(), front.as_fd().as_raw_fd(), started.as_raw_fd()];
        sys::let_go(c"agentsh-guard", &keep);
        let state = self.begun.state.clone();
        let opened = registry::enter(&state).and_then(|()| Root::own());
        let (root, record) = match opened.map(|root| (root, Record::open(self.begun))) {
            Ok((root, Ok(record))) => (root, record),
            Ok((_, Err(_))) => {
                sys::send_signal(pid, libc::SIGKILL);
                registry::leave(&state);
                return refuse(io::Error::from_raw_os_error(libc::EIO));
            }
            Err(error) => {
                sys::send_signal(pid, libc::SIGKILL);
                return refuse(error);
            }
        };
        let gate = Gate::new(self.appraiser, self.question);
        let files = Files { root, record: &record, gate: &gate, own: &self.own, ours: our_programs() };
        let programs = Programs {
            appraiser: self.appraiser,
            session: self.session,
            cleared: &self.question.verdict,
            remembered: Mutex::new(HashSet::new()),
            asked: Mutex::new(HashMap::new()),
        };
        let desk = Desk {
            listener: &listener,
            files,
            programs,
            record: &record,
            state: &state,
            shell: pid,
            begun: AtomicBool::new(false),
            asking: Mutex::new(()),
            loss_accepted: AtomicBool::new(false),
            contacts: Mutex::new(HashSet::new()),
        };
        let ended = AtomicBool::new(false);
        std::thread::scope(|scope| {
            for _ in 0..RECEIVERS {
                desk.receive_in(scope);
            }
            scope.spawn(|| relay(&socket, front, pid, &ended));
            watch(&socket, &started, pid, &record, &ended);
            record.finish(Ending::Unknown);
            registry::leave(&state);
            sys::exit_at_once(0)
        })
    }
}

/// Programs that may write to agentsh's own state: this one and the person's tool beside it.
fn our_programs() -> Vec<Stat> {
    let own = std::env::current_exe().ok();
    let tool = own.as_ref().and_then(|own| Some(own.parent()?.join("agentshctl")));
    [Some(PathBuf::from("/proc/self/exe")), tool]
        .into_iter()
        .flatten()
        .filter_map(|path| Stat::target_of(&path).ok())
        .collect()
}

/// Forks the shell, which puts itself under the filter, hands over the listener and becomes the program. The socket ends
/// when it has, or brings the error number.
fn start(shell: &Shell<'_>) -> io::Result<(i32, Listener, UnixStream)> {
    let (ours, theirs) = UnixStream::pair()?;
    let pid = sys::fork_child(|| {
        let _ = nix::sys::prctl::set_dumpable(true);
        let _ = nix::sys::prctl::set_pdeathsig(nix::sys::signal::Signal::SIGKILL);
        let number = |error: &io::Error| error.raw_os_error().unwrap_or(libc::EIO) as u8;
        match sys::install_filter() {
            Ok(fd) => {
                if sys::send_descriptor(&theirs, 0, Some(&fd)).is_err() {
                    return 1;
                }
                drop(fd);
            }
            Err(error) => {
                let _ = sys::send_descriptor(&theirs, number(&error), None);
                return 1;
            }
        }
        if let Some(composure) = shell.composure.take() {
            composure.give_back();
        }
        let _ = sys::set_signals(shell.mask);
        let error = sys::become_program(shell.program, shell.arguments);
        let _ = sys::send_descriptor(&theirs, number(&error), None);
        127
    })?;
    drop(theirs);
    let (byte, fd) = sys::receive_descriptor(&ours)?;
    let fd = fd.ok_or_else(|| io::Error::from_raw_os_error(i32::from(byte)))?;
    Ok((pid, Listener::new(fd), ours))
}

/// Waits for the shell and whatever becomes ours when its parent ends; returns when nothing is left.
fn watch(front: &UnixStream, started: &UnixStream, shell: i32, record: &Record, ended: &AtomicBool) {
    if let Ok((error, _)) = sys::receive_descriptor(started) {
        let _ = Message::NotStarted(i32::from(error)).send(front);
    }
    loop {
        match sys::wait_for_any() {
            Ok(Some((pid, Change::Ended(status)))) if pid == shell => {
                ended.store(true, Ordering::SeqCst);
                record.finish(Ending::of_wait_status(status));
                let _ = Message::Ended(status).send(front);
                // What lives on is nobody's foreground.
                let _ = nix::unistd::setsid();
            }
            Ok(Some((pid, Change::Stopped(signal)))) if pid == shell => {
                let _ = Message::Stopped(signal).send(front);
            }
            Ok(Some(_)) => {}
            Ok(None) | Err(_) => return,
        }
    }
}

/// Passes on what is sent to the front, and its death.
///
/// A signal to the whole process group reaches shell, supervisor and front alike and must not reach the shell twice: what
/// has come here too is not passed on.
fn relay(front: &UnixStream, process: &PidFd, shell: i32, ended: &AtomicBool) {
    let Ok(queue) = sys::signal_queue() else { return };
    let mut shared = HashSet::new();
    loop {
        let mut slots = [
            PollFd::new(front.as_fd(), PollFlags::POLLIN),
            PollFd::new(process.as_fd(), PollFlags::POLLIN),
            PollFd::new(queue.as_fd(), PollFlags::POLLIN),
        ];
        match nix::poll::poll(&mut slots, PollTimeout::NONE) {
            Ok(_) => {}
            Err(Errno::EINTR) => continue,
            Err(_) => return,
        }
        let ready = |index: usize| slots[index].revents().is_some_and(|events| !events.is_empty());
        let (speaks, dead) = (ready(0), ready(1));
        while let Ok(Some(signal)) = queue.read_signal() {
            if signal.ssi_code != 0x80 {
                shared.insert(signal.ssi_signo.cast_signed());
            }
        }
        if speaks && let Ok(Message::Signal(signal)) = Message::receive(front) {
            let everybodys = shared.remove(&signal);
            if !everybodys && !ended.load(Ordering::SeqCst) {
                sys::send_signal(shell, signal);
            }
            continue;
        }
        if dead {
            // Whoever kills the process they know of means the shell.
            if !ended.load(Ordering::SeqCst) {
                sys::send_signal(shell, libc::SIGKILL);
            }
            return;
        }
        if speaks {
            let mut slots = [PollFd::new(process.as_fd(), PollFlags::POLLIN)];
            let _ = nix::poll::poll(&mut slots, PollTimeout::from(1000_u16));
        }
    }
}

/// Answers calls.
struct Desk<'a> {
    listener: &'a Listener,
    files: Files<'a>,
    programs: Programs<'a>,
    record: &'a Record,
    state: &'a Path,
    shell: i32,
    /// The shell itself has been started.
    begun: AtomicBool,
    /// Held while a person is asked.
    asking: Mutex<()>,
    /// A person has said that what cannot be kept may be lost.
    loss_accepted: AtomicBool,
    contacts: Mutex<HashSet<String>>,
}

impl<'a> Desk<'a> {
    /// One more thread that receives. Judging a long script goes deep, hence the stack.
    fn receive_in<'scope>(&'scope self, scope: &'scope Scope<'scope, '_>) {
        let _ = std::thread::Builder::new().stack_size(8 << 20).spawn_scoped(scope, || self.serve(scope));
    }

    /// Receives and answers until no process is left.
    fn serve<'scope>(&'scope self, scope: &'scope Scope<'scope, '_>) {
        while let Ok(Some(call)) = self.listener.receive() {
            let answer = self.decide(&call, scope);
            // Everything was read of the process that made this call only if it still waits.
            let answer = if self.listener.is_waiting(&call) { answer } else { Answer::Fail(libc::EACCES) };
            let _ = self.listener.answer(&call, answer);
        }
    }

    fn decide<'scope>(&'scope self, notification: &Notification, scope: &'scope Scope<'scope, '_>) -> Answer {
        let process = Process { thread: notification.thread };
        if process.thread == 0 {
            return Answer::Fail(libc::EACCES);
        }
        let unreadable = |error: io::Error| Answer::Fail(error.raw_os_error().unwrap_or(libc::EACCES));
        let call = match Call::of(notification) {
            Ok(call) => call,
            Err(error) => return unreadable(error),
        };
        match call {
            Call::Execute(..) if process.thread == self.shell && !self.begun.swap(true, Ordering::SeqCst) => {
                Answer::Continue
            }
            Call::Execute(name, argv, environment) => match self.programs.judge(process, &name, argv, environment) {
                Ok(Judgement::Pass) => Answer::Continue,
                Ok(Judgement::Again) => Answer::Fail(libc::EACCES),
                Ok(Judgement::Question(question, wanted)) => {
                    let answer = self.put(process, *question, scope);
                    if answer != Answer::Continue {
                        self.programs.refused(process, &wanted.argv, &wanted.directory);
                    }
                    answer
                }
                Err(error) => unreadable(error),
            },
            Call::Connect(address, length) => {
                if let Some(other) = other_end(process, address, length)
                    && self.contacts.lock().unwrap_or_else(PoisonError::into_inner).insert(other.clone())
                {
                    self.record.note(format!("connects to {other}"));
                }
                Answer::Continue
            }
            Call::Unknown => Answer::Fail(libc::ENOSYS),
            change => self.change(process, &change, scope),
        }
    }

    /// A call that changes files: held to the scope, and kept from. What a person agrees to is looked at once more.
    fn change<'scope>(&'scope self, process: Process, call: &Call, scope: &'scope Scope<'scope, '_>) -> Answer {
        loop {
            return match self.files.keep(process, call) {
                Ok(Kept::Yes) => Answer::Continue,
                Ok(Kept::Refused) => Answer::Fail(libc::EACCES),
                Ok(Kept::Question(question)) => match self.put(process, *question, scope) {
                    Answer::Continue => continue,
                    answer => answer,
                },
                Ok(Kept::Own(path)) => {
                    let path = path.to_string_lossy();
                    let path = crate::ui::visible(&path);
                    process
                        .tell(&format!("agentsh: not done: {path} is agentsh's own; nothing it watches may change it"));
                    Answer::Fail(libc::EACCES)
                }
                Ok(Kept::No(path, lost)) => self.lose(process, &path, &lost, scope),
                Err(error) => Answer::Fail(error.raw_os_error().unwrap_or(libc::EACCES)),
            };
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
        self.receive_in(scope);
        let _one_at_a_time = self.asking.lock().unwrap_or_else(PoisonError::into_inner);
        match settle(question, self.state) {
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
        let question = self.files.gate.unkept(path, &lost.to_string());
        let answer = self.ask(process, question, scope);
        if answer == Answer::Continue {
            self.loss_accepted.store(true, Ordering::SeqCst);
        }
        answer
    }
}
