//! All steps of all sessions, on disk.

use super::error::StoreError;
use super::limits::StoreSettings;
use super::log::Log;
use super::objects::{Objects, make_private};
use super::pack::StepPack;
use super::record::{StepHeader, types};
use super::state::State;
use super::step::Step;
use crate::sys::{FileLock, Stat};
use std::os::fd::OwnedFd;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Ending of the marker file of an undo under way.
const MARKER: &str = ".undo";

/// The store: `<state>/sessions/<session>/<step>.log` and, beside it, `<step>.d/`. Folders are 0700, files 0600.
#[derive(Clone, Debug)]
pub struct Store {
    state: PathBuf,
    sessions: PathBuf,
    dev: u64,
    settings: StoreSettings,
}

impl Store {
    /// Opens the store below the state directory, making both when they are not there.
    /// [`StoreError::Untrusted`] when either is a link, someone else's, or open to others.
    pub fn open(state: &Path, settings: StoreSettings) -> Result<Self, StoreError> {
        if let Some(above) = state.parent() {
            std::fs::create_dir_all(above).map_err(StoreError::io("make", above))?;
        }
        make_private(state)?;
        let state = state.canonicalize().map_err(StoreError::io("resolve", state))?;
        let sessions = state.join("sessions");
        make_private(&sessions)?;
        let dev = Stat::of(&sessions).map_err(StoreError::io("stat", &sessions))?.dev;
        Ok(Self { state, sessions, dev, settings })
    }

    /// Begins a step: makes its pack and writes the header (not yet to disk).
    pub fn begin(&self, header: &StepHeader) -> Result<StepPack, StoreError> {
        let path = self.path_of(&header.session, &header.id)?;
        make_private(&self.sessions.join(&header.session))?;
        let mut log = Log::create(&path)?;
        log.append(types::BEGIN, header, &[])?;
        Ok(StepPack::new(State::new(header.clone(), self.settings, log, self.objects(header), self.state.clone())))
    }

    /// Takes a pack up again in another process, to finish it: cuts a torn tail and goes on where it ended.
    pub fn resume(&self, session: &str, step: &str) -> Result<StepPack, StoreError> {
        let path = self.path_of(session, step)?;
        let (loaded, sound) = Step::read(&path)?;
        let log = Log::reopen(&path, sound)?;
        let header = loaded.header().clone();
        let objects = self.objects(&header);
        let mut state = State::new(header, self.settings, log, objects, self.state.clone());
        loaded.pour_into(&mut state);
        Ok(StepPack::new(state))
    }

    fn objects(&self, header: &StepHeader) -> Objects {
        let main = self.sessions.join(&header.session).join(format!("{}.d", header.id));
        Objects::new(main, self.dev, format!("{}-{}", header.session, header.id))
    }

    /// A descriptor that keeps the step marked as going on as long as it, or a copy of it, is open.
    pub fn keep_open(&self, session: &str, step: &str) -> Result<OwnedFd, StoreError> {
        super::log::keep_open(&self.path_of(session, step)?)
    }

    /// True while some process still records what the step does, or is to record how it ended.
    pub fn is_open(&self, session: &str, step: &str) -> Result<bool, StoreError> {
        super::log::is_open(&self.path_of(session, step)?)
    }

    /// The lock that one undo at a time holds; `None` while another has it, unless `wait` is set.
    pub fn lock_for_undo(&self, wait: bool) -> Result<Option<FileLock>, StoreError> {
        let path = self.state.join("undo.lock");
        let flags = libc::O_NOFOLLOW | libc::O_CLOEXEC;
        let options = std::fs::OpenOptions::new().write(true).create(true).mode(0o600).custom_flags(flags).to_owned();
        let file = options.open(&path).map_err(StoreError::io("open", &path))?;
        match if wait { FileLock::exclusive(file) } else { FileLock::try_exclusive(file) } {
            Ok(lock) => Ok(Some(lock)),
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => Ok(None),
            Err(error) => Err(StoreError::io("lock", path)(error)),
        }
    }

    /// Reads a step back. A torn tail is left out.
    pub fn load(&self, session: &str, step: &str) -> Result<Step, StoreError> {
        Ok(Step::read(&self.path_of(session, step)?)?.0)
    }

    /// Reads a step back, whichever session it belongs to.
    pub fn find(&self, step: &str) -> Result<Step, StoreError> {
        for session in names_in(&self.sessions)? {
            if self.sessions.join(&session).join(format!("{}.log", plain(step)?)).exists() {
                return self.load(&session, step);
            }
        }
        Err(StoreError::NoSuchStep(step.to_owned()))
    }

    /// True when there is a pack of the step, in whichever session; nothing of it is read.
    pub fn holds(&self, step: &str) -> Result<bool, StoreError> {
        let name = format!("{}.log", plain(step)?);
        Ok(names_in(&self.sessions)?.iter().any(|session| self.sessions.join(session).join(&name).exists()))
    }

    /// All steps as (session, step), in no order that means anything.
    pub fn steps(&self) -> Result<Vec<(String, String)>, StoreError> {
        let mut all = Vec::new();
        for session in names_in(&self.sessions)? {
            for name in names_in(&self.sessions.join(&session))? {
                if let Some(step) = name.strip_suffix(".log") {
                    all.push((session.clone(), step.to_owned()));
                }
            }
        }
        Ok(all)
    }

    /// All sessions.
    pub fn sessions(&self) -> Result<Vec<String>, StoreError> {
        names_in(&self.sessions)
    }

    /// Undos of the session that began and did not end: by a marker beside the pack, so that looking is cheap.
    pub fn unfinished_undos(&self, session: &str) -> Result<Vec<String>, StoreError> {
        let folder = self.sessions.join(plain(session)?);
        if !folder.exists() {
            return Ok(Vec::new());
        }
        let names = names_in(&folder)?;
        Ok(names.iter().filter_map(|name| name.strip_suffix(MARKER)).map(str::to_owned).collect())
    }

    /// Removes the marker of an undo.
    pub fn clear_unfinished(&self, session: &str, step: &str) -> Result<(), StoreError> {
        let marker = self.path_of(session, step)?.with_extension("undo");
        std::fs::remove_file(&marker).map_err(StoreError::io("remove", marker))
    }

    /// Removes a step and all it keeps.
    pub fn forget(&self, session: &str, step: &str) -> Result<(), StoreError> {
        let path = self.path_of(session, step)?;
        if let Ok((loaded, _)) = Step::read(&path) {
            for folder in loaded.folders() {
                match std::fs::remove_dir_all(&folder) {
                    Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                        return Err(StoreError::io("remove", folder)(error));
                    }
                    _ => {}
                }
            }
        }
        std::fs::remove_file(&path).map_err(StoreError::io("remove", path))
    }

    pub(super) fn path_of(&self, session: &str, step: &str) -> Result<PathBuf, StoreError> {
        Ok(self.sessions.join(plain(session)?).join(format!("{}.log", plain(step)?)))
    }
}

/// A name that is a plain file name, or an error.
fn plain(name: &str) -> Result<&str, StoreError> {
    let fine = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    if !name.is_empty() && name.len() <= 200 && name.bytes().all(fine) && !name.starts_with('.') {
        Ok(name)
    } else {
        Err(StoreError::BadName(name.to_owned()))
    }
}

fn names_in(folder: &Path) -> Result<Vec<String>, StoreError> {
    let entries = std::fs::read_dir(folder).map_err(StoreError::io("list", folder))?;
    Ok(entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect())
}
