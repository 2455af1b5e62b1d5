//! The text that will run, seen without disturbing it.

use super::args::{ShellArgs, TextSource};
use crate::sys::{self, FileKind, Peeked, Stat};
use std::ffi::OsStr;
use std::os::fd::RawFd;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

/// How much of a script is looked at, in bytes. What is longer is judged by what was seen and as partly unknown.
pub const LIMIT: usize = 1 << 20;

/// What could be seen of the text that will run. NUL bytes of files are left out, as the shells leave them out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Text {
    /// All of it.
    Whole(Vec<u8>),
    /// It begins with this; more will come, or may.
    Partial(Vec<u8>),
    /// Somebody types it at a terminal, line by line.
    Typed,
    /// Nothing will run.
    Nothing,
}

impl Text {
    /// Finds the text that `args` name. A script file is read (it may be another by the time the shell reads it); of
    /// standard input nothing is taken: a file is read without moving its offset, a pipe or socket is peeked into.
    pub fn find(args: &ShellArgs, path: Option<&OsStr>) -> Self {
        match &args.source {
            TextSource::Command(line) => Self::Whole(line.clone().into_vec()),
            TextSource::Script(file) => of_script(Path::new(file), path),
            TextSource::Stdin => of_descriptor(0),
            TextSource::Nothing => Self::Nothing,
        }
    }

    /// What is known of the text, and whether that is all of it. Of what somebody will type nothing is known: those lines
    /// are not judged (SECURITY.md).
    pub fn known(&self) -> (&[u8], bool) {
        match self {
            Self::Whole(line) => (line, true),
            Self::Partial(line) => (line, false),
            Self::Typed | Self::Nothing => (b"", true),
        }
    }

    fn seen(peeked: Peeked) -> Self {
        let mut bytes = peeked.bytes;
        bytes.retain(|byte| *byte != 0);
        if peeked.whole { Self::Whole(bytes) } else { Self::Partial(bytes) }
    }
}

fn unseen() -> Text {
    Text::Partial(Vec::new())
}

/// The file bash would open: as named, or on PATH when the name has no slash and the working directory has no such file.
fn of_script(script: &Path, path: Option<&OsStr>) -> Text {
    let on_path = || -> Option<PathBuf> {
        let bare = !script.as_os_str().as_bytes().contains(&b'/');
        let dirs = path.filter(|_| bare)?.as_bytes().split(|byte| *byte == b':');
        dirs.map(|dir| Path::new(OsStr::from_bytes(dir)).join(script)).find(|file| file.is_file())
    };
    if let Some(number) = descriptor_number(script) {
        return if number == 0 { of_descriptor(0) } else { of_opened_again(number) };
    }
    let Some((file, stat)) = Stat::target_of(script).map(|stat| (script.to_owned(), stat)).ok().or_else(|| {
        let file = on_path()?;
        let stat = Stat::target_of(&file).ok()?;
        Some((file, stat))
    }) else {
        return Text::Nothing;
    };
    match stat.kind() {
        FileKind::Regular => of_regular(&file),
        FileKind::Directory => Text::Nothing,
        // Opening a FIFO as a reader would let its writer go on, and a device may act on being opened.
        _ => unseen(),
    }
}

fn of_regular(file: &Path) -> Text {
    match sys::open_to_look(file).and_then(|file| sys::peek_file(&file, LIMIT)) {
        Ok(peeked) => Text::seen(peeked),
        // Unreadable for us is unreadable for the shell, unless it gains rights we do not have.
        Err(_) => unseen(),
    }
}

/// N of `/dev/fd/N`, `/proc/self/fd/N` and `/dev/stdin`.
fn descriptor_number(path: &Path) -> Option<RawFd> {
    if path == Path::new("/dev/stdin") {
        return Some(0);
    }
    let name = path.strip_prefix("/dev/fd").or_else(|_| path.strip_prefix("/proc/self/fd")).ok()?;
    name.to_str()?.parse().ok()
}

/// `/dev/fd/N` as a script, the form of `bash <(…)`: a file is read from its start, a pipe is the same pipe.
fn of_opened_again(number: RawFd) -> Text {
    let Some(file) = sys::inherited(number) else { return Text::Nothing };
    match Stat::of_fd(file).map(|stat| stat.kind()) {
        Ok(FileKind::Regular) => of_regular(Path::new(&format!("/proc/self/fd/{number}"))),
        Ok(FileKind::Fifo) => sys::peek_pipe(file, LIMIT).map_or_else(|_| unseen(), Text::seen),
        _ => unseen(),
    }
}

fn of_descriptor(number: RawFd) -> Text {
    let Some(file) = sys::inherited(number) else { return Text::Nothing };
    let Ok(stat) = Stat::of_fd(file) else { return unseen() };
    let peeked = match stat.kind() {
        FileKind::Regular => sys::peek_file(file, LIMIT),
        FileKind::Fifo => sys::peek_pipe(file, LIMIT),
        FileKind::Socket => sys::peek_socket(file, LIMIT),
        FileKind::CharDevice if sys::is_terminal(file) => return Text::Typed,
        // /dev/null, by its fixed number (devices.txt in the kernel's documentation).
        FileKind::CharDevice if stat.rdev == 0x103 => return Text::Whole(Vec::new()),
        _ => return unseen(),
    };
    peeked.map_or_else(|_| unseen(), Text::seen)
}
