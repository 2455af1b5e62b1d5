//! The processor time of one thread.

use nix::errno::Errno;
use std::io;
use std::time::Duration;

/// The CPU clock of one thread of this process; any thread may read it (pthread_getcpuclockid(3)).
#[derive(Clone, Copy, Debug)]
pub struct ThreadClock(libc::clockid_t);

impl ThreadClock {
    /// The clock of the calling thread.
    pub fn own() -> io::Result<Self> {
        let mut id: libc::clockid_t = 0;
        // SAFETY: pthread_self(3) names the calling thread, which is alive, and `id` outlives the call that writes it.
        #[expect(unsafe_code, reason = "no safe wrapper exists for pthread_getcpuclockid")]
        let status = unsafe { libc::pthread_getcpuclockid(libc::pthread_self(), &raw mut id) };
        if status == 0 { Ok(Self(id)) } else { Err(io::Error::from_raw_os_error(status)) }
    }

    /// The time the thread has run on a processor, in user and kernel mode; fails once the thread has ended.
    pub fn used(self) -> io::Result<Duration> {
        let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
        // SAFETY: clock_gettime(2) takes a number that the kernel checks and writes the structure, which is ours.
        #[expect(unsafe_code, reason = "nix does not make a ClockId of a thread's clock")]
        Errno::result(unsafe { libc::clock_gettime(self.0, &raw mut time) })?;
        let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
        Ok(Duration::new(seconds, u32::try_from(time.tv_nsec).unwrap_or(0)))
    }
}

#[cfg(test)]
mod tests {
    use super::ThreadClock;
    use std::sync::mpsc;
    use std::time::Duration;

    #[test]
    fn the_clock_of_a_thread_is_read_from_another_and_stops_with_it() {
        let (sender, receiver) = mpsc::channel();
        let (end, ended) = mpsc::channel::<()>();
        let thread = std::thread::spawn(move || {
            let clock = ThreadClock::own().expect("a running thread has a clock");
            while clock.used().expect("it runs") < Duration::from_millis(2) {}
            sender.send(clock).expect("the test waits");
            let _ = ended.recv();
        });
        let clock = receiver.recv().expect("the thread sends its clock");
        assert!(clock.used().expect("the thread waits") >= Duration::from_millis(2));
        drop(end);
        thread.join().expect("the thread does not panic");
    }
}
