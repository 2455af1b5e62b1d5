//! The file system as the line has left it so far: the world, and what earlier commands of the line made or removed.

use super::state::State;
use super::value::Text;
use super::walk::Evaluator;
use super::world::{EntryKind, World, is_plain};
use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// Most links that are followed for one name (path_resolution(7)).
const MOST_LINKS: u32 = 40;

/// Whether a name is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Presence {
    /// It is.
    Yes,
    /// It is not.
    No,
    /// Not to be told.
    Unknown,
}

/// What the line did to a name.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Change {
    /// Made or replaced.
    Made {
        /// It is a directory.
        directory: bool,
        /// It did not exist before the line.
        fresh: bool,
        /// What a file holds, when the line tells.
        contents: Option<Text>,
    },
    /// Made a symbolic link to this.
    Link(PathBuf),
    /// What had this other name before the line, with everything below: it was moved here, or is a hard link.
    Was(PathBuf),
    /// Removed, with everything below.
    Gone,
    /// Changed in a way that is not followed.
    Unclear {
        /// It did not exist before the line: a tree that was copied, cloned or unpacked.
        fresh: bool,
    },
    /// A directory that was there, into which names were written that are not told.
    Mixed,
}

/// Changes to names since the line began; cheap to clone.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Overlay {
    /// By paths without doubled slashes and the like, so that bytes can be compared instead of paths.
    changes: Rc<BTreeMap<OsString, Change>>,
}

/// A path as the overlay keeps it.
fn key(path: &Path) -> Cow<'_, OsStr> {
    if is_plain(path) {
        return Cow::Borrowed(path.as_os_str());
    }
    Cow::Owned(path.components().collect::<PathBuf>().into_os_string())
}

/// A key and those of the directories above it, the nearest first.
fn ancestors(key: &OsStr) -> impl Iterator<Item = &OsStr> {
    std::iter::successors(Some(key.as_bytes()), |name| match name.iter().rposition(|byte| *byte == b'/')? {
        0 if name.len() == 1 => None,
        0 => Some(b"/"),
        slash => Some(&name[..slash]),
    })
    .map(OsStr::from_bytes)
}

/// True when a path is the directory or in it, both without doubled slashes and the like.
pub(crate) fn is_within(name: &OsStr, directory: &OsStr) -> bool {
    let directory = directory.as_bytes().strip_suffix(b"/").unwrap_or(directory.as_bytes());
    let rest = name.as_bytes().strip_prefix(directory);
    rest.is_some_and(|rest| rest.is_empty() || rest[0] == b'/')
}

impl Overlay {
    /// True when the line has changed nothing.
    pub(crate) fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// Records a change.
    pub(crate) fn record(&mut self, path: &Path, change: Change) {
        let key = key(path);
        if change == Change::Mixed && self.changes.contains_key(&*key) {
            return;
        }
        let changes = Rc::make_mut(&mut self.changes);
        if matches!(change, Change::Gone | Change::Was(_)) {
            changes.retain(|name, _| !is_within(name, &key));
        }
        changes.insert(key.into_owned(), change);
    }

    /// What was done to the name itself.
    pub(crate) fn change(&self, path: &Path) -> Option<&Change> {
        self.changes.get(&*key(path))
    }

    /// The nearest change to the name of a key or to a directory above it, and where it was made.
    fn changed<'k>(&self, key: &'k OsStr) -> Option<(&'k OsStr, &Change)> {
        if self.changes.is_empty() {
            return None;
        }
        let told = |name| Some((name, self.changes.get(name).filter(|change| **change != Change::Mixed)?));
        ancestors(key).find_map(told)
    }

    /// The nearest change to the name or a directory above it, and whether it is the name's own.
    fn nearest(&self, path: &Path) -> Option<(bool, &Change)> {
        let key = key(path);
        self.changed(&key).map(|(name, change)| (name == &*key, change))
    }

    /// The name that a path had before the line, where the line moved it or gave it a second one.
    pub(crate) fn origin(&self, path: &Path) -> Option<PathBuf> {
        let key = key(path);
        let (name, Change::Was(origin)) = self.changed(&key)? else { return None };
        let rest = key.as_bytes()[name.len()..].strip_prefix(b"/").unwrap_or_default();
        Some(if rest.is_empty() { origin.clone() } else { origin.join(OsStr::from_bytes(rest)) })
    }

    /// The names before the line of files that the line has put below `path`.
    pub(crate) fn origins_below(&self, path: &Path) -> Vec<PathBuf> {
        let key = key(path);
        let below = self.changes.iter().filter(|(name, _)| **name != *key && is_within(name, &key));
        let origin =
            |(_, change): (_, &Change)| if let Change::Was(origin) = change { Some(origin.clone()) } else { None };
        below.filter_map(origin).collect()
    }

    /// What a name stands for, as another name of it is to be recorded: that of before the line where that tells all.
    pub(crate) fn identity(&self, path: &Path) -> Change {
        let key = key(path);
        let changed_below = self.changes.keys().any(|name| name != &*key && is_within(name, &key));
        match self.nearest(path) {
            _ if changed_below => Change::Unclear { fresh: false },
            None => Change::Was(path.to_owned()),
            Some((_, Change::Was(_))) => self.origin(path).map_or(Change::Unclear { fresh: false }, Change::Was),
            Some((true, change @ (Change::Link(_) | Change::Made { directory: false, .. }))) => change.clone(),
            Some(_) => Change::Unclear { fresh: false },
        }
    }

    /// True where a name on the way to `path` may be a link that the line made and does not show: in a tree it unpacked,
    /// say. With `follow`, the last name counts too.
    pub(crate) fn hides_links(&self, path: &Path, follow: bool) -> bool {
        if self.changes.is_empty() {
            return false;
        }
        let key = key(path);
        let mut ancestors = ancestors(&key);
        let own = ancestors.next().filter(|_| follow).and_then(|name| self.changes.get(name));
        if !follow {
            // What the name lies in is a directory that is known; only what is above may lead elsewhere.
            ancestors.next();
        }
        matches!(own, Some(Change::Unclear { fresh: false }))
            || ancestors.any(|name| matches!(self.changes.get(name), Some(Change::Unclear { .. } | Change::Mixed)))
    }

    /// True where a name on the way to `path`, and with `follow` its own, was changed in a way that is not followed.
    pub(crate) fn may_be_another_link(&self, path: &Path, follow: bool) -> bool {
        let key = key(path);
        let mut names = ancestors(&key).skip(usize::from(!follow));
        !self.changes.is_empty()
            && names.any(|name| matches!(self.changes.get(name), Some(Change::Unclear { fresh: false })))
    }

    /// True for a name directly in a tree that did not exist before the line.
    pub(crate) fn is_in_new_tree(&self, path: &Path) -> bool {
        let parent = path.parent().map(key).and_then(|parent| self.changes.get(&*parent));
        matches!(parent, Some(Change::Unclear { fresh: true }))
    }

    /// False when nothing that was changed lies in the directory or holds it; true also when that would take long to tell.
    pub(crate) fn concerns(&self, directory: &Path) -> bool {
        const FEW: usize = 16;
        if self.changes.is_empty() {
            return false;
        }
        let key = key(directory);
        self.changes.len() > FEW || self.changes.keys().any(|name| is_within(name, &key) || is_within(&key, name))
    }

    /// True when the name lies in something that did not exist before the line, and was not brought there from elsewhere.
    pub(crate) fn is_fresh(&self, path: &Path) -> bool {
        let brought = |change: &&Change| matches!(change, Change::Was(_) | Change::Unclear { .. });
        !self.changes.is_empty()
            && ancestors(&key(path))
                .filter_map(|name| self.changes.get(name))
                .take_while(|change| !brought(change))
                .any(Change::is_made_anew)
    }

    /// What is the case after one or the other.
    pub(crate) fn join(&self, other: &Self) -> Self {
        if Rc::ptr_eq(&self.changes, &other.changes) || self.changes == other.changes {
            return self.clone();
        }
        let (mut left, mut right) = (self.changes.iter().peekable(), other.changes.iter().peekable());
        let mut joined = BTreeMap::new();
        loop {
            let order = match (left.peek(), right.peek()) {
                (None, None) => break,
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some((left, _)), Some((right, _))) => left.cmp(right),
            };
            let one = if order == Ordering::Greater { None } else { left.next() };
            let two = if order == Ordering::Less { None } else { right.next() };
            let Some((name, change)) = two.or(one) else { break };
            let only = one.is_none() || two.is_none();
            let other = one.filter(|_| two.is_some()).map(|(_, one)| one);
            let kept = match (other, change) {
                (Some(other), change) if other == change => change.clone(),
                // Made by one side only: whatever is found there later was made by the line.
                (other, Change::Made { directory, fresh: true, .. }) if other.is_none_or(Change::is_made_anew) => {
                    Change::Made { directory: *directory, fresh: true, contents: None }
                }
                (other, change) if change.is_new() && other.is_none_or(Change::is_new) => {
                    Change::Unclear { fresh: true }
                }
                (_, Change::Mixed) if only => Change::Mixed,
                _ => Change::Unclear { fresh: false },
            };
            joined.insert(name.clone(), kept);
        }
        Self { changes: Rc::new(joined) }
    }
}

impl Change {
    /// Nothing had the name before, and what it is now is known.
    fn is_made_anew(&self) -> bool {
        matches!(self, Self::Made { fresh: true, .. })
    }

    /// Nothing had the name before.
    fn is_new(&self) -> bool {
        self.is_made_anew() || matches!(self, Self::Unclear { fresh: true })
    }
}

/// The world with the overlay on it.
pub(crate) struct Files<'a> {
    world: &'a dyn World,
    overlay: &'a Overlay,
    foreign: bool,
}

impl<'a> Files<'a> {
    /// Whether `path` names something.
    pub(crate) fn presence(&self, path: &Path) -> Presence {
        if self.foreign {
            return Presence::Unknown;
        }
        match self.overlay.nearest(path) {
            None => {}
            Some((true, Change::Link(_))) => return Presence::Yes,
            Some((_, Change::Unclear { .. } | Change::Link(_))) => return Presence::Unknown,
            Some((_, Change::Was(_))) => {
                let there = self.overlay.origin(path).is_some_and(|origin| self.world.inspect(&origin).is_some());
                return if there { Presence::Yes } else { Presence::No };
            }
            Some((_, Change::Gone)) => return Presence::No,
            Some((true, Change::Made { .. })) => return Presence::Yes,
            Some((false, Change::Made { fresh: true, .. })) => return Presence::No,
            Some((false, Change::Made { .. }) | (_, Change::Mixed)) => {}
        }
        if self.world.inspect(path).is_some() { Presence::Yes } else { Presence::No }
    }

    /// True when `path`, links followed, is a directory.
    pub(crate) fn is_directory(&self, path: &Path) -> bool {
        self.leads_to_directory(path, MOST_LINKS)
    }

    fn leads_to_directory(&self, path: &Path, links: u32) -> bool {
        if self.foreign {
            return false;
        }
        if let Some((own, change)) = self.overlay.nearest(path) {
            match change {
                Change::Made { directory, .. } if own => return *directory,
                // Links may lead to each other in a circle.
                Change::Link(_) if own && links == 0 => return false,
                Change::Link(target) if own => {
                    return self.leads_to_directory(&path.parent().unwrap_or(path).join(target), links - 1);
                }
                Change::Made { fresh: true, .. } | Change::Gone | Change::Link(_) => return false,
                Change::Was(_) => {
                    let origin = self.overlay.origin(path);
                    return origin.is_some_and(|origin| self.kind(&origin, 0) == Some(EntryKind::Directory));
                }
                _ => {}
            }
        }
        self.kind(path, 0) == Some(EntryKind::Directory)
    }

    fn kind(&self, path: &Path, depth: u32) -> Option<EntryKind> {
        let entry = self.world.inspect(path)?;
        if entry.kind == EntryKind::Link && depth < 8 {
            let target = self.world.link_target(path)?;
            return self.kind(&path.parent().unwrap_or(path).join(target), depth + 1);
        }
        Some(entry.kind)
    }

    /// Names in a directory; `None` when they cannot be told.
    pub(crate) fn names(&self, directory: &Path) -> Option<Vec<Vec<u8>>> {
        if self.foreign {
            return None;
        }
        if self.overlay.is_empty() {
            return self.world.names(directory);
        }
        let mut names = match self.overlay.nearest(directory) {
            Some((_, Change::Unclear { .. } | Change::Gone | Change::Link(_))) => return None,
            Some((_, Change::Made { fresh: true, .. })) => Vec::new(),
            Some((_, Change::Was(_))) => self.world.names(&self.overlay.origin(directory)?)?,
            _ => self.world.names(directory)?,
        };
        for (path, change) in self.overlay.changes.iter() {
            let path = Path::new(path);
            if path.parent() != Some(directory) {
                continue;
            }
            let Some(name) = path.file_name().map(OsStr::as_bytes) else { continue };
            match change {
                Change::Gone => names.retain(|each| each != name),
                Change::Mixed => {}
                Change::Made { .. } | Change::Unclear { .. } | Change::Link(_) | Change::Was(_) => {
                    if !names.iter().any(|each| each == name) {
                        names.push(name.to_vec());
                    }
                }
            }
        }
        Some(names)
    }

    /// What a file holds, when it can be told and is not larger than `limit`.
    pub(crate) fn contents(&self, path: &Path, limit: u64) -> Option<Text> {
        if self.foreign {
            return None;
        }
        match self.overlay.nearest(path) {
            Some((true, Change::Made { contents, .. })) => contents.clone(),
            Some((_, Change::Made { fresh: false, .. })) | None => self.world.contents(path, limit).map(Text::exactly),
            Some((_, Change::Was(_))) => self.world.contents(&self.overlay.origin(path)?, limit).map(Text::exactly),
            Some(_) => None,
        }
    }

    /// The target of a symbolic link, unless the line replaced the name.
    pub(crate) fn link(&self, path: &Path) -> Option<PathBuf> {
        if self.foreign {
            return None;
        }
        match self.overlay.nearest(path) {
            Some((true, Change::Link(target))) => return Some(target.clone()),
            Some((_, Change::Was(_))) => {
                let origin = self.overlay.origin(path)?;
                return self.link_on_disk(&origin);
            }
            // Perhaps it is still the link that it was.
            Some((true, Change::Unclear { fresh: false })) => {}
            Some((true, _)) => return None,
            _ => {}
        }
        self.link_on_disk(path)
    }

    fn link_on_disk(&self, path: &Path) -> Option<PathBuf> {
        if self.world.is_settled(path) {
            return None;
        }
        match self.world.inspect(path)?.kind {
            EntryKind::Link => self.world.link_target(path),
            _ => None,
        }
    }
}

impl Evaluator<'_> {
    /// The file system as `state` has it.
    pub(crate) fn files<'s>(&'s self, state: &'s State) -> Files<'s> {
        Files { world: self.world, overlay: &state.overlay, foreign: state.foreign }
    }
}
