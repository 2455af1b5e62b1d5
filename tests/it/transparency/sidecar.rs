//! The side-car is covered through the journal in its own chapter; here only that its making leaves no trace.

use agentsh::sys::{Ending, PidFd};
use std::process::Command;

#[test]
fn a_watcher_learns_how_a_process_ended_that_is_not_its_child() {
    let cases = [
        ("exit 0", Ending::Exited(0)),
        ("exit 77", Ending::Exited(77)),
        ("kill -TERM $$", Ending::Killed(15, false)),
        ("kill -KILL $$", Ending::Killed(9, false)),
    ];
    for (line, expected) in cases {
        // Its parent has not waited for it yet: the status stands in /proc.
        let mut child = Command::new("sh").args(["-c", line]).spawn().expect("sh starts");
        let pidfd = PidFd::open(i32::try_from(child.id()).expect("a pid")).expect("it has not been waited for");
        assert_eq!(pidfd.wait().expect("a poll"), expected, "{line}");
        child.wait().expect("it ended");
        // Now only the kernel knows, and it may be too old to say.
        let after = pidfd.wait().expect("a poll");
        assert!(after == expected || after == Ending::Unknown, "{line}: {after:?}");
    }
}
