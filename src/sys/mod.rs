//! Safe thin wrappers over the Linux calls we need; the only unsafe code; knows no rule.
//!
//! In: paths, names and descriptors. Out: `io::Result` with the kernel's own error code. Nothing here decides anything
//! about commands. Descriptors are made with `O_CLOEXEC`; they never land on 0–2, because whichever of those the caller
//! closed is plugged at entry, before anything else is opened.

pub mod clock;
mod composure;
mod content;
mod cputime;
pub mod crash;
mod detach;
mod dir;
mod directory_paths;
mod entry;
mod environment;
mod first_memory;
mod image;
mod landlock;
mod listener;
mod lock;
mod mark;
mod mask;
mod parser_memory;
mod path;
mod peek;
mod pidfd;
mod process;
mod procstat;
mod seccomp;
mod signal;
mod sockaddr;
mod stack;
mod stat;
mod thread_memory;
mod trace;
mod tracee;
mod tty;
mod urgency;
mod wide;
pub mod xattr;

pub use composure::Composure;
pub use content::{clone_blocks, copy, link_open_file, open_to_look, read_at};
pub use cputime::ThreadClock;
pub use detach::detach;
pub use dir::{DirEntry, DirFd, Times};
pub use directory_paths::DirectoryPaths;
pub use entry::{inherited, is_closed, set_title, start};
pub use environment::{environment, variable};
pub use first_memory::FirstMemory;
pub use image::{become_program, become_program_in, may_execute, own_program, started_as};
pub use landlock::{LEAST_LANDLOCK, Ruleset, landlock_abi};
pub use listener::{Answer, Listener, Notification};
pub use lock::FileLock;
pub use mark::{ProgramKind, program_kind};
pub use parser_memory::new_parser;
pub use path::real_path;
pub use peek::{Peeked, peek_file, peek_pipe, peek_socket};
pub use pidfd::{Ending, PidFd};
pub use process::{
    Change, become_supervisor, block_signals, exit_at_once, fetch_descriptor, fork_child, fork_heard, let_go,
    offer_descriptor, send_signal, set_signals, signal_queue, signal_thread, stop_by, this_thread, wait_for_child,
    wait_now,
};
pub use procstat::ProcStat;
pub use seccomp::{PARTING, SYS_REMOVEXATTRAT, SYS_SETXATTRAT, WRITING, install_filter};
pub use signal::die_of;
pub use sockaddr::{LONGEST_ADDRESS, connect_to, does_not_wait, internet_address, internet_peer, send_to};
pub use stat::{FileKind, Stat};
pub use thread_memory::ThreadMemory;
pub use trace::{Stop, Tracee};
pub use tracee::{borrow_descriptor, borrow_directory, read_memory, read_string, read_strings, write_memory};
pub use tty::{Modes, Tty, is_terminal};
pub use urgency::answer_promptly;
