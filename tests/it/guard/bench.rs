//! A machine with the guard on.

use crate::approval::person::Machine;
use agentsh::journal::{Entry, Intent, Journal};
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// No test takes a second; one that takes this long hangs.
pub const PATIENCE: Duration = Duration::from_secs(60);

pub struct Guarded {
    pub machine: Machine,
}

impl Guarded {
    /// A checkout and a remote of its own.
    pub fn new() -> Self {
        let machine = Machine::new();
        fs::write(machine.path("config/agentsh/config.toml"), "guard = \"on\"\n").expect("a setting");
        Self { machine }
    }

    pub fn work(&self) -> PathBuf {
        self.machine.work()
    }

    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        let file = self.work().join(name);
        fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
        fs::write(file, text).expect("a file");
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.work().join(name)).unwrap_or_else(|error| format!("{error}"))
    }

    pub fn exists(&self, name: &str) -> bool {
        self.work().join(name).symlink_metadata().is_ok()
    }

    /// `agentsh -c LINE`, no terminal, no stdin.
    pub fn command(&self, line: &str) -> Command {
        let mut command = self.machine.command(env!("CARGO_BIN_EXE_agentsh"));
        command.env("CODEX_THREAD_ID", "s1").args(["-c", line]).stdin(Stdio::null());
        command
    }

    pub fn run(&self, line: &str) -> Output {
        self.finish(self.start(line))
    }

    pub fn start(&self, line: &str) -> Child {
        // A session of its own, without a terminal, so that no question is put on the tester's.
        let mut command = self.machine.command("setsid");
        command.args([env!("CARGO_BIN_EXE_agentsh"), "-c", line]);
        command.env("CODEX_THREAD_ID", "s1").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().expect("starts")
    }

    pub fn finish(&self, mut child: Child) -> Output {
        let until = Instant::now() + PATIENCE;
        while child.try_wait().expect("a child").is_none() {
            if Instant::now() > until {
                child.kill().expect("ends it");
                panic!("hangs");
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        child.wait_with_output().expect("its output")
    }

    pub fn undo(&self) -> String {
        let output = self.machine.control(&["undo", "-y"]);
        text(&output)
    }

    /// What the journal says of the lines, in order.
    pub fn intents(&self) -> Vec<Intent> {
        let records = Journal::open(&self.machine.state()).entries().expect("a journal");
        let intent = |entry| match entry {
            Some(Entry::Intent(intent)) => Some(intent),
            _ => None,
        };
        records.into_iter().filter_map(|record| intent(record.entry)).collect()
    }

    /// Everything in the work tree but `.git`: kind, mode, owner, time of change, content or target.
    pub fn tree(&self) -> BTreeMap<PathBuf, String> {
        let mut tree = BTreeMap::new();
        collect(&self.work(), &self.work(), &mut tree);
        tree
    }
}

fn collect(root: &Path, folder: &Path, tree: &mut BTreeMap<PathBuf, String>) {
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        let meta = path.symlink_metadata().expect("it is there");
        let what = if meta.is_symlink() {
            format!("{:?}", fs::read_link(&path).expect("a link"))
        } else if meta.is_file() {
            let bytes = fs::read(&path).expect("a file");
            let shown = &bytes[..bytes.len().min(40)];
            format!("{} {} {}", bytes.len(), blake3::hash(&bytes).to_hex(), shown.escape_ascii())
        } else {
            String::new()
        };
        let mode = meta.permissions().mode();
        let row = format!("{mode:o} {} {}.{:09} {what}", meta.uid(), meta.mtime(), meta.mtime_nsec());
        tree.insert(path.strip_prefix(root).expect("below").to_owned(), row);
        if meta.is_dir() && entry.file_name() != ".git" {
            collect(root, &path, tree);
        }
    }
}

pub fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Waits until something holds.
pub fn until(what: &str, holds: impl Fn() -> bool) {
    let limit = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < limit, "never: {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// True when a program that is not everywhere is here; says so when not.
pub fn has(program: &str) -> bool {
    let found = Command::new(program)
        .arg("--version")
        .stdin(Stdio::null())
        .output()
        .is_ok_and(|output| output.status.success());
    if !found {
        use std::io::Write;
        let _ = writeln!(std::io::stderr(), "skipped in part: no {program}");
    }
    found
}
