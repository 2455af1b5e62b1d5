//! Chapter: hostile surroundings and hostile bytes. Whatever the caller's limits, the directories and the files are
//! like: nothing is passed in silence, nothing that only reads is held up, and nothing makes the readers panic.

mod bytes;
mod patterns;

use crate::approval::person::{Machine, Terminal};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::process::{Output, Stdio};

/// `agentsh -c LINE` behind a command of the real shell that changes what it inherits.
fn after(machine: &Machine, before: &str, line: &str) -> Output {
    let script = format!("{before}\nexec setsid --wait \"$0\" -c \"$1\"");
    let mut command = machine.command("bash");
    command.args(["-c", &script, env!("CARGO_BIN_EXE_agentsh"), line]).stdin(Stdio::null()).output().expect("runs")
}

#[test]
fn a_limit_of_file_sizes_turns_into_a_question_and_no_death() {
    let machine = Machine::new();
    let held = after(&machine, "ulimit -f 0", "rm -rf src");
    assert_eq!(held.status.code(), Some(126), "{held:?}");
    assert!(machine.work().join("src/main.rs").exists());
    let signals = after(&machine, "ulimit -f 0", "grep SigIgn /proc/self/status");
    let plain = machine.command("bash").args(["-c", "grep SigIgn /proc/self/status"]).output().expect("runs");
    assert_eq!(signals.stdout, plain.stdout, "the disposition is the caller's again");
}

#[test]
fn a_mask_that_takes_everything_does_not_lock_us_out() {
    let machine = Machine::new();
    let ran = after(&machine, "umask 777", "rm -rf src; umask");
    assert_eq!(ran.stdout, b"0777\n", "{ran:?}");
    for folder in ["", "journal", "sessions"] {
        let mode = fs::metadata(machine.state().join(folder)).expect("stat").permissions().mode();
        assert_eq!(mode & 0o777, 0o700, "{folder:?}");
    }
    let undone = machine.command(env!("CARGO_BIN_EXE_agentshctl")).args(["undo", "-y"]).output().expect("runs");
    assert!(undone.status.success(), "{undone:?}");
    assert!(machine.work().join("src/main.rs").exists());
}

#[test]
fn settings_that_everybody_may_write_loosen_nothing() {
    let machine = Machine::new();
    fs::write(machine.path("config/agentsh/config.toml"), "opaque = \"allow\"\n").expect("writes");
    assert_eq!(machine.away("true; ./no-such-program").status.code(), Some(127));
    fs::set_permissions(machine.path("config/agentsh"), Permissions::from_mode(0o777)).expect("chmod");
    let held = machine.away("./no-such-program");
    assert_eq!(held.status.code(), Some(126), "{held:?}");
    assert!(machine.away("ls").status.success(), "what only reads still runs");
}

/// Refuses the push, has a person approve it, and gives the file of the approval.
fn approved(machine: &Machine) -> std::path::PathBuf {
    const PUSH: &str = "git push -q origin HEAD:main";
    assert_eq!(machine.away(PUSH).status.code(), Some(126));
    let mut terminal = Terminal::start(machine, &format!("agentshctl approve {}", machine.request()), &[]);
    terminal.expect("view: ");
    terminal.send("y");
    assert_eq!(terminal.finish().1, 0);
    let mut files = fs::read_dir(machine.state().join("approved")).expect("lists").flatten();
    files.next().expect("an approval").path()
}

#[test]
fn an_approval_in_a_directory_open_to_others_is_no_approval() {
    let machine = Machine::new();
    let file = approved(&machine);
    let folder = file.parent().expect("a directory");
    fs::set_permissions(folder, Permissions::from_mode(0o777)).expect("chmod");
    assert_eq!(machine.away("git push -q origin HEAD:main").status.code(), Some(126));
    fs::set_permissions(folder, Permissions::from_mode(0o700)).expect("chmod");
    assert_eq!(machine.away("git push -q origin HEAD:main").status.code(), Some(0));
    assert_eq!(machine.pushed(), 1);
}

#[test]
fn an_approval_does_not_last_longer_than_it_may() {
    let machine = Machine::new();
    let file = approved(&machine);
    let mut approval: serde_json::Value = serde_json::from_slice(&fs::read(&file).expect("reads")).expect("JSON");
    approval["expires"] = u64::MAX.into();
    fs::write(&file, approval.to_string()).expect("writes");
    assert_eq!(machine.away("git push -q origin HEAD:main").status.code(), Some(126));
    assert_eq!(machine.pushed(), 0);
}

#[test]
fn an_approval_behind_a_link_is_no_approval() {
    let machine = Machine::new();
    let file = approved(&machine);
    let elsewhere = machine.path("elsewhere.json");
    fs::rename(&file, &elsewhere).expect("renames");
    std::os::unix::fs::symlink(&elsewhere, &file).expect("links");
    assert_eq!(machine.away("git push -q origin HEAD:main").status.code(), Some(126));
    assert_eq!(machine.pushed(), 0);
}
