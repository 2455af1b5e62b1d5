//! Reading git's index (gitformat-index(5), versions 2 to 4) for what it knows of tracked files.

use crate::sys::Stat;

/// One tracked path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Tracked {
    /// Path relative to the root of the work tree, bytes.
    pub(super) path: Vec<u8>,
    /// The blob's name, raw.
    pub(super) oid: Vec<u8>,
    /// Type and permission bits as git writes them: 100644, 100755, 120000 or 160000.
    pub(super) mode: u32,
    /// False for a conflicted or an only intended entry: its content is not that of one blob.
    pub(super) settled: bool,
    ctime: (u32, u32),
    mtime: (u32, u32),
    ino: u32,
    uid: u32,
    gid: u32,
    size: u32,
}

/// What the index says.
#[derive(Clone, Debug, Default)]
pub(super) struct Index {
    /// Tracked paths in git's order.
    pub(super) entries: Vec<Tracked>,
}

/// Mode of a submodule's commit.
pub(super) const GITLINK: u32 = 0o160_000;
const SPARSE_DIR: u32 = 0o040_000;

impl Index {
    /// Reads the bytes of an index whose object names have `oid` bytes. `None` when it is of a form not known here
    /// (split, sparse, newer) or damaged.
    pub(super) fn parse(bytes: &[u8], oid: usize) -> Option<Self> {
        let mut reader = Reader { bytes, at: 0 };
        if reader.take(4)? != b"DIRC" {
            return None;
        }
        let version = reader.number()?;
        let count = reader.number()?;
        if !(2..=4).contains(&version) {
            return None;
        }
        let mut entries = Vec::with_capacity((count as usize).min(bytes.len() / 62));
        let mut name = Vec::new();
        for _ in 0..count {
            let entry = reader.entry(version, oid, &mut name)?;
            if entry.mode == SPARSE_DIR {
                return None;
            }
            entries.push(entry);
        }
        // A lower-case extension must be understood (split index, sparse index); upper-case ones are caches.
        while reader.at + oid < bytes.len() {
            let signature = reader.take(4)?;
            if !signature[0].is_ascii_uppercase() {
                return None;
            }
            let length = reader.number()?;
            reader.take(length as usize)?;
        }
        Some(Self { entries })
    }
}

impl Tracked {
    /// True when the file is the one git saw last, unchanged since, as far as its stat tells; `index` is when the
    /// index was written: a file changed in the same instant cannot be told by its stat ("racy git").
    pub(super) fn is_clean(&self, stat: &Stat, index: (i64, u32)) -> bool {
        let time = |(seconds, nanoseconds): (i64, u32)| (seconds as u32, nanoseconds);
        self.settled
            && self.mode & libc::S_IFMT == stat.mode & libc::S_IFMT
            && self.mtime == time(stat.mtime)
            && self.ctime == time(stat.ctime)
            && self.ino == stat.ino as u32
            && (self.uid, self.gid) == (stat.uid, stat.gid)
            && u64::from(self.size) == stat.size
            && stat.mtime < index
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let part = self.bytes.get(self.at..self.at.checked_add(count)?)?;
        self.at += count;
        Some(part)
    }

    fn number(&mut self) -> Option<u32> {
        Some(u32::from_be_bytes(self.take(4)?.try_into().ok()?))
    }

    fn short(&mut self) -> Option<u16> {
        Some(u16::from_be_bytes(self.take(2)?.try_into().ok()?))
    }

    fn entry(&mut self, version: u32, oid: usize, name: &mut Vec<u8>) -> Option<Tracked> {
        let start = self.at;
        let ctime = (self.number()?, self.number()?);
        let mtime = (self.number()?, self.number()?);
        let (_dev, ino, mode) = (self.number()?, self.number()?, self.number()?);
        let (uid, gid, size) = (self.number()?, self.number()?, self.number()?);
        let oid = self.take(oid)?.to_vec();
        let flags = self.short()?;
        let extended = if flags & 0x4000 != 0 { self.short()? } else { 0 };
        if version == 4 {
            let strip = self.offset()?;
            name.truncate(name.len().checked_sub(strip)?);
            name.extend_from_slice(self.until_nul()?);
        } else {
            name.clear();
            name.extend_from_slice(self.until_nul()?);
            // Entries are padded with NULs to a multiple of eight, at least one; one is already read.
            let length = self.at - 1 - start;
            self.at = start + (length + 8) / 8 * 8;
        }
        let (stage, intended) = (flags & 0x3000, extended & 0x2000 != 0);
        let settled = stage == 0 && !intended;
        Some(Tracked { path: name.clone(), oid, mode, settled, ctime, mtime, ino, uid, gid, size })
    }

    fn until_nul(&mut self) -> Option<&'a [u8]> {
        let rest = self.bytes.get(self.at..)?;
        let length = rest.iter().position(|byte| *byte == 0)?;
        self.at += length + 1;
        Some(&rest[..length])
    }

    /// The variable-length number of version 4 names (as in offset deltas of packs).
    fn offset(&mut self) -> Option<usize> {
        let mut byte = self.take(1)?[0];
        let mut value = usize::from(byte & 0x7f);
        while byte & 0x80 != 0 {
            byte = self.take(1)?[0];
            value = value.checked_add(1)?.checked_mul(128)? | usize::from(byte & 0x7f);
        }
        Some(value)
    }
}
