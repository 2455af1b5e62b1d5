//! Processes that are none of the line's: what is watched may not reach into them and act through them.

use super::ours::Ours;
use super::process::Process;
use crate::sys::ProcStat;

/// Ancestors looked at before it is given up.
const MOST_ANCESTORS: usize = 1000;

/// True when `process` may look into and change `target`, a number as it sees it: another process of the line's, that is no
/// agentsh. Everything watched is below this process, because orphans become its children.
pub(super) fn may_touch(process: Process, target: i32, ours: &Ours) -> bool {
    // In a namespace of process ids of its own a process sees only what was started in it, or below.
    process.has_own_numbers() || is_of_line(if target == 0 { process.thread } else { target }, ours)
}

/// The same of a process by its number as we see it.
pub(super) fn is_of_line(target: i32, ours: &Ours) -> bool {
    let program = Process { thread: target }.program();
    is_below(target) && !program.is_ok_and(|program| ours.is_one(&program))
}

/// True for a descendant of this process.
pub(super) fn is_below(pid: i32) -> bool {
    let own = std::process::id().cast_signed();
    let mut pid = Process { thread: pid }.leader();
    for _ in 0..MOST_ANCESTORS {
        match ProcStat::of(pid) {
            Ok(stat) if stat.ppid == own => return true,
            Ok(stat) if stat.ppid > 1 => pid = stat.ppid,
            _ => return false,
        }
    }
    false
}
