//! The desk: whose terminal it is, the question, requests and approvals.
//!
//! A *person's* terminal has a plain shell as its leader and nothing above that but init; an *agent's* is made by a
//! process with an agent's marker in its environment.

pub mod person;

use person::{Machine, Terminal, there};
use std::fs;

pub const PUSH: &str = "git push -q origin HEAD:main";
const QUESTION: &str = "view: ";
pub const TYPED: &str = r#"
[[rule]]
id = "typed"
effect = { verb = ["push"] }
verdict = "ask"
confirm = "type"
why = "The name is to be typed."
match = ["git push origin main"]
not_match = ["ls"]
"#;

fn quoted(line: &str) -> String {
    format!("agentsh -c '{}'", line.replace('\'', "'\\''"))
}

#[test]
fn yes_at_the_question_runs_the_line() {
    let machine = Machine::new();
    let mut terminal = Terminal::start(&machine, &quoted(PUSH), &[]);
    terminal.expect("push to origin");
    terminal.expect("first");
    terminal.expect(QUESTION);
    terminal.send("y");
    let (text, status) = terminal.finish();
    assert_eq!(status, 0, "{text}");
    assert_eq!(machine.pushed(), 1);
    assert!(text.contains("1 commit would go"), "{text}");
    let waiting = machine.control(&["pending", "--json"]);
    assert!(waiting.stdout.is_empty(), "an answered request does not wait");
}

#[test]
fn no_enter_and_end_of_file_run_nothing() {
    for keys in ["n", "\r", "\u{4}"] {
        let machine = Machine::new();
        let mut terminal = Terminal::start(&machine, &quoted(PUSH), &[]);
        terminal.expect(QUESTION);
        terminal.send(keys);
        let (text, status) = terminal.finish();
        assert_eq!(status, 126, "{text}");
        assert!(text.contains("agentsh: not run: rule push: "), "{text}");
        assert_eq!(machine.pushed(), 0, "{keys:?}");
    }
}

#[test]
fn what_runs_though_not_all_of_it_is_kept_is_not_called_covered() {
    for guard in ["off", "auto"] {
        let machine = Machine::new();
        let settings = format!("guard = \"{guard}\"\nlimits.file = 70000\n");
        std::fs::write(machine.path("config/agentsh/config.toml"), settings).expect("writes");
        std::fs::write(machine.work().join("large"), vec![b'x'; 80_000]).expect("writes");
        std::fs::write(machine.work().join("small"), "small").expect("writes");
        let line = "echo less > small; echo less > large";
        let mut terminal = Terminal::start(&machine, &quoted(line), &[]);
        terminal.expect("cannot be kept cannot be taken back: cannot keep a copy");
        terminal.expect(QUESTION);
        terminal.send("y");
        let (text, status) = terminal.finish();
        assert_eq!(status, 0, "{text}");
        assert_eq!(std::fs::read_to_string(machine.work().join("large")).expect("reads"), "less\n");
        // Its end is recorded by a process that nobody waits for.
        let (mut log, mut tries) = (String::new(), 0);
        while !log.contains("\"exit\":0") && tries < 500 {
            std::thread::sleep(std::time::Duration::from_millis(10));
            log = String::from_utf8(machine.control(&["log", "--json", "--all"]).stdout).expect("is UTF-8");
            tries += 1;
        }
        assert!(log.contains("\"coverage\":\"partial\""), "{guard}: {log}");
    }
}

#[test]
fn other_keys_and_pasted_text_answer_nothing() {
    let machine = Machine::new();
    // Typed ahead: thrown away when the question comes.
    let mut terminal = Terminal::start(&machine, &format!("sleep 0.3; {}", quoted(PUSH)), &[]);
    terminal.send("y");
    terminal.expect(QUESTION);
    for keys in ["x", "\u{1b}[A", "\u{1b}Oy", "yes please", " "] {
        terminal.send(keys);
        std::thread::sleep(std::time::Duration::from_millis(30));
    }
    assert_eq!(machine.pushed(), 0);
    terminal.expect("answer nothing");
    terminal.expect(QUESTION);
    terminal.send("v");
    terminal.expect(QUESTION);
    terminal.send("n");
    let (text, status) = terminal.finish();
    assert_eq!(status, 126, "{text}");
    assert_eq!(machine.pushed(), 0);
}

#[test]
fn control_c_at_the_question_runs_nothing_and_gives_the_terminal_back() {
    let machine = Machine::new();
    let script = format!("trap : INT; {} >out; echo STATUS=$?; stty -a", quoted(PUSH));
    let mut terminal = Terminal::start(&machine, &script, &[]);
    terminal.expect(QUESTION);
    terminal.send("\u{3}");
    terminal.expect("STATUS=130");
    let (text, _) = terminal.finish();
    assert_eq!(machine.pushed(), 0);
    assert!(text.contains(" icanon") && text.contains(" echo "), "{text}");
    assert_eq!(fs::read(machine.work().join("out")).expect("reads"), b"", "nothing goes to standard output");
}

#[test]
fn the_question_is_put_on_the_terminal_and_nowhere_else() {
    let machine = Machine::new();
    let mut terminal = Terminal::start(&machine, &format!("{} </dev/null >out 2>err", quoted(PUSH)), &[]);
    terminal.expect(QUESTION);
    terminal.send("y");
    let (text, status) = terminal.finish();
    assert_eq!(status, 0, "{text}");
    assert_eq!(machine.pushed(), 1);
    assert_eq!(fs::read_to_string(machine.work().join("out")).expect("reads"), "");
    assert_eq!(fs::read_to_string(machine.work().join("err")).expect("reads"), "");
}

#[test]
fn a_target_is_typed_where_the_rule_wants_it() {
    for (keys, pushed) in [("origin\r", 1), ("y\r", 0), ("origan\u{7f}\u{7f}in\r", 1), ("\r", 0), ("origin\u{15}\r", 0)]
    {
        let machine = Machine::new();
        machine.rule(TYPED);
        let mut terminal = Terminal::start(&machine, &quoted(PUSH), &[]);
        terminal.expect("Type origin to run it");
        terminal.expect("refuse: ");
        terminal.send(keys);
        let (text, status) = terminal.finish();
        assert_eq!((machine.pushed(), status), (pushed, if pushed == 1 { 0 } else { 126 }), "{keys:?}: {text}");
    }
}

#[test]
fn without_a_terminal_the_line_is_refused_then_runs_once_when_approved() {
    let machine = Machine::new();
    let refused = machine.away(PUSH);
    assert_eq!(refused.status.code(), Some(126));
    assert_eq!(refused.stdout, b"");
    let id = machine.request();
    let text = String::from_utf8(refused.stderr).expect("is UTF-8");
    assert!(text.starts_with("agentsh: not run: rule push: push to origin"), "{text}");
    assert!(
        text.contains(&format!("ask the user: they run 'agentshctl approve {id}', then repeat the identical command")),
        "{text}"
    );
    assert_eq!(text.matches('\n').count(), 1, "one line: {text}");
    assert_eq!(machine.pushed(), 0);

    assert_eq!(machine.away(PUSH).status.code(), Some(126));
    assert_eq!(machine.request(), id, "the same line keeps its id");

    let mut terminal = Terminal::start(&machine, &format!("agentshctl approve {id}"), &[]);
    terminal.expect("1 commit would go");
    terminal.expect(QUESTION);
    terminal.send("y");
    let (text, status) = terminal.finish();
    assert_eq!(status, 0, "{text}");
    assert_eq!(machine.pushed(), 0, "approve runs nothing");

    assert_eq!(machine.away("git push -q origin HEAD:other").status.code(), Some(126), "another line");
    let ran = machine.away(PUSH);
    assert_eq!(ran.status.code(), Some(0), "{}", String::from_utf8_lossy(&ran.stderr));
    assert_eq!(machine.pushed(), 1);
    assert_eq!(machine.away(PUSH).status.code(), Some(126), "only once");
}

#[test]
fn an_approval_holds_for_the_directory_and_the_meaning_it_was_given_for() {
    let machine = Machine::new();
    machine.away(PUSH);
    let id = machine.request();
    let (text, status) = Terminal::start(&machine, &format!("agentshctl approve -y {id}"), &[]).finish();
    assert_eq!(status, 0, "{text}");
    machine.run("git init -q --bare ../elsewhere && git remote set-url origin ../elsewhere");
    assert_eq!(machine.away(PUSH).status.code(), Some(126), "the remote has become another");
    machine.run("git remote set-url origin ../origin");
    assert_eq!(machine.away(&format!("cd src; {PUSH}")).status.code(), Some(126));
    assert_eq!(machine.away(PUSH).status.code(), Some(0));
}

#[test]
fn an_approval_expires() {
    let machine = Machine::new();
    machine.away(PUSH);
    let id = machine.request();
    Terminal::start(&machine, &format!("agentshctl approve -y {id}"), &[]).finish();
    let approved = machine.state().join("approved");
    let file = fs::read_dir(&approved).expect("lists").next().expect("one approval").expect("an entry").path();
    let mut approval: serde_json::Value = serde_json::from_slice(&fs::read(&file).expect("reads")).expect("JSON");
    approval["expires"] = serde_json::json!(1);
    fs::write(&file, approval.to_string()).expect("writes");
    assert_eq!(machine.away(PUSH).status.code(), Some(126));
    assert_eq!(machine.pushed(), 0);
    assert!(!there(&file), "it is thrown away");
}

#[test]
fn a_terminal_made_by_an_agent_is_not_asked_at() {
    let machine = Machine::new();
    let mut terminal = Terminal::start(&machine, &quoted(PUSH), &[("CLAUDECODE", "1")]);
    terminal.send("y");
    let (text, status) = terminal.finish();
    assert_eq!(status, 126, "{text}");
    assert!(text.contains("agentshctl approve"), "{text}");
    assert_eq!(machine.pushed(), 0);
}

#[test]
fn an_agent_that_a_person_started_at_their_terminal_is_no_obstacle() {
    let machine = Machine::new();
    let mut terminal = Terminal::start(&machine, &format!("AGENT_SESSION_ID=7 {}", quoted(PUSH)), &[]);
    terminal.expect("for goose");
    terminal.expect(QUESTION);
    terminal.send("y");
    let (text, status) = terminal.finish();
    assert_eq!((status, machine.pushed()), (0, 1), "{text}");
}

#[test]
fn a_terminal_in_raw_mode_or_led_by_agentsh_is_not_asked_at() {
    let machine = Machine::new();
    let (text, status) = Terminal::start(&machine, &format!("stty raw -echo; {}", quoted(PUSH)), &[]).finish();
    assert_eq!(status, 126, "{text}");
    // `exec` makes agentsh itself the leader of the session.
    let mut terminal = Terminal::start(&machine, &format!("exec 2>err; exec {}", quoted(PUSH)), &[]);
    let refused = machine.work().join("err");
    terminal.send("y");
    let until = std::time::Instant::now() + std::time::Duration::from_secs(60);
    while !fs::read_to_string(&refused).is_ok_and(|text| text.contains("not run")) {
        assert!(std::time::Instant::now() < until, "no refusal came");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    assert_eq!(machine.pushed(), 0);
}

#[test]
fn approve_and_deny_are_for_people() {
    let machine = Machine::new();
    machine.away(PUSH);
    let id = machine.request();
    for verb in ["approve -y", "deny"] {
        let (text, status) =
            Terminal::start(&machine, &format!("CODEX_THREAD_ID=1 agentshctl {verb} {id}"), &[]).finish();
        assert_eq!(status, 3, "{text}");
        assert!(text.contains("only a person") && text.contains("codex"), "{text}");
        let (text, status) =
            Terminal::start(&machine, &format!("agentshctl {verb} {id}"), &[("GEMINI_CLI", "1")]).finish();
        assert_eq!(status, 3, "{text}");
        let arguments: Vec<&str> = verb.split(' ').chain([id.as_str()]).collect();
        let mut away = machine.command("setsid");
        let away = away.args(["--wait", "agentshctl"]).args(arguments).output().expect("runs");
        assert_eq!(away.status.code(), Some(3));
    }
    assert_eq!(machine.away(PUSH).status.code(), Some(126));

    let mut terminal = Terminal::start(&machine, &format!("agentshctl approve {id}"), &[]);
    terminal.expect(QUESTION);
    terminal.send("n");
    let (text, status) = terminal.finish();
    assert_eq!(status, 1, "{text}");
    assert_eq!(machine.away(PUSH).status.code(), Some(126));

    let (text, status) = Terminal::start(&machine, &format!("agentshctl deny {id}"), &[]).finish();
    assert_eq!(status, 0, "{text}");
    assert!(machine.control(&["pending", "--json"]).stdout.is_empty());
    let (text, status) = Terminal::start(&machine, &format!("agentshctl approve {id}"), &[]).finish();
    assert_eq!(status, 1, "{text}");
    assert!(text.contains("no request"), "{text}");
}

#[test]
fn what_is_denied_cannot_be_approved() {
    let machine = Machine::new();
    let mut terminal = Terminal::start(&machine, &quoted("rm -rf /"), &[]);
    terminal.send("y");
    let (text, status) = terminal.finish();
    assert_eq!(status, 126, "{text}");
    assert!(text.contains("agentsh: not run: rule delete-root: delete / and everything below it"), "{text}");
    assert!(text.contains("cannot be approved"), "{text}");
    assert!(machine.control(&["pending", "--json"]).stdout.is_empty());
    let log = String::from_utf8(machine.control(&["log"]).stdout).expect("is UTF-8");
    assert!(log.contains("refused") && log.contains("rm -rf /"), "{log}");
}

#[test]
fn nothing_an_agent_chose_reaches_the_terminal_as_it_is() {
    let machine = Machine::new();
    let line = "git push -q origin HEAD:main # \u{1b}[2J\u{1b}]0;done\u{7}\u{202e}";
    let mut terminal = Terminal::start(&machine, "agentsh -c \"$LINE\"", &[("LINE", line)]);
    terminal.expect(QUESTION);
    terminal.send("n");
    let (text, _) = terminal.finish();
    for hidden in ["\u{1b}[2J", "\u{1b}]0", "\u{7}", "\u{202e}"] {
        assert!(!text.contains(hidden), "{text:?}");
    }
    assert!(text.contains("\\x1b[2J"), "{text}");
}

#[test]
fn the_card_is_about_the_repository_that_is_pushed() {
    let shown = |line: &str| {
        let machine = Machine::new();
        machine.run("git clone -q ../origin other && cd other && git -c user.name=a -c user.email=b commit -q --allow-empty -m elsewhere");
        machine.away(line);
        String::from_utf8(machine.control(&["show", &machine.request()]).stdout).expect("is UTF-8")
    };
    for line in ["cd other && git push -q origin HEAD:main", "git -C other push -q origin HEAD:main"] {
        let text = shown(line);
        assert!(text.contains("elsewhere") && text.contains("other\n") && !text.contains("further by"), "{text}");
    }
    let text = shown("git commit -qm more --allow-empty && git push -q origin HEAD:main");
    assert!(text.contains("first") && text.contains("further by what this line does before"), "{text}");
}

#[test]
fn requests_are_for_this_user_alone() {
    use std::os::unix::fs::PermissionsExt;
    let machine = Machine::new();
    machine.away(PUSH);
    let id = machine.request();
    let mode = |name: &str| fs::metadata(machine.state().join(name)).expect("is there").permissions().mode() & 0o777;
    assert_eq!((mode("pending"), mode(&format!("pending/{id}.json"))), (0o700, 0o600));
    let shown = machine.control(&["show", &id]);
    let text = String::from_utf8(shown.stdout).expect("is UTF-8");
    assert!(text.contains("1 commit would go") && text.contains("first"), "{text}");
    assert!(machine.control(&["show", "../../x"]).status.code() == Some(2));
}

#[test]
fn a_line_that_only_reads_is_recorded_when_it_is_refused() {
    let machine = Machine::new();
    machine.rule(
        "[[rule]]\nid = \"no-peeking\"\neffect = { verb = [\"read\"], path = [\"src/**\"] }\nverdict = \"ask\"\nwhy = \"Private.\"\nmatch = [\"cat src/main.rs\"]\nnot_match = [\"cat x\"]\n",
    );
    assert_eq!(machine.away("cat src/main.rs src/other.rs").status.code(), Some(126));
    let log = String::from_utf8(machine.control(&["log"]).stdout).expect("is UTF-8");
    assert!(log.contains("refused") && log.contains("cat src/main.rs"), "{log}");
    let json: serde_json::Value =
        serde_json::from_slice(&machine.control(&["check", "--json", "--", "cat src/main.rs src/other.rs"]).stdout)
            .expect("JSON");
    assert_eq!(json["reasons"].as_array().map(Vec::len), Some(1), "a rule that matches twice is listed once: {json}");
}
