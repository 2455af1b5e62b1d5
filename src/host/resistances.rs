//! What each session was resisted in: refused, or tried in vain.

use super::state_file::{Folder, name_of};
use crate::policy::{Resistance, Resisted};
use crate::sys::clock;
use serde::{Deserialize, Serialize};
use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

/// How long a refusal and a failure are remembered.
const REFUSAL: Duration = Duration::from_secs(60 * 60);
const FAILURE: Duration = Duration::from_secs(10 * 60);
/// Most that is remembered of one session; what is oldest goes first.
const MOST: usize = 64;

/// One of them.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Kept {
    what: Resisted,
    /// Milliseconds since 1970 UTC.
    at: u64,
    /// The very file that a failure left standing.
    file: Option<Identity>,
    /// Hash of the line, which is not another way of itself.
    line: String,
}

/// A file by device, inode and time of birth in nanoseconds: numbers of inodes are given again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Identity(u64, u64, u64);

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Memory {
    v: u32,
    session: String,
    kept: Vec<Kept>,
}

/// What a line is about to try, with the very files it is about.
#[derive(Clone, Debug)]
pub struct Attempt {
    session: String,
    kept: Vec<Kept>,
}

/// What sessions were resisted in, one file a session in `<state>/resisted`, changed under a lock. That it cannot be written loses
/// a question that nobody would miss: no function here fails.
#[derive(Clone, Debug)]
pub struct Resistances {
    folder: Folder,
}

impl Resistances {
    /// Of the state directory `state`; nothing is touched yet.
    pub fn of(state: &Path) -> Self {
        Self { folder: Folder::of(state, "resisted") }
    }

    /// What other lines of a session than this were resisted in; of failures what still stands.
    pub fn of_others(&self, session: &str, line: &[u8]) -> Vec<Resisted> {
        let kept = self.read(session);
        let line = if kept.is_empty() { String::new() } else { name_of(line) };
        kept.into_iter().filter(|kept| kept.line != line).map(|kept| kept.what).collect()
    }

    /// What all its lines were.
    pub fn of_all(&self, session: &str) -> Vec<Resisted> {
        self.read(session).into_iter().map(|kept| kept.what).collect()
    }

    /// Remembers what a line was refused.
    pub fn refused(&self, session: &str, line: &[u8], what: Vec<Resisted>) {
        let (at, line) = (clock::milliseconds(), name_of(line));
        self.add(session, what.into_iter().map(|what| Kept { what, at, file: None, line: line.clone() }).collect());
    }

    /// A line tries this now; `None` when there is nothing to remember should it fail.
    pub fn attempt(session: &str, line: &[u8], what: Vec<Resisted>) -> Option<Attempt> {
        let line = name_of(line);
        let with_file = |what: Resisted| {
            let file = if what.part.is_none() { Some(Identity::of(&what.path)?) } else { None };
            Some(Kept { what, at: 0, file, line: line.clone() })
        };
        let kept: Vec<Kept> = what.into_iter().take(MOST).filter_map(with_file).collect();
        (!kept.is_empty()).then(|| Attempt { session: session.to_owned(), kept })
    }

    /// It failed.
    pub fn failed(&self, attempt: &Attempt) {
        let now = clock::milliseconds();
        let standing = attempt.kept.iter().filter(|kept| kept.stands());
        self.add(&attempt.session, standing.map(|kept| Kept { at: now, ..kept.clone() }).collect());
    }

    /// A person has said yes to something: what `is_answered` is not minded any more.
    pub fn forgive(&self, session: &str, is_answered: impl Fn(&Resisted) -> bool) {
        let all = self.read(session);
        if !all.iter().any(|kept| is_answered(&kept.what)) {
            return;
        }
        let _ = self.change(session, |kept| kept.retain(|kept| !is_answered(&kept.what)));
    }

    fn add(&self, session: &str, new: Vec<Kept>) {
        if new.is_empty() {
            return;
        }
        let _ = self.change(session, |kept| {
            for new in new {
                kept.retain(|known| known.what != new.what);
                kept.push(new);
            }
            let surplus = kept.len().saturating_sub(MOST);
            kept.drain(..surplus);
        });
    }

    fn change(&self, session: &str, change: impl FnOnce(&mut Vec<Kept>)) -> io::Result<()> {
        let _lock = self.folder.lock()?;
        self.folder.forget_older(REFUSAL);
        let mut kept = self.read(session);
        change(&mut kept);
        let name = name_of(session.as_bytes());
        if kept.is_empty() {
            return self.folder.remove(&name).map(|_| ());
        }
        self.folder.write(&name, &Memory { v: 1, session: session.to_owned(), kept })
    }

    fn read(&self, session: &str) -> Vec<Kept> {
        let memory: Option<Memory> = self.folder.read(&name_of(session.as_bytes()));
        let Some(memory) = memory.filter(|memory| memory.v == 1 && memory.session == session) else {
            return Vec::new();
        };
        let now = clock::milliseconds();
        memory.kept.into_iter().filter(|kept| kept.is_fresh(now) && kept.stands()).collect()
    }
}

impl Kept {
    fn is_fresh(&self, now: u64) -> bool {
        let limit = match self.what.by {
            Resistance::Refusal => REFUSAL,
            Resistance::Failure => FAILURE,
        };
        // Nor is it, when the clock was set back.
        now.checked_sub(self.at).is_some_and(|age| u128::from(age) < limit.as_millis())
    }

    fn stands(&self) -> bool {
        self.file.is_none() || Identity::of(&self.what.path) == self.file
    }
}

impl Identity {
    fn of(path: &[u8]) -> Option<Self> {
        let found = Path::new(OsStr::from_bytes(path)).symlink_metadata().ok()?;
        let born = found.created().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok()).unwrap_or_default();
        Some(Self(found.dev(), found.ino(), u64::try_from(born.as_nanos()).unwrap_or(u64::MAX)))
    }
}
