//! What an effect happens to.

use crate::grammar::{Kind, Known};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The thing an effect happens to, as far as it is known.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Object {
    /// What kind of thing.
    pub kind: Kind,
    /// Its name: for a path the absolute path the tool reaches (links and `..` resolved the way that tool resolves
    /// them), for a remote its name or URL, for a host the host. `Begins` when only a prefix is known.
    pub name: Known,
    /// More about it for the card and for rules: `url`, `branch`, `host`, `database`, `namespace`, `method` …
    pub facts: BTreeMap<String, String>,
}

impl Object {
    /// An object of which only the kind is known.
    pub fn unnamed(kind: Kind) -> Self {
        Self { kind, name: Known::Nothing, facts: BTreeMap::new() }
    }

    /// A path.
    pub fn path(path: &std::path::Path) -> Self {
        use std::os::unix::ffi::OsStrExt;
        Self { kind: Kind::Path, name: Known::Exactly(path.as_os_str().as_bytes().to_vec()), facts: BTreeMap::new() }
    }

    /// The path, when the object is one and wholly known.
    pub fn as_path(&self) -> Option<PathBuf> {
        use std::os::unix::ffi::OsStringExt;
        match (&self.kind, &self.name) {
            (Kind::Path, Known::Exactly(bytes)) => Some(PathBuf::from(std::ffi::OsString::from_vec(bytes.clone()))),
            _ => None,
        }
    }

    /// The name for people: bytes that are not UTF-8 replaced, `…` where the rest is unknown.
    pub fn display_name(&self) -> String {
        match &self.name {
            Known::Exactly(bytes) => String::from_utf8_lossy(bytes).into_owned(),
            Known::Begins(bytes) => format!("{}…", String::from_utf8_lossy(bytes)),
            Known::Nothing => "…".to_owned(),
        }
    }
}

/// How sure it is that an effect happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Certainty {
    /// It may happen (a branch, a loop, an unknown word, `cd` that may fail).
    Possible,
    /// It happens when the line runs through.
    Certain,
}

/// Whether an effect can be taken back. Ordered by severity; a line is the maximum of its effects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reversibility {
    /// Changes nothing, sends nothing out beyond an ordinary fetch.
    ReadOnly,
    /// Changes only files that are captured first.
    Reversible,
    /// Runs code that the line does not show.
    Opaque,
    /// Outward, unrecoverable, outside the scope, or cannot be captured.
    Irreversible,
}
