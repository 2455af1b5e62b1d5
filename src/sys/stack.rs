//! Room on the stack.

use super::mask;

/// A limit below this is too small for reading deeply nested text.
const ENOUGH: libc::rlim_t = 4 << 20;

/// The stack that is made then; only touched pages cost memory.
const ROOMY: usize = 64 << 20;

/// Gives the result of `run(input)`, on a stack of its own where the caller's limit (setrlimit(2), `RLIMIT_STACK`) is small.
///
/// A new thread is all that can be had: the limit itself is the shell's to inherit. The thread may become another program
/// (execve(2) gives it this process's id, and ends the other threads); signals reach it alone, as they would reach us.
pub(super) fn with_room<A: Clone + Send>(input: A, run: fn(A) -> i32) -> i32 {
    if limit() >= ENOUGH {
        return run(input);
    }
    let Ok(before) = mask::swap(&mask::every()) else { return run(input) };
    let copy = input.clone();
    let status = std::thread::scope(|scope| {
        let work = move || {
            // The mask is the caller's own; it was valid before.
            let _ = mask::swap(&before);
            run(copy)
        };
        let thread = std::thread::Builder::new().stack_size(ROOMY).spawn_scoped(scope, work).ok()?;
        // A panic has been reported; the status is that of one that ended the program.
        Some(thread.join().unwrap_or(101))
    });
    let _ = mask::swap(&before);
    status.unwrap_or_else(|| run(input))
}

/// The soft limit of this process's stack; where it cannot be told there is none.
fn limit() -> libc::rlim_t {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: getrlimit(2) writes the structure, which is ours and lives through the call.
    #[expect(unsafe_code, reason = "getrlimit")]
    let status = unsafe { libc::getrlimit(libc::RLIMIT_STACK, &raw mut limit) };
    if status == 0 { limit.rlim_cur } else { libc::RLIM_INFINITY }
}
