//! The seccomp filter of guarded processes, and its installation with a listener (seccomp(2), seccomp_unotify(2)).

use nix::errno::Errno;
use std::io;
use std::os::fd::{FromRawFd, OwnedFd, RawFd};

#[cfg(target_arch = "x86_64")]
const ARCH: u32 = 0xc000_003e;
#[cfg(target_arch = "aarch64")]
const ARCH: u32 = 0xc000_00b7;
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
const ARCH: u32 = 0;

/// Numbers from here on are those of the x32 ABI, which names the same calls again.
const X32: u32 = 0x4000_0000;
/// Offsets in `struct seccomp_data`: number, architecture, and the low half of an argument (little-endian).
const AT_NUMBER: u32 = 0;
const AT_ARCH: u32 = 4;
const fn at_argument(index: u32) -> u32 {
    16 + 8 * index
}

/// Flags of open(2) that make it more than a look: writing, creating, truncating, appending.
pub const WRITING: i32 = libc::O_WRONLY | libc::O_RDWR | libc::O_CREAT | libc::O_TRUNC | libc::O_APPEND;

/// Flags of clone(2) with which the new process may see other files under the same names.
pub const PARTING: u64 = (libc::CLONE_NEWNS | libc::CLONE_NEWUSER) as u64;

/// Calls the listener decides about whatever their arguments.
#[rustfmt::skip]
const NOTIFIED: &[libc::c_long] = &[
    libc::SYS_execve, libc::SYS_execveat, libc::SYS_openat2, libc::SYS_unlinkat, libc::SYS_renameat,
    libc::SYS_renameat2, libc::SYS_truncate, libc::SYS_linkat, libc::SYS_symlinkat, libc::SYS_mkdirat, libc::SYS_mknodat,
    libc::SYS_fchmod, libc::SYS_fchmodat, libc::SYS_fchmodat2, libc::SYS_fchown, libc::SYS_fchownat, libc::SYS_utimensat,
    libc::SYS_setxattr, libc::SYS_lsetxattr, libc::SYS_fsetxattr,
    libc::SYS_removexattr, libc::SYS_lremovexattr, libc::SYS_fremovexattr, SYS_SETXATTRAT, SYS_REMOVEXATTRAT,
    libc::SYS_connect, libc::SYS_sendmsg, libc::SYS_sendmmsg,
    libc::SYS_process_vm_writev, libc::SYS_pidfd_getfd, libc::SYS_mount, libc::SYS_move_mount,
    libc::SYS_chroot, libc::SYS_pivot_root, libc::SYS_unshare, libc::SYS_setns, libc::SYS_clone3,
];
/// Those that newer architectures do without.
#[cfg(target_arch = "x86_64")]
#[rustfmt::skip]
const NOTIFIED_OLD: &[libc::c_long] = &[
    libc::SYS_creat, libc::SYS_unlink, libc::SYS_rmdir, libc::SYS_rename, libc::SYS_link, libc::SYS_symlink,
    libc::SYS_mkdir, libc::SYS_mknod, libc::SYS_chmod, libc::SYS_chown, libc::SYS_lchown, libc::SYS_utime,
    libc::SYS_utimes, libc::SYS_futimesat,
];
#[cfg(not(target_arch = "x86_64"))]
const NOTIFIED_OLD: &[libc::c_long] = &[];

/// setxattrat(2), Linux 6.13; the number is the same on all architectures.
pub const SYS_SETXATTRAT: libc::c_long = 463;
/// removexattrat(2), Linux 6.13.
pub const SYS_REMOVEXATTRAT: libc::c_long = 466;

/// A filter under construction: rules are tried in order.
struct Program(Vec<libc::sock_filter>);

impl Program {
    fn push(&mut self, code: u32, k: u32, jt: u8, jf: u8) {
        self.0.push(libc::sock_filter { code: code as u16, jt, jf, k });
    }

    fn load(&mut self, offset: u32) {
        self.push(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, offset, 0, 0);
    }

    fn give(&mut self, action: u32) {
        self.push(libc::BPF_RET | libc::BPF_K, action, 0, 0);
    }

    /// Gives `action` when the number loaded equals `number`.
    fn when(&mut self, number: libc::c_long, action: u32) {
        self.push(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K, number as u32, 0, 1);
        self.give(action);
    }

    /// For the call `number`: gives `action` when argument `index` has any bit of `bits`, else allows it.
    fn when_bits(&mut self, number: libc::c_long, index: u32, bits: u32, action: u32) {
        self.push(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K, number as u32, 0, 4);
        self.load(at_argument(index));
        self.push(libc::BPF_JMP | libc::BPF_JSET | libc::BPF_K, bits, 0, 1);
        self.give(action);
        self.give(libc::SECCOMP_RET_ALLOW);
    }
}

fn errno(error: i32) -> u32 {
    libc::SECCOMP_RET_ERRNO | error as u32
}

/// The ptrace(2) requests that take hold of another process, in a type that the constants of glibc and musl fit in.
const ATTACHING: [i64; 2] = [libc::PTRACE_ATTACH as i64, libc::PTRACE_SEIZE as i64];

/// The whole filter. Foreign architectures and x32 do not exist; what would pass the listener by is refused; writing opens
/// and everything that changes a name or an inode is notified; all else is free.
fn filter() -> Vec<libc::sock_filter> {
    let mut program = Program(Vec::with_capacity(128));
    program.load(AT_ARCH);
    program.push(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K, ARCH, 1, 0);
    program.give(errno(libc::ENOSYS));
    program.load(AT_NUMBER);
    program.push(libc::BPF_JMP | libc::BPF_JGE | libc::BPF_K, X32, 0, 1);
    program.give(errno(libc::ENOSYS));
    for number in NOTIFIED.iter().chain(NOTIFIED_OLD) {
        program.when(*number, libc::SECCOMP_RET_USER_NOTIF);
    }
    for number in [libc::SYS_io_uring_setup, libc::SYS_open_by_handle_at] {
        program.when(number, errno(libc::EPERM));
    }
    program.when_bits(libc::SYS_openat, 2, WRITING as u32, libc::SECCOMP_RET_USER_NOTIF);
    #[cfg(target_arch = "x86_64")]
    program.when_bits(libc::SYS_open, 1, WRITING as u32, libc::SECCOMP_RET_USER_NOTIF);
    program.when_bits(libc::SYS_clone, 0, PARTING as u32, libc::SECCOMP_RET_USER_NOTIF);
    // ptrace: taking hold of another process. A child that asks to be traced is the line's own.
    program.push(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K, libc::SYS_ptrace as u32, 0, 5);
    program.load(at_argument(0));
    program.push(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K, ATTACHING[0] as u32, 1, 0);
    program.push(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K, ATTACHING[1] as u32, 0, 1);
    program.give(libc::SECCOMP_RET_USER_NOTIF);
    program.give(libc::SECCOMP_RET_ALLOW);
    // sendto: what is sent without an address goes where the socket is connected to.
    program.push(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K, libc::SYS_sendto as u32, 0, 6);
    program.load(at_argument(4));
    program.push(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K, 0, 0, 2);
    program.load(at_argument(4) + 4);
    program.push(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K, 0, 1, 0);
    program.give(libc::SECCOMP_RET_USER_NOTIF);
    program.give(libc::SECCOMP_RET_ALLOW);
    // ioctl: putting bytes into a terminal's input queue would answer the person's questions.
    program.push(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K, libc::SYS_ioctl as u32, 0, 4);
    program.load(at_argument(1));
    program.push(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K, libc::TIOCSTI as u32, 1, 0);
    program.push(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K, libc::TIOCLINUX as u32, 0, 1);
    program.give(errno(libc::EPERM));
    program.give(libc::SECCOMP_RET_ALLOW);
    program.0
}

/// Puts this process and all its descendants under the filter and gives the listener (close-on-exec). A process that may
/// not do so for lack of privilege gives up gaining any first (`PR_SET_NO_NEW_PRIVS`, prctl(2)).
///
/// `EBUSY` below another listener, `EINVAL` on a kernel without one of the flags (Linux 5.19), `ENOSYS` without seccomp
/// or on an architecture not known here.
pub fn install_filter() -> io::Result<OwnedFd> {
    if ARCH == 0 {
        return Err(Errno::ENOSYS.into());
    }
    match install() {
        Err(error) if error.raw_os_error() == Some(libc::EACCES) => {
            nix::sys::prctl::set_no_new_privs()?;
            install()
        }
        result => result,
    }
}

fn install() -> io::Result<OwnedFd> {
    let mut code = filter();
    let program = libc::sock_fprog { len: code.len() as u16, filter: code.as_mut_ptr() };
    let flags = libc::SECCOMP_FILTER_FLAG_NEW_LISTENER
        | libc::SECCOMP_FILTER_FLAG_SPEC_ALLOW
        | libc::SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
    // SAFETY: `program` points at `len` instructions that live until the call returns; the kernel copies and checks them.
    #[expect(unsafe_code, reason = "no safe wrapper exists for seccomp")]
    let number = unsafe {
        libc::syscall(libc::SYS_seccomp, libc::SECCOMP_SET_MODE_FILTER as libc::c_ulong, flags, &raw const program)
    };
    let number = Errno::result(number)?;
    // SAFETY: the call has just returned this descriptor, so nobody else owns it.
    #[expect(unsafe_code, reason = "takes ownership of a new descriptor")]
    Ok(unsafe { OwnedFd::from_raw_fd(number as RawFd) })
}

#[cfg(test)]
mod tests {
    use super::{ARCH, X32, filter};

    /// What the filter does with a call; an interpreter of the five instructions it is made of.
    fn answer(arch: u32, number: u32, argument: (u32, u32)) -> u32 {
        let (mut at, mut loaded) = (0, 0);
        let program = filter();
        loop {
            let step = program[at];
            at += 1;
            let holds = match u32::from(step.code) & 0xf7 {
                0x20 => {
                    loaded = match step.k {
                        0 => number,
                        4 => arch,
                        offset if offset == 16 + 8 * argument.0 => argument.1,
                        _ => 0,
                    };
                    continue;
                }
                0x06 => return step.k,
                0x15 => loaded == step.k,
                0x35 => loaded >= step.k,
                0x45 => loaded & step.k != 0,
                code => panic!("{code:x}"),
            };
            at += usize::from(if holds { step.jt } else { step.jf });
        }
    }

    #[test]
    fn the_filter_tells_calls_apart() {
        let here = |number: libc::c_long, argument| answer(ARCH, number as u32, argument);
        let notify = libc::SECCOMP_RET_USER_NOTIF;
        let refused = |error: i32| libc::SECCOMP_RET_ERRNO | error as u32;
        assert_eq!(here(libc::SYS_read, (0, 0)), libc::SECCOMP_RET_ALLOW);
        assert_eq!(here(libc::SYS_execve, (0, 0)), notify);
        assert_eq!(here(libc::SYS_unlinkat, (0, 0)), notify);
        assert_eq!(here(libc::SYS_openat, (2, libc::O_CLOEXEC as u32)), libc::SECCOMP_RET_ALLOW);
        assert_eq!(here(libc::SYS_openat, (2, libc::O_RDWR as u32)), notify);
        assert_eq!(here(libc::SYS_openat, (2, (libc::O_CREAT | libc::O_EXCL) as u32)), notify);
        assert_eq!(here(libc::SYS_clone, (0, libc::SIGCHLD as u32)), libc::SECCOMP_RET_ALLOW);
        assert_eq!(here(libc::SYS_clone, (0, libc::CLONE_NEWUSER as u32)), notify);
        assert_eq!(here(libc::SYS_ptrace, (0, i64::from(libc::PTRACE_TRACEME) as u32)), libc::SECCOMP_RET_ALLOW);
        assert_eq!(here(libc::SYS_ptrace, (0, i64::from(libc::PTRACE_ATTACH) as u32)), notify);
        assert_eq!(here(libc::SYS_ptrace, (0, i64::from(libc::PTRACE_SEIZE) as u32)), notify);
        assert_eq!(here(libc::SYS_sendto, (4, 0)), libc::SECCOMP_RET_ALLOW);
        assert_eq!(here(libc::SYS_sendto, (4, 4096)), notify);
        assert_eq!(here(libc::SYS_ioctl, (1, libc::TIOCSTI as u32)), refused(libc::EPERM));
        assert_eq!(here(libc::SYS_ioctl, (1, libc::TIOCLINUX as u32)), refused(libc::EPERM));
        assert_eq!(here(libc::SYS_ioctl, (1, libc::TCGETS as u32)), libc::SECCOMP_RET_ALLOW);
        assert_eq!(here(libc::SYS_io_uring_setup, (0, 0)), refused(libc::EPERM));
        assert_eq!(answer(0x4000_0003, 11, (0, 0)), refused(libc::ENOSYS), "i386");
        assert_eq!(answer(ARCH, X32 | libc::SYS_read as u32, (0, 0)), refused(libc::ENOSYS), "x32");
    }
}
