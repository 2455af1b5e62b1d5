//! Paths in the order of a walk: a directory, then all it holds, then its next neighbour.

use std::collections::BTreeMap;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// A key that sorts as [`Path`] does, and compares without taking both apart: no name holds the byte that stands for the
/// slash.
pub(super) fn order(path: &Path) -> Vec<u8> {
    path.as_os_str().as_bytes().iter().map(|byte| if *byte == b'/' { 0 } else { *byte }).collect()
}

/// A map from absolute paths without `.`, `..` and double slashes.
#[derive(Clone, Debug)]
pub(super) struct Paths<T>(BTreeMap<Vec<u8>, (PathBuf, T)>);

impl<T> Default for Paths<T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<T> Paths<T> {
    /// Puts a value in the place of the path's earlier one.
    pub(super) fn insert(&mut self, path: PathBuf, value: T) {
        self.0.insert(order(&path), (path, value));
    }

    pub(super) fn get(&self, path: &Path) -> Option<&T> {
        self.0.get(&order(path)).map(|(_, value)| value)
    }

    pub(super) fn contains(&self, path: &Path) -> bool {
        self.0.contains_key(&order(path))
    }

    /// All of them, in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&Path, &T)> {
        self.0.values().map(|(path, value)| (path.as_path(), value))
    }
}

impl<T> IntoIterator for Paths<T> {
    type Item = (PathBuf, T);
    type IntoIter = std::collections::btree_map::IntoValues<Vec<u8>, (PathBuf, T)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_values()
    }
}

#[cfg(test)]
mod tests {
    use super::order;
    use std::path::{Path, PathBuf};

    #[test]
    fn the_order_is_that_of_paths() {
        let mut paths: Vec<PathBuf> =
            ["/a", "/", "/a/b", "/a.b", "/a/b/c", "/a-", "/a/b.c", "/b", "/a/\u{1}", "/ab"].map(PathBuf::from).into();
        let mut same = paths.clone();
        paths.sort();
        same.sort_by_cached_key(|path| order(Path::new(path)));
        assert_eq!(paths, same);
    }
}
