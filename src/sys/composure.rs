//! What this process changes about itself while it works, and gives back before it becomes the shell.

use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction};
use nix::sys::stat::{Mode, umask};

/// The caller's file mode mask and its disposition of SIGXFSZ, set aside. Meanwhile what we make is ours alone and
/// readable to us whatever the caller's mask is, and a write beyond the caller's limit of a file's size (setrlimit(2),
/// `RLIMIT_FSIZE`) fails with EFBIG instead of ending this process, and the line with it.
#[derive(Debug)]
#[must_use = "the shell must get back what was set aside"]
pub struct Composure {
    mask: Mode,
    oversize: Option<SigAction>,
}

impl Composure {
    /// Sets both aside.
    pub fn take() -> Self {
        let ignore = SigAction::new(SigHandler::SigIgn, SaFlags::empty(), SigSet::empty());
        Self { mask: umask(Mode::S_IRWXG | Mode::S_IRWXO), oversize: disposition(&ignore) }
    }

    /// Puts both back.
    pub fn give_back(self) {
        umask(self.mask);
        if let Some(before) = self.oversize {
            disposition(&before);
        }
    }
}

/// Changes the disposition of SIGXFSZ; gives the one before.
fn disposition(action: &SigAction) -> Option<SigAction> {
    // SAFETY: the action is one of the kernel's two built-in ones, or what the caller left us, which execve(2) has reduced
    // to one of them: no handler of ours runs in signal context (sigaction(2)).
    #[expect(unsafe_code, reason = "sigaction is unsafe for the sake of handlers")]
    unsafe {
        sigaction(Signal::SIGXFSZ, action).ok()
    }
}
