//! Changes beyond what the line was cleared for are judged where they happen.
//!
//! The tests live below a directory for temporary files, where everything may be changed; the setting `write` makes all of
//! the checkout but `in/` a place outside.

use super::bench::{Guarded, has, text};
use crate::approval::person::Terminal;
use std::fs;

const SETTINGS: &str = r#"
guard = "on"
write = ["in/**", "secret/**", "shut/**"]
protect = ["secret/**"]
deny = ["shut/**"]
tool_state = ["state-of-tools/**"]
"#;

fn guarded() -> Guarded {
    let guarded = Guarded::new();
    fs::write(guarded.machine.path("config/agentsh/config.toml"), SETTINGS).expect("settings");
    for name in ["in/a", "out/a", "out/b", "secret/key", "shut/data", "state-of-tools/x"] {
        guarded.write(name, format!("this was {name}\n"));
    }
    guarded
}

/// `perl -e CODE ARGUMENTS` behind something opaque.
fn perl(code: &str) -> String {
    format!("perl -e '{}'", code.replace('\'', "'\\''"))
}

fn approve(guarded: &Guarded) -> String {
    let id = guarded.machine.request();
    let (text, status) = Terminal::start(&guarded.machine, &format!("agentshctl approve -y {id}"), &[]).finish();
    assert_eq!(status, 0, "{text}");
    id
}

const WRITES: &str = r#"
for my $name (qw(out/a out/b out/new)) { if (open my $f, ">", $name) { print $f "changed\n" } else { print "$name: $!\n" } }
unlink "out/" . "b" or print "unlink: $!\n"; print "done\n";"#;

#[test]
fn a_write_outside_is_refused_once_approved_and_then_goes_on() {
    let guarded = guarded();
    let before = guarded.tree();
    let line = perl(WRITES);
    let output = guarded.run(&line);
    let said = text(&output);
    assert_eq!(guarded.tree(), before, "{said}");
    let out = String::from_utf8_lossy(&output.stdout);
    assert_eq!(out.matches("Permission denied").count(), 4, "{said}");
    assert!(out.ends_with("done\n") && output.status.success(), "the rest goes on: {said}");
    let first = "agentsh: not done: rule outside-scope: write ";
    assert_eq!(said.matches(first).count(), 1, "once for a directory: {said}");
    assert!(said.contains("(by perl)") && said.contains("agentshctl approve"), "{said}");
    assert_eq!(guarded.intents().len(), 1, "what is refused within a line is no line of its own");
    let shown = text(&guarded.machine.control(&["show", "a0"]));
    assert!(shown.contains("refused: write ") && !shown.contains("ended      refused"), "{shown}");
    // Creating and deleting in it are other questions.
    let ids: Vec<String> = ["write", "create", "delete"]
        .iter()
        .map(|verb| {
            let start = said.find(&format!("agentsh: not done: rule outside-scope: {verb} ")).expect(verb);
            let rest = &said[start..];
            let at = rest.find("request ").expect("an id") + "request ".len();
            rest[at..at + 5].to_owned()
        })
        .collect();
    for id in &ids {
        let (text, status) = Terminal::start(&guarded.machine, &format!("agentshctl approve -y {id}"), &[]).finish();
        assert_eq!(status, 0, "{text}");
    }
    let output = guarded.run(&line);
    assert_eq!(String::from_utf8_lossy(&output.stdout), "done\n", "{}", text(&output));
    assert_eq!((guarded.read("out/a").as_str(), guarded.exists("out/b")), ("changed\n", false));
    let undone = guarded.undo();
    assert_eq!(guarded.tree(), before, "{undone}");
}

#[test]
fn a_person_at_the_terminal_is_asked_while_the_line_runs() {
    let guarded = guarded();
    guarded.write("line.pl", WRITES);
    let mut terminal = Terminal::start(&guarded.machine, "agentsh -c 'perl line.pl'", &[]);
    terminal.expect("write ");
    terminal.expect("view: ");
    terminal.send("y");
    // Writing there is agreed to, and making a new file is no more; taking one away is.
    terminal.expect("delete ");
    terminal.expect("view: ");
    terminal.send("n");
    let (said, status) = terminal.finish();
    assert_eq!(status, 0, "{said}");
    assert!(said.contains("the user said no"), "{said}");
    assert_eq!(guarded.read("out/a"), "changed\n", "{said}");
    assert_eq!(
        (guarded.read("out/new").as_str(), guarded.read("out/b").as_str()),
        ("changed\n", "changed\n"),
        "{said}"
    );
}

#[test]
fn protected_is_asked_about_and_denied_is_denied() {
    let guarded = guarded();
    let line = perl(r#"open F, ">", $_ or print "$_: $!\n" for qw(secret/key shut/data shut/more)"#);
    let said = text(&guarded.run(&line));
    assert!(said.contains("rule protected: write "), "{said}");
    assert_eq!(said.matches("agentsh: not done: rule denied: ").count(), 2, "{said}");
    assert!(said.contains("cannot be approved"), "{said}");
    approve(&guarded);
    let said = text(&guarded.run(&line));
    assert_eq!((guarded.read("secret/key").as_str(), guarded.read("shut/data").as_str()), ("", "this was shut/data\n"));
    assert!(said.contains("shut/more: Permission denied"), "{said}");
}

#[test]
fn files_that_control_agents_shells_and_git_are_asked_about() {
    let guarded = guarded();
    fs::write(guarded.machine.path("config/agentsh/config.toml"), "guard = \"on\"\n").expect("settings");
    for (rule, name) in [
        ("agent-settings", ".claude/settings.json"),
        ("agent-settings", ".mcp.json"),
        ("git-hooks", ".git/hooks/pre-commit"),
        ("shell-startup", ".envrc"),
        ("shell-startup", "../home/.bashrc"),
        ("agentsh-files", ".agentsh/rules/x.toml"),
    ] {
        let folder = guarded.work().join(name).parent().expect("a folder").to_owned();
        fs::create_dir_all(folder).expect("a folder");
        let ways = [
            format!(r#"open F, ">", "{name}" or print "no: $!\n""#),
            format!(r#"open F, ">", "in/x"; close F; rename "in/x", "{name}" or print "no: $!\n""#),
            format!(r#"symlink "../in/a", "{name}" or print "no: $!\n""#),
            format!(r#"link "in/a", "{name}" or print "no: $!\n""#),
        ];
        for way in ways {
            let said = text(&guarded.run(&perl(&way)));
            assert!(said.contains(&format!("agentsh: not done: rule {rule}: ")), "{way}: {said}");
            assert!(said.contains("no: Permission denied"), "{way}: {said}");
            assert!(!guarded.exists(name), "{way}");
        }
    }
}

#[test]
fn ordinary_work_is_not_spoken_of() {
    let guarded = guarded();
    fs::write(guarded.machine.path("config/agentsh/config.toml"), "guard = \"on\"\n").expect("settings");
    let mut lines = vec![
        "git init -q fresh && cd fresh && git config user.name x && echo a > a && git add a && git commit -qm a && git gc -q",
        "git clone -q . copy && git worktree add -q ../tree",
        "cd ../tree && echo x > y && git add y && git commit -qm y",
        "echo x > /dev/null; echo y > /dev/stderr; echo z >&2; : > /dev/tty; cat < /dev/zero | head -c 5 > /dev/stdout",
        "perl -e 'open F, q(>), q(/dev/shm/agentsh-test) or die; close F; unlink q(/dev/shm/agentsh-test)'",
        "x=$(mktemp -d) && perl -e 'mkdir qq($ARGV[0]/d); rmdir qq($ARGV[0]/d)' $x && rmdir $x",
        "perl -e 'mkdir shift or die' state",
    ];
    if has("python3") {
        lines.push("python3 -c 'import tempfile, os; f = tempfile.NamedTemporaryFile(); os.makedirs(\"p/q\"); print(os.getpid())'");
    }
    for line in lines {
        let output = guarded.run(line);
        assert!(!text(&output).contains("agentsh:"), "{line}: {}", text(&output));
    }
    assert!(guarded.machine.control(&["pending", "--json"]).stdout.is_empty());
}

#[test]
fn programs_keep_their_own_state_without_a_question() {
    let guarded = guarded();
    let line = perl(
        r#"$n = join "/", qw(state-of-tools x); open F, ">", $n or die; mkdir "state-of-tools/d" or die; unlink $n or die"#,
    );
    let output = guarded.run(&line);
    assert!(output.status.success() && !text(&output).contains("agentsh:"), "{}", text(&output));
    guarded.undo();
    assert_eq!(guarded.read("state-of-tools/x"), "this was state-of-tools/x\n");
}

#[test]
fn what_the_line_itself_was_cleared_for_is_not_asked_again() {
    let guarded = guarded();
    guarded.write("out/tree/x", "x");
    let line = "sed -i s/this/that/ out/a; rm -r out/tree; perl -e 1";
    let refused = text(&guarded.run(line));
    assert!(refused.contains("agentsh: not run: rule outside-scope: "), "{refused}");
    approve(&guarded);
    let output = guarded.run(line);
    assert!(output.status.success() && !text(&output).contains("agentsh:"), "{}", text(&output));
    assert_eq!((guarded.read("out/a").as_str(), guarded.exists("out/tree")), ("that was out/a\n", false));
}

#[test]
fn an_output_that_was_given_may_be_opened_again() {
    let guarded = guarded();
    let mut command = guarded.command("perl -e 'open F, q(>>), q(/dev/stdout) or die $!; print F qq(again\\n)'");
    let log = fs::OpenOptions::new().append(true).open(guarded.work().join("out/a")).expect("a file");
    let status = command.stdout(log).stderr(std::process::Stdio::null()).status().expect("runs");
    assert!(status.success());
    assert_eq!(guarded.read("out/a"), "this was out/a\nagain\n");
}
