//! Ways to change files and start programs that no shell has a word for. One C program has them all (`gates.c`).

use super::bench::{Guarded, has, text, until};
use crate::approval::person::Terminal;
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

/// A guarded machine with files, and the program; `None` where there is no compiler.
fn with_program(flags: &str) -> Option<Guarded> {
    if !has("cc") {
        return None;
    }
    let guarded = Guarded::new();
    guarded.write("../gates.c", include_str!("gates.c"));
    guarded.machine.run(&format!("cc {flags} -pthread -o ../gates ../gates.c"));
    for name in ["src/x", "src/deep/y", "other/z", "a", "b"] {
        guarded.write(name, format!("this was {name}\n"));
    }
    (0..64).for_each(|number| guarded.write(&format!("t{number}"), format!("thread {number}\n")));
    Some(guarded)
}

fn is_undone(guarded: &Guarded, line: &str) {
    let before = guarded.tree();
    let output = guarded.run(line);
    assert!(output.status.success(), "{line}: {}", text(&output));
    assert_ne!(guarded.tree(), before, "{line}: {}", text(&output));
    let undone = guarded.undo();
    let after = guarded.tree();
    let rows = |tree: &BTreeMap<PathBuf, String>, other: &BTreeMap<PathBuf, String>| {
        tree.iter()
            .filter(|(path, row)| other.get(*path) != Some(row))
            .map(|row| format!("{row:?}"))
            .collect::<Vec<_>>()
    };
    assert_eq!(rows(&after, &before), rows(&before, &after), "{line}\n{undone}");
}

#[test]
fn programs_started_in_unusual_ways_are_kept_from_losing_anything() {
    let Some(guarded) = with_program("") else { return };
    for way in ["memory", "vfork", "threads", "starts", "plain"] {
        is_undone(&guarded, &format!("../gates {way}"));
    }
}

#[test]
fn names_are_kept_however_they_change() {
    let Some(guarded) = with_program("") else { return };
    is_undone(&guarded, "../gates names");
}

#[test]
fn a_program_without_libraries_is_guarded() {
    if let Some(guarded) = with_program("-static") {
        is_undone(&guarded, "../gates plain");
        is_undone(&guarded, "../gates starts");
    }
}

#[test]
fn a_sandbox_that_forbids_the_filter_is_said_never_passed_over() {
    let Some(guarded) = with_program("") else { return };
    let gates = guarded.work().join("../gates");
    let inside = |error: i32, program: &str, words: &[&str]| {
        let mut command = guarded.machine.command(gates.to_str().expect("a path"));
        command.env("CODEX_THREAD_ID", "s1").stdin(std::process::Stdio::null());
        let output = command.arg("sandbox").arg(error.to_string()).arg(program).args(words).output().expect("runs");
        (output.status.code(), text(&output))
    };
    let (agentsh, ctl) = (env!("CARGO_BIN_EXE_agentsh"), env!("CARGO_BIN_EXE_agentshctl"));
    let opaque = "perl -e 'unlink q(a)'";
    for (error, why) in [
        (libc::EPERM, "a sandbox around it forbids seccomp filters"),
        (libc::ENOSYS, "no seccomp filters"),
        (libc::EINVAL, "older than Linux 5.19"),
        // A listener that hears nothing, and memory that may not be read, as with Yama's ptrace_scope 2 and 3.
        (0, "Permission denied"),
        (-libc::EPERM, "ptrace_scope"),
    ] {
        let (status, said) = inside(error, agentsh, &["-c", opaque]);
        assert_eq!(status, Some(126), "{said}");
        assert!(said.contains("rule unwatched: ") && said.contains(why) && guarded.exists("a"), "{error}: {said}");
        let (status, said) = inside(error, agentsh, &["-c", "echo more >> b"]);
        assert_eq!((status, said.as_str()), (Some(0), ""), "what the line shows is kept without a guard");
        let noted = guarded.intents().pop().expect("a step").guard;
        assert!(noted.starts_with("none: ") && noted.contains(why), "{error}: {noted}");
        let (_, said) = inside(error, ctl, &["doctor"]);
        assert!(said.contains("does not work here") && said.contains(why), "{error}: {said}");
    }
    assert!(guarded.undo().contains("b"));
    // Outside of it nothing of that is remembered.
    is_undone(&guarded, opaque);
}

#[test]
fn what_happens_in_another_root_or_mount_namespace_is_kept_or_owned_to() {
    let Some(guarded) = with_program("-static") else { return };
    if guarded.machine.command("unshare").args(["-Urm", "true"]).status().is_ok_and(|status| status.success()) {
        guarded.machine.run("cp ../gates gates");
        is_undone(&guarded, "unshare -Urm sh -c './gates plain'");
        is_undone(&guarded, "unshare -Ur --root=. /gates plain");
        // Seen under another name there, and kept by its own.
        is_undone(&guarded, "unshare -Urm ./gates elsewhere");
    }
}

#[test]
fn a_sandbox_may_be_around_the_guard_and_the_guard_around_a_sandbox() {
    let Some(guarded) = with_program("").filter(|_| has("bwrap")) else { return };
    let sandbox = "bwrap --dev-bind / / --unshare-user --unshare-pid --proc /proc --die-with-parent";
    let works = guarded.machine.command("/bin/sh").args(["-c", &format!("{sandbox} true")]).status();
    if !works.is_ok_and(|status| status.success()) {
        return;
    }
    is_undone(&guarded, &format!("{sandbox} ../gates plain"));
    let before = guarded.tree();
    let inside = format!("{sandbox} agentsh -c 'perl -e \"unlink q(a); rename q(b), q(c)\"'");
    let output = guarded.machine.command("/bin/sh").args(["-c", &inside]).env("CODEX_THREAD_ID", "s1").output();
    let said = text(&output.expect("runs"));
    assert!(!guarded.exists("a") && guarded.exists("c"), "{said}");
    assert_eq!(guarded.intents().pop().map(|intent| intent.guard), Some("full".to_owned()), "{said}");
    let undone = guarded.undo();
    assert_eq!(guarded.tree(), before, "{undone}");
}

#[test]
fn nothing_can_be_put_into_agentshs_own_state() {
    let guarded = Guarded::new();
    guarded.run("perl -e 1");
    guarded.write("mine", "x\n");
    let state = guarded.machine.state();
    let before = fs::read_dir(&state).expect("a state").count();
    std::os::unix::fs::symlink(&state, guarded.work().join("way")).expect("a link");
    let state = state.display();
    for deed in [
        format!("rename 'mine', '{state}/mine'"),
        format!("link 'mine', '{state}/mine'"),
        format!("symlink 'mine', '{state}/mine'"),
        format!("mkdir '{state}/mine'"),
        "rename 'mine', 'way/mine'".to_owned(),
        format!("rename '{state}'.'', 'taken'"),
        format!("rename '{state}'.'/journal', 'taken'"),
        format!("chmod 0777, '{state}'"),
    ] {
        let output = guarded.run(&format!("perl -e \"({deed}) or print qq(no: \\$!\\n)\""));
        assert!(text(&output).contains("no: Permission denied\n"), "{deed}: {}", text(&output));
    }
    assert_eq!(fs::read_dir(guarded.machine.state()).expect("a state").count(), before);
}

/// A person at the terminal is asked by the supervisor about what a program below starts.
fn at_terminal(guarded: &Guarded, line: &str) -> Terminal {
    guarded.write("../line", line);
    let mut terminal = Terminal::start(&guarded.machine, "trap : INT; agentsh -c \"$(cat ../line)\"", &[]);
    terminal.expect("Run it?");
    terminal
}

#[test]
fn a_question_breaks_off_no_call_and_is_put_once() {
    let Some(guarded) = with_program("") else { return };
    let mut terminal = at_terminal(&guarded, "../gates ticking git push -q origin HEAD:main");
    fs::write(guarded.work().join("asked"), "").expect("a file");
    until("the other process has worked", || guarded.exists("worked"));
    assert_eq!(guarded.machine.pushed(), 0);
    terminal.send("y");
    let (said, status) = terminal.finish();
    assert!(said.contains("broken off: few, ticks: many, status 0"), "{said}");
    assert_eq!((status, said.matches("Run it?").count()), (0, 1), "{said}");
    assert_eq!(guarded.machine.pushed(), 1);
}

#[test]
fn a_person_who_says_no_or_breaks_off_stops_that_program() {
    let guarded = Guarded::new();
    let line = "perl -e 'system qw(git push -q origin HEAD:main); print qq(after $?\\n)'";
    let mut terminal = at_terminal(&guarded, line);
    terminal.send("n");
    let (said, _) = terminal.finish();
    assert!(said.contains("agentsh: not run") && said.contains("after"), "{said}");
    let mut terminal = at_terminal(&guarded, line);
    terminal.send("\x03");
    let (said, _) = terminal.finish();
    assert!(said.contains("after ") && !said.contains("after 0"), "{said}");
    assert_eq!(guarded.machine.pushed(), 0);
}

#[test]
fn an_approved_program_runs_once_when_the_line_is_repeated() {
    let guarded = Guarded::new();
    let line = "perl -e 'exit system(qw(git push -q origin HEAD:main)) >> 8'";
    let refused = guarded.run(line);
    assert!(!refused.status.success(), "{}", text(&refused));
    let request = guarded.machine.request();
    let script = format!("agentshctl approve -y {request}");
    let terminal = Terminal::start(&guarded.machine, &script, &[]);
    assert_eq!(terminal.finish().1, 0);
    let output = guarded.run(line);
    assert!(output.status.success(), "{}", text(&output));
    assert_eq!(guarded.machine.pushed(), 1);
    guarded.machine.run("git commit -q --allow-empty -m more");
    assert!(!guarded.run(line).status.success(), "an approval is good for once");
}

#[test]
fn two_hundred_at_once_lose_nothing() {
    let guarded = Guarded::new();
    let count = 200;
    for number in 0..count {
        guarded.write(&format!("d{number}/f"), format!("content {number}\n"));
    }
    let line = |number: usize| {
        format!(
            "perl -e 'unlink q(d{number}/f); open F, q(>>), q(shared); syswrite F, qq({number}\\n)'; rm -r d{number}"
        )
    };
    guarded.write("shared", "first\n");
    let children: Vec<_> = (0..count).map(|number| guarded.start(&line(number))).collect();
    for child in children {
        let output = guarded.finish(child);
        assert!(output.status.success(), "{}", text(&output));
    }
    assert_eq!(guarded.read("shared").lines().count(), count + 1);
    let health = agentsh::journal::Journal::open(&guarded.machine.state()).verify().expect("a journal");
    assert!(health.breach.is_none() && health.torn == 0, "{health:?}");
    let intents = guarded.intents();
    assert_eq!(intents.len(), count);
    assert!(intents.iter().all(|intent| intent.guard == "full" && intent.coverage == "full"));
    let store = agentsh::checkpoint::Store::open(&guarded.machine.state(), Default::default()).expect("a store");
    let mut kept = 0;
    for (session, step) in store.steps().expect("steps") {
        let step = store.load(&session, &step).expect("a step");
        assert!(step.outcome().is_some(), "{:?} has no end", step.header().id);
        kept += step.changes().iter().filter(|change| change.path.ends_with("f")).count();
    }
    assert_eq!(kept, count);
}
