//! Chapter: `agentshctl rules add`. A person answers a question beforehand, as widely as they choose.

use crate::approval::person::{Machine, Terminal};

const LINE: &str = "git push -q origin HEAD:main";

/// Verdicts of lines: the exit status of `check`.
fn judged(machine: &Machine, line: &str) -> Option<i32> {
    machine.control(&["check", "--", line]).status.code()
}

/// Has the person add a rule from the request that waits, with these options.
fn added(machine: &Machine, options: &str, answer: &str) -> (String, i32) {
    machine.away(LINE);
    let id = machine.request();
    let mut terminal = Terminal::start(machine, &format!("agentshctl rules add {options} {id}"), &[]);
    terminal.expect("Go ahead? [y/N] ");
    terminal.send(answer);
    terminal.finish()
}

#[test]
fn the_exact_command_is_answered_and_no_other() {
    let machine = Machine::new();
    assert_eq!(judged(&machine, LINE), Some(1));
    let (text, status) = added(&machine, "", "y\n");
    assert_eq!(status, 0, "{text}");
    assert!(text.contains("replaces = [\"push\"]") && text.contains("60-added.toml"), "{text}");
    for (line, expected) in [
        (LINE, 0),
        ("git push origin HEAD:main -q", 0),
        ("git push -q origin HEAD:other", 1),
        ("git push -q --force origin HEAD:main", 1),
        ("git push -q origin HEAD:main && git push -q origin HEAD:x", 1),
        ("git push", 1),
    ] {
        assert_eq!(judged(&machine, line), Some(expected), "{line}");
    }
    // Where it goes is part of the answer.
    machine.run("git remote set-url origin ../elsewhere");
    assert_eq!(judged(&machine, LINE), Some(1));
}

#[test]
fn flags_and_verb_are_wider() {
    for (width, line, expected) in [
        ("flags", "git push -q origin HEAD:other", 0),
        ("flags", "git push origin HEAD:main", 1),
        ("verb", "git push --verbose origin HEAD:other", 0),
        ("verb", "git push --force origin HEAD:main", 1),
        ("verb", "git push --delete origin main", 1),
    ] {
        let machine = Machine::new();
        let (text, status) = added(&machine, &format!("--width={width}"), "y\n");
        assert_eq!(status, 0, "{text}");
        assert_eq!(judged(&machine, line), Some(expected), "{width}: {line}\n{text}");
    }
}

#[test]
fn a_no_writes_nothing_and_a_day_that_is_over_ends_it() {
    let machine = Machine::new();
    let (text, status) = added(&machine, "", "n\n");
    assert_eq!(status, 1, "{text}");
    assert_eq!(judged(&machine, LINE), Some(1));
    let (text, status) = added(&machine, "--until=2001-02-03", "y\n");
    assert_eq!(status, 0, "{text}");
    assert_eq!(judged(&machine, LINE), Some(1), "its day is over: {text}");
    let (text, status) = added(&machine, "--here --until=2999-12-31", "y\n");
    assert_eq!(status, 0, "{text}");
    assert_eq!(judged(&machine, LINE), Some(0), "{text}");
    machine.run("git clone -q . ../copy && cd ../copy && git remote set-url origin ../origin");
    let copy = machine.path("copy");
    let elsewhere = machine.control(&["check", "--cwd", copy.to_str().expect("UTF-8"), "--", LINE]);
    assert_eq!(elsewhere.status.code(), Some(1), "another project asks");
}

#[test]
fn a_rule_for_a_number_of_lines_answers_for_no_more() {
    let machine = Machine::new();
    let (text, status) = added(&machine, "--times=2", "y\n");
    assert_eq!(status, 0, "{text}");
    assert!(text.contains("times = 2"), "{text}");
    let rule = text.split("id = \"").nth(1).and_then(|rest| rest.split('"').next()).expect("its id");
    let pushes = |expected: i32| {
        machine.run("git commit -q --allow-empty -m more");
        let output = machine.away(LINE);
        assert_eq!(output.status.code(), Some(expected), "{}", String::from_utf8_lossy(&output.stderr));
    };
    // Looking is no use.
    assert_eq!(judged(&machine, LINE), Some(0));
    pushes(0);
    let shown = machine.control(&["rules", "show", rule]);
    assert!(String::from_utf8_lossy(&shown.stdout).contains("2, 1 used"), "{shown:?}");
    // A count that cannot be read is no count of nothing.
    let uses = machine.state().join("uses");
    let counts = std::fs::read_dir(&uses).expect("counts").map(|entry| entry.expect("an entry").path());
    let count = counts.into_iter().find(|path| path.extension().is_some_and(|end| end == "json")).expect("a count");
    let kept = std::fs::read(&count).expect("a count");
    std::fs::write(&count, "{").expect("damaged");
    assert_eq!(judged(&machine, LINE), Some(1));
    std::fs::write(&count, kept).expect("as it was");
    // What a running program starts is counted too, once.
    let output = machine.away("perl -e 'exit(system(q(git), q(pu) . q(sh), qw(-q origin HEAD:main)) >> 8)'");
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(judged(&machine, LINE), Some(1));
    pushes(126);
    let wrong = Terminal::start(&machine, "agentshctl rules add --times=none x", &[]).finish();
    assert!(wrong.0.contains("--times wants a number"), "{}", wrong.0);
}

#[test]
fn below_an_agent_it_is_refused() {
    let machine = Machine::new();
    machine.away(LINE);
    let output = machine.control(&["rules", "add", &machine.request()]);
    assert_eq!(output.status.code(), Some(3), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(!machine.path("config/agentsh/rules/60-added.toml").exists());
}

#[test]
fn what_nothing_lifts_and_what_is_not_there_are_said() {
    let machine = Machine::new();
    let refused = String::from_utf8_lossy(&machine.away("rm -rf /").stderr).into_owned();
    let step = refused
        .split("recorded as ")
        .nth(1)
        .and_then(|rest| rest.split(')').next())
        .expect("the refusal names its step");
    for (wanted, name) in [("denies it", step), ("no request or step", "zzzzz")] {
        let mut terminal = Terminal::start(&machine, &format!("agentshctl rules add {name}"), &[]);
        terminal.expect(wanted);
        let (text, status) = terminal.finish();
        assert_eq!(status, 1, "{text}");
    }
}
