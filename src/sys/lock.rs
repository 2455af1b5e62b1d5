//! Locks between processes.

use nix::fcntl::{Flock, FlockArg};
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;

/// An advisory whole-file lock (`flock(2)`), released when dropped or when the process ends in any way.
#[derive(Debug)]
pub struct FileLock(Flock<File>);

impl FileLock {
    /// Waits for the exclusive lock.
    pub fn exclusive(file: File) -> io::Result<Self> {
        Self::take(file, FlockArg::LockExclusive)
    }

    /// Waits for a lock shared with other readers.
    pub fn shared(file: File) -> io::Result<Self> {
        Self::take(file, FlockArg::LockShared)
    }

    /// Takes the exclusive lock or fails at once with `EWOULDBLOCK`.
    pub fn try_exclusive(file: File) -> io::Result<Self> {
        Self::take(file, FlockArg::LockExclusiveNonblock)
    }

    fn take(mut file: File, how: FlockArg) -> io::Result<Self> {
        loop {
            match Flock::lock(file, how) {
                Ok(lock) => return Ok(Self(lock)),
                Err((back, nix::errno::Errno::EINTR)) => file = back,
                Err((_, error)) => return Err(error.into()),
            }
        }
    }

    /// A descriptor that holds the lock for as long as a process has it, or a copy of it, open. This process keeps one
    /// until it ends or becomes another program.
    pub fn hold(self) -> io::Result<OwnedFd> {
        let copy = self.0.try_clone()?;
        // Dropping the lock would unlock the copy too: both are one open file description (flock(2)).
        std::mem::forget(self.0);
        Ok(copy.into())
    }

    /// The locked file.
    pub fn file(&self) -> &File {
        &self.0
    }
}
