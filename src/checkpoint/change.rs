//! What a step changed, for people.

use super::meta::Meta;
use super::pin::is_temporary;
use super::record::Depth;
use super::step::{After, Step};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// What happened to a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// The name is new.
    Created,
    /// Its content, or what kind of file it is, is different.
    Modified,
    /// The name is gone.
    Deleted,
    /// It was called this before.
    Renamed(PathBuf),
    /// Only mode, owner, attributes or times are different.
    Metadata,
}

/// One change of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The path (after the change).
    pub path: PathBuf,
    /// What happened.
    pub kind: ChangeKind,
    /// What it was.
    pub before: Option<Meta>,
    /// What it became; `None` also when that was never recorded.
    pub after: Option<Meta>,
}

impl Step {
    /// The step's changes in path order. A file that was moved is one change. Empty for a step without an end.
    pub fn changes(&self) -> Vec<Change> {
        let mut changes = Vec::new();
        for (path, kept) in self.touched() {
            let kind = match (&kept.before, self.after(path)) {
                _ if kept.depth == Depth::Parent || is_temporary(path) => continue,
                (_, After::Unknown | After::Unchanged(_)) | (None, _) => continue,
                (Some(_), After::Gone) => ChangeKind::Deleted,
                (Some(before), After::Is(after, hash)) => match self.compare(path, before, after, hash) {
                    Some(kind) => kind,
                    None => continue,
                },
            };
            let after = match self.after(path) {
                After::Is(meta, _) => Some(meta.clone()),
                _ => None,
            };
            changes.push(Change { path: path.to_owned(), kind, before: kept.before.clone(), after });
        }
        for (path, ended) in self.created() {
            let after = ended.after.clone();
            changes.push(Change { path: path.to_owned(), kind: ChangeKind::Created, before: None, after });
        }
        let mut changes = join_renames(changes);
        changes.sort_by(|a, b| a.path.cmp(&b.path));
        changes
    }

    fn compare(&self, path: &Path, before: &Meta, after: &Meta, hash: Option<[u8; 32]>) -> Option<ChangeKind> {
        if before.kind() != after.kind() || before.target != after.target || before.rdev != after.rdev {
            return Some(ChangeKind::Modified);
        }
        let telling = before.ctime == after.ctime || hash.is_none() || !self.keeps_bytes(path);
        let unwritten = before.same_content_stamp(after) && telling;
        if before.is_file() && !unwritten {
            let same = hash.is_some()
                && before.size == after.size
                && self.content_before(path).ok().flatten().map(|bytes| *blake3::hash(&bytes).as_bytes()) == hash;
            if !same {
                return Some(ChangeKind::Modified);
            }
        }
        let times = !before.is_dir() && before.mtime != after.mtime;
        let differs = times || !before.same_ownership(after) || before.attributes_differ(after);
        differs.then_some(ChangeKind::Metadata)
    }
}

/// A name that went and a name that came with the same inode are one rename.
fn join_renames(changes: Vec<Change>) -> Vec<Change> {
    let gone: HashMap<(u64, u64), usize> = changes
        .iter()
        .enumerate()
        .filter(|(_, change)| change.kind == ChangeKind::Deleted)
        .filter_map(|(index, change)| Some((change.before.as_ref()?.inode(), index)))
        .collect();
    let mut moved: Vec<bool> = vec![false; changes.len()];
    let mut joined = changes.clone();
    for change in &mut joined {
        let (ChangeKind::Created, Some(after)) = (&change.kind, &change.after) else { continue };
        let Some(&from) = gone.get(&after.inode()) else { continue };
        let before = &changes[from].before;
        if !moved[from] && before.as_ref().is_some_and(|before| is_moved(before, after)) {
            moved[from] = true;
            change.kind = ChangeKind::Renamed(changes[from].path.clone());
            change.before = before.clone();
        }
    }
    joined.into_iter().zip(moved).filter(|(_, moved)| !moved).map(|(change, _)| change).collect()
}

/// The inode number alone proves nothing: file systems give it out again at once.
fn is_moved(before: &Meta, after: &Meta) -> bool {
    before.kind() == after.kind() && before.mtime == after.mtime && (before.is_dir() || before.size == after.size)
}
