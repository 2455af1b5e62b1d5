//! The journal's file.

use super::chain::{self, Followed, Link, TAIL};
use super::{Breach, Entry, Health, Intent, Record, StepId};
use crate::sys::clock;
use crate::sys::crash;
use nix::fcntl::{Flock, FlockArg};
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// The journal below a state directory. Cheap to make; each append opens, locks, reads the tail, writes once, closes.
#[derive(Clone, Debug)]
pub struct Journal {
    file: PathBuf,
}

/// The journal could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// Opening, locking, reading or writing failed.
    #[error("cannot {doing} {path}: {source}", path = .path.display())]
    Io {
        /// What was tried.
        doing: &'static str,
        /// On which file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// An entry has no JSON form.
    #[error("cannot write an entry to {path}: {source}", path = .path.display())]
    Form {
        /// The file.
        path: PathBuf,
        /// Why.
        source: serde_json::Error,
    },
}

/// Bytes that do not follow in the chain.
struct Cut {
    /// One-based line.
    line: usize,
    /// Offset of its first byte.
    start: usize,
    /// One of the lines has a seal: no write that was cut short leaves one.
    sealed: bool,
    /// The last entry before it.
    after: Option<u64>,
    /// Why the first does not follow.
    what: &'static str,
}

impl Journal {
    /// The journal of the state directory `state`; nothing is touched yet.
    pub fn open(state: &Path) -> Self {
        Self { file: state.join("journal").join("journal.jsonl") }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.file
    }

    /// Records that a line is about to run and names the step.
    pub fn begin(&self, intent: Intent) -> Result<StepId, JournalError> {
        self.append(Entry::Intent(intent)).map(StepId::new)
    }

    /// Appends an entry in one `write(2)` under an exclusive `flock(2)`; gives its number. A tail that a crash cut short
    /// is sealed over first.
    pub fn append(&self, entry: Entry) -> Result<u64, JournalError> {
        let time = clock::milliseconds();
        let mut file = self.lock()?;
        let mut out = Vec::with_capacity(512);
        let mut link = self.tail(&file, time, &mut out)?;
        let number = link.next;
        link.add(time, &entry, &mut out).map_err(|source| JournalError::Form { path: self.file.clone(), source })?;
        if crash::is_due() {
            let _ = file.write_all(&out[..out.len() / 2]);
            crash::die();
        }
        file.write_all(&out).map_err(self.failed("append to"))?;
        Ok(number)
    }

    /// Makes what was appended survive a power cut (fdatasync(2)).
    pub fn sync(&self) -> Result<(), JournalError> {
        File::open(&self.file).and_then(|file| file.sync_data()).map_err(self.failed("sync"))
    }

    /// All entries in order. Lines that were cut short and sealed over are left out; reading stops at a breach, which
    /// [`Journal::verify`] names. No file means no entries.
    pub fn entries(&self) -> Result<Vec<Record>, JournalError> {
        let mut records = Vec::new();
        self.walk(&mut |record| records.push(record))?;
        Ok(records)
    }

    /// Checks every seal.
    pub fn verify(&self) -> Result<Health, JournalError> {
        self.walk(&mut |_| ())
    }

    fn walk(&self, visit: &mut dyn FnMut(Record)) -> Result<Health, JournalError> {
        let mut bytes = Vec::new();
        match File::open(&self.file) {
            Ok(mut file) => file.read_to_end(&mut bytes).map_err(self.failed("read"))?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Health::default()),
            Err(error) => return Err(self.failed("open")(error)),
        };
        let mut health = Health::default();
        let mut link = Link::default();
        // Bytes that do not follow: either a write that was cut short, which a later line seals over, or a breach.
        let mut cut: Option<Cut> = None;
        let mut end = 0;
        for (index, line) in bytes.split_inclusive(|byte| *byte == b'\n').enumerate() {
            let start = end;
            end += line.len();
            match (link.follow(line), &mut cut) {
                (Ok(Followed::Record(record)), None) => {
                    health.entries += 1;
                    visit(*record);
                }
                (Ok(Followed::Torn(hash)), Some(open))
                    if blake3::hash(&bytes[open.start..start - 1]).to_hex().as_str() == hash =>
                {
                    health.torn += 1;
                    cut = None;
                }
                (Err(_), Some(open)) => open.sealed |= chain::sealed(line),
                (Err(what), None) => {
                    cut = Some(Cut {
                        line: index + 1,
                        start,
                        sealed: chain::sealed(line),
                        after: link.next.checked_sub(1),
                        what,
                    })
                }
                (Ok(_), Some(open)) => {
                    open.sealed = true;
                    break;
                }
                (Ok(Followed::Torn(_)), None) => {
                    let what = "it says that what stands before it was cut short, but it was not";
                    cut = Some(Cut { line: index + 1, start, sealed: true, after: link.next.checked_sub(2), what });
                    break;
                }
            }
        }
        match cut {
            Some(cut) if !cut.sealed && !bytes.ends_with(b"\n") => health.torn_tail = true,
            Some(Cut { line, after, what, .. }) => {
                let file = self.file.display().to_string();
                health.breach = Some(Breach { file, line, after, what });
            }
            None => {}
        }
        Ok(health)
    }

    fn lock(&self) -> Result<Flock<File>, JournalError> {
        let open = || OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(&self.file);
        let file = match open() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let directory = self.file.parent().unwrap_or(Path::new("/"));
                DirBuilder::new()
                    .recursive(true)
                    .mode(0o700)
                    .create(directory)
                    .map_err(self.failed("make the directory of"))?;
                open()
            }
            other => other,
        };
        let mut file = file.map_err(self.failed("open"))?;
        loop {
            match Flock::lock(file, FlockArg::LockExclusive) {
                Ok(locked) => return Ok(locked),
                Err((back, nix::errno::Errno::EINTR)) => file = back,
                Err((_, errno)) => return Err(self.failed("lock")(errno.into())),
            }
        }
    }

    /// Where the chain stands. When the last line was cut short, `out` begins with what seals it over.
    fn tail(&self, file: &File, time: u64, out: &mut Vec<u8>) -> Result<Link, JournalError> {
        let length = file.metadata().map_err(self.failed("examine"))?.len();
        let read = |from: u64, to: u64| {
            let mut bytes = vec![0; (to - from) as usize];
            file.read_exact_at(&mut bytes, from).map(|()| bytes).map_err(self.failed("read"))
        };
        if length == 0 {
            return Ok(Link::default());
        }
        if let Some(link) = Link::after(&read(length.saturating_sub(TAIL as u64), length)?) {
            return Ok(link);
        }
        let mut unfinished = read(length.saturating_sub(TAIL as u64), length)?;
        unfinished.push(b'\n');
        if let Some(link) = Link::after(&unfinished) {
            // Only the newline is missing.
            out.push(b'\n');
            return Ok(link);
        }
        // Cut short: find the end of the last whole line, further back in growing steps.
        let mut span = 4096;
        loop {
            let from = length.saturating_sub(span);
            let bytes = read(from, length)?;
            let ends = bytes.iter().enumerate().rev().filter(|(_, byte)| **byte == b'\n').map(|(index, _)| index + 1);
            for end in ends.filter(|end| *end < bytes.len()) {
                if let Some(mut link) = Link::after(&bytes[..end]) {
                    link.add_torn(time, &bytes[end..], out)
                        .map_err(|source| JournalError::Form { path: self.file.clone(), source })?;
                    return Ok(link);
                }
            }
            if from == 0 {
                let mut link = Link::default();
                link.add_torn(time, &bytes, out)
                    .map_err(|source| JournalError::Form { path: self.file.clone(), source })?;
                return Ok(link);
            }
            span *= 8;
        }
    }

    fn failed(&self, doing: &'static str) -> impl Fn(io::Error) -> JournalError + '_ {
        move |source| JournalError::Io { doing, path: self.file.clone(), source }
    }

    /// Bytes the journal takes.
    pub fn size(&self) -> u64 {
        fs::metadata(&self.file).map_or(0, |metadata| metadata.len())
    }
}
