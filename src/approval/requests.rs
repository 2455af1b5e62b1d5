//! Requests that wait, and approvals that are spent once.
//!
//! `<state>/pending/ID.json` holds what was refused for want of a person, `<state>/approved/KEY.json` what a person has
//! approved and nobody has run yet. Both 0600 in directories 0700, written whole and renamed into place.

use super::{Card, Question};
use crate::effect::Effect;
use crate::journal::Bytes;
use crate::policy::ESCALATION;
use crate::sys::clock;
use crate::ui::name_of;
use serde::{Deserialize, Serialize};
use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// How long an approval may be used, in milliseconds.
pub const APPROVAL_LASTS: u64 = 10 * 60 * 1000;
/// How long a request is kept, in milliseconds.
pub const REQUEST_LASTS: u64 = 24 * 60 * 60 * 1000;

/// Letters of an id: no vowels, so no words; none that is misread.
const LETTERS: &[u8; 20] = b"bcdfghjkmnpqrstvwxyz";
const ID_LENGTH: usize = 5;
/// Most bytes of a request or an approval that are read.
const LARGEST: u64 = 64 * 1024 * 1024;

/// A refused line that waits for `agentshctl approve`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// Version of this file.
    pub v: u32,
    /// Its id.
    pub id: String,
    /// What an approval of it is bound to; see `key_of`.
    pub key: String,
    /// When it was last refused, milliseconds since 1970 UTC.
    pub time: u64,
    /// What a person decides about.
    pub card: Card,
}

/// A line that may run once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Approval {
    v: u32,
    id: String,
    key: String,
    expires: u64,
    by: String,
}

/// The requests and approvals of a state directory.
#[derive(Clone, Debug)]
pub struct Requests {
    state: PathBuf,
}

/// What an approval is bound to: the line, the directory, the session, byte for byte, and the effects it was asked for
/// with their rules. When the same line has come to mean something else (another URL behind the remote, another target
/// behind a link), the approval does not hold.
pub(super) fn key_of(question: &Question) -> String {
    use std::os::unix::ffi::OsStrExt;
    let mut hasher = blake3::Hasher::new();
    let mut add = |bytes: &[u8]| {
        hasher.update(&(bytes.len() as u64).to_le_bytes());
        hasher.update(bytes);
    };
    add(&question.line);
    add(question.cwd.as_os_str().as_bytes());
    // Without a known agent there is no session that would be the same at the next try.
    add(if question.agent.is_some() { question.session.as_bytes() } else { b"" });
    // Whoever says yes to a line says yes to it however it was tried before.
    for reason in question.verdict.reasons.iter().filter(|reason| reason.rule != ESCALATION) {
        add(reason.rule.as_bytes());
        let effect = reason.effect.and_then(|index| question.verdict.effects.get(index));
        add(effect.map(identity).unwrap_or_default().as_bytes());
    }
    hasher.finalize().to_hex().to_string()
}

/// What an effect is, exactly: its verb, its object and all that is known of it.
fn identity(effect: &Effect) -> String {
    format!("{} {:?}", name_of(&effect.verb), effect.object)
}

impl Requests {
    /// Of the state directory `state`; nothing is touched yet.
    pub fn of(state: &Path) -> Self {
        Self { state: state.to_path_buf() }
    }

    fn pending(&self) -> PathBuf {
        self.state.join("pending")
    }

    fn approved(&self) -> PathBuf {
        self.state.join("approved")
    }

    /// Leaves a request. The same line asked about again keeps its id.
    pub(super) fn save(&self, key: &str, card: Card) -> io::Result<Request> {
        let seed = blake3::hash(key.as_bytes());
        for round in 0_u64.. {
            let id = id_of(seed.as_bytes(), round);
            match self.request(&id) {
                Ok(Some(other))
                    if other.key != key && clock::milliseconds().saturating_sub(other.time) < REQUEST_LASTS =>
                {
                    continue;
                }
                _ => {}
            }
            let request = Request { v: 1, id: id.clone(), key: key.to_owned(), time: clock::milliseconds(), card };
            write(&self.pending(), &format!("{id}.json"), &request)?;
            return Ok(request);
        }
        Err(io::ErrorKind::StorageFull.into())
    }

    /// The request of an id. An id that is not one finds nothing.
    pub fn request(&self, id: &str) -> io::Result<Option<Request>> {
        if id.len() != ID_LENGTH || !id.bytes().all(|letter| LETTERS.contains(&letter)) {
            return Ok(None);
        }
        read(&self.pending().join(format!("{id}.json")))
    }

    /// All requests, newest first.
    pub fn all(&self) -> io::Result<Vec<Request>> {
        let mut requests = Vec::new();
        for id in names(&self.pending())? {
            requests.extend(
                self.request(&id)?.filter(|request| clock::milliseconds().saturating_sub(request.time) < REQUEST_LASTS),
            );
        }
        requests.sort_by_key(|request| std::cmp::Reverse(request.time));
        Ok(requests)
    }

    /// Takes a request away; true when it was there.
    pub fn withdraw(&self, id: &str) -> io::Result<bool> {
        match fs::remove_file(self.pending().join(format!("{id}.json"))) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Turns a request into an approval that the identical line may spend once within [`APPROVAL_LASTS`].
    pub(super) fn approve(&self, request: &Request, by: &str) -> io::Result<()> {
        let expires = clock::milliseconds() + APPROVAL_LASTS;
        let approval = Approval { v: 1, id: request.id.clone(), key: request.key.clone(), expires, by: by.to_owned() };
        write(&self.approved(), &format!("{}.json", request.key), &approval)?;
        self.withdraw(&request.id).map(|_| ())
    }

    /// Spends the approval of a key, if there is one: gives the request's id. Of several that try, one gets it, because
    /// it is taken by rename(2). One that has expired is thrown away.
    pub(super) fn spend(&self, key: &str) -> Option<String> {
        let file = self.approved().join(format!("{key}.json"));
        private(&self.state).and_then(|()| private(&self.approved())).ok()?;
        let spent = self.approved().join(format!(".spent-{}-{}", std::process::id(), &key[..16.min(key.len())]));
        fs::rename(file, &spent).ok()?;
        let approval: Option<Approval> = read(&spent).ok().flatten();
        let gone = fs::remove_file(&spent).is_ok();
        let (from, until) = (clock::milliseconds(), clock::milliseconds().saturating_add(APPROVAL_LASTS));
        approval
            .filter(|approval| gone && approval.key == key && from < approval.expires && approval.expires <= until)
            .map(|approval| approval.id)
    }

    /// Removes requests and approvals that have expired; gives how many.
    pub fn sweep(&self) -> io::Result<usize> {
        let mut swept = 0;
        for id in names(&self.pending())? {
            let old = self
                .request(&id)?
                .is_none_or(|request| clock::milliseconds().saturating_sub(request.time) >= REQUEST_LASTS);
            swept += usize::from(old && fs::remove_file(self.pending().join(format!("{id}.json"))).is_ok());
        }
        for key in names(&self.approved())? {
            let file = self.approved().join(format!("{key}.json"));
            let old = read::<Approval>(&file)?.is_none_or(|approval| clock::milliseconds() >= approval.expires);
            swept += usize::from(old && fs::remove_file(file).is_ok());
        }
        Ok(swept)
    }
}

/// Names of the JSON files in a directory, without the ending; none when it is not there.
fn names(directory: &Path) -> io::Result<Vec<String>> {
    let entries = match fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let names = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
    Ok(names.filter_map(|name| Some(name.strip_suffix(".json")?.to_owned())).collect())
}

/// The value in a file; `None` when there is none or it is damaged.
fn read<T: serde::de::DeserializeOwned>(file: &Path) -> io::Result<Option<T>> {
    let mut bytes = Vec::new();
    let whole = OpenOptions::new()
        .read(true)
        .custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK)
        .open(file)
        .and_then(|file| file.take(LARGEST).read_to_end(&mut bytes));
    match whole.map(|_| bytes) {
        Ok(bytes) => Ok(serde_json::from_slice(&bytes).ok()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// That a directory is one, this user's own, and that nobody else can put anything into it.
fn private(directory: &Path) -> io::Result<()> {
    let found = fs::symlink_metadata(directory)?;
    let own = found.is_dir() && found.uid() == nix::unistd::geteuid().as_raw() && found.mode() & 0o022 == 0;
    if own { Ok(()) } else { Err(io::ErrorKind::PermissionDenied.into()) }
}

/// Writes a value whole: beside its place, then renamed.
fn write<T: Serialize>(directory: &Path, name: &str, value: &T) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
    private(directory.parent().unwrap_or(directory))?;
    private(directory)?;
    let beside = directory.join(format!(".{name}-{}", std::process::id()));
    // What a process of the same id left half written goes first; nothing is ever written through a link.
    let _ = fs::remove_file(&beside);
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
    file.write_all(&serde_json::to_vec_pretty(value)?)?;
    drop(file);
    fs::rename(&beside, directory.join(name))
}

/// A short id that nobody has by chance, from what it names and the moment.
pub fn new_id(named: &[u8]) -> String {
    let nanoseconds = clock::since_epoch().as_nanos();
    let seed = blake3::Hasher::new().update(named).update(&nanoseconds.to_le_bytes()).finalize();
    id_of(seed.as_bytes(), u64::from(std::process::id()))
}

/// The id that a hash gives in a round.
fn id_of(seed: &[u8; 32], round: u64) -> String {
    let hash = blake3::Hasher::new().update(seed).update(&round.to_le_bytes()).finalize();
    hash.as_bytes()[..ID_LENGTH].iter().map(|byte| char::from(LETTERS[usize::from(*byte) % LETTERS.len()])).collect()
}

impl Request {
    /// The line, byte for byte.
    pub fn line(&self) -> &Bytes {
        &self.card.line
    }
}
