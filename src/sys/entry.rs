//! The start of the process, before anything of Rust's runtime has run.
//!
//! An ordinary `fn main` is preceded by a runtime that sets SIGPIPE to ignored and opens `/dev/null` on whichever of
//! the descriptors 0–2 are closed; the shell we become would inherit both. [`crate::entry!`] therefore defines the C
//! `main`. In: `argc`, `argv`. Out: the arguments as bytes, and descriptors 0–2 that nothing of ours can land on.

use nix::fcntl::{self, FcntlArg, OFlag};
use nix::sys::stat::Mode;
use std::ffi::{CStr, OsStr, OsString, c_char, c_int};
use std::os::fd::{BorrowedFd, IntoRawFd, RawFd};
use std::os::unix::ffi::OsStrExt;
use std::sync::atomic::{AtomicPtr, AtomicU32, AtomicUsize, Ordering};

/// Defines the C `main` of a program: `entry!(path::to::function)`, where the function takes the arguments as
/// `Vec<OsString>` and returns the exit status as `i32`. The program must be `#![no_main]`.
#[macro_export]
macro_rules! entry {
    ($run:path) => {
        // SAFETY: `main` is the C library's name for the entry of a program and no other item defines it.
        #[unsafe(no_mangle)]
        extern "C" fn main(argc: core::ffi::c_int, argv: *mut *mut core::ffi::c_char) -> core::ffi::c_int {
            // SAFETY: the C library calls `main` once, with `argc` pointers to NUL-terminated strings behind `argv`
            // that live until the process ends (ISO C, 5.1.2.2.1).
            unsafe { $crate::sys::start(argc, argv, $run) }
        }
    };
}

static TITLE_START: AtomicPtr<u8> = AtomicPtr::new(std::ptr::null_mut());
static TITLE_LENGTH: AtomicUsize = AtomicUsize::new(0);
/// Which of 0–2 hold a plug, one bit each.
static PLUGGED: AtomicU32 = AtomicU32::new(0);

/// Runs `run` as [`crate::entry!`] says.
///
/// # Safety
/// To be called once, by `main`, with the `argc` and `argv` that `main` was given.
#[expect(unsafe_code, reason = "takes the arguments of the C main")]
pub unsafe fn start(argc: c_int, argv: *mut *mut c_char, run: fn(Vec<OsString>) -> i32) -> c_int {
    plug_closed_standard_descriptors();
    super::FirstMemory::serve_this_thread();
    let mut arguments = Vec::with_capacity(usize::try_from(argc).unwrap_or(0));
    for index in 0..usize::try_from(argc).unwrap_or(0) {
        // SAFETY: `index` is below `argc`, so the pointer is one of those the caller vouches for.
        let argument = unsafe { CStr::from_ptr(*argv.add(index)) };
        remember_title(argument);
        arguments.push(OsStr::from_bytes(argument.to_bytes()).to_owned());
    }
    super::stack::with_room(arguments, run)
}

/// Takes each closed descriptor of 0–2 with one that can neither be read nor written and that execve(2) closes again,
/// so that no file opened later gets its number and the shell finds it closed, as the caller left it.
fn plug_closed_standard_descriptors() {
    for number in 0..3 {
        if is_closed(number) {
            // The lowest free number is `number`: all below it are open by now. Failure leaves it closed, which only a
            // descriptor limit below 3 can cause, and then nothing else can be opened on it either.
            if let Ok(plug) = fcntl::open("/", OFlag::O_PATH | OFlag::O_CLOEXEC, Mode::empty()) {
                PLUGGED.fetch_or(1 << plug.into_raw_fd(), Ordering::Relaxed);
            }
        }
    }
}

/// True when no file is open on descriptor `number`.
pub fn is_closed(number: RawFd) -> bool {
    // SAFETY: the borrowed descriptor is used only for F_GETFD, which reports a closed one as EBADF and changes nothing.
    #[expect(unsafe_code, reason = "asking whether a number is open needs a descriptor that may not be")]
    let descriptor = unsafe { BorrowedFd::borrow_raw(number) };
    fcntl::fcntl(descriptor, FcntlArg::F_GETFD) == Err(nix::errno::Errno::EBADF)
}

/// The caller's descriptor `number`, if it gave us one: open and not one of our plugs. Never closed by us.
pub fn inherited(number: RawFd) -> Option<BorrowedFd<'static>> {
    if number < 0 || is_closed(number) || PLUGGED.load(Ordering::Relaxed) & (1 << number.min(31)) != 0 {
        return None;
    }
    // SAFETY: the descriptor is open, was open when we were started or is asked for by its number by the person, and
    // nothing of ours closes a descriptor it did not open; it stays open until the program ends or becomes another.
    #[expect(unsafe_code, reason = "a descriptor given by the caller has no owner among us")]
    Some(unsafe { BorrowedFd::borrow_raw(number) })
}

/// Notes where the argument strings lie; the kernel lays them end to end, and `/proc/PID/cmdline` shows that memory.
fn remember_title(argument: &CStr) {
    let start = argument.as_ptr().cast_mut().cast::<u8>();
    let length = argument.to_bytes_with_nul().len();
    let known = TITLE_LENGTH.load(Ordering::Relaxed);
    if known == 0 {
        TITLE_START.store(start, Ordering::Relaxed);
        TITLE_LENGTH.store(length, Ordering::Relaxed);
    } else if std::ptr::eq(TITLE_START.load(Ordering::Relaxed).wrapping_add(known), start) {
        TITLE_LENGTH.store(known + length, Ordering::Relaxed);
    }
}

/// Makes this process show `title` in place of its arguments (`ps`, `pgrep -f`) and its name, so that a search for the
/// line does not find it. For a process of ours that outlives the line; the arguments' memory is gone afterwards.
pub fn set_title(title: &CStr) {
    let start = TITLE_START.load(Ordering::Relaxed);
    let length = TITLE_LENGTH.load(Ordering::Relaxed);
    if length > 0 {
        let shown = title.to_bytes().len().min(length - 1);
        // SAFETY: `start..start + length` is the process's own argument memory, writable and alive until the process
        // ends; `start` copied every string out of it before any other code ran, so nothing of ours refers to it.
        #[expect(unsafe_code, reason = "the kernel shows this memory and offers no call to change it unprivileged")]
        unsafe {
            std::ptr::write_bytes(start, 0, length);
            std::ptr::copy_nonoverlapping(title.to_bytes().as_ptr(), start, shown);
        }
    }
    // SAFETY: PR_SET_NAME reads a NUL-terminated string, of which it keeps 15 bytes (PR_SET_NAME(2const)).
    #[expect(unsafe_code, reason = "no safe wrapper exists for PR_SET_NAME")]
    let _ = unsafe { libc::prctl(libc::PR_SET_NAME, title.as_ptr()) };
}
