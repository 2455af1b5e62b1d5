//! Dying where a test says, as if killed. Only builds with debug assertions can.

/// True when this process is to die here: at the N-th place that asks, counted through forks, when the variable
/// `AGENTSH_TEST_DIE_AT` is N. Never true in a release build.
pub fn is_due() -> bool {
    #[cfg(debug_assertions)]
    {
        use std::sync::OnceLock;
        use std::sync::atomic::{AtomicI64, Ordering};
        static LEFT: OnceLock<AtomicI64> = OnceLock::new();
        let asked = || std::env::var("AGENTSH_TEST_DIE_AT").ok().and_then(|value| value.parse().ok()).unwrap_or(0);
        LEFT.get_or_init(|| AtomicI64::new(asked())).fetch_sub(1, Ordering::Relaxed) == 1
    }
    #[cfg(not(debug_assertions))]
    false
}

/// Ends this process by SIGKILL: nothing is flushed, no destructor runs.
pub fn die() -> ! {
    super::signal_thread(super::this_thread(), libc::SIGKILL);
    std::process::abort()
}
