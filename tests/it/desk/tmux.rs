//! The desk in a terminal of tmux's, as a person has it, and lines that wait for it.

use crate::approval::person::Machine;
use crate::support::screen::PATIENCE;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// A tmux of its own with one window.
pub struct Window<'a> {
    machine: &'a Machine,
    name: String,
}

impl<'a> Window<'a> {
    /// `script` in a window of 80 by 24, with these variables more.
    pub fn start(machine: &'a Machine, script: &str, variables: &[(&str, &str)]) -> Self {
        static WINDOWS: AtomicUsize = AtomicUsize::new(0);
        let window = Self { machine, name: format!("tmux-{}", WINDOWS.fetch_add(1, Ordering::Relaxed)) };
        let mut command = window.tmux();
        command.envs(variables.iter().copied());
        command.args(["-f", "/dev/null", "new-session", "-d", "-x", "80", "-y", "24", script]);
        assert!(command.status().expect("tmux is needed for the tests").success());
        window
    }

    /// The desk, open.
    pub fn desk(machine: &'a Machine) -> Self {
        let desk = Self::start(machine, "agentshctl watch; echo LEFT=$?; read x", &[("TERM", "xterm-256color")]);
        desk.expect("agentsh desk on");
        desk
    }

    /// `tmux` speaking to this server.
    pub fn tmux(&self) -> Command {
        let mut command = self.machine.command("tmux");
        // With the shell of whoever runs the tests a script may be read otherwise, or not at all.
        command.arg("-S").arg(self.socket()).env("TERM", "xterm-256color").env("SHELL", "/bin/sh");
        command
    }

    /// The socket of the server.
    pub fn socket(&self) -> PathBuf {
        self.machine.path(&self.name)
    }

    /// The path of the window's terminal.
    pub fn terminal(&self) -> String {
        let output = self.tmux().args(["display-message", "-p", "#{pane_tty}"]).output().expect("tmux runs");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// What stands on the screen.
    pub fn screen(&self) -> String {
        self.captured(&[])
    }

    /// The same with colours as sequences.
    pub fn coloured(&self) -> String {
        self.captured(&["-e"])
    }

    fn captured(&self, options: &[&str]) -> String {
        let output = self.tmux().args(["capture-pane", "-p"]).args(options).output().expect("tmux runs");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Waits until `text` stands on the screen.
    pub fn expect(&self, text: &str) {
        let until = Instant::now() + PATIENCE;
        while !self.screen().contains(text) {
            assert!(Instant::now() < until, "{text:?} did not come; on the screen:\n{}", self.screen());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Waits until `text` no longer stands on the screen.
    pub fn expect_gone(&self, text: &str) {
        let until = Instant::now() + PATIENCE;
        while self.screen().contains(text) {
            assert!(Instant::now() < until, "{text:?} did not go; on the screen:\n{}", self.screen());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Presses keys, all at once.
    pub fn send(&self, keys: &[&str]) {
        assert!(self.tmux().arg("send-keys").args(keys).status().expect("tmux runs").success());
    }

    /// Waits until the card has been there for a moment, as a person does, then presses one key.
    pub fn answer(&self, key: &str) {
        std::thread::sleep(Duration::from_millis(400));
        self.send(&[key]);
    }
}

impl Drop for Window<'_> {
    fn drop(&mut self) {
        let _ = self.tmux().arg("kill-server").output();
    }
}

/// A line that an agent in session `session` has given and that waits.
pub struct Line(Child);

impl Line {
    /// `agentsh -c LINE` without a terminal.
    pub fn start(machine: &Machine, session: &str, line: &str) -> Self {
        let mut command = machine.command("setsid");
        command.args(["--wait", env!("CARGO_BIN_EXE_agentsh"), "-c", line]).env("CODEX_THREAD_ID", session);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Self(command.spawn().expect("setsid is needed for the tests"))
    }

    /// Its process. setsid(1) becomes the program, because a test's child leads no process group.
    pub fn pid(&self) -> i32 {
        self.0.id().cast_signed()
    }

    /// The reader of its standard output goes away.
    pub fn stop_reading(&mut self) {
        self.0.stdout = None;
    }

    /// Waits for its end.
    pub fn finish(self) -> Output {
        self.0.wait_with_output().expect("a child to wait for")
    }
}
