//! The near end of a pseudo-terminal, and what has been printed on it.

use nix::fcntl::{FcntlArg, FdFlag, OFlag, fcntl};
use nix::pty::{OpenptyResult, Winsize, openpty};
use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::time::{Duration, Instant};

/// No test takes a second; one that takes this long hangs.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// A terminal somebody sits at.
pub struct Screen {
    master: Option<File>,
    printed: Vec<u8>,
    /// Up to where a wait has looked.
    read: usize,
}

impl Screen {
    /// A new terminal, and its far end for the programs.
    pub fn open(rows: u16, columns: u16) -> (Self, File) {
        let size = Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        let OpenptyResult { master, slave } = openpty(&size, None).expect("a pseudo-terminal");
        let slave = File::from(slave);
        fcntl(&slave, FcntlArg::F_SETFD(FdFlag::FD_CLOEXEC)).expect("a descriptor flag");
        fcntl(&master, FcntlArg::F_SETFD(FdFlag::FD_CLOEXEC)).expect("a descriptor flag");
        fcntl(&master, FcntlArg::F_SETFL(OFlag::O_NONBLOCK)).expect("a status flag");
        (Self { master: Some(File::from(master)), printed: Vec::new(), read: 0 }, slave)
    }

    /// The near end.
    pub fn master(&mut self) -> &mut File {
        self.master.as_mut().expect("the terminal is open")
    }

    /// Waits until `text` is printed after what the last wait found; gives what stood before it.
    pub fn expect(&mut self, text: &str) -> String {
        let until = Instant::now() + PATIENCE;
        loop {
            let new = &self.printed[self.read..];
            if let Some(at) = new.windows(text.len()).position(|window| window == text.as_bytes()) {
                let before = String::from_utf8_lossy(&new[..at]).into_owned();
                self.read += at + text.len();
                return before;
            }
            assert!(Instant::now() < until && self.take(), "{text:?} did not come; printed: {}", self.text());
        }
    }

    /// Types.
    pub fn send(&mut self, keys: &str) {
        self.master().write_all(keys.as_bytes()).expect("room to type");
    }

    /// Unplugs the terminal.
    pub fn hang_up(&mut self) {
        self.master = None;
    }

    /// Takes what is there; waits a little when nothing is. False when nothing more can come.
    pub fn take(&mut self) -> bool {
        let Some(master) = &mut self.master else { return false };
        let mut buffer = [0; 4096];
        match master.read(&mut buffer) {
            Ok(0) => false,
            Ok(count) => {
                self.printed.extend_from_slice(&buffer[..count]);
                true
            }
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {
                std::thread::sleep(Duration::from_millis(2));
                true
            }
            // EIO: the last of those who had it open is gone.
            Err(_) => false,
        }
    }

    /// How much has been printed, in bytes.
    pub fn length(&self) -> usize {
        self.printed.len()
    }

    /// All that has been printed.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.printed).into_owned()
    }
}
