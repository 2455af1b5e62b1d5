//! A bound on every test: one that hangs ends the run, and is named, instead of holding it up for ever.

use std::io::Write;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::Duration;

/// The slowest test takes a few minutes where all others run beside it on two busy cores.
const LIMIT: Duration = Duration::from_secs(15 * 60);

/// Held by whatever a test is done with; let go when the test ends.
pub struct Patience(#[expect(dead_code, reason = "dropping it is what it is for")] Sender<()>);

impl Patience {
    /// For the test that this thread runs.
    pub fn new() -> Self {
        let test = std::thread::current().name().unwrap_or("a test").to_owned();
        let (held, over) = channel::<()>();
        std::thread::spawn(move || {
            if over.recv_timeout(LIMIT) == Err(RecvTimeoutError::Timeout) {
                let _ = writeln!(std::io::stderr(), "\n{test} did not end within {LIMIT:?}");
                std::process::abort();
            }
        });
        Self(held)
    }
}
