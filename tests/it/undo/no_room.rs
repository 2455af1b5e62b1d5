//! An undo that may write no more: it stops, says so, loses nothing, and the next one completes it.

use super::lines::{Lines, text};
use super::tree::assert_same;
use crate::approval::person::Machine;

const GROW: &str = "mkdir -p d/e; echo 1 > d/a; ln d/a d/e/hard; head -c 150000 /dev/urandom > big; head -c 3000 /dev/urandom > small; \
    head -c 20000 /dev/urandom > middle; chmod 640 small; touch -d 2001-01-01 d d/e small";
const LINE: &str = "rm -r d; echo x > big; echo y > middle; echo z > small; mkdir n; echo n > n/f";

#[test]
fn it_stops_cleanly_and_is_completed_when_there_is_room() {
    let mut stopped = 0;
    // In KiB, of every file that is written (RLIMIT_FSIZE): from not even the first record to all of it.
    for limit in [1, 2, 4, 8, 16, 32, 64, 140, 150, 1000] {
        let lines = Lines::new(false);
        lines.machine.run(GROW);
        lines.run(b"mv small other; mv other small; echo 0 > earlier");
        let before = lines.tree();
        lines.run(LINE.as_bytes());
        let after = lines.tree();
        let mut limited = lines.machine.command("/bin/bash");
        limited.args(["-c", &format!("ulimit -f {limit}; exec agentshctl undo -y")]).env("CODEX_THREAD_ID", "s1");
        let output = limited.stdin(std::process::Stdio::null()).output().expect("starts");
        let said = text(&output);
        let status = output.status.code().unwrap_or_else(|| panic!("limit {limit}: {}: {said}", output.status));
        let left = lines.machine.work().read_dir().expect("a folder").flatten();
        let left: Vec<_> = left.map(|entry| entry.file_name()).collect();
        let temporary = left.iter().any(|name| name.to_string_lossy().starts_with(".agentsh-undo-"));
        assert!(!temporary, "limit {limit}: {left:?}: {said}");
        if status != 0 {
            assert!(said.contains("File too large"), "limit {limit}: {said}");
            stopped += 1;
            lines.undo();
        }
        assert_same(&before, &lines.tree(), &format!("limit {limit}: {said}"));
        let redone = text(&lines.machine.control(&["redo", "-y"]));
        assert_same(&after, &lines.tree(), &format!("limit {limit}: {said}{redone}"));
    }
    assert!(stopped >= 4, "{stopped}");
}

/// On a disk with less free than the store leaves free, in a mount namespace of its own; skipped where nobody may have one.
#[test]
fn what_the_store_leaves_free_is_asked_about_beforehand_and_an_undo_may_use_it() {
    let machine = Machine::new();
    let able = || machine.command("unshare").args(["-rm", "true"]).status().is_ok_and(|status| status.success());
    if !able() {
        return;
    }
    let script = r#"
        mkdir ../small; mount -t tmpfs -o size=8m tmpfs ../small; mkdir ../small/work; cd ../small/work
        export XDG_STATE_HOME=$PWD/../state CODEX_THREAD_ID=s1
        seq 1 3000 > a; seq 1 3000 > b; ln b b2; seq 1 100 > c; sum=$(cat a b c | cksum)
        setsid --wait agentsh -c 'echo more >> b; rm c'
        changed=$(cat a b | cksum)
        head -c 7900000 /dev/zero > ../fill
        if setsid --wait agentsh -c 'echo more >> a'; then echo NOT ASKED; fi
        test "$(cat a b | cksum)" = "$changed" || echo LOST
        agentshctl undo -y
        test "$(cat a b c | cksum)" = "$sum" || echo NOT GIVEN BACK
        agentshctl redo -y
        test "$(cat a b | cksum)" = "$changed" || echo NOT DONE AGAIN
    "#;
    let mut command = machine.command("unshare");
    let output = command.args(["-rm", "sh", "-c", script]).stdin(std::process::Stdio::null()).output().expect("runs");
    let said = text(&output);
    assert!(said.contains("would stay free") && said.contains("agentsh: not run"), "{said}");
    assert!(!said.contains("NOT ") && !said.contains("LOST") && said.contains("2 paths taken back"), "{said}");
}
