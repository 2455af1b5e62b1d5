//! What was refused, or failed, is not got at by another way without a question.

use crate::approval::person::{Machine, Terminal};
use crate::guard::bench::{Guarded, text, until};
use std::fs;

const RULE: &str = r#"
[[rule]]
id = "keep-data"
effect = { verb = ["delete-tree"], path = ["data"] }
verdict = "ask"
why = "The data are wanted."
match = ["rm -rf data"]
not_match = ["rm -rf other"]
"#;

fn machine() -> Machine {
    let machine = Machine::new();
    machine.rule(RULE);
    fs::write(machine.path("config/agentsh/config.toml"), "guard = \"off\"\n").expect("settings");
    machine.run("mkdir -p data/in other && echo a >data/a && echo b >data/in/b && echo c >other/c && git branch side");
    machine
}

/// The line runs.
fn passes(machine: &Machine, line: &str) {
    let output = machine.away(line);
    assert!(!text(&output).contains("agentsh:"), "{line}: {}", text(&output));
}

/// The line is held up, and this is why.
fn asks(machine: &Machine, line: &str, why: &str) {
    let output = machine.away(line);
    assert_eq!(output.status.code(), Some(126), "{line}: {}", text(&output));
    assert!(text(&output).contains("escalation") && text(&output).contains(why), "{line}: {}", text(&output));
}

fn refused(machine: &Machine, line: &str) {
    let output = machine.away(line);
    assert!(text(&output).contains("rule keep-data") && !text(&output).contains("escalation"), "{}", text(&output));
}

/// Fails, and that is on record: a process that nobody waits for records it.
fn fails(machine: &Machine, line: &str) {
    let output = machine.away(line);
    assert!(!output.status.success() && !text(&output).contains("agentsh:"), "{line}: {}", text(&output));
    let program = line.split(' ').next().unwrap_or_default();
    until(line, || is_on_record(machine, program));
}

/// True when a failure of the program is remembered.
fn is_on_record(machine: &Machine, program: &str) -> bool {
    let wanted = format!("\"program\":\"{program}\",\"by\":\"failure\"");
    let found = fs::read_dir(machine.state().join("resisted")).map(|all| all.flatten().collect::<Vec<_>>());
    let mut texts = found.unwrap_or_default().into_iter().filter_map(|file| fs::read_to_string(file.path()).ok());
    texts.any(|text| text.contains(&wanted))
}

#[test]
fn another_way_to_what_was_refused_is_asked_about() {
    let machine = machine();
    passes(&machine, "mv data there && mv there data");
    refused(&machine, "rm -rf data");
    // The same again is judged as it was, and what has nothing to do with it as ever.
    refused(&machine, "rm -rf data");
    for line in ["ls data", "echo more >>data/a", "rm other/c", "mkdir data/new", "mv other others", "git branch x"] {
        passes(&machine, line);
    }
    for line in [
        "mv data gone",
        "rm data/a",
        "rm -rf data/*",
        "cd data && find . -type f -delete",
        "python3 -c 'import os; os.remove(\"data/a\")'",
        "D=data; rsync -a --delete others/ $D/in/",
    ] {
        asks(&machine, line, "was refused a while ago in this session");
    }
    // The escalation stands beside the rule that speaks anyway.
    asks(&machine, "find data -delete", "rule keep-data");
    assert_eq!(machine.run("cat data/a data/in/b"), "a\nmore\nb\n");
    // Another session was refused nothing.
    let other = machine.command("agentsh").args(["-c", "rm data/in/b"]).env("AGENTSH_SESSION", "other").output();
    let other = other.expect("runs");
    assert!(other.status.success(), "{}", text(&other));
}

#[test]
fn what_is_in_the_project_is_not_the_project_until_it_is_all_of_it() {
    let machine = machine();
    machine.run("mkdir -p one two three four");
    let output = machine.away("rm -rf \"$PWD\"");
    assert_eq!(output.status.code(), Some(126), "{}", text(&output));
    passes(&machine, "rm -rf one two");
    passes(&machine, "rm other/c");
    machine.run("mv data five");
    asks(&machine, "rm -rf ./*", "was refused a while ago in this session");
    asks(&machine, "cd .. && rm -r work/five work/other work/three work/four", "was refused");
}

#[test]
fn a_yes_ends_it() {
    let machine = machine();
    refused(&machine, "rm -rf data");
    asks(&machine, "mv data gone", "was refused");
    let waiting = String::from_utf8(machine.control(&["pending", "--json"]).stdout).expect("is UTF-8");
    let request = waiting.lines().find(|line| line.contains("mv data gone")).expect("it waits");
    let request: serde_json::Value = serde_json::from_str(request).expect("is JSON");
    let id = request["id"].as_str().expect("an id");
    let (said, status) = Terminal::start(&machine, &format!("agentshctl approve -y {id}"), &[]).finish();
    assert_eq!(status, 0, "{said}");
    passes(&machine, "mv data gone");
    passes(&machine, "mv gone data");
    passes(&machine, "mv data gone");
}

#[test]
fn the_question_says_what_was_refused() {
    let machine = machine();
    let mut terminal = Terminal::start(&machine, "agentsh -c 'rm -rf data'; agentsh -c 'mv data gone'", &[]);
    terminal.expect("view: ");
    terminal.send("n");
    terminal.expect("`rm` of this was refused a while ago in this session, and this goes at it by another way");
    terminal.expect("view: ");
    terminal.send("y");
    let (said, status) = terminal.finish();
    assert_eq!(status, 0, "{said}");
    assert!(machine.work().join("gone").is_dir());
}

#[test]
fn more_force_after_a_failure_is_asked_about() {
    let machine = machine();
    fails(&machine, "rmdir other");
    passes(&machine, "rmdir other");
    asks(&machine, "rm -rf other", "`rmdir` has failed at this a while ago");
    passes(&machine, "rm other/c");
    passes(&machine, "rmdir other");
    // It is gone, and what comes in its place is something else.
    passes(&machine, "mkdir other && touch other/new && rm -rf other");

    machine.run("mkdir kept && touch kept/x");
    fails(&machine, "cp -r kept no/such/place");
    asks(&machine, "rm -rf kept", "`cp` has failed");
    fails(&machine, "mv kept no/such/place");
    asks(&machine, "rm -rf kept", "has failed");

    machine.run("git switch -q side && echo s >s && git add s && git commit -qm s && git switch -q -");
    fails(&machine, "git branch -d side");
    passes(&machine, "git branch -m first");
    asks(&machine, "git branch -D side", "`git` has failed");
    machine.run("git worktree add -q tree side && touch tree/new && git branch spare");
    fails(&machine, "git worktree remove tree");
    asks(&machine, "rm -rf tree", "`git` has failed");
    machine.run("echo mine >s && git add s");
    fails(&machine, "git checkout -q side~0");
    passes(&machine, "git checkout -q spare");
    asks(&machine, "git checkout -q -f side~0", "`git` has failed");
    // In a longer line nobody knows what failed.
    machine.run("mkdir deep && touch deep/x");
    let output = machine.away("rmdir deep; ls; false");
    assert_eq!(output.status.code(), Some(1));
    passes(&machine, "rm -rf deep");
}

#[test]
fn it_holds_for_what_a_running_program_does() {
    let guarded = Guarded::new();
    guarded.machine.rule(RULE);
    guarded.write("data/a", "a\n");
    guarded.write("data/in/b", "b\n");
    let line = r#"perl -e 'system("rm", "-rf", "da" . "ta"); rename "da" . "ta", "gone" or print "rename: $!\n"; unlink "da" . "ta/a" or print "unlink: $!\n"; unlink "other" or print "other: $!\n"'"#;
    guarded.write("other", "o\n");
    let output = guarded.run(line);
    let said = text(&output);
    assert!(said.contains("rule keep-data"), "{said}");
    assert!(said.contains("rename: Permission denied") && said.contains("unlink: Permission denied"), "{said}");
    assert!(said.contains("not done: rule escalation: "), "{said}");
    assert_eq!((guarded.read("data/a").as_str(), guarded.read("data/in/b").as_str()), ("a\n", "b\n"));
    assert!(!guarded.exists("other"), "{said}");
    // What failed under the guard failed.
    guarded.write("full/x", "x\n");
    let output = guarded.run("perl -e 1 && true; ls");
    assert!(output.status.success());
    let output = guarded.run("rmdir full");
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    until("rmdir failed", || is_on_record(&guarded.machine, "rmdir"));
    let output = guarded.run("rm -rf full");
    assert!(text(&output).contains("rule escalation"), "{}", text(&output));
    assert!(guarded.exists("full/x"));
}
