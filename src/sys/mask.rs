//! The signal mask of a thread, whole.
//!
//! C libraries keep some of the real-time signals for themselves (glibc 32 and 33, musl 34 too) and leave them out of
//! every set they give or take. Whoever started us may have blocked them, and what we become is to find them so.

use nix::errno::Errno;
use nix::sys::signal::SigSet;
use std::io;

/// Every signal the kernel has.
pub(super) fn every() -> SigSet {
    // SAFETY: a set is an array of integers, for which all bits set is a value; SigSet takes any (sigset_t(3type)).
    #[expect(unsafe_code, reason = "sigfillset leaves signals out")]
    unsafe {
        let mut all = std::mem::MaybeUninit::<libc::sigset_t>::uninit();
        all.as_mut_ptr().write_bytes(0xff, 1);
        SigSet::from_sigset_t_unchecked(all.assume_init())
    }
}

/// Blocks exactly `mask` in this thread; gives what was blocked before.
pub(super) fn swap(mask: &SigSet) -> io::Result<SigSet> {
    // The kernel's set: 64 signals, at the beginning of the C library's.
    const BYTES: usize = 8;
    let mut before = *SigSet::empty().as_ref();
    // SAFETY: rt_sigprocmask(2) reads and writes `BYTES` bytes, and the C library's set is no shorter.
    #[expect(unsafe_code, reason = "sigprocmask(3) leaves signals out")]
    let result = unsafe {
        let mask: *const libc::sigset_t = mask.as_ref();
        libc::syscall(libc::SYS_rt_sigprocmask, libc::SIG_SETMASK, mask, &raw mut before, BYTES)
    };
    Errno::result(result)?;
    // SAFETY: the kernel's word on a set that was empty.
    #[expect(unsafe_code, reason = "a set with signals that SigSet has no name for")]
    Ok(unsafe { SigSet::from_sigset_t_unchecked(before) })
}
