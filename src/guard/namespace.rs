//! Directories as a process in another root or mount namespace sees them, told as the directories of ours that they are.
//!
//! A program in a namespace of its own (`unshare`, bwrap) still changes our files wherever one of its mounts shows them.
//! Which file system a mount shows, and from which directory of it on, stands in `/proc/PID/mountinfo`
//! (proc_pid_mountinfo(5)) of both sides; what comes out is compared by inode before it is believed.

use super::process::Process;
use crate::sys::{DirFd, Stat};
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

/// What a directory of a process is to us.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Shown {
    /// This one of ours.
    As(PathBuf),
    /// One of a file system that we do not have: nothing of what was here before.
    Private,
    /// Not to be told.
    Unknown,
}

/// Finds it. `path` is the name the kernel gives the open directory.
pub(super) fn shown(process: Process, dir: &DirFd, path: &Path) -> Shown {
    find(process, dir, path).unwrap_or(Shown::Unknown)
}

fn find(process: Process, dir: &DirFd, path: &Path) -> Option<Shown> {
    let root = std::fs::read_link(process.proc("root")).ok()?;
    // Of the mounts, those below the process's root are listed, from there on.
    let path = Path::new("/").join(path.strip_prefix(root).ok()?);
    let stat = Stat::of_fd(dir).ok()?;
    let number = dir.mount()?;
    let theirs = mounts(&process.proc("mountinfo"))?;
    let mount = theirs.iter().find(|mount| mount.number == number)?;
    let inside = mount.shown.join(path.strip_prefix(&mount.point).ok()?);
    let ours = mounts(Path::new("/proc/self/mountinfo"))?;
    let mut same = ours.iter().filter(|own| own.device == mount.device).peekable();
    if same.peek().is_none() {
        return Some(Shown::Private);
    }
    let named = |own: &Mount| Some(own.point.join(inside.strip_prefix(&own.shown).ok()?));
    let is_it = |path: &PathBuf| Stat::target_of(path).is_ok_and(|found| found.same_file(&stat));
    same.filter_map(named).map(|path| path.components().collect()).find(is_it).map(Shown::As)
}

/// A row of mountinfo.
#[derive(Debug, PartialEq, Eq)]
struct Mount {
    number: u64,
    /// Major and minor number of the file system.
    device: Vec<u8>,
    /// The directory of the file system that is shown.
    shown: PathBuf,
    /// Where it is shown.
    point: PathBuf,
}

fn mounts(file: &Path) -> Option<Vec<Mount>> {
    let text = std::fs::read(file).ok()?;
    Some(text.split(|byte| *byte == b'\n').filter_map(row).collect())
}

fn row(line: &[u8]) -> Option<Mount> {
    let mut fields = line.split(|byte| *byte == b' ');
    let number = std::str::from_utf8(fields.next()?).ok()?.parse().ok()?;
    let device = fields.nth(1)?.to_vec();
    Some(Mount { number, device, shown: unescaped(fields.next()?), point: unescaped(fields.next()?) })
}

/// Spaces and the like stand as three octal digits behind a backslash.
fn unescaped(text: &[u8]) -> PathBuf {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&first, behind)) = rest.split_first() {
        let digits = behind.get(..3).filter(|digits| digits.iter().all(|digit| (b'0'..=b'7').contains(digit)));
        match digits {
            Some(digits) if first == b'\\' => {
                bytes.push(digits.iter().fold(0_u32, |value, digit| value * 8 + u32::from(digit - b'0')) as u8);
                rest = &behind[3..];
            }
            _ => {
                bytes.push(first);
                rest = behind;
            }
        }
    }
    OsString::from_vec(bytes).into()
}

#[cfg(test)]
mod tests {
    use super::{Mount, row};

    #[test]
    fn rows_are_read_with_their_escapes() {
        let line = br"36 35 98:0 /mnt1 /mnt\0402 rw,noatime master:1 - ext3 /dev/root rw,errors=continue";
        let expected = Mount { number: 36, device: b"98:0".to_vec(), shown: "/mnt1".into(), point: "/mnt 2".into() };
        assert_eq!(row(line), Some(expected));
        assert_eq!(row(b""), None);
    }
}
