//! Looking into another process of ours: its memory and its descriptors.

use super::{DirFd, PidFd};
use nix::errno::Errno;
use nix::sys::uio::{RemoteIoVec, process_vm_readv, process_vm_writev};
use nix::unistd::Pid;
use std::cell::RefCell;
use std::fs::File;
use std::io::{self, IoSlice, IoSliceMut};
use std::os::fd::{FromRawFd, OwnedFd, RawFd};
use std::os::unix::fs::FileExt;

/// Bytes of memory that are fetched at once; never across a page, because the next may not be there.
const PAGE: u64 = 4096;

/// Fills `into` with memory of `pid` at `address`; gives how much could be read, at least one byte (process_vm_readv(2), and
/// proc_pid_mem(5) where that call is missing).
pub fn read_memory(pid: i32, address: u64, into: &mut [u8]) -> io::Result<usize> {
    let remote = [RemoteIoVec { base: address as usize, len: into.len() }];
    match process_vm_readv(Pid::from_raw(pid), &mut [IoSliceMut::new(into)], &remote) {
        Err(Errno::ENOSYS) => File::open(format!("/proc/{pid}/mem"))?.read_at(into, address),
        Ok(0) => Err(Errno::EFAULT.into()),
        result => Ok(result?),
    }
}

/// Writes to memory of `pid` at `address`; all of it or not at all (process_vm_writev(2)).
pub fn write_memory(pid: i32, address: u64, bytes: &[u8]) -> io::Result<()> {
    let remote = [RemoteIoVec { base: address as usize, len: bytes.len() }];
    match process_vm_writev(Pid::from_raw(pid), &[IoSlice::new(bytes)], &remote)? {
        count if count == bytes.len() => Ok(()),
        _ => Err(Errno::EFAULT.into()),
    }
}

/// The NUL-terminated string at `address` in `pid`, at most `limit` bytes: `ENAMETOOLONG` beyond.
pub fn read_string(pid: i32, address: u64, limit: usize) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    if address == 0 {
        return Err(Errno::EFAULT.into());
    }
    // Nearly every path is short; only what is longer is worth a page of memory.
    let mut short = [0; 256];
    let mut long = Vec::new();
    let mut at = address;
    loop {
        if !text.is_empty() {
            long.resize(PAGE as usize, 0);
        }
        let piece = if text.is_empty() { short.as_mut_slice() } else { long.as_mut_slice() };
        let length = (PAGE - at % PAGE).min(piece.len() as u64) as usize;
        let count = read_memory(pid, at, &mut piece[..length])?;
        if let Some(end) = piece[..count].iter().position(|byte| *byte == 0) {
            text.extend_from_slice(&piece[..end]);
            return Ok(text);
        }
        text.extend_from_slice(&piece[..count]);
        at += count as u64;
        if text.len() > limit {
            return Err(Errno::ENAMETOOLONG.into());
        }
    }
}

/// The strings of the null-terminated array at `address` in `pid` (an argv or envp); `E2BIG` beyond `limit` bytes.
pub fn read_strings(pid: i32, address: u64, limit: usize) -> io::Result<Vec<Vec<u8>>> {
    let mut strings = Vec::new();
    if address == 0 {
        return Ok(strings);
    }
    let (mut at, mut total) = (address, 0);
    let mut window = Window::default();
    loop {
        let mut pointers = [0; 512];
        // Up to the end of the page; a pointer that lies across two pages is fetched by itself.
        let length = ((PAGE - at % PAGE).min(512) / 8 * 8).max(8) as usize;
        let count = read_memory(pid, at, &mut pointers[..length])?;
        if count < 8 {
            return Err(Errno::EFAULT.into());
        }
        for pointer in pointers[..count].chunks_exact(8) {
            let pointer = u64::from_ne_bytes(pointer.try_into().unwrap_or_default());
            if pointer == 0 {
                return Ok(strings);
            }
            let string = window.string(pid, pointer, limit)?;
            total += string.len() + 8;
            strings.push(string);
            if total > limit {
                return Err(Errno::E2BIG.into());
            }
        }
        at += (count / 8 * 8) as u64;
    }
}

/// Memory of another process that was fetched last. The strings of an argv or environment mostly lie side by side.
#[derive(Default)]
struct Window {
    start: u64,
    bytes: Vec<u8>,
}

impl Window {
    fn string(&mut self, pid: i32, address: u64, limit: usize) -> io::Result<Vec<u8>> {
        if let Some(known) = self.known(address) {
            return Ok(known);
        }
        self.bytes.resize((PAGE - address % PAGE) as usize, 0);
        self.start = address;
        let count = read_memory(pid, address, &mut self.bytes)?;
        self.bytes.truncate(count);
        self.known(address).map_or_else(|| read_string(pid, address, limit), Ok)
    }

    /// The string at `address`, when all of it was fetched.
    fn known(&self, address: u64) -> Option<Vec<u8>> {
        let from = self.bytes.get(usize::try_from(address.checked_sub(self.start)?).ok()?..)?;
        Some(from[..from.iter().position(|byte| *byte == 0)?].to_vec())
    }
}

/// A descriptor of our own for what descriptor `number` of `process` is (pidfd_getfd(2), Linux 5.6): the same open file.
pub fn borrow_descriptor(process: &PidFd, number: RawFd) -> io::Result<OwnedFd> {
    use std::os::fd::{AsFd, AsRawFd};
    // SAFETY: pidfd_getfd(2) takes three integers and touches no memory of ours.
    #[expect(unsafe_code, reason = "no safe wrapper exists for pidfd_getfd")]
    let fd = unsafe { libc::syscall(libc::SYS_pidfd_getfd, process.as_fd().as_raw_fd(), number, 0) };
    let fd = Errno::result(fd)?;
    // SAFETY: the call has just returned this descriptor, so nobody else owns it.
    #[expect(unsafe_code, reason = "takes ownership of a new descriptor")]
    Ok(unsafe { OwnedFd::from_raw_fd(fd as RawFd) })
}

thread_local! {
    /// The thread that was borrowed of last: most calls come from the same one as the call before.
    static LENDER: RefCell<Option<(i32, PidFd)>> = const { RefCell::new(None) };
}

/// The directory that descriptor `number` of `thread` is: a third of what it takes to open it by its link in `/proc`. Whether it
/// is one, its use will tell. Fails before Linux 6.9 too, and where only the link is ours to follow.
pub fn borrow_directory(thread: i32, number: RawFd) -> io::Result<DirFd> {
    LENDER.with_borrow_mut(|lender| {
        if let Some((known, process)) = lender
            && *known == thread
            // One that has ended lends nothing, whoever has its number now.
            && let Ok(descriptor) = borrow_descriptor(process, number)
        {
            return Ok(DirFd::borrowed(descriptor));
        }
        *lender = None;
        let process = PidFd::of_thread(thread)?;
        let descriptor = borrow_descriptor(&process, number)?;
        *lender = Some((thread, process));
        Ok(DirFd::borrowed(descriptor))
    })
}
