//! The time of day.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Time since 1970-01-01 00:00 UTC, without leap seconds (`CLOCK_REALTIME` of `clock_gettime(2)`); zero for a clock that
/// stands before it.
pub fn since_epoch() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// The same in whole milliseconds.
pub fn milliseconds() -> u64 {
    u64::try_from(since_epoch().as_millis()).unwrap_or(u64::MAX)
}

/// The same in seconds and nanoseconds, as file times are given.
pub fn timestamp() -> (i64, u32) {
    let since = since_epoch();
    (i64::try_from(since.as_secs()).unwrap_or(i64::MAX), since.subsec_nanos())
}
