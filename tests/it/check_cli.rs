//! `agentshctl check`, as programs use it.

use crate::approval::person::Machine;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;

fn batch(machine: &Machine, input: &str) -> (Vec<Value>, Option<i32>) {
    let mut command = machine.command(env!("CARGO_BIN_EXE_agentshctl"));
    let mut child =
        command.args(["check", "--batch"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("starts");
    child.stdin.take().expect("a pipe").write_all(input.as_bytes()).expect("writes");
    let output = child.wait_with_output().expect("ends");
    let text = String::from_utf8(output.stdout).expect("is UTF-8");
    (text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect(), output.status.code())
}

#[test]
fn one_line_in_json_to_the_letter() {
    let machine = Machine::new();
    let output = machine.control(&["check", "--json", "--", "rm -rf src"]);
    assert_eq!(output.status.code(), Some(0));
    let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let path = machine.work().join("src").canonicalize().expect("is there");
    assert_eq!(
        report,
        json!({
            "id": null,
            "line": "rm -rf src",
            "verdict": "allow",
            "confirm": null,
            "reversibility": "reversible",
            "complete": true,
            "commands": [{"argv": ["rm", "-rf", "src"], "span": [0, 10]}],
            "effects": [{
                "verb": "delete-tree", "object": {"kind": "path", "path": path}, "certainty": "certain",
                "reversibility": "reversible", "span": [7, 10], "tags": report["effects"][0]["tags"],
            }],
            "reasons": [],
        })
    );
}

#[test]
fn the_exit_status_is_the_verdict() {
    let machine = Machine::new();
    for (line, status, verdict) in
        [("ls -l", 0, "allow"), ("git push origin main", 1, "ask"), ("rm -rf /", 2, "deny"), ("", 0, "allow")]
    {
        let output = machine.control(&["check", "--", line]);
        assert_eq!(output.status.code(), Some(status), "{line}");
        let json = machine.control(&["check", "--json", "--", line]);
        assert_eq!(json.status.code(), Some(status), "{line}");
        let report: Value = serde_json::from_slice(&json.stdout).expect("JSON");
        assert_eq!(report["verdict"], verdict);
        let text = String::from_utf8(output.stdout).expect("is UTF-8");
        assert!(text.starts_with(verdict), "{text}");
    }
    let report: Value =
        serde_json::from_slice(&machine.control(&["check", "--json", "--", "git push -f origin main"]).stdout)
            .expect("JSON");
    assert_eq!(report["confirm"], "type");
    let reason = &report["reasons"][0];
    for key in ["rule", "why", "instead"] {
        assert!(reason[key].as_str().is_some_and(|text| !text.is_empty()), "{reason}");
    }
}

#[test]
fn what_is_not_understood_is_not_complete_and_not_read_only() {
    let machine = Machine::new();
    for line in ["ls $(", "echo 'open", "if true; then ls"] {
        let output = machine.control(&["check", "--json", "--", line]);
        let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        assert_eq!(report["complete"], false, "{line}");
        assert_ne!(report["reversibility"], "read-only", "{line}");
    }
}

#[test]
fn a_batch_is_answered_in_order_with_the_ids_given() {
    let machine = Machine::new();
    let input = concat!(
        r#"{"line":"ls","id":1}"#,
        "\n\n",
        r#"{"line":"rm -rf ../..","id":{"a":[2]}}"#,
        "\n",
        r#"{"line":"rm x","cwd":"/nonexistent/q"}"#,
        "\n",
        r#"{"line":"echo \u001b[2J","id":"four"}"#,
    );
    let (answers, status) = batch(&machine, input);
    assert_eq!(status, Some(0));
    let ids: Vec<&Value> = answers.iter().map(|answer| &answer["id"]).collect();
    assert_eq!(ids, [&json!(1), &json!({"a": [2]}), &Value::Null, &json!("four")]);
    assert_eq!(answers[0]["reversibility"], "read-only");
    assert_eq!(answers[1]["verdict"], "deny");
    assert_eq!(answers[2]["effects"][0]["object"]["path"], "/nonexistent/q/x");
}

#[test]
fn input_that_is_no_question_is_answered_as_such_and_never_passes() {
    let machine = Machine::new();
    let (answers, status) =
        batch(&machine, "{\"line\":\"ls\"}\nls\n{\"id\":7}\n{\"line\":\"ls\",\"cwd\":\"here\"}\n{\"line\":\"ls\"}\n");
    assert_eq!(status, Some(125));
    assert_eq!(answers.len(), 5);
    for answer in &answers[1..4] {
        assert!(answer["error"].is_string() && answer["verdict"].is_null(), "{answer}");
    }
    assert_eq!(answers[2]["id"], 7);
    assert_eq!(answers[4]["verdict"], "allow");
}

#[test]
fn a_program_may_hold_a_conversation() {
    let machine = Machine::new();
    let mut command = machine.command(env!("CARGO_BIN_EXE_agentshctl"));
    let mut child =
        command.args(["check", "--batch"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("starts");
    let mut questions = child.stdin.take().expect("a pipe");
    let mut answers = BufReader::new(child.stdout.take().expect("a pipe")).lines();
    for id in 0..3 {
        writeln!(questions, "{}", json!({"line": "ls", "id": id})).expect("asks");
        let answer = answers.next().expect("an answer before the next question").expect("reads");
        let answer: Value = serde_json::from_str(&answer).expect("JSON");
        assert_eq!(answer["id"], id);
    }
    drop(questions);
    assert!(child.wait().expect("ends").success());
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let machine = Machine::new();
    let script = "i=0; while [ $i -lt 3000 ]; do echo '{\"line\":\"ls\"}'; i=$((i+1)); done | { agentshctl check --batch; echo $? >status; } | head -n 1 >/dev/null";
    machine.run(script);
    assert_eq!(std::fs::read_to_string(machine.work().join("status")).expect("reads"), "0\n");
}

#[test]
fn nothing_runs_and_nothing_is_written() {
    let machine = Machine::new();
    machine.control(&["check", "--", "rm -rf src; touch made"]);
    machine.control(&["explain", "--", "rm -rf src; touch made"]);
    assert!(machine.work().join("src").is_dir() && !machine.work().join("made").exists());
    assert!(!machine.state().exists(), "judging leaves no trace");
}

#[test]
fn a_broken_rule_file_is_named_and_the_shipped_rules_hold() {
    let machine = Machine::new();
    machine.rule("[[rule]]\nid = \"x\"\nverdct = \"ask\"\n");
    let output = machine.control(&["check", "--", "git push origin main"]);
    let warning = String::from_utf8(output.stderr).expect("is UTF-8");
    assert!(warning.contains("50-test.toml:3") && warning.contains("verdct"), "{warning}");
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        machine.control(&["check", "--", "touch x"]).status.code(),
        Some(1),
        "what is not read-only is asked about"
    );
    assert_eq!(machine.control(&["check", "--", "ls"]).status.code(), Some(0));
}

#[test]
fn explain_shows_commands_effects_and_rules() {
    let machine = Machine::new();
    let output = machine.control(&["explain", "--", "cd src && rm main.rs; git push origin main"]);
    assert_eq!(output.status.code(), Some(0));
    let text = String::from_utf8(output.stdout).expect("is UTF-8");
    for part in [
        "1 | cd src && rm main.rs; git push origin main",
        "^^^^^^^ delete ",
        "─ rm main.rs",
        "─ git push origin main",
        "ask by push: ",
        "kept first: ",
        "verdict: ask, cannot be taken back",
    ] {
        assert!(text.contains(part), "{part:?} is missing: {text}");
    }
}

#[test]
fn the_evaluation_counts_questions_gaps_and_what_passes() {
    let machine = Machine::new();
    let rows = [
        json!({"cmd": "ls -l", "label": "benign"}),
        json!({"line": "git push origin main", "label": "benign"}),
        json!({"cmd": "git push -f origin main", "label": "irreversible"}),
        json!({"cmd": "touch x", "label": "irreversible"}),
        json!({"cmd": "cat a", "label": "read_only"}),
        json!({"cmd": "echo $(", "label": "unknown"}),
        json!({"cmds": ["ls", "git push origin main", "git push --tags"]}),
        json!({"cmds": ["ls", "rm src/main.rs"]}),
    ];
    let file = machine.path("rows.jsonl");
    std::fs::write(&file, rows.map(|row| row.to_string()).join("\n")).expect("writes");
    let output = machine.control(&["bench", "--lines", file.to_str().expect("UTF-8")]);
    let text = String::from_utf8(output.stdout).expect("is UTF-8");
    for part in [
        "11 lines in ",
        "incomplete: 1 of 11 (9.09 %)\n  echo $(",
        "2 sessions: questions p50 2, p90 2, most 2\n",
        "read-only: 1 of 1 found (100.0 %); 0 called so wrongly",
        "benign: 1 of 2 asked about or denied (50.00 %)\n  ask [push]: git push origin main",
        "irreversible: 1 of 2 allowed\n  reversible: touch x",
    ] {
        assert!(text.contains(part), "{part:?} is missing: {text}");
    }
}
