//! A pseudo-terminal to type at: the shell leads a session whose controlling terminal it is.

use super::screen::{PATIENCE, Screen};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A child on a terminal of its own, and all it has printed.
pub struct Terminal {
    screen: Screen,
    child: Child,
}

impl Terminal {
    /// Starts `command` through setsid(1), which makes the terminal its controlling one and then becomes it.
    pub fn start(mut command: Command) -> Self {
        let (screen, slave) = Screen::open(24, 80);
        let copy = || Stdio::from(slave.try_clone().expect("a copy of the terminal"));
        command.stdin(copy()).stdout(copy()).stderr(copy());
        let child = command.spawn().expect("setsid is needed for the tests");
        Self { screen, child }
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
            let flags = tcgetattr(self.screen.master()).expect("its modes").local_flags;
            if flags.contains(LocalFlags::ICANON) && !flags.contains(LocalFlags::ECHO) {
                return;
            }
            assert!(
                Instant::now() < until && self.screen.take(),
                "the echo did not go off; printed: {}",
                self.screen.text()
            );
        }
    }

    /// Waits until `text` is printed after what the last wait found.
    pub fn expect(&mut self, text: &str) {
        self.screen.expect(text);
    }

    /// Types, once the shell waits for it: a key that arrives while it prepares to read is handled in another way.
    pub fn send(&mut self, keys: &str) {
        let stat = format!("/proc/{}/stat", self.child.id());
        let sleeps = || std::fs::read_to_string(&stat).is_ok_and(|text| text.contains(") S "));
        let until = Instant::now() + PATIENCE;
        let mut in_a_row = 0;
        while in_a_row < 3 && Instant::now() < until && self.screen.take() {
            in_a_row = if sleeps() { in_a_row + 1 } else { 0 };
        }
        self.screen.send(keys);
    }

    /// Unplugs the terminal.
    pub fn hang_up(&mut self) {
        self.screen.hang_up();
    }

    /// Waits for the child's end; all that was printed, and how it ended.
    pub fn finish(mut self) -> (String, String) {
        let until = Instant::now() + PATIENCE;
        let status = loop {
            let more = self.screen.take();
            if let Some(status) = self.child.try_wait().expect("a child to wait for") {
                break status;
            }
            if Instant::now() > until {
                let _ = self.child.kill();
                panic!("the child did not end; printed: {}", self.screen.text());
            }
            if !more {
                std::thread::sleep(Duration::from_millis(2));
            }
        };
        // What was printed before the end may still be on its way; a silent moment or the hang-up closes it.
        let mut last = self.screen.length() + 1;
        while last != self.screen.length() {
            last = self.screen.length();
            for _ in 0..10 {
                if !self.screen.take() {
                    break;
                }
            }
        }
        (self.screen.text(), status.to_string())
    }
}
