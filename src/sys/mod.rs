//! Safe thin wrappers over the Linux calls we need; the only unsafe code; knows no rule.
//!
//! In: paths, names and descriptors. Out: `io::Result` with the kernel's own error code. Nothing here decides anything
//! about commands. Descriptors are made with `O_CLOEXEC`; they never land on 0–2, because whichever of
//! those the caller closed is plugged at entry, before anything else is opened.

mod content;
mod dir;
mod lock;
mod stat;
pub mod xattr;

pub use content::{clone_blocks, copy, link_open_file, read_at};
pub use dir::{DirEntry, DirFd, Times};
pub use lock::FileLock;
pub use stat::{FileKind, Stat};
