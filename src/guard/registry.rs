//! Which supervisors of ours are alive, so that an agentsh below one knows that it is watched already.
//!
//! `<state>/guards/PID` holds the start time of a supervisor. Nothing guarded may write there; an environment variable
//! would be anybody's to set.

use crate::sys::ProcStat;
use std::fs::{self, DirBuilder};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

fn file_of(state: &Path, pid: i32) -> PathBuf {
    state.join("guards").join(pid.to_string())
}

/// Enters this process.
pub(super) fn enter(state: &Path) -> std::io::Result<()> {
    let own = ProcStat::own()?;
    DirBuilder::new().recursive(true).mode(0o700).create(state.join("guards"))?;
    fs::write(file_of(state, own.pid), own.start_time.to_string())
}

/// Strikes this process off.
pub(super) fn leave(state: &Path) {
    let _ = fs::remove_file(file_of(state, std::process::id().cast_signed()));
}

/// True when a living ancestor of this process is a supervisor.
pub(super) fn has_one_above(state: &Path) -> bool {
    let mut pid = std::process::id().cast_signed();
    for _ in 0..1000 {
        let Ok(stat) = ProcStat::of(pid) else { return false };
        let entered = fs::read_to_string(file_of(state, pid));
        if entered.is_ok_and(|start| start == stat.start_time.to_string()) {
            return true;
        }
        pid = stat.ppid;
        if pid <= 1 {
            return false;
        }
    }
    false
}
