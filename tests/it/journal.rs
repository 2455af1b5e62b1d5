//! The journal: many writers, crashes, tampering.

use agentsh::effect::Reversibility;
use agentsh::journal::{Bytes, Ended, Entry, Intent, Journal, Note, Outcome};
use agentsh::policy::Decision;
use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;

fn intent(line: &[u8]) -> Intent {
    Intent {
        session: "s1".to_owned(),
        agent: Some("some-agent".to_owned()),
        call: None,
        prompt: None,
        cwd: Bytes(b"/p".to_vec()),
        line: Bytes::from(line),
        verdict: Decision::Allow,
        reversibility: Reversibility::Reversible,
        rules: vec!["a-rule".to_owned()],
        outward: vec!["push origin".to_owned()],
        coverage: "full".to_owned(),
        guard: "none".to_owned(),
        pid: 7,
    }
}

fn note(text: &str) -> Entry {
    Entry::Note(Note { step: None, text: text.to_owned() })
}

#[test]
fn entries_come_back_as_they_were_bytes_and_all() {
    let home = tempfile::tempdir().expect("a directory");
    let journal = Journal::open(home.path());
    let line = b"printf '\xff\x00\n\"' >f";
    let step = journal.begin(intent(line)).expect("begins");
    let end = Outcome { step, ended: Ended::Signal(9), wall: 12, changes: None, coverage: None, goes_on: false };
    journal.append(Entry::Outcome(end.clone())).expect("appends");
    let entries = journal.entries().expect("reads");
    assert_eq!(entries.len(), 2);
    assert_eq!(entries[0].entry, Some(Entry::Intent(intent(line))));
    assert_eq!(entries[0].number, step.number());
    assert_eq!(entries[1].entry, Some(Entry::Outcome(end)));
    let mode = |path: &std::path::Path| fs::metadata(path).expect("is there").permissions().mode() & 0o777;
    assert_eq!(mode(journal.path()), 0o600);
    assert_eq!(mode(journal.path().parent().expect("has a parent")), 0o700);
}

#[test]
fn nothing_there_is_an_empty_journal() {
    let home = tempfile::tempdir().expect("a directory");
    let journal = Journal::open(home.path());
    assert_eq!(journal.entries().expect("reads"), vec![]);
    assert_eq!(journal.verify().expect("verifies"), Default::default());
}

#[test]
fn a_torn_tail_is_seen_sealed_and_chained_over() {
    let home = tempfile::tempdir().expect("a directory");
    let journal = Journal::open(home.path());
    for text in ["one", "two", "three"] {
        journal.append(note(text)).expect("appends");
    }
    let whole = fs::read(journal.path()).expect("reads");
    let second_end = whole.iter().enumerate().filter(|(_, byte)| **byte == b'\n').nth(1).expect("two lines").0 + 1;
    // Every way the third write can be cut short, and a second crash while the first is being sealed over.
    for cut in (second_end + 1..whole.len()).step_by(7) {
        fs::write(journal.path(), &whole[..cut]).expect("writes");
        let health = journal.verify().expect("verifies");
        assert_eq!((health.entries, health.torn_tail, health.breach), (2, true, None), "cut at {cut}");
        journal.append(note("four")).expect("appends");
        let sealed = fs::read(journal.path()).expect("reads");
        fs::write(journal.path(), &sealed[..cut + 20]).expect("writes");
        journal.append(note("five")).expect("appends");
        journal.append(note("six")).expect("appends");
        let health = journal.verify().expect("verifies");
        assert_eq!((health.entries, health.torn, health.torn_tail, health.breach), (4, 1, false, None), "cut at {cut}");
        let last = journal.entries().expect("reads").pop().expect("has entries");
        assert_eq!(last.entry, Some(note("six")));
    }
}

#[test]
fn an_entry_that_lacks_only_its_newline_is_kept() {
    let home = tempfile::tempdir().expect("a directory");
    let journal = Journal::open(home.path());
    for text in ["one", "two"] {
        journal.append(note(text)).expect("appends");
    }
    let whole = fs::read(journal.path()).expect("reads");
    fs::write(journal.path(), &whole[..whole.len() - 1]).expect("writes");
    journal.append(note("three")).expect("appends");
    let health = journal.verify().expect("verifies");
    assert_eq!((health.entries, health.torn, health.breach), (3, 0, None));
}

#[test]
fn a_first_line_that_was_cut_short_is_sealed_over_too() {
    let home = tempfile::tempdir().expect("a directory");
    let journal = Journal::open(home.path());
    journal.append(note("one")).expect("appends");
    let whole = fs::read(journal.path()).expect("reads");
    fs::write(journal.path(), &whole[..10]).expect("writes");
    journal.append(note("two")).expect("appends");
    let health = journal.verify().expect("verifies");
    assert_eq!((health.entries, health.torn, health.breach), (1, 1, None));
}

#[test]
fn what_was_changed_taken_away_or_added_is_named() {
    let home = tempfile::tempdir().expect("a directory");
    let journal = Journal::open(home.path());
    for text in ["one", "two", "three", "four"] {
        journal.append(note(text)).expect("appends");
    }
    let whole = fs::read_to_string(journal.path()).expect("reads");
    let lines: Vec<&str> = whole.lines().collect();
    let breach = |text: String| {
        fs::write(journal.path(), text).expect("writes");
        let breach = journal.verify().expect("verifies").breach.expect("a breach is found");
        (breach.line, breach.after)
    };
    assert_eq!(breach(whole.replace("\"two\"", "\"tow\"")), (2, Some(0)));
    assert_eq!(breach([lines[0], lines[2], lines[3], ""].join("\n")), (2, Some(0)));
    assert_eq!(breach([lines[0], lines[1], lines[1], lines[2], lines[3], ""].join("\n")), (3, Some(1)));
    assert_eq!(breach([lines[1], lines[2], lines[3], ""].join("\n")), (1, None));
    assert_eq!(breach([lines[0], "{}", lines[1], ""].join("\n")), (2, Some(0)));
    assert_eq!(journal.entries().expect("reads").len(), 1, "nothing behind a breach is believed");
}

#[test]
fn what_a_later_version_wrote_is_kept_in_the_chain() {
    let home = tempfile::tempdir().expect("a directory");
    let journal = Journal::open(home.path());
    journal.append(note("one")).expect("appends");
    // The same sealing, other contents.
    let first = fs::read_to_string(journal.path()).expect("reads");
    let seal = first.trim_end().trim_end_matches("\"}").rsplit('"').next().expect("has a seal").to_owned();
    let body = r#"{"v":9,"at":5,"entry":{"telepathy":{"of":"k7"}},"new":true,"n":1"#;
    let mut hasher = blake3::Hasher::new();
    hasher.update(blake3::Hash::from_hex(seal).expect("is a hash").as_bytes());
    hasher.update(body.as_bytes());
    let mut file = fs::OpenOptions::new().append(true).open(journal.path()).expect("opens");
    writeln!(file, "{body},\"seal\":\"{}\"}}", hasher.finalize().to_hex()).expect("writes");
    assert_eq!(journal.append(note("two")).expect("appends"), 2);
    let entries = journal.entries().expect("reads");
    assert_eq!(entries.iter().map(|record| record.entry.is_some()).collect::<Vec<_>>(), [true, false, true]);
    assert_eq!(journal.verify().expect("verifies").breach, None);
}

#[test]
fn many_writers_leave_one_unbroken_chain() {
    let home = tempfile::tempdir().expect("a directory");
    let long = "x".repeat(9_000);
    std::thread::scope(|scope| {
        for writer in 0..64 {
            // Each its own `Journal`, and so its own open file description, as separate processes have.
            let (journal, long) = (Journal::open(home.path()), &long);
            scope.spawn(move || {
                for count in 0..20 {
                    journal.append(note(&format!("{writer}.{count} {long}"))).expect("appends");
                }
            });
        }
    });
    let journal = Journal::open(home.path());
    let health = journal.verify().expect("verifies");
    assert_eq!((health.entries, health.torn, health.breach), (64 * 20, 0, None));
    let numbers: Vec<u64> = journal.entries().expect("reads").iter().map(|record| record.number).collect();
    assert_eq!(numbers, (0..64 * 20).collect::<Vec<_>>());
}
