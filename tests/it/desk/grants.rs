//! Grants: what they cover, exactly, how often, and who may make one.

use super::tmux::Line;
use crate::approval::person::{Machine, Terminal};
use std::fs;
use std::path::PathBuf;
use std::process::Output;

const PATTERN: &str = "git push -q origin HEAD:agent/*";

fn push(name: &str) -> String {
    format!("git push -q origin HEAD:{name}")
}

fn run(machine: &Machine, session: &str, line: &str) -> Output {
    Line::start(machine, session, line).finish()
}

fn status(machine: &Machine, line: &str) -> Option<i32> {
    run(machine, "s1", line).status.code()
}

/// A person grants `arguments` and says yes.
fn grant(machine: &Machine, arguments: &str) -> String {
    let (text, status) = Terminal::start(machine, &format!("agentshctl grant -y {arguments}"), &[]).finish();
    assert_eq!(status, 0, "{text}");
    let id = text.split("grant ").nth(1).and_then(|rest| rest.split(':').next()).expect("an id");
    id.to_owned()
}

fn file(machine: &Machine, id: &str) -> PathBuf {
    machine.state().join(format!("grants/{id}.json"))
}

#[test]
fn a_grant_is_shown_made_used_counted_and_recorded() {
    let machine = Machine::new();
    let script = format!("agentshctl grant '{PATTERN}' --count 2 --for 1h --session s1");
    let mut terminal = Terminal::start(&machine, &script, &[]);
    terminal.expect("2 times, until");
    terminal.expect("in session s1");
    terminal.expect("* is one name");
    terminal.expect("branch     agent/*");
    terminal.expect("Allow it? y, n");
    terminal.send("y");
    let (text, done) = terminal.finish();
    assert_eq!(done, 0, "{text}");
    assert_eq!(run(&machine, "s2", &push("agent/a")).status.code(), Some(126), "another session");
    for branch in ["agent/a", "agent/b-2.x"] {
        let output = run(&machine, "s1", &push(branch));
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    }
    assert_eq!(machine.pushed(), 2);
    assert_eq!(status(&machine, &push("agent/c")), Some(126), "used up");
    let log = String::from_utf8(machine.control(&["log"]).stdout).expect("is UTF-8");
    assert!(log.contains(", 1 of 2]") && log.contains(", 2 of 2]"), "{log}");
    let listed = String::from_utf8(machine.control(&["grants"]).stdout).expect("is UTF-8");
    assert!(listed.contains("2/2") && listed.contains("[over]"), "{listed}");
}

#[test]
fn only_the_same_command_with_the_same_effects_is_covered() {
    let machine = Machine::new();
    grant(&machine, &format!("'{PATTERN}' --count 50"));
    for line in [
        push("main"),
        push("agent/a/b"),
        push("agent/../main"),
        "git push -q origin HEAD:agent/a:main".to_owned(),
        "git push -q -f origin HEAD:agent/a".to_owned(),
        "git push -q origin +HEAD:agent/a".to_owned(),
        "git push -q origin HEAD:agent/a HEAD:main".to_owned(),
        "git push -q origin HEAD:agent/$UNKNOWN$(date)".to_owned(),
        "git -c core.sshCommand=x push -q origin HEAD:agent/a".to_owned(),
        format!("GIT_SSH_COMMAND=x {}", push("agent/a")),
        format!("export GIT_SSH_COMMAND=x; {}", push("agent/a")),
        format!("{} && {}", push("agent/a"), push("main")),
        format!("{} >~/.bashrc", push("agent/a")),
        format!("git remote set-url origin ../other; {}", push("agent/a")),
        format!("python3 x.py && {}", push("agent/a")),
    ] {
        let output = run(&machine, "s1", &line);
        assert_eq!(output.status.code(), Some(126), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    }
    assert_eq!(machine.pushed(), 0);
    machine.run("git init -q --bare ../elsewhere && git remote set-url origin ../elsewhere");
    assert_eq!(status(&machine, &push("agent/a")), Some(126), "the remote has become another");
    machine.run("git remote set-url origin ../origin");
    fs::create_dir(machine.path("beside")).expect("makes");
    let beside = format!("cd ../beside; git -C ../work push -q origin HEAD:agent/a; {}", push("agent/a"));
    assert_eq!(status(&machine, &beside), Some(126));
    // What is done to files before, another branch checked out, a directory below, a loop: the command is the same.
    machine.run("git checkout -qb elsewhere");
    assert_eq!(status(&machine, &format!("cd src && touch x && git add x && {}", push("agent/a"))), Some(0));
    assert_eq!(status(&machine, "for b in b c; do git push -q origin HEAD:agent/$b; done"), Some(0));
    assert_eq!(machine.pushed(), 3);
}

#[test]
fn lines_at_once_cannot_use_more_than_there_is() {
    let machine = Machine::new();
    grant(&machine, &format!("'{PATTERN}' --count 3"));
    let lines: Vec<Line> =
        (0..8).map(|number| Line::start(&machine, &format!("s{number}"), &push(&format!("agent/{number}")))).collect();
    let ended: Vec<_> = lines.into_iter().map(|line| line.finish().status.code()).collect();
    assert_eq!(ended.iter().filter(|code| **code == Some(0)).count(), 3, "{ended:?}");
    assert_eq!(ended.iter().filter(|code| **code == Some(126)).count(), 5, "{ended:?}");
    assert_eq!(machine.pushed(), 3);
}

#[test]
fn a_grant_ends_and_can_be_taken_back() {
    let machine = Machine::new();
    let id = grant(&machine, &format!("'{PATTERN}' --count 9"));
    let path = file(&machine, &id);
    let text = fs::read_to_string(&path).expect("reads");
    let mut changed: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    changed["expires"] = serde_json::json!(1);
    fs::write(&path, changed.to_string()).expect("writes");
    assert_eq!(status(&machine, &push("agent/a")), Some(126), "it has ended");
    let listed = String::from_utf8(machine.control(&["grants"]).stdout).expect("is UTF-8");
    assert!(listed.contains("not in the journal"), "a grant that was changed is told: {listed}");
    fs::write(&path, text).expect("writes");
    let (text, done) = Terminal::start(&machine, &format!("agentshctl revoke {id}"), &[]).finish();
    assert_eq!(done, 0, "{text}");
    assert_eq!(status(&machine, &push("agent/a")), Some(126));
    assert_eq!(machine.pushed(), 0);
}

#[test]
fn grants_are_for_people_to_make() {
    let machine = Machine::new();
    let id = grant(&machine, &format!("'{PATTERN}'"));
    for order in [format!("grant -y '{PATTERN}'"), format!("revoke {id}"), "refill s1".to_owned()] {
        let (text, done) = Terminal::start(&machine, &format!("CODEX_THREAD_ID=1 agentshctl {order}"), &[]).finish();
        assert_eq!(done, 3, "{text}");
        let (text, done) = Terminal::start(&machine, &format!("agentshctl {order}"), &[("CLAUDECODE", "1")]).finish();
        assert_eq!(done, 3, "{text}");
        let away = machine.command("setsid").args(["--wait", "sh", "-c", &format!("agentshctl {order}")]).output();
        assert_eq!(away.expect("runs").status.code(), Some(3));
    }
    assert!(file(&machine, &id).exists());
    assert_eq!(fs::read_dir(machine.state().join("grants")).expect("lists").count(), 2, "the grant and the lock");
}

#[test]
fn what_is_denied_allowed_or_guards_grants_cannot_be_granted() {
    let machine = Machine::new();
    let desk = machine.state().join("desk");
    for (pattern, says) in [
        ("rm -rf /".to_owned(), "nothing lifts"),
        ("ls *".to_owned(), "needs no grant"),
        (format!("rm -rf {}", desk.display()), "guards agentsh"),
        ("tmux send-keys y".to_owned(), "guards agentsh"),
        ("* push".to_owned(), "program itself"),
    ] {
        let (text, done) = Terminal::start(&machine, &format!("agentshctl grant -y '{pattern}'"), &[]).finish();
        assert_ne!(done, 0, "{text}");
        assert!(text.contains(says), "{pattern}: {text}");
    }
}

#[test]
fn what_a_checkout_offers_holds_only_when_a_person_makes_it() {
    let machine = Machine::new();
    fs::create_dir(machine.work().join(".agentsh")).expect("makes");
    let offer = format!("[[grant]]\npattern = \"{PATTERN}\"\ncount = 4\nfor = \"2h\"\nwhy = \"Reviewed.\"\n");
    fs::write(machine.work().join(".agentsh/grants.toml"), offer).expect("writes");
    assert_eq!(status(&machine, &push("agent/a")), Some(126));
    let (text, done) = Terminal::start(&machine, "agentshctl grant --offered 0", &[]).finish();
    assert!(done == 0 && text.contains("(4 times, 2h)  Reviewed."), "{text}");
    assert_eq!(status(&machine, &push("agent/a")), Some(126));
    let mut terminal = Terminal::start(&machine, "agentshctl grant --offered 1", &[]);
    terminal.expect("4 times");
    terminal.expect("view: ");
    terminal.send("y");
    assert_eq!(terminal.finish().1, 0);
    assert_eq!(status(&machine, &push("agent/a")), Some(0));
}
