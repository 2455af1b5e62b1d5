//! Whether the files of a work tree are byte for byte the blobs of the repository.

use super::index::Index;
use super::layout::Layout;
use std::path::{Path, PathBuf};

/// True when nothing is configured that makes a checked-out file differ from its blob (line ends, filters, keywords,
/// encodings; gitattributes(5)) or a blob be absent (partial clone). Whatever is not understood counts as configured.
pub(super) fn is_plain(layout: &Layout, root: &Path, index: &Index) -> bool {
    let from_environment =
        ["GIT_CONFIG_COUNT", "GIT_CONFIG_PARAMETERS", "GIT_ATTR_SOURCE", "GIT_ALTERNATE_OBJECT_DIRECTORIES"];
    if from_environment.iter().any(|name| crate::sys::variable(name).is_some()) {
        return false;
    }
    let configs = layout.configs().into_iter().chain(shared("config")).collect::<Vec<_>>();
    let lists = [layout.common_dir.join("info/attributes"), root.join(".gitattributes")];
    let tracked = index.entries.iter().filter(|entry| is_attributes(&entry.path)).map(|entry| {
        use std::os::unix::ffi::OsStrExt;
        root.join(std::ffi::OsStr::from_bytes(&entry.path))
    });
    configs.iter().all(|path| check(path, is_plain_config))
        && lists.into_iter().chain(shared("attributes")).chain(tracked).all(|path| check(&path, are_plain_attributes))
}

fn is_attributes(path: &[u8]) -> bool {
    path == b".gitattributes" || path.ends_with(b"/.gitattributes")
}

/// Files of the user and the machine, by where git looks for them (git-config(1), FILES).
fn shared(kind: &str) -> Vec<PathBuf> {
    let variable = |name: &str| crate::sys::variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let mut all = vec![PathBuf::from(format!("/etc/git{kind}"))];
    let home = variable("HOME");
    let xdg = variable("XDG_CONFIG_HOME").or_else(|| home.as_ref().map(|home| home.join(".config")));
    all.extend(xdg.map(|folder| folder.join("git").join(kind)));
    if kind == "config" {
        all.extend(home.map(|home| home.join(".gitconfig")));
        all.extend(variable("GIT_CONFIG_GLOBAL"));
        all.extend(variable("GIT_CONFIG_SYSTEM"));
    }
    all
}

/// A missing file says nothing; an unreadable one might say anything.
fn check(path: &Path, is_fine: fn(&[u8]) -> bool) -> bool {
    match std::fs::read(path) {
        Ok(bytes) => is_fine(&bytes),
        Err(error) => matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory),
    }
}

fn is_plain_config(bytes: &[u8]) -> bool {
    bytes.split(|byte| *byte == b'\n').all(|line| {
        let line = line.to_ascii_lowercase();
        let line = line.trim_ascii();
        let has = |word: &[u8]| line.windows(word.len()).any(|window| window == word);
        let odd: [&[u8]; 6] = [b"autocrlf", b"attributesfile", b"[include", b"promisor", b"partialclone", b"[filter"];
        !(odd.iter().any(|word| has(word)) || line.starts_with(b"eol") || has(b"] eol") || has(b"]eol"))
    })
}

fn are_plain_attributes(bytes: &[u8]) -> bool {
    bytes.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).all(|line| {
        let is_comment = line.is_empty() || line.starts_with(b"#");
        is_comment
            || (!line.starts_with(b"[attr]")
                && line.split(u8::is_ascii_whitespace).skip(1).all(|word| {
                    let converts: [&[u8]; 6] =
                        [b"text", b"eol", b"crlf", b"filter", b"ident", b"working-tree-encoding"];
                    !converts.iter().any(|name| word.starts_with(name))
                }))
    })
}
