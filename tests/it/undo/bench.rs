//! A place to do things in: a work folder and a store, both in one temporary folder.

use super::tree::{Node, assert_same, snapshot, snapshot_without};
use crate::support::patience::Patience;
use agentsh::checkpoint::{
    Coverage, Durability, Limits, Step, StepHeader, StepOutcome, StepPack, Store, StoreSettings,
};
use agentsh::policy::{Extent, Obligation};
use agentsh::undo::{Applied, PlanOptions, UndoPlan};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

pub struct Bench {
    pub store: Store,
    pub work: PathBuf,
    pub state: PathBuf,
    steps: AtomicU32,
    without: Vec<&'static str>,
    _folder: tempfile::TempDir,
    _patience: Patience,
}

impl Bench {
    pub fn new() -> Self {
        Self::with(StoreSettings::default())
    }

    /// With small limits, and without heed to how full the machine's disk is.
    pub fn limited(change: impl FnOnce(&mut Limits)) -> Self {
        let mut settings = StoreSettings::default();
        change(&mut settings.limits);
        Self::with(settings)
    }

    fn with(mut settings: StoreSettings) -> Self {
        // What survives a power cut is not tested here; not waiting for the disk makes the stories quicker.
        settings.durability = Durability::Process;
        if settings.limits.keep_free_bytes == Limits::default().keep_free_bytes {
            settings.limits.keep_free_bytes = 0;
        }
        let folder = tempfile::tempdir().expect("temporary folder");
        let root = folder.path().canonicalize().expect("canonical");
        let (work, state) = (root.join("work"), root.join("state/agentsh"));
        std::fs::create_dir(&work).expect("work folder");
        let store = Store::open(&state, settings).expect("store");
        Self {
            store,
            work,
            state,
            steps: AtomicU32::new(0),
            without: Vec::new(),
            _folder: folder,
            _patience: Patience::new(),
        }
    }

    /// Leaves names (relative paths) out of every comparison.
    pub fn without(mut self, names: &[&'static str]) -> Self {
        self.without = names.to_vec();
        self
    }

    pub fn begin(&self) -> (StepPack, String) {
        let number = self.steps.fetch_add(1, Ordering::Relaxed) + 1;
        let id = format!("k{number}");
        let header =
            StepHeader { id: id.clone(), session: "s1".into(), cwd: self.work.clone(), ..StepHeader::default() };
        (self.store.begin(&header).expect("begin"), id)
    }

    /// A shell line in the work folder, outside any step. It must succeed.
    #[track_caller]
    pub fn sh(&self, line: &str) {
        let status = self.shell(line).status().expect("bash runs");
        assert!(status.success(), "{line}: {status}");
    }

    fn shell(&self, line: &str) -> Command {
        let mut shell = Command::new("bash");
        shell.args(["-c", line]).current_dir(&self.work).env("HOME", &self.work);
        for (key, value) in [("GIT_CONFIG_NOSYSTEM", "1"), ("GIT_CONFIG_GLOBAL", "/dev/null"), ("LC_ALL", "C")] {
            shell.env(key, value);
        }
        for key in ["GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"] {
            shell.env(key, "a@b");
        }
        shell.env_remove("GIT_DIR").stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
        shell
    }

    pub fn tree(&self) -> BTreeMap<PathBuf, Node> {
        if self.without.is_empty() { snapshot(&self.work) } else { snapshot_without(&self.work, &self.without) }
    }

    /// Captures, runs the line, finishes; every capture must succeed.
    #[track_caller]
    pub fn step(&self, line: &str, obligations: &[(&str, Extent)]) -> String {
        let (pack, id) = self.begin();
        for (path, extent) in obligations {
            let obligation = Obligation { path: self.work.join(path), extent: *extent };
            if let Err(lost) = pack.capture(&obligation) {
                panic!("cannot {lost}");
            }
        }
        pack.seal().expect("seal");
        let status = self.shell(line).status().expect("bash runs");
        let outcome = StepOutcome { status: status.code(), ..StepOutcome::default() };
        assert_eq!(pack.finish(&outcome).expect("finish"), Coverage::Full);
        id
    }

    pub fn load(&self, id: &str) -> Step {
        self.store.load("s1", id).expect("load")
    }

    pub fn plan(&self, id: &str) -> UndoPlan {
        UndoPlan::of(&self.load(id), &PlanOptions::default())
    }

    /// Undoes a step; returns the undo's own step and what was done.
    #[track_caller]
    pub fn undo(&self, id: &str) -> (String, Applied) {
        let step = self.load(id);
        let (pack, undo) = self.begin();
        let applied = UndoPlan::of(&step, &PlanOptions::default()).apply(&step, &pack).expect("undo");
        (undo, applied)
    }

    /// The whole round: capture, run, undo (tree as before), redo (tree as after), undo the redo (as before again).
    #[track_caller]
    pub fn round(&self, line: &str, obligations: &[(&str, Extent)]) {
        let before = self.tree();
        let id = self.step(line, obligations);
        let after = self.tree();
        let (undo, applied) = self.undo(&id);
        let skipped: Vec<_> = applied.items.iter().filter(|item| !item.is_ready()).collect();
        assert!(skipped.is_empty(), "{line}: {skipped:?}");
        assert_same(&before, &self.tree(), &format!("undo of {line}"));
        assert!(applied.notes.is_empty(), "{line}: {:?}", applied.notes);
        let (redo, applied) = self.undo(&undo);
        assert_eq!(applied.skipped(), 0, "redo of {line}: {applied:?}");
        assert_same(&after, &self.tree(), &format!("redo of {line}"));
        let (_, applied) = self.undo(&redo);
        assert_eq!(applied.skipped(), 0, "undo of redo of {line}: {applied:?}");
        assert_same(&before, &self.tree(), &format!("undo of redo of {line}"));
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.work.join(name)
    }

    pub fn read(&self, name: &str) -> String {
        String::from_utf8_lossy(&std::fs::read(self.path(name)).expect("read")).into_owned()
    }
}

/// True when we may do what only root may.
pub fn is_root() -> bool {
    nix::unistd::geteuid().is_root()
}

/// Every file below a folder.
pub fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.path().is_dir() { all.extend(files_below(&entry.path())) } else { all.push(entry.path()) }
    }
    all
}
