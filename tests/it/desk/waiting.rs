//! A line that waits: what ends the wait, and that nothing runs unless a person says yes while its agent is there.

use super::tmux::{Line, Window};
use crate::approval::person::{Machine, Terminal};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::os::unix::process::ExitStatusExt;
use std::process::Stdio;

const PUSH: &str = "git push -q origin HEAD:main";

fn settings(machine: &Machine, text: &str) {
    std::fs::write(machine.path("config/agentsh/config.toml"), text).expect("writes");
}

#[test]
fn without_an_answer_the_line_is_refused_and_a_later_yes_is_good_for_one_more_try() {
    let machine = Machine::new();
    settings(&machine, "hold = 60\n[agent.codex]\nhold = 1\n");
    let desk = Window::desk(&machine);
    let refused = Line::start(&machine, "s1", PUSH).finish();
    let text = String::from_utf8_lossy(&refused.stderr).into_owned();
    let id = machine.request();
    assert_eq!(refused.status.code(), Some(126), "{text}");
    assert!(text.contains(&format!("request {id}: ask the user")) && text.matches('\n').count() == 1, "{text}");
    assert_eq!(refused.stdout, b"");
    desk.expect("refused; approved, it runs once");
    desk.answer("y");
    desk.expect("approved; it runs once when it is repeated");
    assert_eq!(machine.pushed(), 0, "a late yes runs nothing by itself");
    assert_eq!(Line::start(&machine, "s2", PUSH).finish().status.code(), Some(126), "another session");
    let ran = Line::start(&machine, "s1", PUSH).finish();
    assert_eq!((ran.status.code(), machine.pushed()), (Some(0), 1), "{}", String::from_utf8_lossy(&ran.stderr));
}

#[test]
fn with_a_hold_of_nothing_or_no_desk_nobody_waits() {
    let machine = Machine::new();
    settings(&machine, "hold = 300\n");
    assert_eq!(Line::start(&machine, "s1", PUSH).finish().status.code(), Some(126), "no desk is open");
    settings(&machine, "hold = 0\n");
    let desk = Window::desk(&machine);
    assert_eq!(Line::start(&machine, "s1", PUSH).finish().status.code(), Some(126));
    desk.send(&["q"]);
    desk.expect("LEFT=0");
    settings(&machine, "hold = 300\n");
    assert_eq!(Line::start(&machine, "s1", PUSH).finish().status.code(), Some(126), "the desk was closed");
    assert!(std::fs::read_dir(machine.state().join("desk")).expect("lists").next().is_none(), "no socket is left");
}

#[test]
fn a_signal_ends_the_wait_and_nothing_runs() {
    let machine = Machine::new();
    settings(&machine, "hold = 300\n");
    let desk = Window::desk(&machine);
    for signal in [Signal::SIGTERM, Signal::SIGINT, Signal::SIGKILL] {
        let line = Line::start(&machine, "s1", &format!("{PUSH} # {signal}"));
        desk.expect("the line waits");
        kill(Pid::from_raw(line.pid()), signal).expect("it is there");
        let ended = line.finish();
        assert_eq!(ended.status.signal(), Some(signal as i32), "{}", String::from_utf8_lossy(&ended.stderr));
        desk.expect("waits no longer");
        desk.expect("refused; approved");
        desk.answer("n");
        desk.expect("no question waits");
    }
    assert_eq!(machine.pushed(), 0);
}

#[test]
fn when_the_agent_has_gone_nothing_runs() {
    let machine = Machine::new();
    settings(&machine, "hold = 300\n");
    let desk = Window::desk(&machine);
    // Its parent ends: the kernel gives it another.
    let mut agent = machine.command("/bin/sh");
    agent.args(["-c", "agentsh -c \"$1\" 2>err & read end", "sh", PUSH]).env("CODEX_THREAD_ID", "s1");
    let mut agent = agent.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().expect("sh runs");
    desk.expect("the line waits");
    drop(agent.stdin.take());
    agent.wait().expect("a child to wait for");
    desk.expect("refused; approved");
    let err = machine.work().join("err");
    let until = std::time::Instant::now() + crate::support::screen::PATIENCE;
    while !std::fs::read_to_string(&err).is_ok_and(|text| text.contains("whoever started the command had gone")) {
        assert!(std::time::Instant::now() < until, "{:?}", std::fs::read_to_string(&err));
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    // Nobody reads its output any more.
    let mut line = Line::start(&machine, "s2", PUSH);
    desk.expect("1 waiting, 1 refused");
    line.stop_reading();
    assert_eq!(line.finish().status.code(), Some(126));
    assert_eq!(machine.pushed(), 0);
}

#[test]
fn approve_and_deny_in_another_terminal_end_the_wait() {
    let machine = Machine::new();
    settings(&machine, "hold = 300\n");
    let desk = Window::desk(&machine);
    for (verb, status, pushed) in [("deny", 126, 0), ("approve -y", 0, 1)] {
        let line = Line::start(&machine, "s1", PUSH);
        desk.expect("the line waits");
        let (text, done) = Terminal::start(&machine, &format!("agentshctl {verb} {}", machine.request()), &[]).finish();
        assert_eq!(done, 0, "{text}");
        let ended = line.finish();
        let text = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert_eq!((ended.status.code(), machine.pushed()), (Some(status), pushed), "{text}");
        desk.expect("no question waits");
    }
}

#[test]
fn a_program_that_the_guard_stops_waits_too() {
    let machine = Machine::new();
    settings(&machine, "hold = 300\nguard = \"on\"\n");
    // The name is put together while it runs: what the text says would be asked about before the line begins.
    let program = "import os\nname = 'tig'[::-1]\nchild = os.fork()\n\
        if child == 0: os.execvp(name, [name, 'push', '-q', 'origin', 'HEAD:main'])\n\
        open('pid', 'w').write(str(child))\nprint(os.waitpid(child, 0)[1])\n";
    std::fs::write(machine.work().join("x.py"), program).expect("writes");
    let desk = Window::desk(&machine);
    let line = Line::start(&machine, "s1", "python3 x.py");
    desk.expect("the line waits");
    assert_eq!(machine.pushed(), 0);
    desk.answer("y");
    let ended = line.finish();
    assert_eq!(
        (ended.stdout.as_slice(), machine.pushed()),
        (&b"0\n"[..], 1),
        "{}",
        String::from_utf8_lossy(&ended.stderr)
    );
    // When the process has gone, so has its question.
    std::fs::remove_file(machine.work().join("pid")).expect("the first one's");
    let line = Line::start(&machine, "s1", "python3 x.py");
    desk.expect("the line waits");
    machine.run("for try in $(seq 1000); do [ -s pid ] || sleep 0.01; done; kill -9 $(cat pid)");
    assert_eq!(line.finish().stdout, b"9\n");
    desk.expect("0 waiting");
    assert_eq!(machine.pushed(), 1);
}
