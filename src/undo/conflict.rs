//! Why a path is left alone.

use std::path::PathBuf;

/// Why a path of a step is not undone.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Conflict {
    /// Someone else changed it after the step.
    #[error("changed since")]
    ChangedSince,
    /// Later steps changed it; undo those first.
    #[error("changed later by {}", .0.join(", "))]
    ChangedBy(Vec<String>),
    /// A directory the step made holds names the step did not make.
    #[error("not empty: it holds names this step did not make")]
    NotEmpty,
    /// What it was is not there to give back.
    #[error("what it was is not kept: {0}")]
    NotKept(String),
    /// The state it was left in by the step was never recorded, so later work cannot be told from the step's.
    #[error("what the step left was not recorded")]
    Unrecorded,
    /// The file that another path of the step was is under this name, and that path is left alone.
    #[error("it is what {} was, which is left as it is", .0.display())]
    Holds(PathBuf),
    /// What would be overwritten could not be kept.
    #[error("what is there now cannot be kept: {0}")]
    CannotKeep(String),
    /// There is no room for it. Nobody sees it as an item's: it ends the undo, which can be completed later.
    #[error("{0}")]
    NoRoom(String),
    /// A call failed.
    #[error("{0}")]
    Failed(String),
}
