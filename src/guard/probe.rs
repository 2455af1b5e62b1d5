//! What of the guard this machine can do.

use super::registry;
use crate::host::{Places, Run};
use crate::sys::{self, Answer, Listener};
use std::fs;
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;

/// Which part of the guard watches a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Watching {
    /// All of it.
    Full,
    /// A guard above this process does; here only the line is judged.
    Joined,
    /// A guard on the agent itself does, and records the line too; here it is only judged.
    OfAgent,
    /// None, for this reason.
    None(String),
}

impl Watching {
    /// As it stands in the journal.
    pub fn name(&self) -> String {
        match self {
            Self::Full | Self::OfAgent => "full".to_owned(),
            Self::Joined => "joined".to_owned(),
            Self::None(why) => format!("none: {why}"),
        }
    }
}

/// True below a guard that `agentshctl run` has put on this process's agent.
pub fn is_of_agent(places: &Places) -> bool {
    Run::current(places).is_some_and(|run| run.guarded) && registry::has_one_above(&places.state)
}

/// Tries it: once for each boot and kernel, remembered in the state directory. Below another filter it is tried anew,
/// because what is there may have a listener of its own.
pub fn probe(places: &Places) -> Watching {
    let text = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let filtered = text("/proc/self/status").lines().any(|line| line.starts_with("Seccomp:") && line.ends_with('2'));
    let key =
        format!("1 {} {}", text("/proc/sys/kernel/random/boot_id").trim(), text("/proc/sys/kernel/osrelease").trim());
    let memory = places.state.join("guard-probe");
    if !filtered
        && let Ok(known) = fs::read_to_string(&memory)
        && let Some(result) = known.strip_prefix(&key)
    {
        return match result.trim() {
            "" => Watching::Full,
            why => Watching::None(why.to_owned()),
        };
    }
    let found = attempt();
    match &found {
        Err(error) if error.raw_os_error() == Some(libc::EBUSY) => {
            if registry::has_one_above(&places.state) {
                return Watching::Joined;
            }
            return Watching::None("another program listens to this process's calls".to_owned());
        }
        _ => {}
    }
    let why = found.err().map(|error| reason(&error)).unwrap_or_default();
    if !filtered {
        let _ = places.make_state().and_then(|_| fs::write(memory, format!("{key} {why}\n")));
    }
    if why.is_empty() { Watching::Full } else { Watching::None(why) }
}

/// Why the guard does not work here, as far as an error number tells.
fn reason(error: &std::io::Error) -> String {
    let text = match error.raw_os_error() {
        Some(libc::EINVAL) => "the kernel is older than Linux 5.19",
        Some(libc::ENOSYS) => "the kernel, or a sandbox around it, has no seccomp filters",
        Some(libc::EPERM) => "a sandbox around it forbids seccomp filters",
        _ => return error.to_string().replace('\n', " "),
    };
    format!("{text}: {error}")
}

/// Puts a child under the filter, has it make a call that is notified, reads its memory, and lets the call go on.
fn attempt() -> std::io::Result<()> {
    let (ours, theirs) = UnixStream::pair()?;
    let child = sys::fork_child(|| {
        let installed = sys::install_filter();
        let (byte, fd) = match &installed {
            Ok(fd) => (0, Some(fd.as_raw_fd())),
            Err(error) => (error.raw_os_error().unwrap_or(libc::ENOSYS) as u8, None),
        };
        if sys::offer_descriptor(&theirs, byte, fd).is_err() || fd.is_none() {
            return 1;
        }
        // Notified, and fails by itself.
        i32::from(
            fs::remove_file("/proc/agentsh-probe").err().and_then(|error| error.raw_os_error()) != Some(libc::ENOENT),
        )
    })?;
    drop(theirs);
    let served = sys::fetch_descriptor(&ours, child).and_then(|(byte, fd)| {
        let listener = Listener::new(fd.ok_or_else(|| std::io::Error::from_raw_os_error(i32::from(byte)))?);
        let call = listener.receive()?.ok_or(std::io::ErrorKind::BrokenPipe)?;
        let index = usize::from(call.number == libc::SYS_unlinkat);
        let read = sys::read_string(call.thread, call.arguments[index], 4096);
        let seen = read.as_deref().is_ok_and(|path| path == b"/proc/agentsh-probe");
        listener.answer(&call, if seen { Answer::Continue } else { Answer::Fail(libc::EACCES) })?;
        match read {
            Ok(_) if seen => Ok(()),
            Ok(_) => Err(std::io::ErrorKind::InvalidData.into()),
            // Yama lets a process read only what it has started with 1, nobody without privilege with 2, and nobody with 3.
            Err(error) if error.raw_os_error() == Some(libc::EPERM) => Err(std::io::Error::other(format!(
                "the memory of its processes may not be read, as with kernel.yama.ptrace_scope above 1: {error}"
            ))),
            Err(error) => Err(error),
        }
    });
    if served.is_err() {
        // It may wait for an answer that nobody can give: it holds the listener too.
        sys::send_signal(child, libc::SIGKILL);
    }
    let status = sys::wait_for_child(child)?;
    served?;
    if status == 0 { Ok(()) } else { Err(std::io::Error::other("a notified call did not go on")) }
}
