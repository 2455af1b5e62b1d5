//! Budgets: they shrink, they stop a session, and what was done before can be undone.

use super::tmux::{Line, Window};
use crate::approval::person::{Machine, Terminal};
use crate::support::screen::PATIENCE;
use std::fs;
use std::time::{Duration, Instant};

fn settings(machine: &Machine, text: &str) {
    fs::write(machine.path("config/agentsh/config.toml"), text).expect("writes");
}

fn status(machine: &Machine) -> serde_json::Value {
    serde_json::from_slice(&machine.control(&["status", "--json"]).stdout).expect("JSON")
}

/// Waits until so many names may still be deleted: what a line really did is settled after it has ended.
fn expect_deleted(machine: &Machine, left: u64) {
    let until = Instant::now() + PATIENCE;
    while status(machine)["budgets"][0]["left"]["deleted"] != left {
        assert!(Instant::now() < until, "{}", status(machine));
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_session_that_deletes_in_a_loop_is_stopped_and_all_before_is_undone() {
    let machine = Machine::new();
    settings(&machine, "hold = 0\nbudget.deleted = 5\n");
    let path = |number: usize| machine.work().join(format!("f{number}"));
    (0..9).for_each(|number| fs::write(path(number), number.to_string()).expect("writes"));
    let mut codes = Vec::new();
    for number in 0..8 {
        let ended = Line::start(&machine, "s1", &format!("rm f{number}")).finish();
        codes.push(ended.status.code());
        if number == 5 {
            let text = String::from_utf8_lossy(&ended.stderr).into_owned();
            assert!(text.contains("rule budget-deleted") && text.contains("(0 of 5 left)"), "{text}");
        }
    }
    assert_eq!(codes, [[Some(0); 5].as_slice(), &[Some(126); 3]].concat());
    assert_eq!((0..8).filter(|number| path(*number).exists()).count(), 3);
    assert_eq!(Line::start(&machine, "s2", "rm f8").finish().status.code(), Some(0), "another session has its own");
    // What is left stands on the card and in the status; reading costs nothing.
    let id = machine.run("agentshctl pending --json | head -n 1 | cut -d'\"' -f4");
    let card = String::from_utf8(machine.control(&["show", id.trim()]).stdout).expect("is UTF-8");
    assert!(card.contains("budgets left: deleted 0, written"), "{card}");
    assert_eq!(Line::start(&machine, "s1", "cat f7").finish().stdout, b"7");
    let (text, done) = Terminal::start(&machine, "agentshctl undo -y --session s1", &[]).finish();
    assert_eq!(done, 0, "{text}");
    assert!(
        (0..8).all(|number| fs::read_to_string(path(number)).is_ok_and(|text| text == number.to_string())),
        "{text}"
    );
    // Only a person gives it more.
    assert_eq!(Line::start(&machine, "s1", "rm f0").finish().status.code(), Some(126));
    assert_eq!(machine.control(&["refill", "s1"]).status.code(), Some(3));
    let (text, done) = Terminal::start(&machine, "agentshctl refill s1", &[]).finish();
    assert_eq!(done, 0, "{text}");
    assert_eq!(Line::start(&machine, "s1", "rm f0").finish().status.code(), Some(0));
}

#[test]
fn what_only_reads_pays_nothing() {
    let machine = Machine::new();
    settings(&machine, "[budget]\ndeleted = 0\nwritten = 0\noutward = 0\nopaque = 0\noutside = 0\n");
    for line in ["cat src/main.rs", "ls -la", "git status", "grep -r main ."] {
        assert_eq!(Line::start(&machine, "s1", line).finish().status.code(), Some(0), "{line}");
    }
    assert!(!machine.state().exists(), "nothing was even looked at");
    settings(&machine, "hold = 0\n[budget]\ndeleted = 0\nwritten = 0\noutward = 0\nopaque = 0\noutside = 0\n");
    for (line, rule) in
        [("echo x > f", "budget-written"), ("rm src/main.rs", "budget-deleted"), ("sh ./x.sh", "budget-opaque")]
    {
        let ended = Line::start(&machine, "s1", line).finish();
        let text = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert!(ended.status.code() == Some(126) && text.contains(rule), "{line}: {text}");
    }
}

#[test]
fn a_tree_is_settled_when_it_is_gone_and_bytes_when_they_are_written() {
    let machine = Machine::new();
    settings(&machine, "hold = 0\nbudget.deleted = 10\nbudget.written = 4000\n");
    machine.run("mkdir d && touch d/1 d/2 d/3 d/4");
    assert_eq!(Line::start(&machine, "s1", "rm -rf d").finish().status.code(), Some(0));
    // The directory itself and four names in it.
    expect_deleted(&machine, 5);
    assert_eq!(Line::start(&machine, "s1", "head -c 5000 /dev/zero > big").finish().status.code(), Some(0));
    let until = Instant::now() + PATIENCE;
    while status(&machine)["budgets"][0]["left"]["written"] != 0 {
        assert!(Instant::now() < until, "{}", status(&machine));
        std::thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(Line::start(&machine, "s1", "echo x > small").finish().status.code(), Some(126));
}

#[test]
fn under_the_guard_what_programs_delete_counts() {
    let machine = Machine::new();
    settings(&machine, "hold = 0\nguard = \"on\"\nbudget.deleted = 3\n");
    machine.run("touch a b c d");
    fs::write(machine.work().join("x.py"), "import os\nfor name in 'abc': os.unlink(name)\n").expect("writes");
    assert_eq!(Line::start(&machine, "s1", "python3 x.py").finish().status.code(), Some(0));
    if !machine.work().join("a").exists() && status(&machine)["budgets"][0]["left"]["deleted"] == 3 {
        // No guard is to be had here: what an opaque program deletes is not seen.
        return;
    }
    assert_eq!(status(&machine)["budgets"][0]["left"]["deleted"], 0);
    assert_eq!(Line::start(&machine, "s1", "rm d").finish().status.code(), Some(126));
}

#[test]
fn time_takes_from_what_is_left_and_settings_cannot_give_it_back() {
    let machine = Machine::new();
    settings(&machine, "hold = 0\nbudget.deleted = 101\nbudget.half_life = 2\n");
    assert_eq!(Line::start(&machine, "s1", "rm src/main.rs").finish().status.code(), Some(0));
    expect_deleted(&machine, 100);
    let folder = machine.state().join("budgets");
    let account = fs::read_dir(&folder).expect("lists").flatten().find(|entry| entry.path().extension().is_some());
    let path = account.expect("an account").path();
    let mut changed: serde_json::Value = serde_json::from_slice(&fs::read(&path).expect("reads")).expect("JSON");
    changed["at"] = serde_json::json!(changed["at"].as_u64().expect("a time") - 2 * 3_600_000);
    fs::write(&path, changed.to_string()).expect("writes");
    expect_deleted(&machine, 50);
    settings(&machine, "hold = 0\nbudget.deleted = 5000\nbudget.half_life = 0\n");
    assert_eq!(Line::start(&machine, "s1", "touch y; rm y").finish().status.code(), Some(0));
    let left = status(&machine)["budgets"][0]["left"]["deleted"].as_u64().expect("a number");
    assert!(left <= 50, "{left}");
}

#[test]
fn the_desk_shows_what_is_left() {
    let machine = Machine::new();
    settings(&machine, "hold = 0\nbudget.deleted = 77\n");
    let desk = Window::desk(&machine);
    assert_eq!(Line::start(&machine, "s1", "rm src/main.rs").finish().status.code(), Some(0));
    desk.expect("budgets left: deleted 76");
}
