//! The step pack: what is in the file, record by record.
//!
//! File = [`MAGIC`], one version byte, then records. Record = mark `0xA6` · type (1 byte) · length of the payload (u32 LE)
//! · CRC-32 of type, length and payload (u32 LE) · payload. Payloads are postcard; the payload of a touch or post that
//! carries content ends with the raw bytes. A torn tail is cut at the first record that does not check.
//!
//! Format rule: a reader takes every version up to its own. A new version may add record types and new variants at the
//! end of enums, never change a payload; types from [`OPTIONAL`] on may be skipped by a reader that does not know them,
//! others are an error that says the pack is newer.

use super::meta::Meta;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// First bytes of a step pack.
pub const MAGIC: &[u8; 8] = b"agentsh\x01";
/// Version written.
pub const VERSION: u8 = 1;
/// Record types from here on may be skipped by a reader that does not know them.
pub const OPTIONAL: u8 = 128;
/// Bytes before a payload: mark, type, length, checksum.
pub const FRAME: usize = 10;
/// First byte of every record.
pub const MARK: u8 = 0xA6;

/// Type bytes of records.
pub mod types {
    /// [`super::StepHeader`].
    pub const BEGIN: u8 = 1;
    /// [`super::Touch`].
    pub const TOUCH: u8 = 2;
    /// [`super::Post`].
    pub const POST: u8 = 3;
    /// Sequence numbers (`Vec<u32>`) of touches whose path is as it was.
    pub const UNCHANGED: u8 = 4;
    /// [`super::TreeMark`].
    pub const TREE: u8 = 5;
    /// Paths (`Vec<Vec<u8>>`) that existed before and are not captured.
    pub const PRESENT: u8 = 6;
    /// [`super::Folder`]: a folder of objects.
    pub const FOLDER: u8 = 7;
    /// [`super::Coverage`].
    pub const COVERAGE: u8 = 8;
    /// [`super::StepOutcome`].
    pub const END: u8 = 9;
    /// [`super::UndoMark`]: an undo begins.
    pub const UNDO_BEGIN: u8 = 10;
    /// Empty: the undo is complete.
    pub const UNDO_END: u8 = 11;
    /// [`super::Moved`].
    pub const MOVED: u8 = 12;
    /// [`super::Pin`]. Without it, a name that was one of several comes back as a file of its own.
    pub const PIN: u8 = 128;
}

/// What a step is; the first record.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepHeader {
    /// The step's short name, such as `k7`; a file name.
    pub id: String,
    /// The session it belongs to; a file name.
    pub session: String,
    /// The line, as given.
    pub line: Vec<u8>,
    /// Where it ran.
    pub cwd: PathBuf,
    /// When it began: seconds and nanoseconds since the epoch.
    pub started: (i64, u32),
}

/// How a step ended; the last record.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepOutcome {
    /// Exit status of the shell, when it exited.
    pub status: Option<i32>,
    /// The signal that ended it, when one did.
    pub signal: Option<i32>,
    /// When it ended: seconds and nanoseconds since the epoch.
    pub ended: (i64, u32),
}

/// How deep a touch goes. Ordered: a deeper one includes the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Depth {
    /// A directory one of whose names is touched: only its times.
    Parent,
    /// Everything but content.
    Meta,
    /// Everything.
    Whole,
}

/// Where the content of a regular file before the line is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Content {
    /// Not kept, or there is none.
    None,
    /// It was empty.
    Empty,
    /// At the end of this record; that many bytes.
    Inline(u32),
    /// A file in one of the step's folders.
    Object {
        /// Which folder.
        folder: u32,
        /// The object's name there, a number.
        number: u64,
        /// How it was made.
        how: Keep,
    },
    /// The same inode as the touch with this sequence number.
    Same(u32),
    /// The blob of this name in the object store of this repository.
    Blob {
        /// The repository's common directory.
        git_dir: Vec<u8>,
        /// The blob's name, raw.
        oid: Vec<u8>,
    },
}

/// How an object was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Keep {
    /// A hard link: it *is* the file.
    Link,
    /// Shares the file's blocks.
    Clone,
    /// A copy.
    Copy,
}

/// A path as it was before the step. A later touch of the same sequence number replaces an earlier one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Touch {
    /// Number of the touch in this step.
    pub seq: u32,
    /// Absolute path free of links, bytes.
    pub path: Vec<u8>,
    /// What it was; `None` when the name did not exist.
    pub before: Option<Meta>,
    /// How deep the touch goes.
    pub depth: Depth,
    /// Where its content is.
    pub content: Content,
}

/// A path as it was when the step ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Post {
    /// Absolute path, bytes.
    pub path: Vec<u8>,
    /// What it is; `None` when the name is gone. Paths below a gone directory have no record of their own.
    pub after: Option<Meta>,
    /// BLAKE3 of the content, when it was read.
    pub hash: Option<[u8; 32]>,
    /// Content at the end of this record, that many bytes.
    pub inline: Option<u32>,
    /// The name did not exist before the step.
    pub created: bool,
}

/// Where names that appear are known to be new: below a directory captured as a tree, or beside a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TreeMark {
    /// The directory, or the beginning of names.
    pub path: Vec<u8>,
    /// It is a directory; otherwise names in its directory that begin as it does are looked for.
    pub watch: bool,
}

/// A hard link that was dropped at the end because its file has another name now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    /// The folder the link was in.
    pub folder: u32,
    /// Its number there.
    pub number: u64,
    /// A name the file has, absolute.
    pub path: Vec<u8>,
}

/// A hard link of ours to a file whose content is kept by its bytes. A later one of the same sequence number replaces an
/// earlier one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pin {
    /// The touch that keeps the bytes.
    pub seq: u32,
    /// The folder the link is in.
    pub folder: u32,
    /// Its number there.
    pub number: u64,
    /// What the file was when the step ended.
    pub left: Option<Meta>,
}

/// A folder of objects.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Folder {
    /// The file system it is on.
    pub dev: u64,
    /// Where.
    pub path: Vec<u8>,
}

/// How much of what the step changed was captured.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Coverage {
    /// All that was asked for.
    #[default]
    Full,
    /// Not these; path and reason.
    Partial(Vec<(PathBuf, String)>),
    /// Nothing: the line is opaque and nobody watched it.
    None,
}

impl Coverage {
    /// `full`, `partial` or `none`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Partial(_) => "partial",
            Self::None => "none",
        }
    }

    /// How many paths are left out.
    pub(super) fn left_out(&self) -> usize {
        if let Self::Partial(list) = self { list.len() } else { 0 }
    }

    /// Takes back what was noted of this path and of what lies below it.
    pub(super) fn forget(&mut self, path: &Path) {
        if let Self::Partial(list) = self {
            list.retain(|(left_out, _)| !left_out.starts_with(path));
            if list.is_empty() {
                *self = Self::Full;
            }
        }
    }

    /// Takes back what was noted since there were `count`.
    pub(super) fn forget_after(&mut self, count: usize) {
        match self {
            Self::Partial(_) if count == 0 => *self = Self::Full,
            Self::Partial(list) => list.truncate(count),
            Self::Full | Self::None => {}
        }
    }
}

/// An undo that has begun.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UndoMark {
    /// Session of the step being undone.
    pub session: String,
    /// The step being undone.
    pub step: String,
    /// The paths it set out to change.
    pub paths: Vec<Vec<u8>>,
}
