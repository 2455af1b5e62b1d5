//! A tree as a value: everything about every name below a folder, for comparing exactly.

use agentsh::sys::{DirFd, FileKind, Stat};
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Everything about one name but its access and change times.
#[derive(Clone, PartialEq, Eq)]
pub struct Node {
    pub mode: u32,
    pub owner: (u32, u32),
    pub rdev: u64,
    pub nlink: u64,
    pub mtime: (i64, u32),
    pub content: Vec<u8>,
    pub allocated_holes: bool,
    pub attributes: Vec<(Vec<u8>, Vec<u8>)>,
    /// First name (in path order) of the same inode.
    pub same_as: Option<PathBuf>,
}

impl std::fmt::Debug for Node {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = String::from_utf8_lossy(&self.content[..self.content.len().min(60)]).into_owned();
        write!(
            f,
            "mode {:o} owner {:?} nlink {} mtime {:?} len {} holes {} {text:?} attributes {:?} same as {:?}",
            self.mode,
            self.owner,
            self.nlink,
            self.mtime,
            self.content.len(),
            self.allocated_holes,
            self.attributes,
            self.same_as
        )
    }
}

/// All names below `root`, the root itself as the empty path.
pub fn snapshot(root: &Path) -> BTreeMap<PathBuf, Node> {
    snapshot_without(root, &[])
}

/// The same, leaving out names (relative paths) and what is below them.
pub fn snapshot_without(root: &Path, without: &[&str]) -> BTreeMap<PathBuf, Node> {
    let mut all = BTreeMap::new();
    let mut stats = BTreeMap::new();
    let parent = DirFd::open(root.parent().expect("a test root has a parent")).expect("open parent");
    let name = root.file_name().expect("a test root has a name");
    add(&parent, name, Path::new(""), without, &mut all, &mut stats);
    let mut first: BTreeMap<(u64, u64), PathBuf> = BTreeMap::new();
    for (path, stat) in &stats {
        let stat: &Stat = stat;
        if stat.kind() == FileKind::Directory {
            continue;
        }
        match first.get(&(stat.dev, stat.ino)) {
            Some(holder) => all.get_mut(path).expect("both maps have it").same_as = Some(holder.clone()),
            None => drop(first.insert((stat.dev, stat.ino), path.clone())),
        }
    }
    all
}

fn add(
    dir: &DirFd,
    name: &OsStr,
    path: &Path,
    without: &[&str],
    all: &mut BTreeMap<PathBuf, Node>,
    stats: &mut BTreeMap<PathBuf, Stat>,
) {
    let stat = dir.stat(name).expect("stat");
    let is_dir = stat.kind() == FileKind::Directory;
    let content = match stat.kind() {
        FileKind::Regular => std::fs::read(dir.path_of(name)).expect("read"),
        FileKind::Symlink => dir.read_link(name).expect("readlink").as_bytes().to_vec(),
        _ => Vec::new(),
    };
    let attributes = agentsh::checkpoint::read_attributes(&dir.path_of(name)).expect("attributes");
    let node = Node {
        mode: stat.mode,
        owner: (stat.uid, stat.gid),
        rdev: stat.rdev,
        nlink: if is_dir { 0 } else { stat.nlink },
        mtime: stat.mtime,
        content,
        allocated_holes: stat.kind() == FileKind::Regular && stat.allocated + 8192 < stat.size,
        attributes,
        same_as: None,
    };
    all.insert(path.to_owned(), node);
    stats.insert(path.to_owned(), stat);
    if is_dir {
        let child = dir.dir_beneath(Path::new(name)).expect("open directory");
        for entry in child.entries().expect("list") {
            let below = path.join(&entry.name);
            if !without.iter().any(|without| below == Path::new(without)) {
                add(&child, &entry.name, &below, without, all, stats);
            }
        }
    }
}

/// Panics with the differences, one a line, when the trees differ.
#[track_caller]
pub fn assert_same(expected: &BTreeMap<PathBuf, Node>, found: &BTreeMap<PathBuf, Node>, what: &str) {
    let mut lines = Vec::new();
    for (path, node) in expected {
        match found.get(path) {
            None => lines.push(format!("missing {}", path.display())),
            Some(other) if other != node => {
                lines.push(format!("{}:\n  expected {node:?}\n  found    {other:?}", path.display()));
            }
            Some(_) => {}
        }
    }
    lines.extend(found.keys().filter(|path| !expected.contains_key(*path)).map(|path| format!("extra {path:?}")));
    assert!(lines.is_empty(), "{what}:\n{}", lines.join("\n"));
}
