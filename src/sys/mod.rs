//! Safe thin wrappers over the Linux calls we need; the only unsafe code; knows no rule.
//!
//! In: paths, names and descriptors. Out: `io::Result` with the kernel's own error code. Nothing here decides anything
//! about commands. Descriptors are made with `O_CLOEXEC`; they never land on 0–2, because whichever of those the caller
//! closed is plugged at entry, before anything else is opened.

mod composure;
mod content;
mod cputime;
mod detach;
mod dir;
mod entry;
mod image;
mod landlock;
mod lock;
mod mark;
mod peek;
mod pidfd;
mod procstat;
mod signal;
mod stat;
mod tty;
pub mod xattr;

pub use composure::Composure;
pub use content::{clone_blocks, copy, link_open_file, open_to_look, read_at};
pub use cputime::ThreadClock;
pub use detach::detach;
pub use dir::{DirEntry, DirFd, Times};
pub use entry::{inherited, is_closed, set_title, start};
pub use image::{become_program, may_execute, started_as};
pub use landlock::landlock_abi;
pub use lock::FileLock;
pub use mark::{ProgramKind, program_kind};
pub use peek::{Peeked, peek_file, peek_pipe, peek_socket};
pub use pidfd::{Ending, PidFd};
pub use procstat::ProcStat;
pub use signal::die_of;
pub use stat::{FileKind, Stat};
pub use tty::{Modes, Tty, is_terminal};
