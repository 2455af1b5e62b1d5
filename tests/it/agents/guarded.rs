//! `agentshctl run` with the guard on the agent itself: whatever shell it starts, and what it changes without one.

use super::{installed, program};
use crate::approval::person::{Machine, Terminal, there};
use serde_json::Value;

/// Runs an agent that this text is; gives what it printed and its status.
fn run(machine: &Machine, session: &str, flags: &str, text: &str) -> (String, i32) {
    let bin = installed(machine);
    program(machine, "somebot", text);
    let script = format!("{}/agentshctl run --session {session} {flags} -- somebot", bin.display());
    Terminal::start(machine, &script, &[]).finish()
}

#[test]
fn an_edit_that_a_hook_announces_is_kept_once() {
    let machine = Machine::new();
    std::fs::write(machine.work().join("c"), "c").expect("writes");
    let (bin, file) = (installed(&machine), machine.work().join("c"));
    let call = |event: &str| {
        let (cwd, file) = (machine.work().display().to_string(), file.display().to_string());
        format!(
            r#"{{"session_id":"x","cwd":"{cwd}","hook_event_name":"{event}","tool_name":"Write","tool_input":{{"file_path":"{file}","content":""}},"tool_use_id":"e1"}}"#
        )
    };
    let hook = format!("{}/agentshctl hook claude-code", bin.display());
    let agent = format!(
        "#!/usr/bin/perl\nsub call {{ open P, '|-', '{hook}'; print P $_[0]; close P }}\ncall(q({}));\n\
         open F, '>', 'c'; print F 'edited'; close F;\ncall(q({}));\n",
        call("PreToolUse"),
        call("PostToolUse")
    );
    let (printed, status) = run(&machine, "g5", "", &agent);
    assert_eq!(status, 0, "{printed}");
    assert_eq!(std::fs::read_to_string(&file).expect("reads"), "edited");
    assert_eq!(steps(&machine, "g5").len(), 1, "{printed}");
    undo_all(&machine, "g5");
    assert_eq!(std::fs::read_to_string(&file).expect("reads"), "c");
}

/// Lines of a session's steps, the first first.
fn steps(machine: &Machine, session: &str) -> Vec<String> {
    let output = machine.control(&["log", "--json", "--session", session]);
    let text = String::from_utf8(output.stdout).expect("is UTF-8");
    let rows = text.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    let mut all: Vec<_> = rows.map(|row| row["line"].as_str().expect("a line").to_owned()).collect();
    all.reverse();
    all
}

/// Undoes everything of a session, the latest first.
fn undo_all(machine: &Machine, session: &str) {
    let count = steps(machine, session).len().to_string();
    let script = format!("{} undo --yes --session {session} --last {count}", env!("CARGO_BIN_EXE_agentshctl"));
    let (printed, status) = Terminal::start(machine, &script, &[]).finish();
    assert_eq!(status, 0, "{printed}");
}

#[test]
fn shells_that_are_started_by_their_path_or_after_a_login_are_judged() {
    let machine = Machine::new();
    let agent = "#!/usr/bin/perl\n$| = 1;\nfor (['/bin/sh', '-c'], ['/bin/bash', '--norc', '-lc'], ['bash', '-l', '-c'], ['/bin/sh', '-ec']) {\n\
                 my $s = system 'setsid', '--wait', @$_, 'echo begun > begun; git push -q origin HEAD:main'; print 'status ', $s >> 8, qq(\\n);\n}\n";
    let (printed, status) = run(&machine, "g1", "", agent);
    assert_eq!(status, 0, "{printed}");
    // Told on its standard error, and ended as our own shell ends: not a program that could not be started.
    assert_eq!(printed.matches("agentsh: not run: rule push").count(), 4, "{printed}");
    assert_eq!(printed.matches("status 126").count(), 4, "{printed}");
    assert!(!there(&machine.work().join("begun")), "{printed}");
    assert_eq!((machine.pushed(), machine.request().len()), (0, 5));
}

#[test]
fn a_line_is_one_step_whatever_runs_it_and_the_agents_own_edits_are_others() {
    let machine = Machine::new();
    std::fs::write(machine.work().join("Makefile"), "all:\n\tsh -c 'rm -f a'\n\techo made > made\n").expect("writes");
    for name in ["a", "b", "c"] {
        std::fs::write(machine.work().join(name), name).expect("writes");
    }
    let agent = "#!/usr/bin/perl\nopen F, '>', 'c'; print F 'edited'; close F;\nsystem '/bin/sh', '-c', 'make -s';\n\
                 system $ENV{SHELL}, '-c', 'rm b; echo new > new';\nunlink 'new';\n";
    let (printed, status) = run(&machine, "g2", "", agent);
    assert_eq!(status, 0, "{printed}");
    let lines = steps(&machine, "g2");
    let texts: Vec<_> = lines.iter().map(String::as_str).collect();
    assert!(matches!(texts[..], [own, "make -s", "rm b; echo new > new", again] if own == again), "{texts:?}");
    for (name, there_now) in [("a", false), ("b", false), ("made", true), ("new", false)] {
        assert_eq!(there(&machine.work().join(name)), there_now, "{name}");
    }
    undo_all(&machine, "g2");
    for (name, there_now) in [("a", true), ("b", true), ("made", false), ("new", false)] {
        assert_eq!(there(&machine.work().join(name)), there_now, "{name}");
    }
    assert_eq!(std::fs::read_to_string(machine.work().join("c")).expect("reads"), "c");
}

#[test]
fn what_our_shell_has_asked_about_is_not_asked_about_again() {
    let machine = Machine::new();
    let agent = "#!/usr/bin/perl\nsystem 'setsid', '--wait', $ENV{SHELL}, '-c', 'git push -q origin HEAD:main'; print 'status ', $? >> 8, qq(\\n);\n";
    let (printed, _) = run(&machine, "g3", "", agent);
    assert!(printed.contains("status 126") && printed.matches("not run").count() == 1, "{printed}");
    let id = machine.request();
    let approve = format!("{} approve -y {id}", env!("CARGO_BIN_EXE_agentshctl"));
    assert_eq!(Terminal::start(&machine, &approve, &[]).finish().1, 0);
    let (printed, _) = run(&machine, "g3", "", agent);
    assert!(printed.contains("status 0") && !printed.contains("not run"), "{printed}");
    assert_eq!(machine.pushed(), 1);
}

#[test]
fn a_shell_of_ours_with_other_places_is_not_believed() {
    let machine = Machine::new();
    let lenient = machine.work().join("lenient/agentsh");
    std::fs::create_dir_all(lenient.join("rules")).expect("makes a directory");
    std::fs::write(
        lenient.join("rules/x.toml"),
        "[[rule]]\nid = \"all\"\neffect = { verb = [\"push\"] }\nverdict = \"allow\"\nreplaces = [\"push\"]\nwhy = \"x\"\n\
         match = [\"git push origin main\"]\n",
    )
    .expect("writes");
    let agent = "#!/usr/bin/perl\n$ENV{XDG_CONFIG_HOME} = \"$ENV{PWD}/lenient\";\n\
                 system 'setsid', '--wait', $ENV{SHELL}, '-c', 'git push -q origin HEAD:main'; print 'status ', $? >> 8, qq(\\n);\n";
    let (printed, _) = run(&machine, "g4", "", agent);
    assert!(printed.contains("status 126"), "{printed}");
    assert_eq!(machine.pushed(), 0);
}

#[test]
fn without_the_guard_only_the_shell_it_is_given_judges() {
    let machine = Machine::new();
    let agent = "#!/bin/sh\n/bin/sh -c 'echo x > unseen'\n\"$SHELL\" -c 'echo x > seen'\n";
    let (printed, status) = run(&machine, "g5", "--no-guard", agent);
    assert_eq!(status, 0, "{printed}");
    assert!(!printed.contains("guarded"), "{printed}");
    assert_eq!(steps(&machine, "g5"), ["echo x > seen"]);
}

#[test]
fn agentsh_itself_is_not_to_be_changed_by_what_it_watches() {
    let machine = Machine::new();
    let agent = "#!/usr/bin/perl\nmy $f = $ENV{SHELL};\nprint 'shim ', (open(F, '>>', $f) ? 'open' : 'shut'), qq(\\n);\n\
                 print 'gone ', (unlink($f) ? 'yes' : 'no'), qq(\\n);\n$f =~ s,lib/agentsh/bash,bin/agentshctl,;\n\
                 print 'tool ', (rename($f, '/tmp/x') ? 'moved' : 'there'), qq(\\n);\n$f =~ s,/bin/agentshctl,,;\n\
                 print 'place ', (rename($f, qq($f.x)) ? 'moved' : 'there'), qq(\\n);\n";
    let (printed, _) = run(&machine, "g6", "", agent);
    for said in ["shim shut", "gone no", "tool there", "place there"] {
        assert!(printed.contains(said), "{printed}");
    }
}

#[test]
fn an_agentsh_that_a_person_replaces_meanwhile_is_ours_and_one_that_lies_elsewhere_is_not() {
    let machine = Machine::new();
    let bin = installed(&machine);
    let agent = "#!/usr/bin/perl\nsub wait_for { select undef, undef, undef, 0.02 until -e $_[0] }\n\
                 system $ENV{SHELL}, '-c', 'echo one > one'; wait_for('go');\n\
                 system $ENV{SHELL}, '-c', 'echo two > two';\n\
                 system 'setsid', '-w', './elsewhere', '-c', 'echo three > three';\n";
    program(&machine, "somebot", agent);
    let script = format!("{}/agentshctl run --session g7 -- somebot", bin.display());
    let terminal = Terminal::start(&machine, &script, &[]);
    let until = std::time::Instant::now() + std::time::Duration::from_secs(60);
    while !there(&machine.work().join("one")) {
        assert!(std::time::Instant::now() < until, "the agent runs no line");
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    // As an installer does it: the new one takes the name of the old.
    let shim = bin.with_file_name("lib/agentsh/bash");
    for (name, at) in [("new", &shim), ("elsewhere", &machine.work().join("elsewhere"))] {
        let new = shim.with_file_name(name);
        std::fs::copy(env!("CARGO_BIN_EXE_agentsh"), &new).expect("copies");
        std::fs::rename(&new, at).expect("replaces");
    }
    std::fs::write(machine.work().join("go"), "").expect("writes");
    let (printed, _) = terminal.finish();
    assert!(there(&machine.work().join("two")), "{printed}");
    assert!(!there(&machine.work().join("three")) && printed.matches("agentsh's own").count() > 0, "{printed}");
    assert_eq!(steps(&machine, "g7").iter().filter(|line| line.starts_with("echo")).count(), 2, "{printed}");
}
