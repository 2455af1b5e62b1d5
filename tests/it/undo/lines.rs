//! Whole lines through the real binaries: `agentsh -c LINE`, then `agentshctl undo` and `redo`.

use super::tree::{Node, assert_same, snapshot_without};
use crate::approval::person::Machine;
use agentsh::effect::Reversibility;
use agentsh::journal::{Entry, Intent, Journal, Outcome, StepId};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Output, Stdio};
use std::time::{Duration, Instant};

pub type Tree = BTreeMap<PathBuf, Node>;

/// No step is recorded later than this after its line has ended.
const PATIENCE: Duration = Duration::from_secs(60);

pub struct Lines {
    pub machine: Machine,
    without: Vec<&'static str>,
}

/// What became of a line.
#[derive(Debug)]
pub struct Ran {
    pub status: Option<i32>,
    pub text: String,
    /// The step's name.
    pub step: String,
    /// What the journal says of it; `None` for a line that left no trace.
    pub intent: Option<Intent>,
}

impl Lines {
    /// A machine of its own; `guarded` puts lines under the guard.
    pub fn new(guarded: bool) -> Self {
        let machine = Machine::new();
        let setting = format!("guard = \"{}\"\n", if guarded { "on" } else { "off" });
        std::fs::write(machine.path("config/agentsh/config.toml"), setting).expect("a setting");
        Self { machine, without: vec![".git/objects"] }
    }

    /// Leaves names (relative paths) out of every comparison.
    pub fn without(mut self, names: &[&'static str]) -> Self {
        self.without.extend(names);
        self
    }

    /// The work tree. While a step that removed one of several names of a file is kept, the file has one name more, ours:
    /// the count of names is not compared, their structure is.
    pub fn tree(&self) -> Tree {
        let mut tree = snapshot_without(&self.machine.work(), &self.without);
        tree.values_mut().for_each(|node| node.nlink = 0);
        tree
    }

    /// Runs a line by agentsh without a terminal and waits until its step is recorded.
    pub fn run(&self, line: &[u8]) -> Ran {
        use std::os::unix::ffi::OsStrExt;
        let before = self.steps().len();
        let mut command = self.machine.command("setsid");
        command.args(["--wait", env!("CARGO_BIN_EXE_agentsh"), "-c"]).arg(std::ffi::OsStr::from_bytes(line));
        let output = command.env("CODEX_THREAD_ID", "s1").stdin(Stdio::null()).output().expect("runs");
        let until = Instant::now() + PATIENCE;
        let ran = |step, intent| Ran { status: output.status.code(), text: text(&output), step, intent };
        loop {
            match self.steps().get(before) {
                None => return ran(String::new(), None),
                Some((id, intent, Some(_))) => return ran(id.to_string(), Some(intent.clone())),
                Some((id, ..)) => assert!(Instant::now() < until, "never recorded: {id}"),
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// All steps of the journal with how they ended.
    pub fn steps(&self) -> Vec<(StepId, Intent, Option<Outcome>)> {
        let mut steps = BTreeMap::new();
        for record in Journal::open(&self.machine.state()).entries().expect("a journal") {
            match record.entry {
                Some(Entry::Intent(intent)) => {
                    let id = StepId::new(record.number);
                    steps.insert(id, (id, intent, None));
                }
                Some(Entry::Outcome(outcome)) => {
                    if let Some(step) = steps.get_mut(&outcome.step) {
                        step.2 = Some(outcome);
                    }
                }
                _ => {}
            }
        }
        steps.into_values().collect()
    }

    /// Runs the line, undoes it (tree as before), redoes it (tree as after), undoes it again.
    #[track_caller]
    pub fn round(&self, line: &str) -> Ran {
        let before = self.tree();
        let ran = self.run(line.as_bytes());
        let after = self.tree();
        if ran.status == Some(126) {
            assert_same(&before, &after, &format!("{line} was refused: {}", ran.text));
            return ran;
        }
        // Code that the line does not show may have changed more, and may not.
        let told = ran.intent.as_ref().map(|intent| (intent.coverage.as_str(), intent.reversibility));
        assert!(matches!(told, Some(("full", _) | ("none", Reversibility::Opaque))), "{line}: {ran:?}");
        let plan = self.undo();
        assert_same(&before, &self.tree(), &format!("undo of {line}\n{}\n{plan}", ran.text));
        let plan = text(&self.machine.control(&["redo", "-y"]));
        assert_same(&after, &self.tree(), &format!("redo of {line}\n{}\n{plan}", ran.text));
        let plan = self.undo();
        assert_same(&before, &self.tree(), &format!("second undo of {line}\n{}\n{plan}", ran.text));
        ran
    }

    /// Takes the latest step back; that it changed nothing is no failure.
    pub fn undo(&self) -> String {
        text(&self.machine.control(&["undo", "-y"]))
    }
}

pub fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}
