//! The supervisor's end of a seccomp filter: receiving calls and answering them (seccomp_unotify(2)).

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout};
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

/// `SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP`, Linux 6.6: the caller runs on the answering processor.
const SYNC_WAKE_UP: libc::c_ulong = 1;
/// Room for structures of later kernels.
const ROOM: usize = 512;

/// A call that waits for an answer.
#[derive(Clone, Copy, Debug)]
pub struct Notification {
    id: u64,
    /// The calling thread, in our pid namespace; 0 when it lies outside.
    pub thread: i32,
    /// The call's number.
    pub number: libc::c_long,
    /// Its arguments as the registers held them.
    pub arguments: [u64; 6],
}

/// What becomes of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The kernel carries it out.
    Continue,
    /// It fails with this error number.
    Fail(i32),
    /// It was carried out by us, with this result.
    Give(i64),
}

/// A filter's listener.
#[derive(Debug)]
pub struct Listener {
    fd: OwnedFd,
    quick: bool,
}

#[repr(C, align(8))]
struct Buffer([u8; ROOM]);

impl Listener {
    /// Of the descriptor that [`super::install_filter`] gave. Asks for quick hand-over; a kernel without it is slower.
    pub fn new(fd: OwnedFd) -> Self {
        // SAFETY: this request takes its flags by value; no memory is involved.
        #[expect(unsafe_code, reason = "no safe wrapper exists for this request")]
        let set = unsafe { libc::ioctl(fd.as_raw_fd(), libc::SECCOMP_IOCTL_NOTIF_SET_FLAGS, SYNC_WAKE_UP) };
        Self { fd, quick: set == 0 }
    }

    /// True when the kernel hands callers over without a detour by another processor (Linux 6.6).
    pub fn is_quick(&self) -> bool {
        self.quick
    }

    /// Waits for the next call. `None` when no process is under the filter any more. A call whose process has died
    /// meanwhile is passed over. On kernels that do not tell it waits on for ever then.
    pub fn receive(&self) -> io::Result<Option<Notification>> {
        loop {
            let mut buffer = Buffer([0; ROOM]);
            // SAFETY: the kernel writes one `seccomp_notif`, zeroed before as it demands, into a buffer that has room for
            // those of later kernels too and is aligned for it.
            #[expect(unsafe_code, reason = "no safe wrapper exists for this request")]
            let result =
                unsafe { libc::ioctl(self.fd.as_raw_fd(), libc::SECCOMP_IOCTL_NOTIF_RECV, buffer.0.as_mut_ptr()) };
            match Errno::result(result) {
                Ok(_) => {}
                Err(Errno::EINTR) => continue,
                // The caller died, or all have.
                Err(Errno::ENOENT) if self.has_tasks()? => continue,
                Err(Errno::ENOENT) => return Ok(None),
                Err(error) => return Err(error.into()),
            }
            // SAFETY: the buffer is larger than the structure, aligned for it, and any bytes are a value of its integers.
            #[expect(unsafe_code, reason = "reads the structure the kernel wrote")]
            let notif = unsafe { buffer.0.as_ptr().cast::<libc::seccomp_notif>().read() };
            return Ok(Some(Notification {
                id: notif.id,
                thread: notif.pid.cast_signed(),
                number: libc::c_long::from(notif.data.nr),
                arguments: notif.data.args,
            }));
        }
    }

    /// True while some process is under the filter.
    fn has_tasks(&self) -> io::Result<bool> {
        let events = self.events()?;
        Ok(events.contains(PollFlags::POLLIN) || !events.contains(PollFlags::POLLHUP))
    }

    /// True when a call waits to be received.
    pub fn has_another(&self) -> bool {
        self.events().is_ok_and(|events| events.contains(PollFlags::POLLIN))
    }

    fn events(&self) -> io::Result<PollFlags> {
        loop {
            let mut slots = [PollFd::new(self.fd.as_fd(), PollFlags::POLLIN)];
            match nix::poll::poll(&mut slots, PollTimeout::ZERO) {
                Ok(_) => return Ok(slots[0].revents().unwrap_or(PollFlags::empty())),
                Err(Errno::EINTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// True while the call waits: what was read of its process until now was that process's, and not that of another one
    /// with the same number.
    pub fn is_waiting(&self, notification: &Notification) -> bool {
        // SAFETY: the kernel reads one 64-bit number from the pointer.
        #[expect(unsafe_code, reason = "no safe wrapper exists for this request")]
        let result =
            unsafe { libc::ioctl(self.fd.as_raw_fd(), libc::SECCOMP_IOCTL_NOTIF_ID_VALID, &raw const notification.id) };
        result == 0
    }

    /// Answers a call. A caller that is gone needs no answer.
    pub fn answer(&self, notification: &Notification, answer: Answer) -> io::Result<()> {
        let mut buffer = Buffer([0; ROOM]);
        let response = match answer {
            Answer::Continue => libc::seccomp_notif_resp {
                id: notification.id,
                val: 0,
                error: 0,
                flags: libc::SECCOMP_USER_NOTIF_FLAG_CONTINUE as u32,
            },
            Answer::Give(value) => libc::seccomp_notif_resp { id: notification.id, val: value, error: 0, flags: 0 },
            Answer::Fail(error) => {
                libc::seccomp_notif_resp { id: notification.id, val: 0, error: -error.abs(), flags: 0 }
            }
        };
        // SAFETY: the buffer has room for the structure and is aligned for it.
        #[expect(unsafe_code, reason = "lays the structure into the larger buffer")]
        unsafe {
            buffer.0.as_mut_ptr().cast::<libc::seccomp_notif_resp>().write(response);
        }
        // SAFETY: the kernel reads one `seccomp_notif_resp` from a buffer with room for later ones.
        #[expect(unsafe_code, reason = "no safe wrapper exists for this request")]
        let result = unsafe { libc::ioctl(self.fd.as_raw_fd(), libc::SECCOMP_IOCTL_NOTIF_SEND, buffer.0.as_mut_ptr()) };
        match Errno::result(result) {
            Ok(_) | Err(Errno::ENOENT) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

impl AsFd for Listener {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}
