//! Later work on the same files: merged where it is on other lines, else kept, with what was there beside it.

use super::lines::{Lines, text};
use crate::approval::person::Terminal;
use std::fs;

fn lines() -> Lines {
    let lines = Lines::new(false);
    lines.machine.run("seq 1 9 > a; chmod 644 a");
    lines
}

fn read(lines: &Lines, name: &str) -> String {
    fs::read_to_string(lines.machine.work().join(name)).unwrap_or_else(|error| error.to_string())
}

fn undo(lines: &Lines, arguments: &[&str]) -> (Option<i32>, String) {
    let output = lines.machine.control(&[&["undo", "-y"], arguments].concat());
    (output.status.code(), text(&output))
}

#[test]
fn changes_of_other_lines_are_merged_and_redo_brings_both_back() {
    let lines = lines();
    lines.run(b"sed -i s/2/two/ a; chmod 600 a");
    lines.machine.run("sed -i s/8/eight/ a");
    let both = read(&lines, "a");
    let plan = undo(&lines, &["--dry-run"]).1;
    assert!(plan.contains("merge a (later changes stay)"), "{plan}");
    let (status, said) = undo(&lines, &[]);
    assert_eq!((status, read(&lines, "a").as_str()), (Some(0), "1\n2\n3\n4\n5\n6\n7\neight\n9\n"), "{said}");
    use std::os::unix::fs::PermissionsExt;
    assert_eq!(lines.machine.work().join("a").metadata().expect("stat").permissions().mode() & 0o777, 0o644);
    assert_eq!(lines.machine.control(&["redo", "-y"]).status.code(), Some(0));
    assert_eq!(read(&lines, "a"), both);
}

#[test]
fn a_step_before_another_that_changed_other_lines_is_undone_alone() {
    let lines = lines();
    let first = lines.run(b"sed -i s/2/two/ a").step;
    lines.run(b"sed -i s/8/eight/ a");
    let (status, said) = undo(&lines, &[&first]);
    assert_eq!((status, read(&lines, "a").as_str()), (Some(0), "1\n2\n3\n4\n5\n6\n7\neight\n9\n"), "{said}");
}

#[test]
fn the_same_lines_stay_and_what_was_there_is_put_beside_them() {
    let lines = lines();
    let step = lines.run(b"sed -i s/2/two/ a").step;
    lines.machine.run("sed -i s/two/zwei/ a");
    let (status, said) = undo(&lines, &[]);
    assert!(status == Some(3) && said.contains("SKIP a (changed since)"), "{said}");
    assert!(said.contains(&format!("write a.agentsh-{step} (what a was)")), "{said}");
    assert!(read(&lines, "a").contains("zwei"));
    assert_eq!(read(&lines, &format!("a.agentsh-{step}")), "1\n2\n3\n4\n5\n6\n7\n8\n9\n");
    assert_eq!(lines.machine.control(&["redo", "-y"]).status.code(), Some(0));
    assert!(!lines.machine.work().join(format!("a.agentsh-{step}")).exists(), "redo takes it away");
}

#[test]
fn the_person_may_choose() {
    for (choice, status, kept) in [("--skip", 3, "zwei"), ("--ours", 0, "zwei"), ("--theirs", 0, "2")] {
        let lines = lines();
        lines.run(b"sed -i 's/2/two/; s/9/nine/' a");
        lines.machine.run("sed -i s/two/zwei/ a");
        let script = format!("agentshctl undo -y {choice}; exit $?");
        let mut command = lines.machine.command("/bin/sh");
        // Below no agent: an agent may not undo over later work.
        let output = command.args(["-c", &script]).output().expect("runs");
        let after = read(&lines, "a");
        if output.status.code() == Some(1) && text(&output).contains("only a person") {
            continue;
        }
        assert_eq!(output.status.code(), Some(status), "{choice}: {}", text(&output));
        assert!(after.contains(kept), "{choice}: {after}");
        assert_eq!(after.contains('9'), choice != "--skip", "{choice}: {after}");
        assert_eq!(fs::read_dir(lines.machine.work()).expect("list").count(), 3, "no file is put beside it");
    }
}

#[test]
fn an_agent_may_not_undo_over_later_work() {
    let lines = lines();
    lines.run(b"sed -i s/2/two/ a");
    lines.machine.run("sed -i s/two/zwei/ a");
    let (status, said) = undo(&lines, &["--theirs"]);
    assert!(status == Some(1) && said.contains("only a person may undo over later work"), "{said}");
}

#[test]
fn a_binary_file_and_a_second_name_are_not_merged_over() {
    let lines = lines();
    lines.machine.run("printf 'a\\0b' > bin; ln a hard");
    let step = lines.run(b"printf 'x\\0y' > bin; echo ten >> hard").step;
    lines.machine.run("printf 'z\\0z' > bin; sed -i.old --follow-symlinks s/x/x/ bin; printf '0\\n' | cat - a > t; cat t > a; rm t bin.old");
    let (status, said) = undo(&lines, &[]);
    assert_eq!(status, Some(3), "{said}");
    assert_eq!(read(&lines, "bin"), "z\0z");
    assert_eq!(read(&lines, &format!("bin.agentsh-{step}")), "a\0b");
    assert_eq!(read(&lines, "a"), "0\n1\n2\n3\n4\n5\n6\n7\n8\n9\n", "{said}");
    assert_eq!(read(&lines, "hard"), read(&lines, "a"), "they are one file still");
}

#[test]
fn cascade_takes_later_steps_of_the_same_paths_along() {
    let lines = lines();
    let first = lines.run(b"echo 1 > a").step;
    lines.run(b"echo other > b");
    lines.run(b"echo 2 > a");
    let (status, said) = undo(&lines, &[&first, "--cascade"]);
    assert_eq!((status, read(&lines, "a").as_str()), (Some(0), "1\n2\n3\n4\n5\n6\n7\n8\n9\n"), "{said}");
    assert_eq!(read(&lines, "b"), "other\n");
}

#[test]
fn a_dry_run_of_several_steps_shows_what_each_will_find() {
    let lines = lines();
    lines.run(b"echo 1 > a; mkdir d; echo d > d/d");
    lines.run(b"echo 2 > a; rm -r d");
    lines.run(b"mv a b");
    let (status, said) = undo(&lines, &["--last", "3", "--dry-run"]);
    let rows: Vec<&str> = said.lines().map(str::trim).collect();
    assert_eq!(status, Some(0), "{said}");
    assert!(!said.contains("SKIP"), "{said}");
    assert_eq!(rows.iter().filter(|row| **row == "restore a").count(), 3, "{said}");
    assert!(rows.iter().any(|row| row.starts_with("delete d/d ")) && rows.contains(&"restore d/d"), "{said}");
    let (status, done) = undo(&lines, &["--last", "3"]);
    assert_eq!((status, read(&lines, "a").as_str()), (Some(0), "1\n2\n3\n4\n5\n6\n7\n8\n9\n"), "{done}");
    assert!(!lines.machine.work().join("d").exists() && !lines.machine.work().join("b").exists());
}

#[test]
fn restore_goes_back_before_a_step_and_counts_undos_since() {
    let lines = lines();
    lines.run(b"echo 1 > a");
    let second = lines.run(b"echo 2 > a; echo b > b").step;
    lines.run(b"echo 3 > a; rm b");
    let output = lines.machine.control(&["restore", "-y", "--to", &second, "a"]);
    assert_eq!((output.status.code(), read(&lines, "a").as_str()), (Some(0), "1\n"), "{}", text(&output));
    assert!(!lines.machine.work().join("b").exists());
    let lines = self::lines();
    let first = lines.run(b"echo 1 > a").step;
    let second = lines.run(b"echo 2 > b").step;
    assert_eq!(undo(&lines, &[&first]).0, Some(0));
    let output = lines.machine.control(&["restore", "-y", &second]);
    assert_eq!((output.status.code(), read(&lines, "a").as_str()), (Some(0), "1\n"), "{}", text(&output));
    assert!(!lines.machine.work().join("b").exists());
}

#[test]
fn two_undos_at_once_take_two_steps() {
    let lines = lines();
    let count = 6;
    for number in 0..count {
        lines.run(format!("echo {number} > a; echo {number} > f{number}").as_bytes());
    }
    let undos: Vec<_> = (0..count)
        .map(|_| {
            let mut command = lines.machine.command(env!("CARGO_BIN_EXE_agentshctl"));
            command.env("CODEX_THREAD_ID", "s1").args(["undo", "-y"]).spawn().expect("starts")
        })
        .collect();
    for mut undo in undos {
        assert!(undo.wait().expect("ends").success());
    }
    assert_eq!(read(&lines, "a"), "1\n2\n3\n4\n5\n6\n7\n8\n9\n");
    assert!((0..count).all(|number| !lines.machine.work().join(format!("f{number}")).exists()));
}

#[test]
fn a_step_that_still_runs_is_not_undone_and_one_that_just_ended_is_waited_for() {
    let lines = lines();
    let mut command = lines.machine.command(env!("CARGO_BIN_EXE_agentsh"));
    let line = "echo x > a; mkfifo go; read word < go; echo y > a";
    let mut shell = command.args(["-c", line]).env("CODEX_THREAD_ID", "s1").spawn().expect("starts");
    let fifo = lines.machine.work().join("go");
    let until = std::time::Instant::now() + crate::support::screen::PATIENCE;
    while !fifo.exists() {
        assert!(std::time::Instant::now() < until, "the line did not begin");
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    let (status, said) = undo(&lines, &[]);
    assert!(status == Some(1) && said.contains("still runs"), "{said}");
    fs::write(&fifo, "go\n").expect("writes");
    assert!(shell.wait().expect("ends").success());
    // Straight after it: its end may not be recorded yet.
    let (status, said) = undo(&lines, &[]);
    assert_eq!((status, read(&lines, "a").as_str()), (Some(0), "1\n2\n3\n4\n5\n6\n7\n8\n9\n"), "{said}");
    assert!(!fifo.exists());
}

#[test]
fn blame_names_the_step_of_each_line() {
    let lines = lines();
    let first = lines.run(b"sed -i s/2/two/ a").step;
    let second = lines.run(b"mv a renamed; echo ten >> renamed").step;
    lines.machine.run("sed -i s/5/five/ renamed");
    let rows = |arguments: &[&str]| -> Vec<String> {
        let output = lines.machine.control(&[&["blame"], arguments].concat());
        text(&output).lines().map(|row| row.split_whitespace().next().unwrap_or("").to_owned()).collect()
    };
    let expected = ["-", &first, "-", "-", "-", "-", "-", "-", "-", &second];
    assert_eq!(rows(&["renamed"]), expected);
    assert_eq!(rows(&["renamed:2"]), std::slice::from_ref(&first));
    assert_eq!(rows(&["renamed:9,10"]), ["-".to_owned(), second.clone()]);
    assert_eq!(undo(&lines, &[&first, "renamed"]).0.map(|_| ()), Some(()));
    let json = text(&lines.machine.control(&["blame", "--json", "renamed:10"]));
    let row: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(
        (row["step"].as_str(), row["text"].as_str(), row["session"].as_str()),
        (Some(&*second), Some("ten"), Some("s1"))
    );
}

#[test]
fn blame_gives_lines_an_undo_brings_back_to_whoever_wrote_them() {
    let lines = lines();
    let first = lines.run(b"sed -i s/2/two/ a").step;
    lines.run(b"rm a");
    assert_eq!(undo(&lines, &[]).0, Some(0));
    let output = text(&lines.machine.control(&["blame", "a:2"]));
    assert!(output.starts_with(&first), "{output}");
}

#[test]
fn forget_removes_every_copy_and_only_a_person_may() {
    let lines = lines();
    lines.machine.run("echo hush-hush > secret; head -c 100000 /dev/zero | tr '\\0' s > large; ln large other");
    lines.run(b"rm secret large; echo x > a");
    lines.run(b"echo hush-hush > secret");
    let kept = || lines.machine.run("grep -rlE 'hush-hush|ssssssss' ../state/agentsh/sessions || true");
    assert!(!kept().is_empty());
    let agent = lines.machine.control(&["forget", "-y", "secret"]);
    assert!(agent.status.code() == Some(3) && text(&agent).contains("only a person"), "{}", text(&agent));
    let (_, status) = Terminal::start(&lines.machine, "agentshctl forget -y secret large", &[]).finish();
    assert_eq!(status, 0);
    // The line itself is in the header of its pack and in the journal.
    let left = lines.machine.run("grep -rlE ssssssss ../state/agentsh/sessions || true");
    assert_eq!(left, "");
    let (_, status) = Terminal::start(&lines.machine, "agentshctl forget -y secret large", &[]).finish();
    assert_eq!(status, 4);
    lines.machine.run("rm secret");
    let (status, said) = undo(&lines, &["--last", "2"]);
    assert_eq!(status, Some(3), "{said}");
    assert_eq!(read(&lines, "a"), "1\n2\n3\n4\n5\n6\n7\n8\n9\n");
    assert!(!lines.machine.work().join("large").exists(), "{said}");
}
