//! A machine of its own for one test, and a terminal with somebody at it.

use crate::support::patience::Patience;
use crate::support::screen::Screen;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A home, a state and a configuration directory, a checkout with one commit, and a bare remote.
pub struct Machine {
    directory: tempfile::TempDir,
    /// Whose processes run, when they are not the tester's.
    user: Option<u32>,
    _patience: Patience,
}

/// The user nobody is, by custom.
const NOBODY: u32 = 65534;

impl Machine {
    pub fn new() -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let machine = Self { directory, user: None, _patience: Patience::new() };
        for name in ["home", "config/agentsh/rules", "work/src", "bin"] {
            fs::create_dir_all(machine.path(name)).expect("makes a directory");
        }
        for (name, program) in
            [("agentsh", env!("CARGO_BIN_EXE_agentsh")), ("agentshctl", env!("CARGO_BIN_EXE_agentshctl"))]
        {
            std::os::unix::fs::symlink(program, machine.path("bin").join(name)).expect("links");
        }
        fs::write(machine.path("work/src/main.rs"), "fn main() {}\n").expect("writes");
        machine.run("git init -qb main . && git init -q --bare ../origin && git remote add origin ../origin && git add -A && git commit -qm first");
        machine
    }

    /// The same, of a user who may not do everything, whoever runs the test; processes begin with [`Self::command`].
    pub fn of_an_ordinary_user() -> Self {
        let mut machine = Self::new();
        if !nix::unistd::geteuid().is_root() {
            return machine;
        }
        // The tester's build may lie where nobody else may look.
        for name in ["agentsh", "agentshctl"] {
            let link = machine.path("bin").join(name);
            let built = fs::read_link(&link).expect("a link");
            fs::remove_file(&link).expect("removes");
            fs::copy(built, link).expect("copies");
        }
        let root = machine.path("");
        machine.run(&format!("chown -R {NOBODY}:{NOBODY} '{}'", root.display()));
        machine.user = Some(NOBODY);
        machine
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// The work tree.
    pub fn work(&self) -> PathBuf {
        self.path("work")
    }

    /// The state directory of agentsh.
    pub fn state(&self) -> PathBuf {
        self.path("state/agentsh")
    }

    /// Adds a rule file of the person's.
    pub fn rule(&self, text: &str) {
        fs::write(self.path("config/agentsh/rules/50-test.toml"), text).expect("writes");
    }

    /// `program` in the work tree with an environment of its own.
    pub fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        if let Some(user) = self.user {
            use std::os::unix::process::CommandExt;
            command.uid(user).gid(user);
        }
        command
            .current_dir(self.work())
            .env_clear()
            .env("PATH", format!("{}:/usr/local/bin:/usr/bin:/bin", self.path("bin").display()))
            .env("HOME", self.path("home"))
            .env("XDG_STATE_HOME", self.path("state"))
            .env("XDG_CONFIG_HOME", self.path("config"))
            .env("LC_ALL", "C.UTF-8")
            .env("TERM", "dumb")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_SYSTEM", "/dev/null")
            .envs(["GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME"].map(|name| (name, "somebody")))
            .envs(["GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"].map(|name| (name, "somebody@example.invalid")));
        command
    }

    /// Runs a script that must succeed, by the real shell; its output.
    pub fn run(&self, script: &str) -> String {
        let output = self.command("/bin/sh").args(["-ec", script]).stdin(Stdio::null()).output().expect("runs");
        assert!(output.status.success(), "{script}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// `agentshctl ARGUMENTS`, nobody at a terminal, as an agent in session `s1` would run it.
    pub fn control(&self, arguments: &[&str]) -> Output {
        let built = PathBuf::from(env!("CARGO_BIN_EXE_agentshctl"));
        self.command(self.user.map_or(built, |_| self.path("bin/agentshctl")))
            .env("CODEX_THREAD_ID", "s1")
            .args(arguments)
            .stdin(Stdio::null())
            .output()
            .expect("runs")
    }

    /// `agentsh -c LINE` without any terminal.
    pub fn away(&self, line: &str) -> Output {
        let mut command = self.command("setsid");
        command.args(["--wait", env!("CARGO_BIN_EXE_agentsh"), "-c", line]).stdin(Stdio::null()).output().expect("runs")
    }

    /// Branches of the remote.
    pub fn pushed(&self) -> usize {
        self.run("git ls-remote --heads origin | wc -l").trim().parse().expect("a number")
    }

    /// The id of the only request that waits.
    pub fn request(&self) -> String {
        let output = self.control(&["pending", "--json"]);
        let rows: Vec<serde_json::Value> = output
            .stdout
            .split(|byte| *byte == b'\n')
            .filter(|row| !row.is_empty())
            .map(|row| serde_json::from_slice(row).expect("JSON"))
            .collect();
        assert_eq!(rows.len(), 1, "{rows:?}");
        rows[0]["id"].as_str().expect("an id").to_owned()
    }
}

/// A terminal whose session a plain shell leads, started from nothing but init.
pub struct Terminal(Screen);

impl Terminal {
    /// Runs `script` by `/bin/sh`, with these variables more, on a terminal of its own.
    pub fn start(machine: &Machine, script: &str, variables: &[(&str, &str)]) -> Self {
        let (screen, slave) = Screen::open(50, 200);
        let copy = || Stdio::from(slave.try_clone().expect("a copy of the terminal"));
        let mut command = machine.command("setsid");
        // The shell waits for a line, so that what started it is gone before anything looks for it.
        command.args(["--fork", "--ctty", "/bin/sh", "-c", &format!("read go\n{script}\necho END=$?=")]);
        command.envs(variables.iter().copied()).stdin(copy()).stdout(copy()).stderr(copy());
        let started = command.status().expect("setsid is needed for the tests");
        assert!(started.success());
        let mut terminal = Self(screen);
        terminal.send("\n");
        terminal
    }

    /// Waits until `text` is printed after what the last wait found.
    pub fn expect(&mut self, text: &str) {
        self.0.expect(text);
    }

    /// Types.
    pub fn send(&mut self, keys: &str) {
        self.0.send(keys);
    }

    /// Waits for the script's end: everything printed, and the status of its last command.
    pub fn finish(mut self) -> (String, i32) {
        self.0.expect("END=");
        let status = self.0.expect("=").parse().expect("a status");
        (self.0.text(), status)
    }
}

/// True when the file is there.
pub fn there(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}
