//! Lines that cannot be watched: what is said when one is to run all the same.

use crate::approval::Appraisal;
use crate::policy::Reason;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// The first command of the line whose program file has a set-user-ID or set-group-ID bit: without privilege, a filter is
/// to be had only by giving those up (seccomp(2), `no_new_privs`). None for root, who gains nothing.
pub fn gains_privilege(appraisal: &Appraisal) -> Option<PathBuf> {
    if nix::unistd::geteuid().is_root() {
        return None;
    }
    let files = appraisal.assessment.commands.iter().filter_map(|command| command.file.as_ref());
    let gaining = |file: &&PathBuf| std::fs::metadata(file).is_ok_and(|found| found.mode() & 0o6000 != 0);
    files.into_iter().find(gaining).cloned()
}

/// Why a line with such a program is asked about where lines are watched.
pub fn privilege_reason(program: &Path) -> Reason {
    let mut reason = unwatched(&format!(
        "{} gains privileges, which the filter would take from it: nothing but what the line itself shows is kept",
        program.display()
    ));
    reason.instead = "Run that program in a line of its own.".to_owned();
    reason
}

/// The reason to ask about a line that runs without a guard.
pub fn unwatched(why: &str) -> Reason {
    Reason::asked("unwatched", why, "", None)
}
