//! The threads that answer calls take turns: one waits for the next call, and lets another do so before it takes its time.
//!
//! The kernel wakes every thread that waits for a call whenever one comes. With a second one each call costs another change of
//! threads; and the caller, let go on, finds its processor taken and is moved to a colder one. So while calls come one after
//! the other there is one turn. Once a call has come while another was answered there are more for a while: what waits to be
//! received can be broken off by a signal.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::ThreadId;
use std::time::{Duration, Instant};

/// Threads kept to take the next turns; one that comes back to as many ends.
const MOST_SPARE: usize = 2;
/// Threads at most, those that wait for a person not counted.
const MOST: usize = 24;
/// Turns at once, at most.
const MOST_TURNS: usize = 3;
/// How long there are several after calls have come at once.
const CROWD: Duration = Duration::from_secs(1);

/// Whose turn it is.
#[derive(Debug, Default)]
pub(super) struct Turns {
    state: Mutex<State>,
    free: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// The threads whose turn it is: they receive, or answer what takes some microseconds.
    holders: Vec<ThreadId>,
    /// How many of them answer.
    answering: usize,
    /// How many there may be beside the first, and until when.
    more: usize,
    until: Option<Instant>,
    /// Threads that wait for their turn, those about to be started included.
    spare: usize,
    /// All that wait or answer, and are not set aside.
    threads: usize,
    /// No call will come any more.
    over: bool,
}

impl State {
    fn is_free(&self) -> bool {
        self.holders.len() <= self.more
    }

    /// The calling thread's place among those whose turn it is.
    fn mine(&self) -> Option<usize> {
        let me = std::thread::current().id();
        self.holders.iter().position(|holder| *holder == me)
    }

    /// True when a thread has to be started for a turn that is free, which is counted here.
    fn wants_one(&mut self, free: &Condvar) -> bool {
        if !self.is_free() || self.over {
            return false;
        }
        if self.spare > 0 {
            free.notify_one();
            return false;
        }
        let starts = self.threads < MOST;
        if starts {
            self.threads += 1;
            self.spare += 1;
        }
        starts
    }
}

impl Turns {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A thread is about to be started, which will [`Self::take`] its turn.
    pub(super) fn expect_one(&self) {
        let mut state = self.lock();
        state.threads += 1;
        state.spare += 1;
    }

    /// It could not be started.
    pub(super) fn expect_none(&self) {
        let mut state = self.lock();
        state.threads -= 1;
        state.spare -= 1;
    }

    /// Waits, for a thread that is counted among the spare ones, until it is its turn. False when no call will come any more.
    pub(super) fn take(&self) -> bool {
        let mut state = self.lock();
        while !state.is_free() && !state.over {
            state = self.free.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.spare -= 1;
        if state.over {
            state.threads -= 1;
            return false;
        }
        state.holders.push(std::thread::current().id());
        true
    }

    /// The calling thread, whose turn it is, has received a call. True when there may be more turns than there are, should
    /// another one wait.
    pub(super) fn begin(&self) -> bool {
        let mut state = self.lock();
        state.answering += 1;
        if state.answering > 1 {
            state.until = Some(Instant::now() + CROWD);
        }
        state.more + 1 < MOST_TURNS
    }

    /// Another call waits while the calling thread answers. True when a thread has to be started for it, which is counted
    /// already.
    pub(super) fn widen(&self) -> bool {
        let mut state = self.lock();
        // Whoever has given its turn away is not who should have received it.
        if state.mine().is_none() {
            return false;
        }
        state.more = (state.more + 1).min(MOST_TURNS - 1);
        state.until = Some(Instant::now() + CROWD);
        state.wants_one(&self.free)
    }

    /// The calling thread has answered: true while it is still its turn.
    pub(super) fn goes_on(&self) -> bool {
        let mut state = self.lock();
        let Some(mine) = state.mine() else { return false };
        state.answering -= 1;
        if state.more > 0 && state.until.is_none_or(|until| until < Instant::now()) {
            state.more = 0;
        }
        let goes_on = state.holders.len() <= state.more + 1;
        if !goes_on {
            state.holders.swap_remove(mine);
        }
        goes_on
    }

    /// For a thread whose turn it no longer is and that is done: true when it is to [`Self::take`] the next, false when it is
    /// to end because enough others wait.
    pub(super) fn come_back(&self) -> bool {
        let mut state = self.lock();
        if state.spare >= MOST_SPARE || state.over {
            state.threads -= 1;
            return false;
        }
        state.spare += 1;
        true
    }

    /// Before anything that takes more than some microseconds: it is another thread's turn now. True when one has to be
    /// started for that, which is counted already.
    pub(super) fn give_away(&self) -> bool {
        let mut state = self.lock();
        if let Some(mine) = state.mine() {
            state.holders.swap_remove(mine);
            state.answering -= 1;
        }
        state.wants_one(&self.free)
    }

    /// The calling thread waits for a person now, which takes as long as it takes.
    pub(super) fn set_aside(&self) {
        self.lock().threads -= 1;
    }

    /// It does no longer.
    pub(super) fn count_again(&self) {
        self.lock().threads += 1;
    }

    /// For a thread whose turn it is, which then ends: no call will come any more.
    pub(super) fn end(&self) {
        let mut state = self.lock();
        state.threads -= 1;
        state.over = true;
        if let Some(mine) = state.mine() {
            state.holders.swap_remove(mine);
        }
        self.free.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::{MOST, MOST_SPARE, MOST_TURNS, Turns};
    use std::sync::mpsc;

    #[test]
    fn one_thread_has_the_turn_and_the_next_gets_it_when_it_is_given_away() {
        let turns = Turns::default();
        turns.expect_one();
        assert!(turns.take());
        assert!(turns.begin() && turns.goes_on() && turns.begin());
        assert!(turns.give_away(), "nobody waits for it");
        assert!(!turns.goes_on());
        std::thread::scope(|scope| {
            let (tell, told) = mpsc::channel();
            let (go, wait) = mpsc::channel::<()>();
            scope.spawn({
                let turns = &turns;
                move || {
                    assert!(turns.take());
                    tell.send(()).expect("somebody listens");
                    wait.recv().expect("a word");
                    turns.end();
                }
            });
            told.recv().expect("it has its turn");
            assert!(!turns.give_away(), "another has it");
            assert!(turns.come_back());
            go.send(()).expect("it waits");
            assert!(!turns.take(), "it is over");
        });
    }

    #[test]
    fn a_call_that_comes_while_another_is_answered_makes_room_for_more_turns() {
        let turns = Turns::default();
        turns.expect_one();
        assert!(turns.take());
        turns.begin();
        for _ in 1..MOST_TURNS {
            assert!(turns.widen(), "nobody waits for a turn");
            std::thread::scope(|scope| {
                let taken = scope.spawn(|| turns.take()).join();
                assert_eq!(taken.ok(), Some(true));
            });
        }
        assert!(!turns.widen(), "no more than are of use");
        assert!(turns.goes_on());
        assert!(!turns.begin());
    }

    #[test]
    fn no_more_are_kept_or_started_than_of_use() {
        let turns = Turns::default();
        for _ in 0..MOST {
            turns.expect_one();
            assert!(turns.take());
            turns.begin();
            if turns.give_away() {
                turns.expect_none();
            }
        }
        assert!(!turns.give_away(), "as many are busy as there may be");
        turns.set_aside();
        assert!(turns.give_away(), "one of them waits for a person");
        turns.expect_none();
        turns.count_again();
        for _ in 0..MOST_SPARE {
            assert!(turns.come_back());
        }
        assert!(!turns.come_back());
    }
}
