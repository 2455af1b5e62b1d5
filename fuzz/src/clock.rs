//! Processor time, the only time that means something on a machine that does other work too.

use std::time::Duration;

/// How much slower than a release this code may be: it counts every branch it takes.
const SLOWER: u32 = 10;

/// Does `work`, which must not take more than `limit` of processor time (all threads) in a release.
///
/// # Panics
/// When it takes more, which is the finding.
pub fn within<T>(limit: Duration, work: impl FnOnce() -> T) -> T {
    let before = used();
    let result = work();
    let took = used() - before;
    assert!(took <= limit * SLOWER, "took {took:?} where {limit:?} are allowed");
    result
}

/// The processor time of this process (clock_gettime(2)).
fn used() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` is a valid place for a timespec, and every Linux has this clock.
    unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &raw mut time) };
    Duration::new(time.tv_sec.try_into().unwrap_or(0), time.tv_nsec.try_into().unwrap_or(0))
}
