//! Directories that a step leaves closed to a user who may not do everything: what lies behind them is given back too.

use super::bench::is_root;
use super::lines::text;
use super::tree::{Node, assert_same, snapshot_without};
use crate::approval::person::Machine;
use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Output, Stdio};

const GROW: &str = "mkdir -p d/sub/deep d/other; echo 1 > d/sub/deep/f; echo 2 > d/sub/g; echo 3 > d/h; ln d/h d/other/hard; \
    ln -s h d/link; mkfifo d/pipe; head -c 100000 /dev/zero > d/big; chmod 640 d/h; chmod 2750 d/other; \
    touch -d 2001-01-01 d/sub/deep/f d/sub/deep d/sub d/other d";

const CLOSE: &str = "find d -depth ! -type l -exec chmod 000 {} +";

struct Ordinary(Machine);

impl Ordinary {
    fn new(guarded: bool) -> Self {
        let machine = Machine::of_an_ordinary_user();
        let setting = format!("guard = \"{}\"\n", if guarded { "on" } else { "off" });
        std::fs::write(machine.path("config/agentsh/config.toml"), setting).expect("a setting");
        machine.run(GROW);
        Self(machine)
    }

    fn tree(&self) -> BTreeMap<PathBuf, Node> {
        let mut tree = snapshot_without(&self.0.work(), &[".git"]);
        tree.values_mut().for_each(|node| node.nlink = 0);
        tree
    }

    /// The tree behind closed directories, when the tester may look there.
    fn closed_tree(&self) -> Option<BTreeMap<PathBuf, Node>> {
        is_root().then(|| self.tree())
    }

    fn line(&self, line: &str) -> Output {
        let mut command = self.0.command("setsid");
        command.arg("--wait").arg(self.0.path("bin/agentsh")).args(["-c", line]).env("CODEX_THREAD_ID", "s1");
        command.stdin(Stdio::null()).output().expect("runs")
    }

    fn control(&self, arguments: &[&str]) -> (String, Option<i32>) {
        let output = self.0.control(arguments);
        (text(&output), output.status.code())
    }

    /// Runs the line, takes it back, does it again, and takes it back once more.
    #[track_caller]
    fn round(&self, line: &str) {
        let before = self.tree();
        let ran = self.line(line);
        assert_eq!(ran.status.code(), Some(0), "{line}: {}", text(&ran));
        let after = self.closed_tree();
        for arguments in [["undo", "-y"], ["redo", "-y"], ["undo", "-y"]] {
            let (said, status) = self.control(&arguments);
            assert!(status == Some(0) && !said.contains("SKIP"), "{arguments:?} of {line}: {status:?} {said}");
            if arguments[0] == "undo" {
                assert_same(&before, &self.tree(), &format!("undo of {line}\n{said}"));
            } else if let Some(after) = &after {
                assert_same(after, &self.tree(), &format!("redo of {line}\n{said}"));
            }
        }
    }
}

#[test]
fn what_lies_behind_them_is_given_back() {
    for guarded in [false, true] {
        let ordinary = Ordinary::new(guarded);
        ordinary.round(CLOSE);
        ordinary.round("chmod 000 d/sub/deep d/sub d");
        ordinary.round("chmod 444 d/sub; chmod 311 d");
    }
}

#[test]
fn and_so_is_what_was_done_there_before() {
    let ordinary = Ordinary::new(true);
    ordinary.round(
        "perl -e 'unlink \"d/sub/g\"; open F, \">\", \"d/sub/deep/f\"; print F \"x\"; close F; \
        open F, \">\", \"d/sub/new\"; close F; mkdir \"d/sub/made\"; open F, \">\", \"d/sub/made/f\"; close F; \
        rename \"d/big\", \"d/sub/moved\"; chmod 0, $_ for qw(d/sub/made d/sub/deep/f d/sub/deep d/sub d)'",
    );
    ordinary.round(
        "perl -e 'mkdir \"n\"; mkdir \"n/m\"; open F, \">\", \"n/m/f\"; close F; chmod 0, $_ for qw(n/m/f n/m n)'",
    );
    ordinary.round("perl -e 'open F, \">>\", \"d/h\"; print F \"more\"; close F; chmod 0, \"d/h\"'");
    ordinary.round(
        "perl -e 'chmod 0, \"d/other\"; chmod 0700, \"d/other\"; unlink \"d/other/hard\"; chmod 0, \"d/other\"'",
    );
}

#[test]
fn a_file_is_written_to_where_no_name_can_be_changed() {
    for guarded in [false, true] {
        let ordinary = Ordinary::new(guarded);
        ordinary.0.run("chmod 555 d d/sub");
        ordinary.round("echo changed > d/sub/g; echo more >> d/big");
        ordinary.0.run("chmod 755 d d/sub");
    }
}

#[test]
fn an_undo_killed_among_them_is_completed() {
    for at in 1..80 {
        let ordinary = Ordinary::new(true);
        let before = ordinary.tree();
        let ran = ordinary.line("perl -e 'unlink \"d/sub/g\"; mkdir \"d/n\"; open F, \">\", \"d/n/f\"; close F; chmod 0, $_ for qw(d/n/f d/n d/sub/deep/f d/sub/deep d/sub d)'");
        assert_eq!(ran.status.code(), Some(0), "{}", text(&ran));
        let after = ordinary.closed_tree();
        let mut command = ordinary.0.command(ordinary.0.path("bin/agentshctl"));
        command.args(["undo", "-y"]).env("CODEX_THREAD_ID", "s1").env("AGENTSH_TEST_DIE_AT", at.to_string());
        let output = command.stdin(Stdio::null()).output().expect("runs");
        if output.status.code().is_some() {
            assert!(at > 20, "there are more places than {at}: {}", text(&output));
            assert_same(&before, &ordinary.tree(), &text(&output));
            return;
        }
        let (said, _) = ordinary.control(&["undo", "-y"]);
        assert!(!said.contains("SKIP"), "killed at {at}: {said}");
        assert_same(&before, &ordinary.tree(), &format!("killed at {at}\n{said}"));
        let (said, _) = ordinary.control(&["redo", "-y"]);
        if let Some(after) = &after {
            assert_same(after, &ordinary.tree(), &format!("redo after an undo killed at {at}\n{said}"));
        }
        ordinary.control(&["undo", "-y"]);
    }
    panic!("it never ends");
}

#[test]
fn what_somebody_changed_there_since_is_left_alone() {
    let ordinary = Ordinary::new(true);
    let mode = |name: &str| {
        let found = ordinary.0.work().join(name).symlink_metadata().expect("it is there");
        found.permissions().mode() & 0o7777
    };
    ordinary.line(CLOSE);
    ordinary.0.run("chmod 700 d d/sub; chmod 600 d/h; echo mine > d/h; echo mine > d/own; chmod 000 d/sub d");
    let (said, status) = ordinary.control(&["undo", "-y"]);
    assert_eq!(status, Some(3), "{said}");
    assert!(said.contains("SKIP d/h (") && said.contains("SKIP d/sub (") && said.contains("SKIP d/sub/g ("), "{said}");
    assert_eq!((mode("d"), mode("d/other"), mode("d/sub"), mode("d/h")), (0o755, 0o2750, 0, 0o600), "{said}");
    assert_eq!(ordinary.0.run("cat d/h d/own"), "mine\nmine\n");
    // A directory that somebody has closed otherwise stays so, and what is behind it is named.
    ordinary.line("find d/other -depth -exec chmod 000 {} +");
    ordinary.0.run("chmod 100 d/other");
    let (said, status) = ordinary.control(&["undo", "-y"]);
    assert!(status == Some(3) && said.contains("SKIP d/other/hard"), "{said}");
    assert_eq!(mode("d/other") & 0o777, 0o100, "{said}");
    ordinary.0.run("chmod 700 d/other");
}
