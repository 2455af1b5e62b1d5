//! What can go wrong when keeping and when reading back.

use std::io;
use std::path::PathBuf;

/// A path whose preimage could not be kept. Whoever receives it must treat the change as irreversible.
#[must_use = "a path that could not be captured makes its change irreversible"]
#[derive(Debug, thiserror::Error)]
#[error("keep {}: {why}", path.display())]
pub struct NotCaptured {
    /// The path that would be lost.
    pub path: PathBuf,
    /// Why it could not be kept.
    pub why: Why,
}

/// Why a preimage could not be kept.
#[derive(Debug, thiserror::Error)]
pub enum Why {
    /// A call on the path, or on the store, failed.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// Larger than may be copied of one file; sizes in bytes.
    #[error("{size} bytes are more than the {limit} copied of one file")]
    TooLarge {
        /// Length of the file.
        size: u64,
        /// `Limits::file_bytes`.
        limit: u64,
    },
    /// The step has used up what it may copy.
    #[error("this step may copy no more than {limit} bytes")]
    StepFull {
        /// `Limits::step_bytes`.
        limit: u64,
    },
    /// The store's file system is too full to copy more.
    #[error("less than {keep} bytes of the store's file system would stay free")]
    DiskFull {
        /// What has to stay free, in bytes.
        keep: u64,
    },
    /// More names below one path than are walked.
    #[error("more than {limit} names")]
    TooMany {
        /// `Limits::entries`.
        limit: usize,
    },
    /// Nested deeper than is walked.
    #[error("directories nested deeper than {limit}")]
    TooDeep {
        /// `Limits::depth`.
        limit: usize,
    },
    /// Others changed it between two looks at it.
    #[error("it changed while it was being kept")]
    Changed,
    /// A thing that cannot be kept by its nature.
    #[error("{0}")]
    Unsupported(&'static str),
    /// The store itself failed; nothing captured since the last [`super::StepPack::seal`] is safe.
    #[error("cannot {0}")]
    Store(#[from] StoreError),
}

impl Why {
    /// True when there was no room to keep it; with more room it can be tried again.
    pub(crate) fn is_lack_of_room(&self) -> bool {
        match self {
            Self::Io(error) | Self::Store(StoreError::Io { source: error, .. }) => lacks_room(error),
            Self::DiskFull { .. } => true,
            _ => false,
        }
    }
}

/// True when a disk or a quota is full, or a file may not grow (`ENOSPC`, `EDQUOT`, `EFBIG`).
pub(crate) fn lacks_room(error: &io::Error) -> bool {
    use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
    matches!(error.kind(), StorageFull | QuotaExceeded | FileTooLarge)
}

/// Reading or writing the store failed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A call on a file of the store failed.
    #[error("{action} {}: {source}", path.display())]
    Io {
        /// What was tried, a verb.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// The kernel's answer.
        source: io::Error,
    },
    /// There is no such step.
    #[error("find step {0}")]
    NoSuchStep(String),
    /// A file or folder of the store is a link or belongs to someone else.
    #[error("trust {}: {why}", path.display())]
    Untrusted {
        /// Which.
        path: PathBuf,
        /// Why not.
        why: &'static str,
    },
    /// Not a step pack, or one written by a newer agentsh.
    #[error("read {}: {why}", path.display())]
    Format {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A kept content is not there any more, or not as it was.
    #[error("read what {} was: {why}", path.display())]
    Lost {
        /// Whose content.
        path: PathBuf,
        /// What happened to it.
        why: &'static str,
    },
    /// A step or session name that could not be a file name.
    #[error("use {0:?} as a name in the store")]
    BadName(String),
}

impl StoreError {
    /// For `map_err`: names the action and the path.
    pub(super) fn io(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { action, path, source }
    }
}
