//! Keeps a panic of a parser from ending the shell.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

thread_local! {
    static SHIELDED: Cell<bool> = const { Cell::new(false) };
}

static HOOK: Once = Once::new();

/// What `work` gives, or `None` when it panics; nothing is printed then.
///
/// Both parsers are other people's code that meets whatever is typed. What `work` leaves half-changed must not be used
/// afterwards; here that is nothing but the thread's own parser, which starts every text anew.
pub(crate) fn shielded<T>(work: impl FnOnce() -> T) -> Option<T> {
    HOOK.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !SHIELDED.get() {
                before(info);
            }
        }));
    });
    let outer = SHIELDED.replace(true);
    let result = panic::catch_unwind(AssertUnwindSafe(work)).ok();
    SHIELDED.set(outer);
    result
}

#[cfg(test)]
mod tests {
    use super::shielded;

    #[test]
    fn a_panic_gives_nothing_and_a_later_call_works() {
        assert_eq!(shielded(|| -> usize { panic!("not to be seen") }), None);
        assert_eq!(shielded(|| 1), Some(1));
    }
}
