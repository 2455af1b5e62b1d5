//! Work on a thread of its own, with a large stack and an eye on its processor time.

use super::budget::PATIENCE;
use crate::sys::ThreadClock;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicIsize, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

/// The stack; only touched pages cost memory.
const STACK: usize = 256 << 20;

/// The longest wait by the clock on the wall, for a thread that is never given a processor.
const LONGEST: Duration = Duration::from_secs(10);

/// Between two looks at the thread's clock at least this long.
const PAUSE: Duration = Duration::from_millis(1);

/// Threads left behind that may be at work at the same time; a batch of hostile lines gets no further than this.
const MOST_LEFT: isize = 4;

/// Threads left behind that are still at work.
static LEFT: AtomicIsize = AtomicIsize::new(0);

/// Why there is no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unfinished {
    /// The thread took too long and was left behind; it ends with the process, or when it is done.
    Late,
    /// No thread could be had, or too many left behind are still at work.
    NoThread,
}

/// Runs `work` on its own thread and gives its result.
pub(crate) fn apart<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Unfinished> {
    if LEFT.load(Ordering::Relaxed) >= MOST_LEFT {
        return Err(Unfinished::NoThread);
    }
    let (clock, clocks) = mpsc::channel();
    let (sender, receiver) = mpsc::channel();
    // Whoever sets it second, the waiting or the working side, knows that the other was first.
    let first = Arc::new(AtomicBool::new(false));
    let done = Arc::clone(&first);
    let body = move || {
        // Nobody listens any more when the wait is over.
        let _ = clock.send(ThreadClock::own().ok());
        let _ = sender.send(work());
        if done.swap(true, Ordering::AcqRel) {
            LEFT.fetch_sub(1, Ordering::AcqRel);
        }
    };
    std::thread::Builder::new()
        .name("agentsh-read".into())
        .stack_size(STACK)
        .spawn(body)
        .map_err(|_| Unfinished::NoThread)?;
    wait(&clocks, &receiver).ok_or_else(|| {
        LEFT.fetch_add(1, Ordering::AcqRel);
        if first.swap(true, Ordering::AcqRel) {
            LEFT.fetch_sub(1, Ordering::AcqRel);
        }
        Unfinished::Late
    })
}

/// The result, unless the thread uses up its time first.
fn wait<T>(clocks: &Receiver<Option<ThreadClock>>, receiver: &Receiver<T>) -> Option<T> {
    let begin = Instant::now();
    let mut clock = None;
    let mut pause = PATIENCE;
    loop {
        match receiver.recv_timeout(pause) {
            Ok(result) => return Some(result),
            Err(RecvTimeoutError::Disconnected) => return None,
            Err(RecvTimeoutError::Timeout) => {}
        }
        clock = clock.or_else(|| clocks.try_recv().ok().flatten());
        // A thread that has not begun has used nothing; one that has ended has sent its result.
        let used = clock.and_then(|clock| clock.used().ok()).unwrap_or_default();
        if used >= PATIENCE || begin.elapsed() >= LONGEST {
            return receiver.try_recv().ok();
        }
        pause = (PATIENCE - used).max(PAUSE);
    }
}

#[cfg(test)]
mod tests {
    use super::{MOST_LEFT, Unfinished, apart};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    #[test]
    fn a_thread_that_never_ends_is_left_behind_and_not_many_are() {
        let stop = Arc::new(AtomicBool::new(false));
        let spin = |stop: Arc<AtomicBool>| move || while !stop.load(Ordering::Relaxed) {};
        let results: Vec<_> = (0..=MOST_LEFT).map(|_| apart(spin(Arc::clone(&stop)))).collect();
        stop.store(true, Ordering::Relaxed);
        assert_eq!(results.first(), Some(&Err(Unfinished::Late)));
        assert_eq!(results.last(), Some(&Err(Unfinished::NoThread)));
        while apart(|| ()) == Err(Unfinished::NoThread) {
            std::thread::yield_now();
        }
        assert_eq!(apart(|| 7), Ok(7));
    }
}
