//! The side-car: what it learns, and that the command cannot learn of it.

use agentsh::approval::{Question, settle};
use agentsh::effect::Reversibility;
use agentsh::exec::{Called, Launch, RealShell, Sidecar};
use agentsh::policy::{Decision, Verdict};
use agentsh::sys::{Ending, PidFd, ProcStat};
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

#[test]
fn a_watcher_learns_how_a_process_ended_that_is_not_its_child() {
    let cases = [
        ("exit 0", Ending::Exited(0)),
        ("exit 77", Ending::Exited(77)),
        ("kill -TERM $$", Ending::Killed(15, false)),
        ("kill -KILL $$", Ending::Killed(9, false)),
    ];
    for (line, expected) in cases {
        // Its parent has not waited for it yet: the status stands in /proc.
        let mut child = Command::new("sh").args(["-c", line]).spawn().expect("sh starts");
        let pidfd = PidFd::open(i32::try_from(child.id()).expect("a pid")).expect("it has not been waited for");
        assert_eq!(pidfd.wait().expect("a poll"), expected, "{line}");
        child.wait().expect("it ended");
        // Now only the kernel knows, and it may be too old to say.
        let after = pidfd.wait().expect("a poll");
        assert!(after == expected || after == Ending::Unknown, "{line}: {after:?}");
    }
}

/// Where the process below finds its line and its folder.
const LINE: &str = "AGENTSH_TEST_SIDECAR_LINE";
const FOLDER: &str = "AGENTSH_TEST_SIDECAR_FOLDER";

/// Not a test of its own: the process that becomes bash with a side-car, when this test program is started for it.
#[test]
fn becomes_bash_when_told_to() {
    let (Some(line), Some(folder)) = (std::env::var_os(LINE), std::env::var_os(FOLDER).map(PathBuf::from)) else {
        return;
    };
    let verdict = Verdict {
        decision: Decision::Allow,
        confirm: None,
        reversibility: Reversibility::Opaque,
        effects: Vec::new(),
        reasons: Vec::new(),
        obligations: Vec::new(),
        uses: Vec::new(),
    };
    let question = Question {
        line: Vec::new(),
        cwd: folder.clone(),
        session: String::new(),
        agent: None,
        call: None,
        prompt: None,
        hold: Duration::ZERO,
        step: Default::default(),
        running: false,
        counted: false,
        left: String::new(),
        commands: Vec::new(),
        verdict,
    };
    let cleared = settle(question, &folder).expect("it is allowed");
    let called = Called::new("bash", "/nowhere/bash");
    let real = RealShell::find(&called, std::env::var_os("PATH").as_deref(), None).expect("bash is there");
    let kept = fs::File::create(folder.join("kept")).expect("a file to keep");
    let sidecar = Sidecar::new(move |outcome| {
        let own = ProcStat::own().expect("/proc is there");
        let descriptors = fs::read_dir("/proc/self/fd").expect("/proc is there").flatten();
        let targets: Vec<_> = descriptors.filter_map(|entry| fs::read_link(entry.path()).ok()).collect();
        let text = format!(
            "{:?}\n{}\n{} {}\n{}\n{}\n{targets:?}\n",
            outcome.ending,
            std::env::current_dir().expect("a place to stand").display(),
            own.tty_nr,
            own.session,
            fs::read_to_string("/proc/self/cmdline").expect("/proc is there").trim_end_matches('\0'),
            fs::read_to_string("/proc/self/comm").expect("/proc is there").trim_end(),
        );
        // Under its final name only when complete.
        let _ = fs::write(folder.join("writing"), text)
            .and_then(|()| fs::rename(folder.join("writing"), folder.join("seen")));
    });
    let sidecar = sidecar.keeping(kept);
    let error = Launch::new(&real, &called, &["-c".into(), line]).watched(sidecar).run(cleared);
    panic!("cannot {error}");
}

fn start(line: &str, folder: &Path) -> Child {
    let mut command = Command::new(std::env::current_exe().expect("this test program"));
    command.args(["--exact", "transparency::sidecar::becomes_bash_when_told_to", "--nocapture", "--test-threads=1"]);
    command
        .env(LINE, line)
        .env(FOLDER, folder)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command.spawn().expect("this test program starts")
}

fn wait_for(file: &Path) -> String {
    let until = Instant::now() + Duration::from_secs(60);
    loop {
        match fs::read_to_string(file) {
            Ok(text) => return text,
            Err(error) => assert!(Instant::now() < until, "{}: {error}", file.display()),
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn the_outcome_is_recorded() {
    for (line, expected) in [
        ("exit 7", "Exited(7)"),
        ("true", "Exited(0)"),
        ("kill -KILL $$", "Killed(9, false)"),
        ("exec sh -c 'exit 9'", "Exited(9)"),
    ] {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let mut child = start(line, folder.path());
        let mut out = String::new();
        child.stdout.take().expect("a pipe").read_to_string(&mut out).expect("text");
        // Only the waiting parent can be sure of the status before Linux 6.15; so wait after the side-car has written.
        let seen = wait_for(&folder.path().join("seen"));
        child.wait().expect("it ended");
        assert_eq!(seen.lines().next(), Some(expected), "{line}");
    }
}

#[test]
fn nothing_of_the_command_is_held() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let line =
        "exec 5> held; echo $$; ls /proc/$$/fd | wc -l; cat /proc/$$/task/$$/children | wc -w; wait; echo waited $?";
    let mut child = start(line, folder.path());
    let (mut out, mut err) = (String::new(), String::new());
    child.stdout.take().expect("a pipe").read_to_string(&mut out).expect("text");
    child.stderr.take().expect("a pipe").read_to_string(&mut err).expect("text");
    let seen = wait_for(&folder.path().join("seen"));
    let pid = child.id();
    child.wait().expect("it ended");
    // The test program's own heading comes before.
    let said: Vec<&str> = out.lines().skip_while(|line| !line.ends_with(&pid.to_string())).skip(1).collect();
    assert_eq!(said.last(), Some(&"waited 0"), "{out}{err}");

    let lines: Vec<&str> = seen.lines().collect();
    assert_eq!(lines[1], "/");
    let own = ProcStat::own().expect("/proc is there");
    let (terminal, session) = lines[2].split_once(' ').expect("two numbers");
    assert_eq!(terminal, "0");
    assert_ne!(session, own.session.to_string());
    assert!(lines[4].starts_with("agentsh-sidecar"), "{seen}");
    let targets = lines[5];
    assert!(!targets.contains("pipe:") && !targets.contains("held"), "{targets}");
    assert!(targets.contains("/dev/null") && targets.contains("kept"), "{targets}");
}
