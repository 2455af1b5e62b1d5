//! Holding a command up for a moment, because a person may answer at their desk.
//!
//! A line waits only while a desk listens whose process is a person's: waiting when nobody can answer would only delay
//! the refusal. Standard input and output of the command are not touched.

use super::interrupts::Interrupts;
use super::lineage::{Chain, chain};
use super::messages::{Call, Reply, Taken};
use super::requests::{Request, Requests};
use super::seat::seat_of;
use crate::desk::Bell;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout};
use nix::sys::signal::Signal;
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

/// What ends a program that waits. Ctrl-Z stops it, as it stops bash.
const ENDING: [Signal; 4] = [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP, Signal::SIGQUIT];
/// How often it is looked whether the request was answered in another way, or its agent has gone.
const TICK: Duration = Duration::from_millis(100);

/// Whose question it is, and when it is no longer worth an answer.
#[derive(Clone, Copy)]
pub enum Asker<'a> {
    /// This process's own line: a signal ends it, and so does that the agent has gone (this process has another parent,
    /// or nobody reads its standard output any more).
    Line,
    /// A process that is held up elsewhere, for as long as this says so. Signals are somebody else's.
    Held(&'a dyn Fn() -> bool),
}

/// What came of waiting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Waited {
    /// There is nobody to wait for.
    Nobody,
    /// A person said yes; by whom.
    Yes(String),
    /// A person said no.
    No(String),
    /// A person approved the request with `agentshctl approve`.
    Approved,
    /// Nobody answered in time.
    Silence,
    /// Whoever asked has gone.
    Gone,
    /// A signal ended it.
    Interrupted(Signal),
}

/// A desk of a person's that has been told.
struct Desk {
    bell: Bell,
    /// Its terminal.
    name: String,
}

/// Who may answer now: desks that listen, and whose process is neither below an agent nor on an agent's terminal.
pub(super) struct Desks(Vec<Desk>);

impl Desks {
    /// Finds them; costs one look at a directory when there are none.
    pub(super) fn find(state: &std::path::Path) -> Self {
        let persons = |bell: Bell| {
            let name = persons(&bell)?;
            Some(Desk { bell, name })
        };
        Self(Bell::all(state).into_iter().filter_map(persons).collect())
    }

    /// Nobody.
    pub(super) fn none() -> Self {
        Self(Vec::new())
    }

    /// Where the question is put, for the journal; `None` when there is nobody.
    pub(super) fn name(&self) -> Option<String> {
        self.0.first().map(|desk| format!("desk on {}", desk.name))
    }

    /// Rings at each, then waits at most `hold` for an answer.
    pub(super) fn wait(self, request: &Request, requests: &Requests, hold: Duration, asker: Asker<'_>) -> Waited {
        let Ok(message) = serde_json::to_vec(&Call::new(request.clone(), hold.as_millis() as u64)) else {
            return Waited::Nobody;
        };
        let desks: Vec<Desk> = self.0.into_iter().filter(|desk| desk.bell.ring(&message).is_ok()).collect();
        if desks.is_empty() || hold.is_zero() {
            return Waited::Nobody;
        }
        let presence = Presence::now(asker);
        let interrupts = match asker {
            Asker::Line => Interrupts::take(&ENDING),
            Asker::Held(_) => None,
        };
        let mut wait = Wait { request, requests, desks, presence, interrupts, until: Instant::now() + hold };
        let waited = wait.run();
        let runs = matches!(waited, Waited::Yes(_) | Waited::Approved);
        if let Ok(taken) = serde_json::to_vec(&Taken::new(runs)) {
            for desk in &wait.desks {
                let _ = desk.bell.ring(&taken);
            }
        }
        waited
    }
}

/// The terminal of the person at the other end; `None` when it is not known to be a person's.
fn persons(bell: &Bell) -> Option<String> {
    let peer = bell.peer();
    let name = seat_of(peer.pid).ok()?;
    peer.is_alive_and_ours().then_some(name)
}

struct Wait<'a> {
    request: &'a Request,
    requests: &'a Requests,
    desks: Vec<Desk>,
    presence: Presence<'a>,
    interrupts: Option<Interrupts>,
    until: Instant,
}

impl Wait<'_> {
    fn run(&mut self) -> Waited {
        loop {
            if let Some(signal) = self.interrupts.as_ref().and_then(Interrupts::next) {
                return Waited::Interrupted(signal);
            }
            if !self.presence.holds() {
                return Waited::Gone;
            }
            if let Some(answer) = self.heard().or_else(|| self.answered_elsewhere()) {
                // Between the answer and now the agent may have gone: then nothing runs.
                return if self.presence.holds() { answer } else { Waited::Gone };
            }
            let left = self.until.saturating_duration_since(Instant::now());
            if left.is_zero() || self.desks.is_empty() {
                return Waited::Silence;
            }
            self.pause(left.min(TICK));
        }
    }

    /// What a desk has said. A desk that is gone, or says what is no answer to this question, is listened to no more.
    fn heard(&mut self) -> Option<Waited> {
        let mut found = None;
        let request = self.request;
        self.desks.retain_mut(|desk| match desk.bell.answer() {
            Ok(None) => true,
            Ok(Some(bytes)) => {
                let reply = Reply::read(&bytes, request).filter(|_| persons(&desk.bell).is_some());
                let by = format!("{} uid {}", desk.name, desk.bell.peer().uid);
                let answer = reply.map(|reply| if reply.yes { Waited::Yes(by) } else { Waited::No(by) });
                let answers = answer.is_some();
                found = found.take().or(answer);
                answers
            }
            Err(_) => false,
        });
        found
    }

    /// `agentshctl approve` and `deny` answer through the state directory.
    fn answered_elsewhere(&self) -> Option<Waited> {
        if self.requests.spend(&self.request.key).is_some() {
            return Some(Waited::Approved);
        }
        if self.requests.request(&self.request.id).is_ok_and(|request| request.is_none()) {
            // An approval is there before the request goes.
            let approved = self.requests.spend(&self.request.key).is_some();
            return Some(if approved { Waited::Approved } else { Waited::No("agentshctl deny".to_owned()) });
        }
        None
    }

    fn pause(&self, length: Duration) {
        let mut slots: Vec<PollFd<'_>> = Vec::with_capacity(self.desks.len() + 1);
        slots.extend(self.interrupts.iter().map(|queue| PollFd::new(queue.as_fd(), PollFlags::POLLIN)));
        slots.extend(self.desks.iter().map(|desk| PollFd::new(desk.bell.as_fd(), PollFlags::POLLIN)));
        let timeout = PollTimeout::try_from(length.as_millis().max(1) as i32).unwrap_or(PollTimeout::MAX);
        match nix::poll::poll(&mut slots, timeout) {
            Ok(_) | Err(Errno::EINTR) => {}
            Err(_) => std::thread::sleep(length),
        }
    }
}

/// Whether whoever asked is still there.
struct Presence<'a> {
    asker: Asker<'a>,
    chain: Chain,
    /// Somebody read standard output at the start.
    was_read: bool,
}

impl<'a> Presence<'a> {
    fn now(asker: Asker<'a>) -> Self {
        Self { asker, chain: chain(), was_read: output_is_read() }
    }

    fn holds(&self) -> bool {
        match self.asker {
            Asker::Held(is_waiting) => is_waiting(),
            Asker::Line => self.chain == chain() && (!self.was_read || output_is_read()),
        }
    }
}

/// False when standard output is a pipe or socket nobody reads any more, or a terminal that was hung up (poll(2)).
fn output_is_read() -> bool {
    let Some(output) = crate::sys::inherited(1) else { return true };
    let mut slots = [PollFd::new(output.as_fd(), PollFlags::empty())];
    let gone = PollFlags::POLLERR | PollFlags::POLLHUP;
    match nix::poll::poll(&mut slots, PollTimeout::ZERO) {
        Ok(1..) => !slots[0].revents().is_some_and(|events| events.intersects(gone)),
        _ => true,
    }
}
