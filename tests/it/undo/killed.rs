//! `kill -9` at every record and every change: of the shell before the line runs, of its side-car, of the undo.
//!
//! Builds for tests die at the place that a variable counts (`sys::crash`); a record is then torn in the middle.

use super::lines::{Lines, text};
use super::tree::assert_same;
use crate::approval::person::Terminal;
use agentsh::journal::Journal;
use std::os::unix::process::ExitStatusExt;
use std::process::Output;

const GROW: &str = "mkdir -p d/e; echo 1 > d/a; echo 2 > d/b; ln d/b d/e/hard; ln -s a d/link; mkfifo d/pipe; echo keep > keep; \
    head -c 100000 /dev/zero > big; chmod 640 keep; touch -d 2001-01-01 d d/e keep";
const LINE: &str = "rm -r d big; echo x > keep; chmod 600 keep; mkdir n; echo n > n/f";

fn run(lines: &Lines, program: &str, arguments: &[&str], die_at: usize) -> Output {
    let mut command = lines.machine.command(program);
    command.args(arguments).env("CODEX_THREAD_ID", "s1").env("AGENTSH_TEST_DIE_AT", die_at.to_string());
    command.stdin(std::process::Stdio::null()).output().expect("starts")
}

fn was_killed(output: &Output) -> bool {
    output.status.signal() == Some(9)
}

#[test]
fn of_agentsh_and_its_side_car_at_every_record() {
    let mut killed = 0;
    for at in 1..40 {
        let lines = Lines::new(false);
        lines.machine.run(GROW);
        let before = lines.tree();
        let output = run(&lines, env!("CARGO_BIN_EXE_agentsh"), &["-c", LINE], at);
        if was_killed(&output) {
            assert_same(&before, &lines.tree(), &format!("killed at {at}, before the line ran"));
            killed += 1;
        } else {
            assert_eq!(output.status.code(), Some(0), "{}", text(&output));
            assert!(!lines.machine.work().join("d").exists());
            // The side-car may have died: what the step keeps is there all the same. Names in a directory that the line
            // made were to be found by it: they stay, and that is said.
            let said = lines.undo();
            let mut tree = lines.tree();
            if said.contains("SKIP n (not empty") {
                tree.retain(|path, _| !path.starts_with("n"));
            }
            assert_same(&before, &tree, &format!("the side-car killed at {at}\n{said}"));
        }
        let health = Journal::open(&lines.machine.state()).verify().expect("a journal");
        assert!(health.breach.is_none(), "killed at {at}: {health:?}");
        if at > killed + 6 {
            // The last records of the side-car are behind us.
            break;
        }
    }
    assert!(killed >= 2, "{killed}");
}

#[test]
fn of_an_undo_at_every_record_and_change() {
    let control = env!("CARGO_BIN_EXE_agentshctl");
    for at in 1..80 {
        let lines = Lines::new(false);
        lines.machine.run(GROW);
        let before = lines.tree();
        lines.run(LINE.as_bytes());
        let after = lines.tree();
        let output = run(&lines, control, &["undo", "-y"], at);
        if !was_killed(&output) {
            assert!(at > 15, "there are more places than {at}: {}", text(&output));
            return;
        }
        let said = lines.undo();
        assert_same(&before, &lines.tree(), &format!("undo killed at {at}\n{said}"));
        let health = Journal::open(&lines.machine.state()).verify().expect("a journal");
        assert!(health.breach.is_none(), "killed at {at}: {health:?}");
        // Killed before it was journalled as an undo, it is not in the way of a redo of the whole.
        let redone = text(&lines.machine.control(&["redo", "-y"]));
        assert_same(&after, &lines.tree(), &format!("redo after an undo killed at {at}\n{said}\n{redone}"));
    }
    panic!("it never ends");
}

#[test]
fn of_an_undo_of_what_was_taken_back_and_done_again() {
    for at in (1..80).step_by(4) {
        let lines = Lines::new(false);
        lines.machine.run(GROW);
        let before = lines.tree();
        lines.run(LINE.as_bytes());
        lines.undo();
        lines.machine.control(&["redo", "-y"]);
        let output = run(&lines, env!("CARGO_BIN_EXE_agentshctl"), &["undo", "-y"], at);
        if !was_killed(&output) {
            assert!(at > 15, "there are more places than {at}: {}", text(&output));
            return;
        }
        let said = lines.undo();
        assert_same(&before, &lines.tree(), &format!("undo killed at {at}\n{said}"));
    }
    panic!("it never ends");
}

#[test]
fn gc_completes_an_undo_before_it_removes_what_that_needs() {
    let lines = Lines::new(false);
    lines.machine.run(GROW);
    let before = lines.tree();
    lines.run(LINE.as_bytes());
    assert!(was_killed(&run(&lines, env!("CARGO_BIN_EXE_agentshctl"), &["undo", "-y"], 20)));
    let (said, status) = Terminal::start(&lines.machine, "agentshctl gc --budget=0 --older-than=0", &[]).finish();
    assert!(status == 0 && said.contains("was completed first"), "{said}");
    assert_same(&before, &lines.tree(), &said);
}
