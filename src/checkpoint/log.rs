//! The step pack as a file: appending records, reading them back, cutting a torn tail.

use super::error::StoreError;
use super::record::{FRAME, MAGIC, MARK, VERSION};
use crate::sys::{FileLock, crash};
use serde::Serialize;
use std::fs::File;
use std::io::{BufReader, IoSlice, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// Bytes held back before they are written to the file: few enough to stay in the processor's cache until then.
const HELD: usize = 1 << 17;
/// More bytes of content are written from where they are, together with what is held.
const LONG: usize = 16 << 10;
/// Longest payload believed when reading: a larger length is a torn record.
const LONGEST: usize = 64 << 20;

/// A step pack open for appending. What was appended reaches the file at [`Log::flush`], or when enough has gathered.
/// The file is locked, shared, so that it can be seen that the step goes on ([`is_open`]).
#[derive(Debug)]
pub(super) struct Log {
    file: FileLock,
    path: PathBuf,
    held: Vec<u8>,
    failed: bool,
}

impl Log {
    /// Makes a new pack; the name must not exist.
    pub(super) fn create(path: &Path) -> Result<Self, StoreError> {
        let file = std::fs::OpenOptions::new()
            .append(true)
            .create_new(true)
            .mode(0o600)
            .custom_flags(libc::O_NOFOLLOW | libc::O_CLOEXEC)
            .open(path)
            .map_err(StoreError::io("create", path))?;
        let file = FileLock::shared(file).map_err(StoreError::io("lock", path))?;
        let mut held = Vec::with_capacity(4096);
        held.extend_from_slice(MAGIC);
        held.push(VERSION);
        Ok(Self { file, path: path.to_owned(), held, failed: false })
    }

    /// Opens a pack to append to it, after cutting it to `length`, the end of its last whole record.
    pub(super) fn reopen(path: &Path, length: u64) -> Result<Self, StoreError> {
        let file = std::fs::OpenOptions::new()
            .append(true)
            .custom_flags(libc::O_NOFOLLOW | libc::O_CLOEXEC)
            .open(path)
            .map_err(StoreError::io("open", path))?;
        let file = FileLock::shared(file).map_err(StoreError::io("lock", path))?;
        file.file().set_len(length).map_err(StoreError::io("cut", path))?;
        Ok(Self { file, path: path.to_owned(), held: Vec::new(), failed: false })
    }

    /// Where the pack is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Appends a record: `payload` as postcard, then `bytes` as they are.
    pub(super) fn append<T: Serialize>(&mut self, kind: u8, payload: &T, bytes: &[u8]) -> Result<(), StoreError> {
        let start = self.held.len();
        self.held.extend_from_slice(&[MARK, kind, 0, 0, 0, 0, 0, 0, 0, 0]);
        let held = std::mem::take(&mut self.held);
        self.held = postcard::to_extend(payload, held)
            .map_err(|_| StoreError::Format { path: self.path.clone(), why: "a record cannot be written" })?;
        let length = (self.held.len() + bytes.len() - start - FRAME) as u32;
        self.held[start + 2..start + 6].copy_from_slice(&length.to_le_bytes());
        let sum = checksum(kind, length, &[&self.held[start + FRAME..], bytes]);
        self.held[start + 6..start + FRAME].copy_from_slice(&sum.to_le_bytes());
        if bytes.len() > LONG {
            return self.write(bytes);
        }
        self.held.extend_from_slice(bytes);
        if self.held.len() >= HELD { self.flush() } else { Ok(()) }
    }

    /// Writes what is held to the file (`write(2)`): it then survives the death of this process.
    /// After a failure every later call fails too: the file ends in a torn record, which readers cut.
    pub(super) fn flush(&mut self) -> Result<(), StoreError> {
        self.write(&[])
    }

    /// Writes what is held, and `bytes` after it.
    fn write(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        if self.failed {
            return Err(StoreError::Format { path: self.path.clone(), why: "an earlier write to it failed" });
        }
        if !self.held.is_empty() {
            self.failed = true;
            if crash::is_due() {
                let _ = self.file.file().write_all(&self.held[..self.held.len() / 2]);
                crash::die();
            }
            let mut file = self.file.file();
            // One call for both, if the disk has room for all of it.
            let written = if bytes.is_empty() {
                0
            } else {
                retried(|| file.write_vectored(&[IoSlice::new(&self.held), IoSlice::new(bytes)]))
                    .map_err(StoreError::io("write", &self.path))?
            };
            let (held, rest) =
                (&self.held[written.min(self.held.len())..], &bytes[written.saturating_sub(self.held.len())..]);
            file.write_all(held).and_then(|()| file.write_all(rest)).map_err(StoreError::io("write", &self.path))?;
            self.failed = false;
            self.held.clear();
        }
        Ok(())
    }

    /// The file once more, for whoever makes it durable while others append.
    pub(super) fn another(&self) -> Result<File, StoreError> {
        self.file.file().try_clone().map_err(StoreError::io("open", &self.path))
    }

    /// Flushes and makes the file durable (`fdatasync(2)`).
    pub(super) fn sync(&mut self) -> Result<(), StoreError> {
        self.flush()?;
        self.file.file().sync_data().map_err(StoreError::io("sync", &self.path))
    }
}

/// A payload is given in the pieces it lies in.
fn checksum(kind: u8, length: u32, payload: &[&[u8]]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&[kind]);
    hasher.update(&length.to_le_bytes());
    payload.iter().for_each(|piece| hasher.update(piece));
    hasher.finalize()
}

fn retried(mut write: impl FnMut() -> std::io::Result<usize>) -> std::io::Result<usize> {
    loop {
        match write() {
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

/// The bytes every pack begins with.
pub(super) fn head() -> Vec<u8> {
    [MAGIC.as_slice(), &[VERSION]].concat()
}

/// Adds a record to `out`.
pub(super) fn frame(kind: u8, payload: &[u8], out: &mut Vec<u8>) {
    let length = payload.len() as u32;
    out.extend_from_slice(&[MARK, kind]);
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(&checksum(kind, length, &[payload]).to_le_bytes());
    out.extend_from_slice(payload);
}

/// Puts a pack of these bytes in the place of one, in one step.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let beside = path.with_extension("new");
    let options = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).to_owned();
    let write = || -> std::io::Result<()> {
        let mut file = options.open(&beside)?;
        file.write_all(bytes)?;
        file.sync_data()?;
        std::fs::rename(&beside, path)
    };
    write().map_err(StoreError::io("replace", path))
}

/// One record as read: its type, payload, and where in the file the payload begins.
pub(super) struct RawRecord<'a> {
    pub(super) kind: u8,
    pub(super) payload: &'a [u8],
    pub(super) at: u64,
}

/// Calls `each` for every whole record and returns the length of the sound part of the file; 0 when nothing of it is.
/// An error when the file is no step pack, or newer than this reader.
pub(super) fn read(
    path: &Path,
    mut each: impl FnMut(RawRecord<'_>) -> Result<(), StoreError>,
) -> Result<u64, StoreError> {
    let file = open(path)?;
    let size = file.metadata().map_err(StoreError::io("stat", path))?.len();
    let mut reader = BufReader::with_capacity(size.clamp(512, 256 << 10) as usize, file);
    let mut head = [0; MAGIC.len() + 1];
    let sound = |why| StoreError::Format { path: path.to_owned(), why };
    if size < head.len() as u64 {
        // Its very beginning is torn, as on a full disk.
        return Ok(0);
    }
    if reader.read_exact(&mut head).is_err() || &head[..MAGIC.len()] != MAGIC {
        return Err(sound("it is no step pack"));
    }
    if head[MAGIC.len()] > VERSION {
        return Err(sound("it was written by a newer agentsh"));
    }
    let mut at = head.len() as u64;
    let mut payload = Vec::new();
    loop {
        let mut frame = [0; FRAME];
        if reader.read_exact(&mut frame).is_err() || frame[0] != MARK {
            return Ok(at);
        }
        let length = u32::from_le_bytes([frame[2], frame[3], frame[4], frame[5]]);
        let sum = u32::from_le_bytes([frame[6], frame[7], frame[8], frame[9]]);
        if length as usize > LONGEST {
            return Ok(at);
        }
        payload.resize(length as usize, 0);
        if reader.read_exact(&mut payload).is_err() || checksum(frame[1], length, &[&payload]) != sum {
            return Ok(at);
        }
        each(RawRecord { kind: frame[1], payload: &payload, at: at + FRAME as u64 })?;
        at += FRAME as u64 + u64::from(length);
    }
}

/// A descriptor that keeps the pack marked as going on, for a process that will take it up later.
pub(super) fn keep_open(path: &Path) -> Result<OwnedFd, StoreError> {
    FileLock::shared(open(path)?).and_then(FileLock::hold).map_err(StoreError::io("lock", path))
}

/// True while some process appends to the pack, or is to.
pub(super) fn is_open(path: &Path) -> Result<bool, StoreError> {
    match FileLock::try_exclusive(open(path)?) {
        Ok(_) => Ok(false),
        Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => Ok(true),
        Err(error) => Err(StoreError::io("lock", path)(error)),
    }
}

/// The pack open for reading; [`StoreError::Untrusted`] when it is someone else's.
pub(super) fn open(path: &Path) -> Result<File, StoreError> {
    let file = std::fs::OpenOptions::new()
        .read(true)
        .custom_flags(libc::O_NOFOLLOW | libc::O_CLOEXEC)
        .open(path)
        .map_err(StoreError::io("open", path))?;
    let owner = file.metadata().map_err(StoreError::io("stat", path))?.uid();
    if owner != nix::unistd::geteuid().as_raw() {
        return Err(StoreError::Untrusted { path: path.to_owned(), why: "it belongs to someone else" });
    }
    Ok(file)
}
