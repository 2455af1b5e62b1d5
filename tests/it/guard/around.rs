//! Ways around the scope that need no exploit: other names for a place, other roots, other processes.

use super::bench::{Guarded, has, text};
use std::fs;
use std::os::unix::fs::symlink;

const SETTINGS: &str = "guard = \"on\"\nwrite = [\"in/**\"]\n";

fn guarded() -> Guarded {
    let guarded = Guarded::new();
    fs::write(guarded.machine.path("config/agentsh/config.toml"), SETTINGS).expect("settings");
    for name in ["in/a", "in/d/e", "out/a", "out/d/x"] {
        guarded.write(name, format!("this was {name}\n"));
    }
    guarded
}

/// Runs a line that tries to change what lies in `out/`, and fails when it could, or when nothing was said.
fn refused(guarded: &Guarded, line: &str) {
    let before: Vec<_> = guarded.tree().into_iter().filter(|(path, _)| path.starts_with("out")).collect();
    let output = guarded.run(line);
    let after: Vec<_> = guarded.tree().into_iter().filter(|(path, _)| path.starts_with("out")).collect();
    assert_eq!(after, before, "{line}\n{}", text(&output));
    assert!(text(&output).contains("agentsh: not done: "), "{line}\n{}", text(&output));
}

#[test]
fn other_names_for_the_same_place_lead_to_the_same_answer() {
    let guarded = guarded();
    let work = guarded.work();
    symlink("../out", work.join("in/link")).expect("a link");
    symlink("../out/a", work.join("in/file")).expect("a link");
    symlink("/proc/self/cwd", work.join("in/here")).expect("a link");
    let whole = work.canonicalize().expect("it is there").display().to_string();
    for path in [
        "out/a".to_owned(),
        "in/link/a".to_owned(),
        "in/file".to_owned(),
        "in/here/out/a".to_owned(),
        "/proc/self/cwd/out/a".to_owned(),
        "/proc/thread-self/cwd/in/link/a".to_owned(),
        format!("/proc/self/root{whole}/out/a"),
        format!("/proc/{}/root{whole}/out/a", std::process::id()),
        "in/../out/a".to_owned(),
        "in/link/../out/a".to_owned(),
        format!("//{whole}//out/./a"),
    ] {
        refused(&guarded, &format!("perl -e 'open F, q(>), shift or die $!; print F 1' {path}"));
        refused(&guarded, &format!("perl -e 'unlink shift' {path}").replace("in/file", "in/link/a"));
        refused(&guarded, &format!("perl -e 'truncate shift, 1 or die $!' {path}"));
        refused(&guarded, &format!("perl -e 'chmod 0777, shift' {path}"));
    }
    for line in [
        "exec 3<out; perl -e 'open F, q(>), q(/proc/self/fd/3/a) or die $!; print F 1'",
        "exec 3<out/a; perl -e 'open F, q(>), q(/dev/fd/3) or die $!; print F 1'",
        "exec 3<out/a; perl -e 'open F, q(>), q(/proc/self/fd/3) or die $!; print F 1'",
        "exec 3<out/a; perl -e 'open F, q(<&=3); chmod 0777, *F'",
        "cd in; perl -e 'chdir q(../out); open F, q(>), q(a) or die $!'",
        "perl -e 'chdir q(in); open F, q(>), q(../out/a) or die $!'",
    ] {
        refused(&guarded, line);
    }
}

#[test]
fn a_second_name_a_moved_folder_and_an_exchange_are_judged_at_both_ends() {
    let guarded = guarded();
    symlink("../out/a", guarded.work().join("in/file")).expect("a link");
    for line in [
        "perl -e 'link q(out/a), q(in/hard) or die $!; open F, q(>), q(in/hard)'",
        "perl -e 'rename q(out/).q(a), q(in/gone) or die $!'",
        "perl -e 'rename q(in/a), q(out/a) or die $!'",
        "perl -e 'rename q(out/).q(d), q(in/gone) or die $!'",
        "perl -e 'rename q(in/d), q(out/new) or die $!'",
        "perl -e 'symlink q(x), q(out/l) or die $!'",
        "perl -e 'mkdir q(out/m) or die $!'",
        "perl -e 'utime 1, 1, q(out/a) or die $!'",
    ] {
        refused(&guarded, line);
    }
    if has("python3") {
        for line in [
            // AT_SYMLINK_FOLLOW: the file behind the link gets the name.
            "python3 -c 'import ctypes; c = ctypes.CDLL(None); print(c.linkat(-100, b\"in/file\", -100, b\"in/hard\", 0x400))'",
            // RENAME_EXCHANGE.
            "python3 -c 'import ctypes; c = ctypes.CDLL(None); print(c.renameat2(-100, b\"in/a\", -100, b\"out/a\", 2))'",
            "python3 -c 'import os; d = os.open(\"out\", os.O_RDONLY); os.open(\"a\", os.O_WRONLY | os.O_TRUNC, dir_fd=d)'",
            "python3 -c 'import os; d = os.open(\"out\", os.O_PATH); os.unlink(\"a\", dir_fd=d)'",
            // A file without a name that gets one.
            "python3 -c 'import os; f = os.open(\"in\", os.O_TMPFILE | os.O_RDWR); os.link(f\"/proc/self/fd/{f}\", \"out/n\", follow_symlinks=True)'",
            "python3 -c 'import os; os.setxattr(\"out/a\", \"user.x\", b\"1\")'",
        ] {
            refused(&guarded, line);
        }
    }
}

#[test]
fn a_descriptor_is_what_it_is_to_the_thread_that_names_it_at_that_moment() {
    if !has("python3") {
        return;
    }
    let guarded = guarded();
    guarded.write("in/d/f", "this was in/d/f\n");
    let begin = "import ctypes, os, threading\n\
                 n, out = os.open('in/d', os.O_RDONLY), os.open('out', os.O_PATH)\n\
                 os.unlink('e', dir_fd=n)\n";
    for rest in [
        "os.dup2(out, n); os.unlink('a', dir_fd=n)",
        "os.dup2(out, n); os.open('d/x', os.O_WRONLY | os.O_TRUNC, dir_fd=n)",
        "pid = os.fork()\nif pid == 0:\n  os.dup2(out, n); os.unlink('a', dir_fd=n)\nos.wait()",
        // A thread with a table of its own (CLONE_FILES).
        "def other():\n  ctypes.CDLL(None).unshare(0x400); os.dup2(out, n); os.unlink('a', dir_fd=n)\n\
         t = threading.Thread(target=other); t.start(); t.join()",
    ] {
        guarded.write("in/d/e", "this was in/d/e\n");
        guarded.write("in/names.py", format!("{begin}{rest}\n"));
        refused(&guarded, "python3 in/names.py");
        assert!(!guarded.exists("in/d/e"), "{rest}");
        guarded.undo();
        assert_eq!(guarded.read("in/d/e"), "this was in/d/e\n", "{rest}");
    }
    // What is no directory leads nowhere.
    let said = guarded.run("python3 -c 'import os; n = os.open(\"in/a\", os.O_RDONLY); os.unlink(\"b\", dir_fd=n)'");
    assert!(text(&said).contains("NotADirectoryError"), "{}", text(&said));
}

#[test]
fn agentshs_own_directories_cannot_be_moved_or_linked_out_of_its_sight() {
    let guarded = Guarded::new();
    guarded.run("perl -e 1");
    let state = guarded.machine.state();
    let above = guarded.machine.path("state");
    let journal = state.join("journal/journal.jsonl");
    for line in [
        format!("perl -e 'rename shift, q(taken) or print qq(no\\n)' {}", above.display()),
        format!("perl -e 'rename shift, q(taken) or print qq(no\\n)' {}", state.display()),
        format!("perl -e 'link shift, q(taken) or print qq(no\\n)' {}", journal.display()),
        format!("perl -e 'rename q(src), shift or print qq(no\\n)' {}/guards/src", state.display()),
    ] {
        let output = guarded.run(&line);
        assert!(text(&output).contains("no\n"), "{line}: {}", text(&output));
        assert!(text(&output).contains("agentsh: not done: "), "{line}: {}", text(&output));
        assert!(state.is_dir() && !guarded.exists("taken"), "{line}");
    }
}

#[test]
fn another_mount_namespace_or_root_shows_the_same_files() {
    let guarded = guarded();
    let able =
        || guarded.machine.command("unshare").args(["-rm", "true"]).status().is_ok_and(|status| status.success());
    if !has("unshare") || !able() {
        return;
    }
    refused(&guarded, "unshare -rm perl -e 'open F, q(>), q(out/a) or die $!'");
    if has("python3") {
        let bind = "c = ctypes.CDLL(None); assert c.mount(b\"out\", b\"in/d\", None, 4096, None) == 0";
        refused(&guarded, &format!("unshare -rm python3 -c 'import ctypes; {bind}; open(\"in/d/a\", \"w\")'"));
        refused(
            &guarded,
            &format!("unshare -rm python3 -c 'import ctypes, os; {bind}; os.chdir(\"in/d\"); os.unlink(\"a\")'"),
        );
        // A directory of the other namespace, used by a process of ours.
        let passed = "r, w = os.pipe(); p, q = os.pipe()\npid = os.fork()\nif pid == 0:\n  c = ctypes.CDLL(None); c.unshare(0x10020000); c.mount(b\"out\", b\"in/d\", None, 4096, None); os.write(w, b\"x\"); os.read(p, 1); os._exit(0)\nos.read(r, 1); d = os.open(f\"/proc/{pid}/cwd/in/d\", os.O_RDONLY)\ntry: os.open(\"a\", os.O_WRONLY | os.O_TRUNC, dir_fd=d)\nfinally: os.write(q, b\"x\")";
        guarded.write("in/passed.py", format!("import ctypes, os\n{passed}\n"));
        refused(&guarded, "python3 in/passed.py");
    }
    refused(&guarded, "unshare -r perl -e 'chroot q(.) or die; open F, q(>), q(/out/a) or die $!'");
    refused(&guarded, "unshare -r perl -e 'chroot q(.) or die; chdir q(/in); open F, q(>), q(../out/a) or die $!'");
    symlink("/out", guarded.work().join("in/abs")).expect("a link");
    refused(&guarded, "unshare -r perl -e 'chroot q(.) or die; chdir q(/in); open F, q(>), q(abs/a) or die $!'");
}

#[test]
fn processes_that_are_none_of_the_lines_cannot_be_taken_over() {
    if !has("python3") {
        return;
    }
    let guarded = guarded();
    let mut other = std::process::Command::new("sleep").arg("60").spawn().expect("starts");
    let pid = other.id();
    let ways = [
        format!("ctypes.CDLL(None, use_errno=True).ptrace(16, {pid}, 0, 0) == 0"),
        format!("ctypes.CDLL(None, use_errno=True).ptrace(0x4206, {pid}, 0, 0) == 0"),
        format!("os.open(\"/proc/{pid}/mem\", os.O_RDWR) >= 0"),
        format!("ctypes.CDLL(None).syscall(438, os.pidfd_open({pid}), 0, 0) >= 0"),
    ];
    for way in ways {
        let output = guarded.run(&format!("python3 -c 'import ctypes, os; print({way})'"));
        let said = text(&output);
        assert!(said.contains("agentsh: not done: process ") && !said.contains("True"), "{way}: {said}");
    }
    // In a namespace of process ids of its own, by the `/proc` of ours.
    let able = guarded.machine.command("unshare").args(["-rp", "--fork", "true"]).status();
    if has("unshare") && able.is_ok_and(|status| status.success()) {
        let way = format!("os.open(\"/proc/{pid}/mem\", os.O_RDWR) >= 0");
        let said = text(&guarded.run(&format!("unshare -rp --fork python3 -c 'import os; print({way})'")));
        assert!(said.contains("agentsh: not done: process ") && !said.contains("True"), "{said}");
    }
    other.kill().expect("ends it");
    other.wait().expect("its end");
    let own = guarded.run(
        "python3 -c 'import os; print(open(os.path.join(\"/proc\", str(os.getpid()), \"mem\"), \"r+b\").fileno() > 0)'",
    );
    assert_eq!(text(&own), "True\n");
}

#[test]
fn devices_and_the_kernels_files_are_judged_by_their_names() {
    let guarded = guarded();
    let output = guarded.run("perl -e 'open F, q(>), shift or print qq(no\\n)' /proc/sys/kernel/core_pattern");
    assert!(text(&output).contains("no\n"), "{}", text(&output));
    if nix::unistd::geteuid().is_root() {
        assert!(text(&output).contains("rule kernel-trigger"), "{}", text(&output));
    }
}

#[test]
fn what_no_path_leads_to_is_asked_about() {
    let guarded = guarded();
    guarded.machine.run("cd in && perl -e 'for (1..20) { mkdir $d = q(n) x 250; chdir $d } open F, q(>), q(file)'");
    let down = "for (1..20) { chdir q(n) x 250 or die }";
    let output = guarded.run(&format!("cd in; perl -e '{down} unlink q(file) or print qq(no\\n)'"));
    assert!(text(&output).contains("no\n") && text(&output).contains("agentsh: not done: "), "{}", text(&output));
}

/// Only an ordinary user is held back by modes in the first place.
#[test]
fn a_user_namespace_lifts_modes_and_what_it_lets_change_is_kept() {
    let guarded = guarded();
    let able = guarded.machine.command("unshare").args(["-r", "true"]).status().is_ok_and(|status| status.success());
    if !has("unshare") || !able {
        return;
    }
    for name in ["in/read-only", "in/shut/file", "in/d/file"] {
        guarded.write(name, "precious\n");
    }
    guarded.machine.run("chmod 400 in/read-only; chmod 500 in/d");
    guarded.run("unshare -r perl -e 'open F, q(>), q(in/read-only) or die; print F 1; unlink q(in/d/file) or die'");
    assert_eq!((guarded.read("in/read-only").as_str(), guarded.exists("in/d/file")), ("1", false));
    guarded.machine.run("chmod 700 in/d");
    guarded.undo();
    assert_eq!(
        (guarded.read("in/read-only").as_str(), guarded.read("in/d/file").as_str()),
        ("precious\n", "precious\n")
    );
    guarded.machine.run("chmod 0 in/shut");
    let said = text(&guarded.run("unshare -r perl -e 'unlink q(in/shut/file) or print qq(no\\n)'"));
    guarded.machine.run("chmod 700 in/shut");
    let root = nix::unistd::geteuid().is_root();
    assert!(root || guarded.exists("in/shut/file") && said.contains("agentsh: not done: "), "{said}");
}
