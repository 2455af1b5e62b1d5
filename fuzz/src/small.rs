//! A world that is all but empty.

use agentsh::effect::{Entry, EntryKind, World};
use std::path::{Path, PathBuf};

/// `/p` with a file `a`, a directory `d` and a link `l` to it.
pub struct Small;

impl World for Small {
    fn working_directory(&self) -> PathBuf {
        PathBuf::from("/p")
    }

    fn variable(&self, name: &[u8]) -> Option<Vec<u8>> {
        (name == b"HOME").then(|| b"/p/d".to_vec())
    }

    fn exported_functions(&self) -> Vec<(Vec<u8>, Vec<u8>)> {
        Vec::new()
    }

    fn home(&self, _: Option<&[u8]>) -> Option<PathBuf> {
        Some(PathBuf::from("/p/d"))
    }

    fn inspect(&self, path: &Path) -> Option<Entry> {
        let (kind, inode) = match path.to_str()? {
            "/" => (EntryKind::Directory, 1),
            "/p" => (EntryKind::Directory, 2),
            "/p/d" => (EntryKind::Directory, 3),
            "/p/a" => (EntryKind::File, 4),
            "/p/l" => (EntryKind::Link, 5),
            _ => return None,
        };
        Some(Entry { kind, device: 1, inode, size: 3, mode: 0o755, links: 1, owner: 0 })
    }

    fn link_target(&self, path: &Path) -> Option<PathBuf> {
        (path == Path::new("/p/l")).then(|| PathBuf::from("d"))
    }

    fn names(&self, directory: &Path) -> Option<Vec<Vec<u8>>> {
        match directory.to_str()? {
            "/" => Some(vec![b"p".to_vec()]),
            "/p" => Some(vec![b"a".to_vec(), b"d".to_vec(), b"l".to_vec()]),
            _ => Some(Vec::new()),
        }
    }

    fn contents(&self, path: &Path, _: u64) -> Option<Vec<u8>> {
        (path == Path::new("/p/a")).then(|| b"ls\n".to_vec())
    }

    fn executable(&self, path: &Path) -> bool {
        path == Path::new("/p/a")
    }
}
