//! Keeping the content of one regular file: inside the pack, as a hard link, as shared blocks, or as a copy.

use super::error::{StoreError, Why};
use super::limits::Durability;
use super::objects::name_of;
use super::record::{Content, Keep, types};
use super::state::{Entry, Inode, State};
use crate::sys::{self, DirFd, Stat};
use nix::fcntl::{self, OFlag};
use nix::sys::stat::Mode;
use nix::unistd::{Whence, lseek};
use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::path::Path;

/// How the content will be lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Want {
    /// Its name goes: a hard link keeps it.
    Link,
    /// It is written in place: its bytes must be elsewhere.
    Bytes,
}

impl State {
    /// Keeps the content of `name` in `dir`. Bytes for the pack are put into `bytes`. `owner` is the path and number
    /// of the touch that will hold it.
    #[expect(clippy::too_many_arguments, reason = "one call site; a struct would only rename the list")]
    pub(super) fn keep(
        &mut self,
        dir: &DirFd,
        name: &OsStr,
        stat: &Stat,
        want: Want,
        in_tree: bool,
        owner: (&Path, u32),
        bytes: &mut Vec<u8>,
    ) -> Result<Content, Why> {
        let (path, seq) = owner;
        let identity = (stat.dev, stat.ino);
        if let Some(inode) = self.inodes.get(&identity) {
            if !(inode.linked && want == Want::Bytes) {
                return Ok(if inode.seq == seq { self.content_of(path) } else { Content::Same(inode.seq) });
            }
            let holder = inode.seq;
            let content = self.keep_bytes(dir, name, stat, path, bytes)?;
            if let Some(link) = self.content_at(holder) {
                self.pin_by(&link, stat, holder)?;
            }
            self.inodes.insert(identity, Inode { seq: holder, linked: false });
            if holder == seq {
                return Ok(content);
            }
            self.replace_content(holder, content, bytes)?;
            bytes.clear();
            return Ok(Content::Same(holder));
        }
        let content = match want {
            _ if stat.size == 0 && (stat.nlink == 1 || want == Want::Bytes) => Content::Empty,
            Want::Bytes => self.keep_bytes(dir, name, stat, path, bytes)?,
            Want::Link => self.keep_name(dir, name, stat, in_tree, path, bytes)?,
        };
        let linked = matches!(content, Content::Object { how: Keep::Link, .. });
        if want == Want::Bytes && stat.nlink > 1 {
            self.pin(dir, name, stat, owner)?;
        }
        self.inodes.insert(identity, Inode { seq, linked });
        Ok(content)
    }

    /// A symbolic link, FIFO, socket or device with further names.
    pub(super) fn keep_special(
        &mut self,
        dir: &DirFd,
        name: &OsStr,
        stat: &Stat,
        owner: (&Path, u32),
    ) -> Result<Content, Why> {
        let (path, seq) = owner;
        if let Some(inode) = self.inodes.get(&(stat.dev, stat.ino)) {
            return Ok(if inode.seq == seq { self.content_of(path) } else { Content::Same(inode.seq) });
        }
        let content = self.link(dir, name, stat, path)?.unwrap_or(Content::None);
        self.inodes.insert((stat.dev, stat.ino), Inode { seq, linked: false });
        Ok(content)
    }

    fn content_of(&self, path: &Path) -> Content {
        self.entries.get(path).map_or(Content::None, |entry| entry.content.clone())
    }

    fn content_at(&self, seq: u32) -> Option<Content> {
        self.entries.values().find(|entry| entry.seq == seq).map(|entry| entry.content.clone())
    }

    /// Gives an earlier touch better content: bytes in place of a link.
    fn replace_content(&mut self, seq: u32, content: Content, bytes: &[u8]) -> Result<(), StoreError> {
        let Some((path, entry)) = self.entries.iter().find(|(_, entry)| entry.seq == seq) else { return Ok(()) };
        let (path, before, depth) = (path.clone(), entry.before.clone(), entry.depth);
        self.put(path, Entry { seq, before, depth, content }, bytes)
    }

    /// For a file whose name goes: small ones into the pack, which disturbs nothing; else a link, else its bytes.
    /// A file with further names is always linked, so that it comes back as one of them.
    fn keep_name(
        &mut self,
        dir: &DirFd,
        name: &OsStr,
        stat: &Stat,
        in_tree: bool,
        path: &Path,
        bytes: &mut Vec<u8>,
    ) -> Result<Content, Why> {
        let small = stat.nlink == 1
            && stat.size <= self.settings.limits.inline_unlinked_bytes
            && (!in_tree || self.budget.take_inline_in_tree(stat.size));
        if small && read_small(dir, name, stat, bytes).is_ok() {
            return Ok(Content::Inline(bytes.len() as u32));
        }
        match self.link(dir, name, stat, path) {
            Ok(Some(content)) => Ok(content),
            // Other file system, too many links, a file system without links, or protected_hardlinks (proc(5)).
            Ok(None) => self.keep_bytes(dir, name, stat, path, bytes),
            Err(why) => Err(why),
        }
    }

    pub(super) fn link(&mut self, dir: &DirFd, name: &OsStr, stat: &Stat, path: &Path) -> Result<Option<Content>, Why> {
        let Some((folder, fresh)) = self.objects.on(stat.dev, path, &self.lost)? else { return Ok(None) };
        self.announce(folder, fresh)?;
        let (number, object) = self.objects.next();
        let folder_dir = self.objects.dir(folder)?;
        if dir.link(name, folder_dir, &object).is_err() {
            return Ok(None);
        }
        // The name may have been given to another file since it was looked at.
        let linked = folder_dir.stat(&object)?;
        if (linked.dev, linked.ino) != (stat.dev, stat.ino) {
            folder_dir.unlink(&object)?;
            return Err(changed());
        }
        Ok(Some(Content::Object { folder, number, how: Keep::Link }))
    }

    /// The bytes themselves: small into the pack, large as an object.
    fn keep_bytes(
        &mut self,
        dir: &DirFd,
        name: &OsStr,
        stat: &Stat,
        path: &Path,
        bytes: &mut Vec<u8>,
    ) -> Result<Content, Why> {
        if stat.size <= self.settings.limits.inline_bytes {
            let own = self.log.path().to_owned();
            self.budget.take(stat.size, stat.size, &own)?;
            read_small(dir, name, stat, bytes)?;
            self.unsynced.pack = true;
            return Ok(Content::Inline(bytes.len() as u32));
        }
        let from = open_to_keep(dir, name, stat)?;
        let (folder, fresh) = match self.objects.on(stat.dev, path, &self.lost)? {
            Some(found) => found,
            None => self.objects.beside_pack()?,
        };
        self.announce(folder, fresh)?;
        let (number, object) = self.objects.next();
        let to = self.objects.dir(folder)?.file_beneath(
            Path::new(&object),
            libc::O_WRONLY | libc::O_CREAT | libc::O_EXCL,
            0o600,
        )?;
        let result = self.fill(&from, &to, stat, folder);
        if result.is_err() {
            self.objects.dir(folder)?.unlink(&name_of(number))?;
        }
        let how = result?;
        if how == Keep::Copy && self.settings.durability != Durability::Group {
            self.unsynced.objects.push((folder, number));
        }
        Ok(Content::Object { folder, number, how })
    }

    fn fill(&mut self, from: &File, to: &File, stat: &Stat, folder: u32) -> Result<Keep, Why> {
        if sys::clone_blocks(from, to).is_ok() {
            return Ok(Keep::Clone);
        }
        let at = self.objects.path(folder).to_owned();
        self.budget.take(stat.size.min(stat.allocated.max(1)), stat.size, &at)?;
        copy_sparse(from, to, stat.size)?;
        if self.settings.durability == Durability::Group {
            to.sync_data()?;
        }
        self.unsynced.pack = true;
        Ok(Keep::Copy)
    }

    /// Journals a folder that has just been made.
    fn announce(&mut self, folder: u32, fresh: bool) -> Result<(), StoreError> {
        if fresh {
            let record = self.objects.describe(folder).clone();
            self.log.append(types::FOLDER, &record, &[])?;
        }
        Ok(())
    }
}

fn changed() -> Why {
    Why::Changed
}

/// Opens a regular file for reading without waiting, without following, and without touching its access time where
/// that is permitted (`O_NOATIME`, open(2)).
pub(super) fn open_quietly(dir: &DirFd, name: &OsStr) -> io::Result<File> {
    let flags = OFlag::O_RDONLY | OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK | OFlag::O_CLOEXEC;
    match fcntl::openat(dir, name, flags | OFlag::O_NOATIME, Mode::empty()) {
        Err(nix::errno::Errno::EPERM) => Ok(File::from(fcntl::openat(dir, name, flags, Mode::empty())?)),
        result => Ok(File::from(result?)),
    }
}

fn open_to_keep(dir: &DirFd, name: &OsStr, stat: &Stat) -> Result<File, Why> {
    let file = open_quietly(dir, name)?;
    if !Stat::of_fd(&file)?.same_file(stat) {
        return Err(changed());
    }
    Ok(file)
}

/// Reads all of a small file; an error when it is no longer the one looked at or has grown.
fn read_small(dir: &DirFd, name: &OsStr, stat: &Stat, bytes: &mut Vec<u8>) -> Result<(), Why> {
    let file = open_to_keep(dir, name, stat)?;
    let size = stat.size as usize;
    // One byte more than expected: a read that gives less than asked has seen the end (read(2), of regular files).
    bytes.resize(size + 1, 0);
    let mut filled = 0;
    while filled <= size {
        match sys::read_at(&file, &mut bytes[filled..], filled as u64)? {
            0 => break,
            count => filled += count,
        }
        if filled == size {
            break;
        }
    }
    bytes.truncate(filled);
    if filled == size {
        Ok(())
    } else {
        bytes.clear();
        Err(changed())
    }
}

/// Copies only what is not a hole (lseek(2) `SEEK_DATA`), and gives the copy the same length.
pub(crate) fn copy_sparse(from: &File, to: &File, size: u64) -> io::Result<()> {
    to.set_len(size)?;
    let mut at = 0;
    while at < size as i64 {
        let (start, end) = match lseek(from, at, Whence::SeekData) {
            Ok(start) => (start, lseek(from, start, Whence::SeekHole)?),
            Err(nix::errno::Errno::ENXIO) => break,
            // A file system that cannot tell: all of it is data.
            Err(nix::errno::Errno::EINVAL) => (at, size as i64),
            Err(error) => return Err(error.into()),
        };
        copy_range(from, to, start, end)?;
        at = end;
    }
    Ok(())
}

fn copy_range(from: &File, to: &File, start: i64, end: i64) -> io::Result<()> {
    use std::os::unix::fs::FileExt;
    let (mut read, mut write) = (start, start);
    let mut buffer = Vec::new();
    while read < end {
        let left = (end - read) as usize;
        if buffer.is_empty() {
            match fcntl::copy_file_range(from, Some(&mut read), to, Some(&mut write), left) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(_) | Err(nix::errno::Errno::EINTR) => continue,
                Err(nix::errno::Errno::ENOSPC | nix::errno::Errno::EDQUOT) => {
                    return Err(io::ErrorKind::StorageFull.into());
                }
                Err(_) => buffer = vec![0; 128 << 10],
            }
        }
        let count = sys::read_at(from, &mut buffer[..left.min(128 << 10)], read as u64)?;
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        to.write_all_at(&buffer[..count], read as u64)?;
        read += count as i64;
    }
    Ok(())
}
