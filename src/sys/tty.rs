//! Terminals: which one is ours, whose it is, and what state it is in.

use nix::errno::Errno;
use nix::fcntl::{self, OFlag};
use nix::sys::stat::Mode;
use nix::sys::termios::{self, FlushArg, LocalFlags, SetArg, Termios};
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};

/// A terminal held open.
#[derive(Debug)]
pub struct Tty(File);

/// The terminal's modes at some moment, to be put back.
#[derive(Clone, Debug)]
pub struct Modes(Termios);

/// True when a terminal is open on the descriptor.
pub fn is_terminal(fd: impl AsFd) -> bool {
    nix::unistd::isatty(fd).unwrap_or(false)
}

impl Tty {
    /// The controlling terminal of this process, for reading and writing; `ENXIO` when there is none (tty(4)).
    pub fn controlling() -> io::Result<Self> {
        let fd = fcntl::open("/dev/tty", OFlag::O_RDWR | OFlag::O_NOCTTY | OFlag::O_CLOEXEC, Mode::empty())?;
        Ok(Self(File::from(fd)))
    }

    /// The terminal open on `file`; `ENOTTY` when it is none.
    pub fn from_file(file: File) -> io::Result<Self> {
        termios::tcgetattr(&file)?;
        Ok(Self(file))
    }

    /// The open file, for reading and writing.
    pub fn file(&self) -> &File {
        &self.0
    }

    /// The leader of the session this terminal controls (`tcgetsid(3)`); `ENOTTY` when it is not our own session's.
    pub fn session(&self) -> io::Result<i32> {
        Ok(termios::tcgetsid(&self.0)?.as_raw())
    }

    /// The foreground process group (`tcgetpgrp(3)`).
    pub fn foreground(&self) -> io::Result<i32> {
        Ok(nix::unistd::tcgetpgrp(&self.0)?.as_raw())
    }

    /// True when our own process group is in the foreground, so that reading and changing modes does not stop us.
    pub fn is_ours_to_read(&self) -> bool {
        self.foreground().is_ok_and(|group| group == nix::unistd::getpgrp().as_raw())
    }

    /// True in cooked mode: lines are edited by the kernel and echoed. A full-screen program or a password prompt
    /// turns one of the two off.
    pub fn is_cooked(&self) -> io::Result<bool> {
        Ok(termios::tcgetattr(&self.0)?.local_flags.contains(LocalFlags::ICANON | LocalFlags::ECHO))
    }

    /// Major and minor number of the terminal itself, also when opened as `/dev/tty` (`TIOCGDEV`, ioctl_tty(2)).
    /// Comparable with [`super::ProcStat::terminal`] and with the `st_rdev` of a `/dev/pts/N`.
    pub fn device(&self) -> io::Result<(u32, u32)> {
        let mut device: libc::c_uint = 0;
        // SAFETY: TIOCGDEV writes one unsigned int to its argument, ours for the length of the call.
        #[expect(unsafe_code, reason = "no safe wrapper exists for TIOCGDEV")]
        Errno::result(unsafe { libc::ioctl(self.0.as_raw_fd(), libc::TIOCGDEV, &raw mut device) })?;
        Ok(((device >> 8) & 0xfff, (device & 0xff) | ((device >> 12) & 0xfff00)))
    }

    /// Columns and rows; `(80, 24)` when the terminal does not say.
    pub fn size(&self) -> (u16, u16) {
        let mut size = libc::winsize { ws_row: 0, ws_col: 0, ws_xpixel: 0, ws_ypixel: 0 };
        // SAFETY: TIOCGWINSZ writes one winsize to its argument, ours for the length of the call.
        #[expect(unsafe_code, reason = "no safe wrapper exists for TIOCGWINSZ")]
        let result = unsafe { libc::ioctl(self.0.as_raw_fd(), libc::TIOCGWINSZ, &raw mut size) };
        if result == 0 && size.ws_col > 0 && size.ws_row > 0 { (size.ws_col, size.ws_row) } else { (80, 24) }
    }

    /// Throws away what was typed but not yet read, so that no key pressed earlier answers a later question.
    pub fn discard_input(&self) -> io::Result<()> {
        Ok(termios::tcflush(&self.0, FlushArg::TCIFLUSH)?)
    }

    /// Turns line editing and echo off, so that single keys can be read; signals from keys stay on. Gives the modes to
    /// put back.
    pub fn single_keys(&self) -> io::Result<Modes> {
        let before = termios::tcgetattr(&self.0)?;
        let mut modes = before.clone();
        modes.local_flags.remove(LocalFlags::ICANON | LocalFlags::ECHO);
        termios::tcsetattr(&self.0, SetArg::TCSADRAIN, &modes)?;
        Ok(Modes(before))
    }

    /// Puts modes back.
    pub fn restore(&self, modes: &Modes) -> io::Result<()> {
        Ok(termios::tcsetattr(&self.0, SetArg::TCSADRAIN, &modes.0)?)
    }
}

impl AsFd for Tty {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}
