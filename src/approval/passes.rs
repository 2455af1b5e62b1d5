//! What a hook leaves for the shell that comes after it: the agent's names for the call, and that the line has been answered.
//!
//! `<state>/calls/KEY.json`, by line and directory. It holds only for a shell that the agent itself starts: one whose parent is
//! a process that also stood above the hook. A line that the agent's own lines start has another parent.

use super::Question;
use super::requests::{APPROVAL_LASTS, Requests};
use crate::sys::ProcStat;
use crate::sys::clock;
use serde::{Deserialize, Serialize};
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// How many processes above the hook are told: the shell that started it, the agent, and what started that.
const ABOVE: usize = 3;

/// What was left for one line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Pass {
    v: u32,
    expires: u64,
    /// Processes above the hook, by id and start.
    above: Vec<(i32, u64)>,
    call: Option<String>,
    prompt: Option<String>,
    /// The request that was answered, or that the agent puts to the person before it goes on.
    answered: Option<String>,
}

/// What hooks left in a state directory.
#[derive(Debug)]
pub(super) struct Passes {
    state: PathBuf,
}

impl Passes {
    /// Of the state directory `state`; nothing is touched yet.
    pub(super) fn of(state: &Path) -> Self {
        Self { state: state.to_path_buf() }
    }

    fn folder(&self) -> PathBuf {
        self.state.join("calls")
    }

    fn file(&self, question: &Question) -> PathBuf {
        use std::os::unix::ffi::OsStrExt;
        let mut hasher = blake3::Hasher::new();
        for bytes in [&question.line[..], question.cwd.as_os_str().as_bytes()] {
            hasher.update(&(bytes.len() as u64).to_le_bytes());
            hasher.update(bytes);
        }
        self.folder().join(format!("{}.json", &hasher.finalize().to_hex()[..32]))
    }

    /// Leaves what is known of a line that is about to run.
    pub(super) fn leave(&self, question: &Question, answered: Option<&str>) -> io::Result<()> {
        let pass = Pass {
            v: 1,
            expires: clock::milliseconds() + APPROVAL_LASTS,
            above: above(),
            call: question.call.clone(),
            prompt: question.prompt.clone(),
            answered: answered.map(str::to_owned),
        };
        fs::DirBuilder::new().recursive(true).mode(0o700).create(self.folder())?;
        self.sweep();
        let beside = self.folder().join(format!(".{}", std::process::id()));
        let _ = fs::remove_file(&beside);
        let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
        file.write_all(&serde_json::to_vec(&pass)?)?;
        fs::rename(beside, self.file(question))
    }

    /// Fills in what the agent calls this line and the person's wish behind it.
    pub(super) fn name(&self, question: &mut Question) {
        if let Some(pass) = self.read(question) {
            question.call = pass.call.or(question.call.take());
            question.prompt = pass.prompt.or(question.prompt.take());
        }
    }

    /// Takes the answer to a question that the agent's hook has put already: gives the request's id.
    pub(super) fn spend(&self, question: &Question) -> Option<String> {
        let answered = self.read(question)?.answered?;
        fs::remove_file(self.file(question)).ok()?;
        let _ = Requests::of(&self.state).withdraw(&answered);
        Some(answered)
    }

    fn read(&self, question: &Question) -> Option<Pass> {
        let text = fs::read(self.file(question)).ok()?;
        let pass: Pass = serde_json::from_slice(&text).ok()?;
        let parent = identity(nix::unistd::getppid().as_raw())?;
        let fresh = clock::milliseconds() < pass.expires
            && pass.expires <= clock::milliseconds().saturating_add(APPROVAL_LASTS);
        (fresh && pass.above.contains(&parent)).then_some(pass)
    }

    /// Removes what has expired.
    fn sweep(&self) {
        let Ok(entries) = fs::read_dir(self.folder()) else { return };
        for entry in entries.flatten() {
            let old = entry.metadata().and_then(|found| found.modified()).ok().and_then(|time| time.elapsed().ok());
            if old.is_some_and(|age| age.as_millis() > u128::from(APPROVAL_LASTS)) {
                let _ = fs::remove_file(entry.path());
            }
        }
    }
}

/// The processes above this one, the nearest first; never the first process of all.
fn above() -> Vec<(i32, u64)> {
    let mut pid = nix::unistd::getppid().as_raw();
    let mut found = Vec::new();
    while found.len() < ABOVE && pid > 1 {
        let Ok(stat) = ProcStat::of(pid) else { break };
        found.push((pid, stat.start_time));
        pid = stat.ppid;
    }
    found
}

fn identity(pid: i32) -> Option<(i32, u64)> {
    (pid > 1).then(|| ProcStat::of(pid).ok()).flatten().map(|stat| (pid, stat.start_time))
}
