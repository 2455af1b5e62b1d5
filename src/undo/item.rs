//! One path of a plan.

use super::conflict::Conflict;
use crate::checkpoint::{Meta, is_temporary};
use std::path::PathBuf;

/// What undoing does to a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// Removes a name the step made.
    Remove,
    /// Makes a directory the step removed.
    MakeDir,
    /// Gives a regular file its content and everything else back.
    Restore,
    /// The same, written into the file that is there, because it has further names or is a mount point.
    RestoreInPlace,
    /// Makes a symbolic link, FIFO, socket or device again.
    MakeSpecial,
    /// Gives mode, owner, attributes and times back.
    Adjust,
    /// Gives only a directory's times back.
    Times,
    /// Takes the step's change out of a file that was changed since on other lines.
    Merge,
    /// Writes what a file was beside it, because it was changed since.
    Beside,
    /// Whatever turns out to be needed: it lies behind a directory that has to be opened up first.
    Unseen,
}

/// Where the content comes from that an item gives its path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Given {
    /// What was kept of the path itself.
    #[default]
    Kept,
    /// These bytes.
    Merged(Vec<u8>),
    /// What was kept of another path.
    Of(PathBuf),
}

/// Whether a path can be undone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is as the step left it.
    Ready,
    /// It is not, or cannot be given back: it is left alone.
    Skip(Conflict),
}

/// What is to happen to one path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// The path.
    pub path: PathBuf,
    /// What is done.
    pub verb: Verb,
    /// Whether.
    pub standing: Standing,
    /// What it becomes; `None` when it goes.
    pub before: Option<Meta>,
    /// What it is now.
    pub now: Option<Meta>,
    /// Where its content comes from.
    pub given: Given,
}

impl Item {
    /// True when it will be done.
    pub fn is_ready(&self) -> bool {
        self.standing == Standing::Ready
    }

    /// True for the name that an earlier undo gave a file which other names, that nobody knows, stand for: what the file was
    /// then is kept under it. The name itself does not come back.
    pub fn is_ours(&self) -> bool {
        is_temporary(&self.path)
    }

    /// One line for a person: `restore src/a.rs`, `delete new.txt (created by k7)`, `SKIP …`. Paths below `base` are
    /// shown relative to it.
    pub fn line(&self, step: &str, base: &std::path::Path) -> String {
        let path = self.path.strip_prefix(base).unwrap_or(&self.path);
        let path = path.display();
        if let Standing::Skip(conflict) = &self.standing {
            return format!("SKIP {path} ({conflict})");
        }
        match self.verb {
            Verb::Remove => format!("delete {path} (created by {step})"),
            Verb::MakeDir => format!("restore {path}/"),
            Verb::Unseen if self.before.is_none() => format!("delete {path} (created by {step})"),
            Verb::Restore | Verb::MakeSpecial | Verb::Unseen => format!("restore {path}"),
            Verb::RestoreInPlace => format!("restore {path} (in place)"),
            Verb::Merge => format!("merge {path} (later changes stay)"),
            Verb::Beside => match &self.given {
                Given::Of(of) => format!("write {path} (what {} was)", of.strip_prefix(base).unwrap_or(of).display()),
                _ => format!("write {path}"),
            },
            Verb::Times => format!("times of {path}/"),
            Verb::Adjust => match (&self.before, &self.now) {
                (Some(before), Some(now)) if before.mode != now.mode => {
                    format!("chmod {:o} {path}", before.mode & 0o7777)
                }
                (Some(before), Some(now)) if (before.uid, before.gid) != (now.uid, now.gid) => {
                    format!("chown {}:{} {path}", before.uid, before.gid)
                }
                _ => format!("restore times and attributes of {path}"),
            },
        }
    }
}
