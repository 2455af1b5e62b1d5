//! A pseudo-terminal to type at: the shell leads a session whose controlling terminal it is.

use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::pty::{OpenptyResult, Winsize, openpty};
use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(60);

/// A child on a terminal of its own, and all it has printed.
pub struct Terminal {
    master: Option<File>,
    child: Child,
    printed: Vec<u8>,
    /// Up to where a wait has looked.
    read: usize,
}

impl Terminal {
    /// Starts `command` through setsid(1), which makes the terminal its controlling one and then becomes it.
    pub fn start(mut command: Command) -> Self {
        let size = Winsize { ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0 };
        let OpenptyResult { master, slave } = openpty(&size, None).expect("a pseudo-terminal");
        let slave = File::from(slave);
        fcntl(&slave, FcntlArg::F_SETFD(nix::fcntl::FdFlag::FD_CLOEXEC)).expect("a descriptor flag");
        fcntl(&master, FcntlArg::F_SETFD(nix::fcntl::FdFlag::FD_CLOEXEC)).expect("a descriptor flag");
        fcntl(&master, FcntlArg::F_SETFL(OFlag::O_NONBLOCK)).expect("a status flag");
        let copy = || Stdio::from(slave.try_clone().expect("a copy of the terminal"));
        command.stdin(copy()).stdout(copy()).stderr(copy());
        let child = command.spawn().expect("setsid is needed for the tests");
        Self { master: Some(File::from(master)), child, printed: Vec::new(), read: 0 }
    }

    /// `setsid --ctty PROGRAM`.
    pub fn command(program: &Path) -> Command {
        let mut command = Command::new("setsid");
        command.arg("--ctty").arg(program);
        command
    }

    /// Waits until the terminal edits lines and does not echo, as for a password.
    pub fn expect_silence(&mut self) {
        use nix::sys::termios::{LocalFlags, tcgetattr};
        let until = Instant::now() + PATIENCE;
        loop {
            let flags = tcgetattr(self.master.as_ref().expect("the terminal is open")).expect("its modes").local_flags;
            if flags.contains(LocalFlags::ICANON) && !flags.contains(LocalFlags::ECHO) {
                return;
            }
            assert!(Instant::now() < until && self.take(), "the echo did not go off; printed: {}", self.text());
        }
    }

    /// Waits until `text` is printed after what the last wait found.
    pub fn expect(&mut self, text: &str) {
        let until = Instant::now() + PATIENCE;
        loop {
            let new = &self.printed[self.read..];
            if let Some(at) = new.windows(text.len()).position(|window| window == text.as_bytes()) {
                self.read += at + text.len();
                return;
            }
            assert!(Instant::now() < until && self.take(), "{text:?} did not come; printed: {}", self.text());
        }
    }

    /// Types, once the shell waits for it: a key that arrives while it prepares to read is handled in another way.
    pub fn send(&mut self, keys: &str) {
        let stat = format!("/proc/{}/stat", self.child.id());
        let sleeps = || std::fs::read_to_string(&stat).is_ok_and(|text| text.contains(") S "));
        let until = Instant::now() + PATIENCE;
        let mut in_a_row = 0;
        while in_a_row < 3 && Instant::now() < until && self.take() {
            in_a_row = if sleeps() { in_a_row + 1 } else { 0 };
        }
        self.master.as_mut().expect("the terminal is open").write_all(keys.as_bytes()).expect("room to type");
    }

    /// Unplugs the terminal.
    pub fn hang_up(&mut self) {
        self.master = None;
    }

    /// Takes what is there; waits a little when nothing is. False when nothing more can come.
    fn take(&mut self) -> bool {
        let Some(master) = &mut self.master else { return false };
        let mut buffer = [0; 4096];
        match master.read(&mut buffer) {
            Ok(0) => false,
            Ok(count) => {
                self.printed.extend_from_slice(&buffer[..count]);
                true
            }
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
                std::thread::sleep(Duration::from_millis(2));
                true
            }
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => true,
            // EIO: the last of those who had it open is gone.
            Err(_) => false,
        }
    }

    /// Waits for the child's end; all that was printed, and how it ended.
    pub fn finish(mut self) -> (String, String) {
        let until = Instant::now() + PATIENCE;
        let status = loop {
            let more = self.take();
            if let Some(status) = self.child.try_wait().expect("a child to wait for") {
                break status;
            }
            if Instant::now() > until {
                let _ = self.child.kill();
                panic!("the child did not end; printed: {}", self.text());
            }
            if !more {
                std::thread::sleep(Duration::from_millis(2));
            }
        };
        // What was printed before the end may still be on its way; a silent moment or the hang-up closes it.
        let mut last = self.printed.len() + 1;
        while last != self.printed.len() {
            last = self.printed.len();
            for _ in 0..10 {
                if !self.take() {
                    break;
                }
            }
        }
        (self.text(), status.to_string())
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.printed).into_owned()
    }
}
