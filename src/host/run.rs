//! Sessions that a person opened with `agentshctl run`.
//!
//! The record lies in the state directory, which agents cannot change unasked. The environment only names it: a record counts
//! for those processes alone that the session's own process is above of.

use super::Places;
use super::session::SESSION_VARIABLE;
use crate::sys::ProcStat;
use crate::sys::clock;
use serde::{Deserialize, Serialize};
use std::ffi::OsString;
use std::io::{self, Write};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// More ancestors than a command of an agent has.
const DEPTH: usize = 64;
/// Largest record, in bytes.
const LARGEST: u64 = 64 * 1024;

/// An open session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// Version of this record.
    pub v: u32,
    /// The session's name.
    pub session: String,
    /// The agent, when it is a known one.
    pub agent: Option<String>,
    /// The process that waits for the agent.
    pub pid: i32,
    /// When that process started, in clock ticks since boot: with `pid` its identity.
    pub start_time: u64,
    /// When it was opened, seconds since 1970 UTC.
    pub opened: u64,
    /// Where changes are ordinary work, when the person said so.
    scope: Option<Vec<u8>>,
    /// The session's own work tree.
    worktree: Option<Vec<u8>>,
    /// The branch that is checked out there.
    pub branch: Option<String>,
    /// The guard is on the agent itself.
    #[serde(default)]
    pub guarded: bool,
    /// The person's terminal: major and minor device number, and the leader of its session.
    pub terminal: Option<(u32, u32, i32)>,
}

impl Run {
    /// Of the agent that this process is about to start.
    pub fn of_this_process(session: &str, agent: Option<&str>) -> io::Result<Self> {
        let own = ProcStat::own()?;
        let now = clock::since_epoch();
        Ok(Self {
            v: 1,
            session: session.to_owned(),
            agent: agent.map(str::to_owned),
            pid: own.pid,
            start_time: own.start_time,
            opened: now.as_secs(),
            scope: None,
            worktree: None,
            branch: None,
            guarded: false,
            terminal: None,
        })
    }

    /// The same with a scope.
    #[must_use]
    pub fn within(mut self, scope: Option<&Path>) -> Self {
        self.scope = scope.map(|path| path.as_os_str().as_bytes().to_vec());
        self
    }

    /// The same with a work tree of its own, and the branch in it.
    #[must_use]
    pub fn in_worktree(mut self, path: &Path, branch: &str) -> Self {
        self.worktree = Some(path.as_os_str().as_bytes().to_vec());
        self.branch = Some(branch.to_owned());
        self
    }

    /// Where changes are ordinary work, when the person said so.
    pub fn scope(&self) -> Option<PathBuf> {
        self.scope.clone().map(|bytes| OsString::from_vec(bytes).into())
    }

    /// The session's own work tree.
    pub fn worktree(&self) -> Option<PathBuf> {
        self.worktree.clone().map(|bytes| OsString::from_vec(bytes).into())
    }

    /// True for what can be a session's name: it becomes part of a file name and of a branch.
    pub fn is_name(name: &str) -> bool {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        (1..=64).contains(&name.len())
            && name.bytes().all(plain)
            && !name.starts_with(['.', '-'])
            && !name.contains("..")
            && !name.ends_with(['.'])
            && !name.ends_with(".lock")
    }

    /// The session that the environment names, when its process is above this one.
    pub fn current(places: &Places) -> Option<Self> {
        let name = std::env::var(SESSION_VARIABLE).ok().filter(|name| Self::is_name(name))?;
        let run = Self::find(places, &name)?;
        run.is_above_us().then_some(run)
    }

    /// The open session of a name.
    pub fn find(places: &Places, name: &str) -> Option<Self> {
        use std::io::Read;
        let file =
            std::fs::OpenOptions::new().read(true).custom_flags(libc::O_NOFOLLOW).open(path_of(places, name)).ok()?;
        let mut text = Vec::new();
        file.take(LARGEST).read_to_end(&mut text).ok()?;
        let run: Self = serde_json::from_slice(&text).ok()?;
        let alive = ProcStat::of(run.pid).is_ok_and(|stat| stat.start_time == run.start_time && stat.state != b'Z');
        (run.session == name && alive).then_some(run)
    }

    /// Records the session. `AlreadyExists` when one of that name is open.
    pub fn open(&self, places: &Places) -> io::Result<()> {
        if Self::find(places, &self.session).is_some() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let folder = places.make_state()?.join("runs");
        std::fs::DirBuilder::new().mode(0o700).recursive(true).create(&folder)?;
        let beside = folder.join(format!(".{}-{}", self.session, self.pid));
        let _ = std::fs::remove_file(&beside);
        let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
        file.write_all(&serde_json::to_vec(self)?)?;
        std::fs::rename(&beside, path_of(places, &self.session))
    }

    /// The session is over.
    pub fn close(&self, places: &Places) {
        let _ = std::fs::remove_file(path_of(places, &self.session));
    }

    fn is_above_us(&self) -> bool {
        let mut pid = std::process::id().cast_signed();
        for _ in 0..DEPTH {
            let Ok(stat) = ProcStat::of(pid) else { return false };
            if stat.pid == self.pid {
                return stat.start_time == self.start_time;
            }
            pid = stat.ppid;
            if pid <= 1 {
                return false;
            }
        }
        false
    }
}

fn path_of(places: &Places, name: &str) -> PathBuf {
    places.state.join("runs").join(format!("{name}.json"))
}

#[cfg(test)]
mod tests {
    use super::Run;

    #[test]
    fn names() {
        for good in ["fix-1", "a", "v1.2_x"] {
            assert!(Run::is_name(good), "{good}");
        }
        for bad in ["", ".x", "-x", "a/b", "a..b", "a b", "x.lock", "a.", "ä"] {
            assert!(!Run::is_name(bad), "{bad}");
        }
    }
}
