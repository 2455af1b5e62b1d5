//! How the shell ends, as its parent sees it.

use crate::support::probe::{check, line, probe};

#[test]
fn every_exit_status() {
    let statuses =
        [0, 1, 2, 3, 42, 64, 77, 99, 124, 125, 126, 127, 128, 129, 130, 137, 143, 200, 254, 255, 256, 257, -1];
    check(statuses.into_iter().map(|status| line(format!("exit {status}"))));
    check([line("/"), line("./file").file("data", ""), line("no_such_command_here"), line("exit x"), line("false")]);
}

#[test]
fn every_signal_a_shell_may_send_itself() {
    let signals = ["TERM", "KILL", "SEGV", "ABRT", "PIPE", "INT", "HUP", "USR1", "USR2", "QUIT", "ALRM", "XCPU", "BUS"];
    // No core files in the working directory.
    check(signals.into_iter().map(|signal| line(format!("ulimit -c 0; kill -{signal} $$; echo survived"))));
    check(
        signals
            .into_iter()
            .map(|signal| line(format!("ulimit -c 0; {{ sh -c 'kill -{signal} $$'; }} 2> /dev/null; echo $?"))),
    );
}

#[test]
fn traps_and_last_words() {
    check([
        line("trap 'echo bye; exit 7' EXIT; exit 3"),
        line("trap 'echo term; exit 9' TERM; kill -TERM $$; echo not reached"),
        line("trap '' TERM; kill -TERM $$; echo survived"),
        line("trap 'echo err' ERR; false; true"),
        line("set -e; false; echo no"),
        line("exec sh -c 'exit 5'"),
        line("exec no_such_command_here; echo no"),
        line("(exit 6) & wait $!; echo $?"),
        line("sleep 0.2 & disown; echo first"),
        line("(sleep 0.1; echo outlived) & echo first"),
        probe(["-c", "kill -STOP $$; echo went on"]).under(["sh", "-c", WAKE, "wake"]),
    ]);
}

/// Starts its arguments, waits until they have stopped themselves, and wakes them.
const WAKE: &str = "\"$@\" & until grep -q '^State:.T' /proc/$!/status; do sleep 0.01; done; kill -CONT $!; wait $!";

#[test]
fn children_are_the_shells_own() {
    check([
        line("sleep 0 & wait $!; echo $?"),
        line("ps -o ppid= -p $$ | grep -cw $PPID"),
        line("echo /proc/$$/task/* | tr -cd / | wc -c; read -r x < /proc/$$/task/$$/children; echo \"<$x>\""),
        line("ps -o pgid=,sid=,tty= -p $$,$PPID | sort -u | wc -l"),
        line("wait -n; echo $?; times | wc -l"),
    ]);
}
