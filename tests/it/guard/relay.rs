//! The front process behaves as the shell would.

use super::bench::{Guarded, text, until};
use std::os::unix::process::ExitStatusExt;

#[test]
fn status_and_signals_of_the_shell_are_the_fronts() {
    let guarded = Guarded::new();
    for (line, code, signal) in [
        ("perl -e 1; exit 0", Some(0), None),
        ("perl -e 1; exit 77", Some(77), None),
        ("perl -e 1; no-such-program", Some(127), None),
        ("perl -e 1; kill -TERM $$", None, Some(15)),
        ("perl -e 1; kill -KILL $$", None, Some(9)),
        ("perl -e 1; kill -USR1 $$", None, Some(10)),
        ("perl -e 'kill 9, $$'; exit $?", Some(137), None),
    ] {
        let status = guarded.run(line).status;
        assert_eq!((status.code(), status.signal()), (code, signal), "{line}");
    }
}

#[test]
fn a_signal_sent_to_the_process_its_caller_knows_reaches_the_shell() {
    let guarded = Guarded::new();
    for (signal, trap, code, by) in [
        (libc::SIGTERM, "", None, Some(15)),
        (libc::SIGTERM, "trap 'echo caught >>seen; exit 3' TERM;", Some(3), None),
        (libc::SIGINT, "trap 'echo caught >>seen; exit 4' INT;", Some(4), None),
        (libc::SIGKILL, "", None, Some(9)),
    ] {
        let line = format!("perl -e 1; {trap} echo $$ >shell; echo up >ready; while :; do read -t 0.05 x <>fifo; done");
        guarded.machine.run("rm -f seen ready shell fifo; mkfifo fifo");
        let mut command = guarded.command(&line);
        let child =
            command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().expect("starts");
        until("the shell is up", || guarded.read("ready") == "up\n");
        let shell: i32 = guarded.read("shell").trim().parse().expect("a pid");
        agentsh::sys::send_signal(i32::try_from(child.id()).expect("a pid"), signal);
        let output = guarded.finish(child);
        assert_eq!((output.status.code(), output.status.signal()), (code, by), "{signal} {trap} {}", text(&output));
        if !trap.is_empty() {
            assert_eq!(guarded.read("seen"), "caught\n", "{signal}");
        }
        until("the shell is gone", || agentsh::sys::ProcStat::of(shell).is_err());
    }
}

#[test]
fn a_signal_to_the_whole_group_comes_once() {
    let guarded = Guarded::new();
    let line = "perl -e 1; trap 'echo caught >>seen' USR1; trap 'exit 5' TERM; echo up >ready; while :; do read -t 0.05 x <>fifo; done";
    guarded.machine.run("mkfifo fifo");
    use std::os::unix::process::CommandExt;
    let child = guarded.command(line).process_group(0).spawn().expect("starts");
    until("the shell is up", || guarded.read("ready") == "up\n");
    let group = -i32::try_from(child.id()).expect("a pid");
    agentsh::sys::send_signal(group, libc::SIGUSR1);
    until("the trap has run", || guarded.exists("seen"));
    agentsh::sys::send_signal(-group, libc::SIGTERM);
    assert_eq!(guarded.finish(child).status.code(), Some(5));
    assert_eq!(guarded.read("seen"), "caught\n");
}

#[test]
fn stopping_and_going_on_are_relayed() {
    let guarded = Guarded::new();
    guarded.machine.run("mkfifo fifo");
    let line = "perl -e 1; echo up >ready; kill -STOP $$; exit 6";
    let child = guarded.command(line).spawn().expect("starts");
    let pid = i32::try_from(child.id()).expect("a pid");
    until("the front is stopped", || agentsh::sys::ProcStat::of(pid).is_ok_and(|stat| stat.state == b'T'));
    agentsh::sys::send_signal(pid, libc::SIGCONT);
    assert_eq!(guarded.finish(child).status.code(), Some(6));
}

#[test]
fn the_shell_has_its_callers_mask_limits_and_signals() {
    let guarded = Guarded::new();
    let line = "perl -e 1; umask; ulimit -f; : >made; stat -c %a made; grep -E '^Sig(Blk|Ign)' /proc/$$/status";
    let outer = "umask 027; ulimit -f 4096; trap '' XFSZ USR2;";
    let run = |shell: &str| {
        let mut command = guarded.machine.command("/bin/bash");
        command.args(["-c", &format!("{outer} rm -f made; {shell} -c \"$1\""), "x", line]);
        text(&command.stdin(std::process::Stdio::null()).output().expect("runs"))
    };
    assert_eq!(run("agentsh"), run("/bin/bash"));
    assert!(!guarded.intents().is_empty());
}
