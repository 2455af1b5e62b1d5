//! How much processor time the reading of one line may take.

use crate::sys::ThreadClock;
use std::time::Duration;

/// Unoptimised code takes some ten times as long; there the budget only has to end what would never end.
const SLOWER: u32 = if cfg!(debug_assertions) { 16 } else { 1 };

/// After this the reader begins nothing new and gives what it has.
const WORK: Duration = Duration::from_millis(18).saturating_mul(SLOWER);

/// After this a reader on a thread of its own is left behind. The rest of 25 ms is for reading the head of the line.
pub(crate) const PATIENCE: Duration = Duration::from_millis(23).saturating_mul(SLOWER);

/// After this the head of a line that was too much is not read on.
const HEAD: Duration = Duration::from_millis(2).saturating_mul(SLOWER);

/// The calling thread's processor time from here on. Wall time says nothing on a loaded machine.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Budget {
    clock: Option<ThreadClock>,
    end: Duration,
}

impl Budget {
    /// A budget for a line.
    pub(crate) fn of_line() -> Self {
        Self::new(WORK)
    }

    /// A smaller one, for the head of a line.
    pub(crate) fn of_head() -> Self {
        Self::new(HEAD)
    }

    fn new(length: Duration) -> Self {
        let clock = ThreadClock::own().ok();
        let now = clock.and_then(|clock| clock.used().ok()).unwrap_or_default();
        Self { clock, end: now + length }
    }

    /// True when it is used up. Without a clock it never is; the limits on the text still hold.
    pub(crate) fn spent(&self) -> bool {
        self.clock.and_then(|clock| clock.used().ok()).is_some_and(|now| now >= self.end)
    }
}
