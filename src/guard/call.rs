//! What a notified call is about to do.

use crate::sys::{self, Notification};
use std::io;

/// How a call names a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Name {
    /// By a path in its memory, from a directory's descriptor or `AT_FDCWD`.
    Path {
        /// Where a relative path begins.
        directory: i32,
        /// Where the path is.
        address: u64,
    },
    /// By a descriptor.
    Descriptor(i32),
}

/// A call, as far as it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Call {
    /// Starts a program: its file, and where argv and environment are.
    Execute(Name, u64, u64),
    /// Opens with these flags.
    Open(Name, i32),
    /// Changes the length.
    Truncate(Name),
    /// Takes a name away; true for a directory's.
    Remove(Name, bool),
    /// Gives the first the second name; the flags are renameat2(2)'s.
    Rename(Name, Name, u32),
    /// Makes a name.
    Make(Name),
    /// Gives the file of the first name, a link at its end followed or not, the second name too.
    Link(Name, bool, Name),
    /// Changes mode, owner, times or attributes; true when a link at the end is followed.
    Metadata(Name, bool),
    /// May see other files under the same names afterwards, or start a process that does.
    Part,
    /// Starts a process that sees what this one sees.
    Fork,
    /// Puts a file system somewhere.
    Mount,
    /// Looks into the process of this number and changes it.
    Touch(i32),
    /// Connects a socket to the address at this place and of this length.
    Connect { socket: i32, address: u64, length: usize },
    /// Sends a message; places and lengths of payload and address.
    SendTo { socket: i32, payload: (u64, usize), flags: i32, address: (u64, usize) },
    /// Sends what a `struct msghdr` describes.
    SendMessage { socket: i32, header: u64, flags: i32 },
    /// Sends what several `struct mmsghdr` describe.
    SendMessages { socket: i32, headers: u64, count: u64, flags: i32 },
    /// Nothing we know: refused.
    Unknown,
}

impl Call {
    /// Decodes it. Fails when its memory cannot be read.
    pub(super) fn of(notification: &Notification) -> io::Result<Self> {
        let words = notification.arguments;
        let int = |index: usize| words[index] as i32;
        let here = |index: usize| Name::Path { directory: libc::AT_FDCWD, address: words[index] };
        let at = |index: usize| Name::Path { directory: int(index), address: words[index + 1] };
        let follows = |flags: i32| flags & libc::AT_SYMLINK_NOFOLLOW == 0;
        Ok(match notification.number {
            libc::SYS_execve => Self::Execute(here(0), words[1], words[2]),
            libc::SYS_execveat => Self::Execute(at(0), words[2], words[3]),
            libc::SYS_openat => Self::Open(at(0), int(2)),
            libc::SYS_openat2 => {
                // The first field of `struct open_how`.
                Self::Open(at(0), read_word(notification.thread, words[2])? as i32)
            }
            libc::SYS_unlinkat => Self::Remove(at(0), int(2) & libc::AT_REMOVEDIR != 0),
            libc::SYS_renameat => Self::Rename(at(0), at(2), 0),
            libc::SYS_renameat2 => Self::Rename(at(0), at(2), words[4] as u32),
            libc::SYS_truncate => Self::Truncate(here(0)),
            libc::SYS_linkat => Self::Link(at(0), int(4) & libc::AT_SYMLINK_FOLLOW != 0, at(2)),
            libc::SYS_symlinkat => Self::Make(at(1)),
            libc::SYS_mkdirat | libc::SYS_mknodat => Self::Make(at(0)),
            libc::SYS_fchmod | libc::SYS_fchown | libc::SYS_fsetxattr | libc::SYS_fremovexattr => {
                Self::Metadata(Name::Descriptor(int(0)), true)
            }
            libc::SYS_fchmodat => Self::Metadata(at(0), true),
            libc::SYS_fchmodat2 => Self::Metadata(at(0), follows(int(3))),
            libc::SYS_fchownat => Self::Metadata(at(0), follows(int(4))),
            // A null path changes the descriptor's own file.
            libc::SYS_utimensat if words[1] == 0 => Self::Metadata(Name::Descriptor(int(0)), true),
            libc::SYS_utimensat => Self::Metadata(at(0), follows(int(3))),
            libc::SYS_setxattr | libc::SYS_removexattr => Self::Metadata(here(0), true),
            libc::SYS_lsetxattr | libc::SYS_lremovexattr => Self::Metadata(here(0), false),
            sys::SYS_SETXATTRAT | sys::SYS_REMOVEXATTRAT => Self::Metadata(at(0), follows(int(2))),
            libc::SYS_chroot | libc::SYS_pivot_root | libc::SYS_unshare | libc::SYS_setns | libc::SYS_clone => {
                Self::Part
            }
            libc::SYS_clone3 => {
                let flags = read_word(notification.thread, words[0])?;
                if flags & sys::PARTING != 0 { Self::Part } else { Self::Fork }
            }
            libc::SYS_ptrace | libc::SYS_process_vm_writev => {
                Self::Touch(if notification.number == libc::SYS_ptrace { int(1) } else { int(0) })
            }
            libc::SYS_mount | libc::SYS_move_mount => Self::Mount,
            libc::SYS_pidfd_getfd => Self::Touch(process_of(notification.thread, int(0))),
            libc::SYS_connect => {
                let length = (words[2] as u32 as usize).min(sys::LONGEST_ADDRESS);
                Self::Connect { socket: int(0), address: words[1], length }
            }
            libc::SYS_sendto => Self::SendTo {
                socket: int(0),
                payload: (words[1], words[2] as usize),
                flags: int(3),
                address: (words[4], (words[5] as u32 as usize).min(sys::LONGEST_ADDRESS)),
            },
            libc::SYS_sendmsg => Self::SendMessage { socket: int(0), header: words[1], flags: int(2) },
            libc::SYS_sendmmsg => {
                let count = u64::from(words[2] as u32);
                Self::SendMessages { socket: int(0), headers: words[1], count, flags: int(3) }
            }
            number => Self::old(number, &words),
        })
    }

    /// The calls newer architectures do without.
    #[cfg(target_arch = "x86_64")]
    fn old(number: libc::c_long, words: &[u64; 6]) -> Self {
        let here = |index: usize| Name::Path { directory: libc::AT_FDCWD, address: words[index] };
        match number {
            libc::SYS_open => Self::Open(here(0), words[1] as i32),
            libc::SYS_creat => Self::Open(here(0), libc::O_CREAT | libc::O_WRONLY | libc::O_TRUNC),
            libc::SYS_unlink => Self::Remove(here(0), false),
            libc::SYS_rmdir => Self::Remove(here(0), true),
            libc::SYS_rename => Self::Rename(here(0), here(1), 0),
            libc::SYS_link => Self::Link(here(0), false, here(1)),
            libc::SYS_symlink => Self::Make(here(1)),
            libc::SYS_mkdir | libc::SYS_mknod => Self::Make(here(0)),
            libc::SYS_chmod | libc::SYS_chown | libc::SYS_utime | libc::SYS_utimes => Self::Metadata(here(0), true),
            libc::SYS_lchown => Self::Metadata(here(0), false),
            libc::SYS_futimesat if words[1] == 0 => Self::Metadata(Name::Descriptor(words[0] as i32), true),
            libc::SYS_futimesat => Self::Metadata(Name::Path { directory: words[0] as i32, address: words[1] }, true),
            _ => Self::Unknown,
        }
    }

    #[cfg(not(target_arch = "x86_64"))]
    fn old(_: libc::c_long, _: &[u64; 6]) -> Self {
        Self::Unknown
    }
}

/// The process that descriptor `number` of a thread stands for, as that thread sees it; -1 for none.
fn process_of(thread: i32, number: i32) -> i32 {
    let text = std::fs::read_to_string(format!("/proc/{thread}/fdinfo/{number}")).unwrap_or_default();
    let field = text.lines().find_map(|line| line.strip_prefix("Pid:"));
    field.and_then(|pid| pid.trim().parse().ok()).unwrap_or(-1)
}

fn read_word(thread: i32, address: u64) -> io::Result<u64> {
    let mut word = [0; 8];
    match sys::read_memory(thread, address, &mut word)? {
        8 => Ok(u64::from_ne_bytes(word)),
        _ => Err(io::ErrorKind::UnexpectedEof.into()),
    }
}
