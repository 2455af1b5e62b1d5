//! A whole agent under the guard.

use super::bench::{Guarded, text};
use crate::approval::person::Terminal;
use agentsh::guard::Guard;
use agentsh::host::Session;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Output, Stdio};
use std::time::{Duration, Instant};

/// Says which agent [`stand_in`] is to run.
const AGENT: &str = "AGENTSH_TEST_AGENT";

/// What `agentshctl run` does with an agent; a process of its own, because whoever calls this must have one thread.
#[test]
#[ignore = "run by the tests below, with --test-threads=1"]
fn stand_in() {
    let Some(agent) = std::env::var_os(AGENT) else { return };
    let argv: Vec<OsString> = vec!["perl".into(), "-e".into(), agent];
    let environment: Vec<_> = std::env::vars_os().filter(|(name, _)| name != AGENT).collect();
    let error = Guard::around("/usr/bin/perl".as_ref(), &argv, &environment, &Session::detect(), None);
    panic!("{error}");
}

/// Runs an agent of a few lines of perl.
fn run(guarded: &Guarded, agent: &str) -> Output {
    // The tool stands beside the shell, as it is installed.
    let tool = guarded.machine.path("bin/agentshctl");
    let own = std::env::current_exe().expect("a path");
    if tool.is_symlink() {
        std::fs::remove_file(&tool).expect("it was there");
        if std::fs::hard_link(&own, &tool).is_err() {
            // By another process: a descriptor of ours, open for writing, would be a child's of another test for a moment, and
            // the copy "busy" for that long.
            guarded.machine.run(&format!("cp '{}' '{}'", own.display(), tool.display()));
        }
    }
    let mut command = guarded.machine.command("setsid");
    command.args(["--wait".into(), tool, PathBuf::from("--exact"), "guard::agent::stand_in".into()]);
    command.args(["--ignored", "--nocapture", "--test-threads=1"]);
    command.env(AGENT, agent).env("CODEX_THREAD_ID", "s1").stdin(Stdio::null());
    command.output().expect("runs")
}

#[test]
fn an_agents_own_changes_and_its_shells_lines_are_steps() {
    let guarded = Guarded::new();
    for name in ["edited", "gone", "src/a"] {
        guarded.write(name, format!("this was {name}\n"));
    }
    let before = guarded.tree();
    let agent = r#"open F, ">", "edited"; print F "x"; close F; system qw(bash -c), "rm gone; echo more >> src/a"; unlink "src/a"; exit 7"#;
    let output = run(&guarded, agent);
    assert_eq!(output.status.code(), Some(7), "{}", text(&output));
    let lines: Vec<String> =
        guarded.intents().iter().map(|intent| String::from_utf8_lossy(&intent.line.0).into_owned()).collect();
    let [before_it, line, behind_it] = &lines[..] else { panic!("{lines:?}") };
    assert!(before_it.starts_with("perl -e") && line.starts_with("rm gone") && before_it == behind_it, "{lines:?}");
    assert_ne!(guarded.tree(), before);
    // Only the last of them ended because the agent did.
    let log = text(&guarded.machine.control(&["log"]));
    let ends: Vec<_> = log.lines().skip(1).map(|row| row.contains("~ went on ~1")).collect();
    assert_eq!(ends, [false, false, true], "{log}");
    let blamed = text(&guarded.machine.control(&["blame", "src/a"]));
    assert!(blamed.contains("agentshctl log --path=PATH"), "{blamed}");
    let undone = guarded.undo() + &guarded.undo() + &guarded.undo();
    assert_eq!(guarded.tree(), before, "{undone}");
}

#[test]
fn a_line_of_an_agents_shell_is_judged_before_any_of_it_runs() {
    let guarded = Guarded::new();
    let agent =
        r#"$_ = system qw(bash -c), "echo begun > begun; git push -q origin HEAD:main"; print "after ", $_ >> 8, "\n""#;
    let output = run(&guarded, agent);
    let said = text(&output);
    assert!(said.contains("agentsh: not run: rule push") && said.contains("after "), "{said}");
    assert!(!guarded.exists("begun"), "{said}");
    assert_eq!(guarded.machine.pushed(), 0);
    let pending = text(&guarded.machine.control(&["pending"]));
    assert!(pending.contains("echo begun > begun; git push"), "{pending}");
}

#[test]
fn what_an_agentsh_below_has_cleared_is_not_asked_about_again() {
    let guarded = Guarded::new();
    let line = "git push -q origin HEAD:main";
    let first = run(&guarded, &format!("system qw(agentsh -c), '{line}'"));
    assert!(text(&first).contains("agentsh: not run"), "{}", text(&first));
    let request = guarded.machine.request();
    let script = format!("{} approve -y {request}", env!("CARGO_BIN_EXE_agentshctl"));
    assert_eq!(Terminal::start(&guarded.machine, &script, &[]).finish().1, 0);
    let agent = format!(
        "system qw(agentsh -c), '{line}'; print qq(first $?\n); system qw(git commit -q --allow-empty -m x); system qw({line}); \
         print qq(second $?\n)"
    );
    let output = run(&guarded, &agent);
    let said = text(&output);
    assert!(said.contains("first 0\n") && !said.contains("second 0\n"), "{said}");
    assert_eq!(said.matches("agentsh: not run").count(), 1, "{said}");
    assert_eq!(guarded.machine.pushed(), 1);
}

/// Finds the guard and the process that stands in for it.
const FIND: &str = r#"$ENV{S} = getppid; open S, "/proc/$ENV{S}/stat"; $ENV{F} = (split " ", <S>)[3]; close S;"#;

/// Runs an agent that kills its guard; it has files `edited` and `gone`.
fn killed(agent: &str) -> Guarded {
    let guarded = Guarded::new();
    for name in ["edited", "gone"] {
        guarded.write(name, format!("this was {name}\n"));
    }
    let output = run(&guarded, &format!("{FIND} {agent}"));
    assert!(output.status.code() != Some(0), "{}", text(&output));
    // The agent dies with its guard, but not at the same instant; until then its step is one that runs.
    let until = Instant::now() + Duration::from_secs(60);
    while ends(&guarded).iter().any(|(_, ended)| ended == "null") {
        assert!(Instant::now() < until, "the agent outlives its guard");
        std::thread::sleep(Duration::from_millis(5));
    }
    guarded
}

/// Every row of `agentshctl log --json`, oldest first: the step's name and how it ended.
fn ends(guarded: &Guarded) -> Vec<(String, String)> {
    let rows = String::from_utf8(guarded.machine.control(&["log", "--json", "--all"]).stdout).expect("text");
    let row = |row: &str| -> serde_json::Value { serde_json::from_str(row).expect("JSON") };
    let ends = rows
        .lines()
        .map(row)
        .map(|row| (row["step"].as_str().unwrap_or_default().to_owned(), row["ended"].to_string()));
    let mut ends: Vec<_> = ends.collect();
    ends.reverse();
    ends
}

#[test]
fn a_killed_supervisor_leaves_no_step_without_an_end() {
    let guarded = killed(
        r#"open F, ">", "edited"; print F "x"; close F; mkdir "own"; open F, ">", "own/f"; close F;
        system qw(bash -c), q(rm gone; mkdir n; echo x > n/f; perl -e 'kill 9, $ENV{S}')"#,
    );
    let ends = ends(&guarded);
    assert!(ends.len() == 2 && ends.iter().all(|(_, ended)| ended == "\"unknown\""), "{ends:?}");
    let records = agentsh::journal::Journal::open(&guarded.machine.state()).entries().expect("a journal");
    let outcomes = records.iter().filter(|record| matches!(record.entry, Some(agentsh::journal::Entry::Outcome(_))));
    assert_eq!(outcomes.count(), 2, "{records:?}");
    // What the line made is known, and told from what came later.
    guarded.write("n/later", "mine");
    let said = guarded.undo();
    assert!(said.contains("SKIP n (not empty") && !guarded.exists("n/f") && guarded.exists("n/later"), "{said}");
    let said = guarded.undo();
    assert_eq!((guarded.read("edited"), guarded.read("gone")), ("this was edited\n".into(), "this was gone\n".into()));
    assert!(!guarded.exists("own"), "{said}");
}

#[test]
fn a_step_whose_end_nobody_lived_to_record_is_not_undone_over_later_ones() {
    let agent = r#"open F, ">", "edited"; print F "x"; close F; unlink "gone"; mkdir "own"; open F, ">", "own/f"; close F;
        kill 19, $ENV{F}, $ENV{S}; kill 9, $ENV{F}, $ENV{S}"#;
    let guarded = killed(agent);
    let ends = ends(&guarded);
    assert!(matches!(&ends[..], [(_, ended)] if ended == "\"unknown\""), "{ends:?}");
    let shown = text(&guarded.machine.control(&["log"]));
    assert!(shown.contains(" unknown "), "{shown}");
    let output = guarded.run("perl -e 'open F, q(>>), q(edited); print F q(later)'");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let step = ends[0].0.as_str();
    let said = text(&guarded.machine.control(&["undo", "-y", step]));
    assert!(said.contains("SKIP edited (changed later by ") && said.contains("was not recorded"), "{said}");
    assert_eq!((guarded.read("edited"), guarded.read("gone")), ("xlater".into(), "this was gone\n".into()), "{said}");
    // With the later one taken back first, all of it is.
    let guarded = killed(agent);
    let before = guarded.tree();
    guarded.run("perl -e 'open F, q(>>), q(edited); print F q(later)'");
    let said = guarded.undo();
    assert_eq!(guarded.tree(), before, "{said}");
    let said = guarded.undo();
    assert_eq!(
        (guarded.read("edited"), guarded.read("gone")),
        ("this was edited\n".into(), "this was gone\n".into()),
        "{said}"
    );
    // What is in a directory that it made was to be found at its end.
    assert!(said.contains("SKIP own (not empty"), "{said}");
}
