//! One committer at a time: what changes a repository's refs, index or work tree on behalf of an agent waits for its turn.
//!
//! In: a repository, and the process that is about to change it. Out: the repository's lock, to be kept until that has been done.
//! The lock lies in the state directory, so that nothing is left in the repository; it ends with the processes that hold it,
//! however they end. Whoever took it stands in the file, and what that process starts does not wait for it.

use super::places::Places;
use crate::effect::{Effect, Verb};
use crate::grammar::{Kind, Known};
use crate::sys::{FileLock, ProcStat};
use std::ffi::OsStr;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Longest wait. Git's own locks hold after that too; a line that goes on to run a server must not stop everybody else.
const LONGEST: Duration = Duration::from_secs(60);
/// How long a lock is waited for without a word when the process that took it has ended.
const ENDING: Duration = Duration::from_secs(1);
/// Between two looks, at first and at most.
const PAUSE: (Duration, Duration) = (Duration::from_millis(1), Duration::from_millis(25));
/// More ancestors than a command of an agent has.
const DEPTH: usize = 64;

/// The turn at a repository.
#[derive(Debug)]
pub struct Turn {
    lock: Option<FileLock>,
    /// Another had it before, so that what was found out about the repository may no longer be so.
    pub waited: bool,
}

impl Turn {
    /// The lock; `None` where this process is within the turn of one above it, or has waited in vain.
    pub fn into_lock(self) -> Option<FileLock> {
        self.lock
    }
}

/// The repository, by the git directory that all its work trees share, that effects change in a way that others must not be at
/// the same time; `None` when they do not.
pub fn changed_repository(effects: &[Effect]) -> Option<PathBuf> {
    const CHANGING: [Verb; 6] =
        [Verb::GitIndex, Verb::GitRefs, Verb::GitWorktree, Verb::GitUntracked, Verb::GitIgnored, Verb::GitHistory];
    let found = effects.iter().find_map(|effect| match &effect.object.name {
        Known::Exactly(name) if effect.object.kind == Kind::Git && CHANGING.contains(&effect.verb) => Some(name),
        _ => None,
    })?;
    let git = Path::new(OsStr::from_bytes(found));
    // gitrepository-layout(5): a linked work tree's own directory says where the common one is.
    let common = super::texts::regular_file(&git.join("commondir"), 8192).ok();
    let common =
        common.as_ref().and_then(|text| git.join(OsStr::from_bytes(text.trim_ascii_end())).canonicalize().ok());
    Some(common.unwrap_or_else(|| git.to_owned()))
}

/// Takes the turn at a repository for `process`, in the name of a session. Waits a minute at most, and calls `tell` with a
/// message before it does; after that, or where nothing can be locked, it goes on without.
pub fn take_turn(places: &Places, git: &Path, session: &str, process: i32, tell: impl FnOnce(&str)) -> Turn {
    let without = |waited| Turn { lock: None, waited };
    let Ok(path) = lock_file(places, git) else { return without(false) };
    let open = || OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(&path);
    let begun = Instant::now();
    let (mut tell, mut waited, mut pause) = (Some(tell), false, PAUSE.0);
    loop {
        let Ok(file) = open() else { return without(false) };
        match FileLock::try_exclusive(file) {
            Ok(lock) => {
                let _ = write_holder(lock.file(), session, process);
                return Turn { lock: Some(lock), waited };
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(_) => return without(waited),
        }
        let holder = Holder::read(&path);
        if holder.as_ref().is_some_and(|holder| holder.is_or_is_above(process)) {
            return without(waited);
        }
        waited = true;
        // Whoever waits for a line may see its end before its lock does.
        let lives = holder.as_ref().is_some_and(Holder::lives);
        if let Some(tell) = tell.take_if(|_| lives || begun.elapsed() > ENDING) {
            let whose =
                holder.map_or_else(|| "another session".to_owned(), |holder| format!("session {}", holder.session));
            tell(&format!("waiting: {whose} is changing {}", git.display()));
        }
        if begun.elapsed() > LONGEST {
            return without(true);
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(PAUSE.1);
    }
}

fn lock_file(places: &Places, git: &Path) -> io::Result<PathBuf> {
    let folder = places.make_state()?.join("turns");
    DirBuilder::new().recursive(true).mode(0o700).create(&folder)?;
    let name = blake3::hash(git.as_os_str().as_bytes()).to_hex();
    Ok(folder.join(&name[..24]))
}

/// Who has the lock.
struct Holder {
    pid: i32,
    start: u64,
    session: String,
}

impl Holder {
    fn read(path: &Path) -> Option<Self> {
        let mut text = String::new();
        File::open(path).ok()?.take(1024).read_to_string(&mut text).ok()?;
        let mut words = text.trim_end().splitn(3, ' ');
        let (pid, start) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
        Some(Self { pid, start, session: words.next()?.to_owned() })
    }

    fn lives(&self) -> bool {
        ProcStat::of(self.pid).is_ok_and(|stat| stat.start_time == self.start && stat.state != b'Z')
    }

    /// True for the process itself too: the last command of a shell takes its place.
    fn is_or_is_above(&self, process: i32) -> bool {
        let mut next = process;
        for _ in 0..DEPTH {
            let Ok(stat) = ProcStat::of(next) else { return false };
            if stat.pid == self.pid {
                return stat.start_time == self.start;
            }
            next = stat.ppid;
        }
        false
    }
}

fn write_holder(mut file: &File, session: &str, process: i32) -> io::Result<()> {
    let stat = ProcStat::of(process)?;
    let session: String = session.chars().filter(|letter| !letter.is_control()).take(128).collect();
    file.set_len(0)?;
    file.rewind()?;
    file.write_all(format!("{} {} {session}\n", stat.pid, stat.start_time).as_bytes())
}
