//! `agentshctl`: the person's verbs.

use crate::approval::person::{Machine, Terminal};
use agentsh::checkpoint::{StepHeader, StepOutcome, Store, StoreSettings};
use agentsh::effect::Reversibility;
use agentsh::journal::{Bytes, Ended, Entry, Intent, Journal, Outcome, StepId};
use agentsh::policy::{Decision, Extent, Obligation};
use serde_json::Value;
use std::fs;
use std::os::unix::fs::DirBuilderExt;
use std::process::Output;

/// Runs `script` in the work tree as a step that captured `captured` first.
fn step(machine: &Machine, script: &str, captured: &[(&str, Extent)]) -> StepId {
    fs::DirBuilder::new().mode(0o700).recursive(true).create(machine.state()).expect("makes the state directory");
    let journal = Journal::open(&machine.state());
    let intent = Intent {
        session: "s1".to_owned(),
        agent: None,
        call: None,
        prompt: None,
        cwd: Bytes::from(machine.work().as_path()),
        line: Bytes::from(script.as_bytes()),
        verdict: Decision::Allow,
        reversibility: if captured.is_empty() { Reversibility::Opaque } else { Reversibility::Reversible },
        rules: Vec::new(),
        outward: Vec::new(),
        coverage: if captured.is_empty() { "none" } else { "full" }.to_owned(),
        guard: String::new(),
        pid: 1,
    };
    let id = journal.begin(intent).expect("begins");
    let end = |changes| {
        Entry::Outcome(Outcome { step: id, ended: Ended::Exit(0), wall: 3, changes, coverage: None, goes_on: false })
    };
    if captured.is_empty() {
        machine.run(script);
        journal.append(end(None)).expect("ends");
        return id;
    }
    let store = Store::open(&machine.state(), StoreSettings::default()).expect("opens");
    let (name, line) = (id.to_string(), script.as_bytes().to_vec());
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970");
    let started = (since.as_secs() as i64, 0);
    let header = StepHeader { id: name, session: "s1".to_owned(), line, cwd: machine.work(), started };
    let pack = store.begin(&header).expect("begins a pack");
    for (path, extent) in captured {
        pack.capture(&Obligation { path: machine.work().join(path), extent: *extent }).expect("captures");
    }
    machine.run(script);
    pack.finish(&StepOutcome { status: Some(0), signal: None, ended: started }).expect("finishes");
    journal.append(end(None)).expect("ends");
    id
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn main_rs(machine: &Machine) -> String {
    fs::read_to_string(machine.work().join("src/main.rs")).unwrap_or_else(|_| "gone".to_owned())
}

const WRITE: &[(&str, Extent)] = &[("src/main.rs", Extent::Contents)];

#[test]
fn undo_walks_back_and_redo_forward() {
    let machine = Machine::new();
    step(&machine, "echo two >src/main.rs", WRITE);
    let second = step(&machine, "echo three >src/main.rs", WRITE);
    let undone = machine.control(&["undo", "-y"]);
    assert_eq!((undone.status.code(), main_rs(&machine).as_str()), (Some(0), "two\n"), "{}", text(&undone));
    assert!(text(&undone).contains("restore src/main.rs"), "{}", text(&undone));
    assert_eq!(machine.control(&["undo", "-y"]).status.code(), Some(0));
    assert_eq!(main_rs(&machine), "fn main() {}\n");
    assert_eq!(machine.control(&["undo", "-y"]).status.code(), Some(4), "nothing is left");
    for state in ["two\n", "three\n"] {
        let redone = machine.control(&["redo", "-y"]);
        assert_eq!((redone.status.code(), main_rs(&machine).as_str()), (Some(0), state), "{}", text(&redone));
    }
    assert_eq!(machine.control(&["redo", "-y"]).status.code(), Some(4));
    let log = text(&machine.control(&["log"]));
    assert_eq!(log.lines().count(), 7, "a heading and six steps: {log}");
    assert!(log.contains("agentshctl undo ") && log.contains("agentshctl redo "), "{log}");
    // Taken back and forth, the step is in force and can be named.
    assert_eq!(machine.control(&["undo", "-y", &second.to_string()]).status.code(), Some(0));
    assert_eq!(main_rs(&machine), "two\n");
    let again = machine.control(&["undo", "-y", &second.to_string()]);
    assert_eq!(again.status.code(), Some(4), "{}", text(&again));
}

#[test]
fn an_undo_leaves_later_work_alone_and_says_so() {
    let machine = Machine::new();
    let both = [("src/main.rs", Extent::Contents), ("src/other.rs", Extent::Name)];
    let id = step(&machine, "echo two >src/main.rs; echo new >src/other.rs", &both);
    fs::write(machine.work().join("src/main.rs"), "the person's own work\n").expect("writes");
    let undone = machine.control(&["undo", "-y"]);
    assert_eq!(undone.status.code(), Some(3), "{}", text(&undone));
    assert!(text(&undone).contains("SKIP src/main.rs (changed since)"), "{}", text(&undone));
    assert_eq!(main_rs(&machine), "the person's own work\n");
    assert!(!machine.work().join("src/other.rs").exists());
    let _ = id;
}

#[test]
fn a_dry_run_and_a_path_change_only_what_they_say() {
    let machine = Machine::new();
    let both = [("src/main.rs", Extent::Contents), ("a", Extent::Name)];
    let id = step(&machine, "echo two >src/main.rs; echo new >a", &both);
    let plan = machine.control(&["undo", "--dry-run", "--json"]);
    assert_eq!(plan.status.code(), Some(0), "{}", text(&plan));
    let plan: Value = serde_json::from_slice(&plan.stdout).expect("JSON");
    assert_eq!(
        (plan["step"].as_str(), &plan["undo"], &plan["dry_run"]),
        (Some(id.to_string().as_str()), &Value::Null, &Value::Bool(true))
    );
    assert_eq!(plan["items"].as_array().map(Vec::len), Some(2), "{plan}");
    assert_eq!(main_rs(&machine), "two\n");
    assert_eq!(machine.control(&["undo", "-y", "src"]).status.code(), Some(0));
    assert_eq!(main_rs(&machine), "fn main() {}\n");
    assert!(machine.work().join("a").exists());
}

#[test]
fn without_yes_or_a_terminal_nothing_is_undone_and_a_terminal_is_asked() {
    let machine = Machine::new();
    step(&machine, "echo two >src/main.rs", WRITE);
    let output = machine.control(&["undo"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output).contains("nobody can be asked here"), "{}", text(&output));
    for (answer, after) in [("n\n", "two\n"), ("y\n", "fn main() {}\n")] {
        let mut terminal = Terminal::start(&machine, "agentshctl undo", &[]);
        terminal.expect("Go ahead?");
        terminal.send(answer);
        terminal.finish();
        assert_eq!(main_rs(&machine), after);
    }
}

#[test]
fn what_was_not_captured_cannot_be_undone_and_is_passed_over() {
    let machine = Machine::new();
    step(&machine, "echo two >src/main.rs", WRITE);
    let opaque = step(&machine, "echo made >made", &[]);
    let named = machine.control(&["undo", "-y", &opaque.to_string()]);
    assert_eq!(named.status.code(), Some(5), "{}", text(&named));
    let latest = machine.control(&["undo", "-y"]);
    assert_eq!(latest.status.code(), Some(0), "{}", text(&latest));
    assert!(text(&latest).contains(&format!("passing over {opaque}")), "{}", text(&latest));
    assert_eq!(main_rs(&machine), "fn main() {}\n");
}

#[test]
fn an_agent_undoes_only_steps_of_its_own_session() {
    let machine = Machine::new();
    step(&machine, "echo two >src/main.rs", WRITE);
    // Without a step's name an agent's undo looks only at its own session; a step of another one is refused by name.
    for (session, arguments, status) in
        [("other", &["undo", "-y"][..], 4), ("other", &["undo", "-y", "k1"], 1), ("s1", &["undo", "-y"], 0)]
    {
        let mut command = machine.command(env!("CARGO_BIN_EXE_agentshctl"));
        let output = command.args(arguments).env("CODEX_THREAD_ID", session).output().expect("runs");
        assert_eq!(output.status.code(), Some(status), "{}", text(&output));
    }
}

#[test]
fn diff_and_show_tell_what_a_step_did() {
    let machine = Machine::new();
    let extents = [("src/main.rs", Extent::Contents), ("new", Extent::Name)];
    let id = step(&machine, "echo two >src/main.rs; echo fresh >new", &extents).to_string();
    let diff = text(&machine.control(&["diff", &id]));
    assert!(diff.contains("--- a/src/main.rs\n+++ b/src/main.rs\n@@ -1 +1 @@\n-fn main() {}\n+two\n"), "{diff}");
    assert!(diff.contains("--- /dev/null\n+++ b/new\n@@ -0,0 +1 @@\n+fresh\n"), "{diff}");
    let one = text(&machine.control(&["diff", &id, "new"]));
    assert!(!one.contains("main.rs"), "{one}");
    let show = text(&machine.control(&["show", &id]));
    assert!(show.contains("modify") && show.contains("src/main.rs") && show.contains("create"), "{show}");
    let json: Value = serde_json::from_slice(&machine.control(&["show", "--json", &id]).stdout).expect("JSON");
    assert_eq!(json["files"].as_array().map(Vec::len), Some(2), "{json}");
}

#[test]
fn log_finds_steps_by_path_and_session() {
    let machine = Machine::new();
    step(&machine, "echo two >src/main.rs", WRITE);
    let made = step(&machine, "echo x >made", &[("made", Extent::Name)]).to_string();
    let rows = |arguments: &[&str]| -> Vec<Value> {
        let output = machine.control(&[&["log", "--json"], arguments].concat());
        String::from_utf8_lossy(&output.stdout).lines().map(|row| serde_json::from_str(row).expect("JSON")).collect()
    };
    assert_eq!(rows(&[]).len(), 2);
    assert_eq!(rows(&["-n1"])[0]["step"], made.as_str());
    assert_eq!(rows(&["--path", "made"]).len(), 1);
    assert_eq!(rows(&["--path=src"])[0]["line"], "echo two >src/main.rs");
    assert_eq!(rows(&["--session", "s2"]).len(), 0);
    let files = text(&machine.control(&["log", "--files"]));
    assert!(files.contains("create") && files.contains("/made"), "{files}");
}

#[test]
fn lines_in_the_log_cannot_move_the_cursor() {
    let machine = Machine::new();
    let id = step(&machine, "printf '\u{1b}[2J\u{7}' >made", &[("made", Extent::Name)]).to_string();
    for arguments in [&["log"][..], &["show", &id], &["undo", "-n"]] {
        let shown = text(&machine.control(arguments));
        assert!(!shown.contains('\u{1b}') && !shown.contains('\u{7}') && shown.contains("\\x1b[2J"), "{shown:?}");
    }
}

#[test]
fn doctor_reports_a_broken_chain() {
    let machine = Machine::new();
    step(&machine, "echo two >src/main.rs", WRITE);
    step(&machine, "echo three >src/main.rs", WRITE);
    let before = text(&machine.control(&["doctor"]));
    assert!(before.contains("the chain holds"), "{before}");
    let file = machine.state().join("journal/journal.jsonl");
    let whole = fs::read_to_string(&file).expect("reads");
    fs::write(&file, whole.replacen("echo two", "echo tow", 1)).expect("writes");
    let output = machine.control(&["doctor"]);
    assert_eq!(output.status.code(), Some(1));
    let after = text(&output);
    assert!(after.contains("the chain is broken") && after.contains("line 1"), "{after}");
}

#[test]
fn wrong_usage_is_told_apart_and_hinted_at() {
    let machine = Machine::new();
    for (arguments, message) in [
        (&["udno"][..], "did you mean 'undo'?"),
        (&["log", "--jsn"], "unknown option '--jsn'"),
        (&["log", "-z"], "unknown option '-z'"),
        (&["log", "-n"], "--number needs COUNT"),
        (&["log", "-n", "many"], "'many' is not a number"),
        (&["log", "--json=yes"], "takes no value"),
        (&["approve"], "the request's id is missing"),
        (&["pending", "x"], "unexpected operand 'x'"),
        (&["check", "a", "b"], "unexpected operand 'b'"),
        (&["check", "rm", "-rf", "x"], "unknown option '-r'"),
        (&["check"], "the line (one operand, quoted) is missing"),
        (&["rules", "burn"], "unknown word"),
        (&["completions", "tcsh"], "no completions"),
    ] {
        let output = machine.control(arguments);
        // The statuses 1 and 2 of 'check' are judgements.
        let status = if arguments[0] == "check" { 125 } else { 2 };
        assert_eq!(output.status.code(), Some(status), "{arguments:?}");
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(error.starts_with("error: ") && error.contains(message), "{arguments:?}: {error}");
        assert_eq!(output.stdout, b"", "{arguments:?}");
    }
    assert_eq!(machine.control(&["show", "k7"]).status.code(), Some(1));
    assert_eq!(machine.control(&[]).status.code(), Some(0));
}

#[test]
fn every_verb_has_help_and_stands_in_completions_and_manual() {
    let machine = Machine::new();
    let overview = text(&machine.control(&["--help"]));
    let verbs: Vec<&str> = overview.lines().filter_map(|line| line.strip_prefix("  ")?.split(' ').next()).collect();
    assert!(verbs.len() >= 16, "{overview}");
    let manual = text(&machine.control(&["man", "agentshctl"]));
    let shells = ["bash", "zsh", "fish"].map(|shell| text(&machine.control(&["completions", shell])));
    for verb in verbs {
        let page = text(&machine.control(&[verb, "--help"]));
        assert!(page.starts_with(&format!("usage: agentshctl {verb}")), "{page}");
        assert!(manual.contains(&format!(".SS \"{verb}")), "{verb}");
        assert!(shells.iter().all(|shell| shell.contains(verb)), "{verb}");
    }
    fs::write(machine.work().join("completion"), &shells[0]).expect("writes");
    machine.run("bash -n completion");
    assert!(text(&machine.control(&["man", "agentsh"])).starts_with(".TH AGENTSH 1"));
}

#[test]
fn colours_are_for_terminals_that_want_them() {
    let machine = Machine::new();
    step(&machine, "echo two >src/main.rs", WRITE);
    for (script, coloured) in [
        ("TERM=xterm agentshctl log", true),
        ("TERM=xterm NO_COLOR=1 agentshctl log", false),
        ("TERM=xterm agentshctl log | cat", false),
    ] {
        let (shown, _) = Terminal::start(&machine, script, &[]).finish();
        assert_eq!(shown.contains("\u{1b}[36m"), coloured, "{script}: {shown:?}");
    }
}

#[test]
fn rules_are_listed_shown_and_tested() {
    let machine = Machine::new();
    machine.rule("[[rule]]\nid = \"no-blue\"\neffect = { verb = [\"delete\"], path = [\"**/blue\"] }\nverdict = \"ask\"\nwhy = \"Blue stays.\"\nmatch = [\"rm blue\"]\nnot_match = [\"rm red\"]\n");
    let list = text(&machine.control(&["rules"]));
    assert!(list.contains("no-blue") && list.contains("user") && list.contains("delete-root"), "{list}");
    let show = text(&machine.control(&["rules", "show", "no-blue"]));
    assert!(show.contains("Blue stays.") && show.contains("rm red"), "{show}");
    // What is no rule has a name in refusals too.
    let own = text(&machine.control(&["rules", "show", "not-kept"]));
    assert!(list.contains("not-kept") && own.contains("cannot be kept first") && own.contains("limits.file"), "{own}");
    let good = machine.control(&["rules", "test", "no-blue"]);
    assert_eq!((good.status.code(), text(&good).as_str()), (Some(0), "2 examples, 0 fail\n"));
    let rules = machine.path("config/agentsh/rules/50-test.toml");
    let wrong = fs::read_to_string(&rules).expect("reads").replace("\"rm red\"", "\"rm red\", \"rm x/blue\"");
    fs::write(&rules, wrong).expect("writes");
    let bad = machine.control(&["rules", "test", "no-blue"]);
    assert_eq!(bad.status.code(), Some(1));
    assert!(text(&bad).contains("matches: rm x/blue"), "{}", text(&bad));
}

#[test]
fn gc_is_for_people_and_removes_what_is_old() {
    let machine = Machine::new();
    step(&machine, "echo two >src/main.rs", WRITE);
    step(&machine, "echo three >src/main.rs", WRITE);
    let mut command = machine.command(env!("CARGO_BIN_EXE_agentshctl"));
    let refused = command.args(["gc", "--older-than=0"]).env("CLAUDECODE", "1").output().expect("runs");
    assert_eq!(refused.status.code(), Some(3));
    let (kept, _) = Terminal::start(&machine, "agentshctl gc", &[]).finish();
    assert!(kept.contains("removed 0 steps"), "{kept}");
    let (planned, _) = Terminal::start(&machine, "agentshctl gc --budget=0 --dry-run", &[]).finish();
    assert!(planned.contains("would remove 1 step "), "{planned}");
    let (gone, _) = Terminal::start(&machine, "agentshctl gc --budget=0", &[]).finish();
    assert!(gone.contains("removed 1 step,"), "{gone}");
    let (spared, _) = Terminal::start(&machine, "agentshctl gc --older-than=0", &[]).finish();
    assert!(spared.contains("removed 0 steps"), "the latest step of a session that goes on stays: {spared}");
    assert_eq!(machine.control(&["undo", "-y"]).status.code(), Some(0));
    assert_eq!(main_rs(&machine), "two\n");
    assert_eq!(machine.control(&["undo", "-y"]).status.code(), Some(4));
}

#[test]
fn several_steps_are_taken_back_newest_first() {
    let machine = Machine::new();
    let ids = ["two", "three", "four"].map(|word| step(&machine, &format!("echo {word} >src/main.rs"), WRITE));
    let plan = machine.control(&["undo", "--last=2", "--dry-run"]);
    assert_eq!((plan.status.code(), main_rs(&machine).as_str()), (Some(0), "four\n"), "{}", text(&plan));
    assert!(text(&plan).starts_with("undo 2 steps, newest first:"), "{}", text(&plan));
    let undone = machine.control(&["undo", "--last", "2", "-y"]);
    assert_eq!((undone.status.code(), main_rs(&machine).as_str()), (Some(0), "two\n"), "{}", text(&undone));
    assert_eq!(machine.control(&["undo", "--session=nobody", "-y"]).status.code(), Some(4));
    assert_eq!(machine.control(&["undo", "--last=2", "-y", &ids[0].to_string()]).status.code(), Some(2));
    assert_eq!(machine.control(&["undo", "--session=s1", "-y"]).status.code(), Some(0));
    assert_eq!(main_rs(&machine), "fn main() {}\n");
    assert_eq!(machine.control(&["redo", "-y"]).status.code(), Some(0));
    assert_eq!(main_rs(&machine), "two\n");
}

#[test]
fn diff_of_a_range_is_what_all_its_steps_changed_together() {
    let machine = Machine::new();
    let first = step(&machine, "echo two >src/main.rs", WRITE).to_string();
    step(&machine, "echo x >passing", &[("passing", Extent::Name)]);
    step(&machine, "rm passing", &[("passing", Extent::Unlinked)]);
    let last = step(&machine, "echo three >src/main.rs", WRITE).to_string();
    let diff = text(&machine.control(&["diff", &format!("{first}..{last}")]));
    assert!(diff.contains("-fn main() {}\n+three\n"), "{diff}");
    assert!(!diff.contains("passing") && !diff.contains("two"), "{diff}");
    let stat = text(&machine.control(&["diff", "--stat", &format!("{first}..")]));
    assert!(stat.contains("src/main.rs") && stat.contains("1 name changed, 1 lines came, 1 went"), "{stat}");
    assert_eq!(machine.control(&["diff", &format!("{last}..{first}")]).status.code(), Some(2));
}
