//! The parent of the shell: starts it under the filter, waits for it and all it leaves behind, and passes on what the front
//! is told. The calls themselves are answered by [`Desk`] on threads of their own.

use super::committers::Committers;
use super::desk::Desk;
use super::files::Files;
use super::hard::HardScope;
use super::minded::Minded;
use super::network::Network;
use super::ours::Ours;
use super::programs::Programs;
use super::record::{Begun, Record};
use super::registry;
use super::scope::Gate;
use super::step::Lost;
use super::view::View;
use super::wire::Message;
use crate::approval::{Appraiser, Question};
use crate::host::{Places, Session};
use crate::sys::{self, Change, Composure, Ending, Listener, PidFd};
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout};
use nix::sys::signal::SigSet;
use std::cell::Cell;
use std::collections::HashSet;
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::fd::{AsFd, AsRawFd, IntoRawFd};
use std::os::unix::net::UnixStream;

/// `si_code` of a signal the kernel sent, as a terminal's driver does to a whole process group (sigaction(2)).
const FROM_KERNEL: i32 = 0x80;
/// How often a step of a long run is looked at, in milliseconds.
const TICK: u16 = 1000;

/// The shell to be run.
pub(super) struct Shell<'a> {
    pub(super) program: &'a OsStr,
    pub(super) arguments: &'a [OsString],
    /// Its environment; `None` for ours.
    pub(super) environment: Option<&'a [(OsString, OsString)]>,
    /// The signals its caller had blocked.
    pub(super) mask: SigSet,
    /// What was set aside of its caller's.
    pub(super) composure: Cell<Option<Composure>>,
    /// What the kernel holds it to, beside the filter.
    pub(super) hard: Option<&'a HardScope>,
}

/// What the supervisor is made of, before it is one.
pub(super) struct Supervisor<'a> {
    pub(super) appraiser: &'a Appraiser,
    pub(super) session: &'a Session,
    pub(super) places: &'a Places,
    /// What the line was cleared as.
    pub(super) question: &'a Question,
    pub(super) begun: Begun,
    pub(super) front: UnixStream,
}

impl Supervisor<'_> {
    /// Starts the shell and supervises until nothing is left of it; then this process ends. Gives an exit status when
    /// nothing has run.
    pub(super) fn run(self, shell: &Shell<'_>, front: &PidFd) -> i32 {
        let socket = self.front;
        let refuse = |error: io::Error| {
            let _ = Message::NoFilter(error.raw_os_error().unwrap_or(libc::EIO)).send(&socket);
            1
        };
        let (pid, channel) = match sys::become_supervisor().and_then(|()| start(shell)) {
            Ok(started) => started,
            Err(error) => return refuse(error),
        };
        // While the shell puts itself under the filter, and then waits for leave to become the program:
        let state = self.begun.state.clone();
        let agent = self.begun.step.is_none();
        let keep = [socket.as_raw_fd(), front.as_fd().as_raw_fd(), channel.as_raw_fd()];
        sys::let_go(c"agentsh-guard", &keep);
        if agent {
            // The terminal is the agent's screen: no question is put there, and what is typed there is meant for the agent.
            let _ = nix::unistd::setsid();
        }
        let lost = |lost: Lost| io::Error::from_raw_os_error(lost.error_number());
        let prepared = registry::enter(&state)
            .and_then(|()| Ok((View::own()?, PidFd::to_poll(pid)?, sys::signal_queue()?)))
            .and_then(|parts| Ok((parts, Record::open(self.begun).map_err(lost)?)));
        let listener = receive_listener(&channel, pid);
        let (((view, process, queue), record), listener) = match (prepared, listener) {
            (Ok(prepared), Ok(listener)) => (prepared, listener),
            (Err(error), _) | (_, Err(error)) => {
                sys::send_signal(pid, libc::SIGKILL);
                registry::leave(&state);
                return refuse(error);
            }
        };
        let ours = Ours::find();
        let whose = self.session.agent.as_deref().filter(|_| agent);
        let own = self.places.own();
        let own = own.iter().chain(&ours.installed);
        let own = own.map(|path| path.canonicalize().unwrap_or_else(|_| path.clone()));
        let minded = Minded::new(&state, &self.session.id);
        let gate = Gate::new(self.appraiser, self.question, &minded);
        let files = Files {
            view,
            record: &record,
            gate: &gate,
            hard: shell.hard,
            own: own.collect(),
            ours: &ours,
            agent: whose,
        };
        let programs = Programs::new(self.appraiser, self.session, &self.question.verdict, agent, &ours, &minded);
        let network = Network::new(self.appraiser, self.question, &record, &state);
        let committers = Committers::new(self.places, self.session);
        let desk = Desk::new(&listener, files, programs, (network, committers, &minded), &record, &state, pid);
        std::thread::scope(|scope| {
            desk.receive_in(scope);
            let watch = Watch { front: &socket, shell: pid, record: &record, desk: &desk, ended: Cell::new(false) };
            watch.until_nothing_is_left(front, &channel, &process, &queue);
            record.end();
            registry::leave(&state);
            sys::exit_at_once(0)
        })
    }
}

/// Forks the shell, which puts itself under the filter, hands over the listener and becomes the program. The socket brings
/// the listener or an error number, and then ends when the program has been started or brings another error number.
fn start(shell: &Shell<'_>) -> io::Result<(i32, UnixStream)> {
    let (ours, theirs) = UnixStream::pair()?;
    let supervisor = nix::unistd::getpid();
    let pid = sys::fork_child(|| {
        // Under the filter no message with a descriptor can be sent before somebody answers.
        let _ = nix::sys::prctl::set_dumpable(true);
        let _ = nix::sys::prctl::set_pdeathsig(nix::sys::signal::Signal::SIGKILL);
        if nix::unistd::getppid() != supervisor {
            // It died before it could take us along: nobody would ever answer.
            return 1;
        }
        let number = |error: &io::Error| error.raw_os_error().unwrap_or(libc::EIO) as u8;
        let held = shell.hard.map_or(Ok(()), HardScope::enforce);
        match held.and_then(|()| sys::install_filter()) {
            Ok(fd) => {
                // It is closed when the program has been started.
                if sys::offer_descriptor(&theirs, 0, Some(fd.into_raw_fd())).is_err() {
                    return 1;
                }
            }
            Err(error) => {
                let _ = sys::offer_descriptor(&theirs, number(&error), None);
                return 1;
            }
        }
        if let Some(composure) = shell.composure.take() {
            composure.give_back();
        }
        let _ = sys::set_signals(&shell.mask);
        let error = match shell.environment {
            Some(environment) => sys::become_program_in(shell.program, shell.arguments, environment),
            None => sys::become_program(shell.program, shell.arguments),
        };
        let _ = sys::offer_descriptor(&theirs, number(&error), None);
        127
    })?;
    drop(theirs);
    Ok((pid, ours))
}

fn receive_listener(channel: &UnixStream, shell: i32) -> io::Result<Listener> {
    let (byte, fd) = sys::fetch_descriptor(channel, shell)?;
    Ok(Listener::new(fd.ok_or_else(|| io::Error::from_raw_os_error(i32::from(byte)))?))
}

/// Waits for the shell and for whatever becomes ours when its parent ends.
struct Watch<'a, 'd> {
    front: &'a UnixStream,
    shell: i32,
    record: &'a Record,
    desk: &'a Desk<'d>,
    ended: Cell<bool>,
}

impl Watch<'_, '_> {
    /// Passes on what is sent to the front, and its death; returns when no process is left.
    ///
    /// A signal to the whole process group reaches shell, supervisor and front alike and must not reach the shell twice:
    /// what has come here too is not passed on.
    fn until_nothing_is_left(
        &self,
        front: &PidFd,
        channel: &UnixStream,
        process: &PidFd,
        queue: &nix::sys::signalfd::SignalFd,
    ) {
        let mut shared = HashSet::new();
        let (mut hears, mut waits, mut starts) = (true, true, true);
        loop {
            let slot = |fd| PollFd::new(fd, PollFlags::POLLIN);
            let all = [
                (true, queue.as_fd()),
                (hears, self.front.as_fd()),
                (waits, front.as_fd()),
                (starts, channel.as_fd()),
                (!self.ended.get(), process.as_fd()),
            ];
            let mut slots: Vec<_> = all.iter().filter(|(wanted, _)| *wanted).map(|(_, fd)| slot(*fd)).collect();
            match nix::poll::poll(&mut slots, self.record.tick().map_or(PollTimeout::NONE, |()| TICK.into())) {
                Ok(_) => {}
                Err(Errno::EINTR) => continue,
                Err(_) => return,
            }
            let ready: Vec<_> = slots
                .iter()
                .filter(|slot| slot.revents().is_some_and(|events| !events.is_empty()))
                .map(|slot| slot.as_fd().as_raw_fd())
                .collect();
            let is_ready = |fd: std::os::fd::BorrowedFd<'_>| ready.contains(&fd.as_raw_fd());
            while let Ok(Some(signal)) = queue.read_signal() {
                let number = signal.ssi_signo.cast_signed();
                self.desk.signal(number);
                if signal.ssi_code != FROM_KERNEL {
                    shared.insert(number);
                }
            }
            if starts && is_ready(channel.as_fd()) {
                starts = false;
                if let Ok((error, _)) = sys::fetch_descriptor(channel, self.shell) {
                    let _ = Message::NotStarted(i32::from(error)).send(self.front);
                }
            }
            if hears && is_ready(self.front.as_fd()) {
                match Message::receive(self.front) {
                    Ok(Message::Signal(signal)) => {
                        let everybodys = shared.remove(&signal);
                        if !everybodys && !self.ended.get() {
                            sys::send_signal(self.shell, signal);
                        }
                    }
                    Ok(_) => {}
                    Err(_) => hears = false,
                }
            }
            if waits && is_ready(front.as_fd()) && !is_ready(self.front.as_fd()) {
                waits = false;
                // Whoever kills the process they know of means the shell.
                if !self.ended.get() {
                    sys::send_signal(self.shell, libc::SIGKILL);
                }
            }
            if !self.reap() {
                return;
            }
        }
    }

    /// Takes note of every child that has ended or stopped; false when there is none any more.
    fn reap(&self) -> bool {
        loop {
            match sys::wait_now() {
                Ok(Some((_, Change::None))) => return true,
                Ok(Some((pid, Change::Ended(status)))) if pid == self.shell => {
                    self.ended.set(true);
                    let finished = self.record.finish(Ending::of_wait_status(status));
                    let _ = Message::Ended(status).send(self.front);
                    // Nobody waits for the rest: whoever wants to take the step back does.
                    if let Some(finished) = finished {
                        self.record.report(finished);
                    }
                    // What lives on is nobody's foreground.
                    let _ = nix::unistd::setsid();
                }
                Ok(Some((pid, Change::Stopped(signal)))) if pid == self.shell => {
                    let _ = Message::Stopped(signal).send(self.front);
                }
                Ok(Some(_)) => {}
                Ok(None) | Err(_) => return false,
            }
        }
    }
}
