//! A process that waits for an answer: what can be read of it.

use crate::sys::{self, PidFd, Stat};
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Longest path a call may name (`PATH_MAX`).
const LONGEST_PATH: usize = 4096;

/// A thread that waits for an answer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Process {
    /// Its id.
    pub(super) thread: i32,
}

impl Process {
    /// Its entry of this name in `/proc`.
    pub(super) fn proc(self, name: &str) -> PathBuf {
        PathBuf::from(format!("/proc/{}/{name}", self.thread))
    }

    /// Its working directory; a removed one has ` (deleted)` at its end and does not exist. One that is deeper than a path can
    /// say is named as the process's own.
    pub(super) fn directory(self) -> io::Result<PathBuf> {
        match fs::read_link(self.proc("cwd")) {
            Err(error) if error.raw_os_error() == Some(libc::ENAMETOOLONG) => Ok(self.proc("cwd")),
            other => other,
        }
    }

    /// The link that stands for a descriptor of its.
    pub(super) fn descriptor(self, number: i32) -> PathBuf {
        self.proc(&format!("fd/{number}"))
    }

    /// The process the thread belongs to.
    pub(super) fn leader(self) -> i32 {
        let status = fs::read_to_string(self.proc("status")).unwrap_or_default();
        let field = status.lines().find_map(|line| line.strip_prefix("Tgid:"));
        field.and_then(|id| id.trim().parse().ok()).unwrap_or(self.thread)
    }

    /// True when it is known to be in another namespace of process ids than we are, where the same number is another process.
    pub(super) fn has_own_numbers(self) -> bool {
        let ours = fs::read_link("/proc/self/ns/pid").ok();
        fs::read_link(self.proc("ns/pid")).ok().zip(ours).is_some_and(|(theirs, ours)| theirs != ours)
    }

    /// True when the kernel lets it do to files what it lets us do: it is in our user namespace. In one of its own (unshare(1)
    /// with `-r`) no mode holds it back from files of the user.
    pub(super) fn has_our_permissions(self) -> bool {
        let ours = fs::read_link("/proc/self/ns/user").ok();
        fs::read_link(self.proc("ns/user")).ok().zip(ours).is_some_and(|(theirs, ours)| theirs == ours)
    }

    /// The environment its program was started with (proc_pid_environ(5)); empty when it cannot be read.
    pub(super) fn environment(self) -> Vec<Vec<u8>> {
        let text = fs::read(self.proc("environ")).unwrap_or_default();
        text.split(|byte| *byte == 0).map(<[u8]>::to_vec).collect()
    }

    /// The program file it runs.
    pub(super) fn program(self) -> io::Result<Stat> {
        Stat::target_of(&self.proc("exe"))
    }

    /// The path of the program it runs.
    pub(super) fn program_file(self) -> Option<PathBuf> {
        fs::read_link(self.proc("exe")).ok()
    }

    /// What its program is called: a program of the system by its name, any other by its path.
    pub(super) fn program_name(self) -> String {
        let Ok(file) = fs::read_link(self.proc("exe")) else { return String::new() };
        let known = super::wanted::on_path(&file) || file.parent().is_some_and(|folder| folder.ends_with("git-core"));
        let name = if known { file.file_name().unwrap_or_default() } else { file.as_os_str() };
        name.to_string_lossy().into_owned()
    }

    /// True when it holds the file open for writing, as what it was given for its output.
    pub(super) fn writes_already(self, path: &Path) -> bool {
        let Ok(file) = Stat::of(path) else { return false };
        let Ok(links) = fs::read_dir(self.proc("fd")) else { return false };
        // The link to a descriptor that can be written to is itself writable (proc_pid_fd(5)).
        let writable = |link: &Path| link.symlink_metadata().is_ok_and(|found| found.mode() & 0o200 != 0);
        links
            .flatten()
            .map(|link| link.path())
            .any(|link| writable(&link) && Stat::target_of(&link).is_ok_and(|found| found.same_file(&file)))
    }

    /// The program file its parent runs.
    pub(super) fn parent_program(self) -> Option<PathBuf> {
        let parent = sys::ProcStat::of(self.thread).ok()?.ppid;
        fs::read_link(format!("/proc/{parent}/exe")).ok()
    }

    /// A path in its memory.
    pub(super) fn path(self, address: u64) -> io::Result<Vec<u8>> {
        sys::read_string(self.thread, address, LONGEST_PATH)
    }

    /// A path that means another thing to every process, as this one means it; `None` for all others.
    pub(super) fn own_view(self, path: &Path) -> Option<PathBuf> {
        let rest = path.strip_prefix("/proc/self").or_else(|_| path.strip_prefix("/proc/thread-self"));
        match (rest, path.strip_prefix("/dev/fd")) {
            (Ok(rest), _) => Some(self.proc("").join(rest)),
            (_, Ok(rest)) => Some(self.proc("fd").join(rest)),
            _ => None,
        }
    }

    /// Writes a line to its standard error, through the very descriptor; a full pipe is not waited for. A terminal that a
    /// full-screen program has is left alone.
    pub(super) fn tell(self, line: &str) {
        let borrowed = PidFd::open(self.thread).and_then(|process| sys::borrow_descriptor(&process, 2));
        let file = match borrowed {
            Ok(fd) => fs::File::from(fd),
            Err(_) => match fs::OpenOptions::new().append(true).open(self.descriptor(2)) {
                Ok(file) => file,
                Err(_) => return,
            },
        };
        let raw = nix::sys::termios::tcgetattr(&file)
            .is_ok_and(|modes| !modes.local_flags.contains(nix::sys::termios::LocalFlags::ICANON));
        if raw {
            return;
        }
        use nix::poll::{PollFd, PollFlags, PollTimeout};
        use std::os::fd::AsFd;
        let mut slots = [PollFd::new(file.as_fd(), PollFlags::POLLOUT)];
        let ready = nix::poll::poll(&mut slots, PollTimeout::from(1000_u16));
        if ready.is_ok_and(|count| count > 0) {
            let _ = (&file).write_all(format!("{line}\n").as_bytes());
        }
    }
}
