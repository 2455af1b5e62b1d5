//! Dispositions and mask as the caller left them.

use crate::support::probe::{Bench, check, line, probe};

/// The shell's own state, read by itself with no child about, and then what a program it becomes is given.
const SHOW: &str = "while read -r x; do case $x in Sig[!Q]*|Shd*) echo $x;; esac; done < /proc/$$/status; \
    exec grep -E '^(Sig[^Q]|Shd)' /proc/self/status";

#[test]
fn dispositions_and_mask_go_over() {
    check([
        line(SHOW),
        line(SHOW).under(["env", "--ignore-signal=PIPE"]),
        line(SHOW).under(["env", "--ignore-signal=INT,QUIT,TTIN,TTOU,TSTP,HUP,CHLD"]),
        line(SHOW).under(["env", "--block-signal=USR1,INT"]),
        line(SHOW).under(["env", "--block-signal=CHLD"]),
        // Real-time signals too, of which C libraries keep some for themselves.
        line(SHOW).under(["env", "--block-signal"]),
        line(format!("echo x > file; {SHOW}")).under(["env", "--block-signal=34,35,64"]),
        line(SHOW).under(["env", "--default-signal"]),
        line(SHOW).under(["env", "--ignore-signal"]),
        line(SHOW).before("trap '' PIPE TERM; trap : USR1"),
        line("yes | head -n 1 > /dev/null; echo ${PIPESTATUS[0]}").under(["env", "--ignore-signal=PIPE"]),
        line("kill -PIPE $$; echo survived"),
        line("kill -PIPE $$; echo survived").under(["env", "--ignore-signal=PIPE"]),
        line("trap 'echo trapped' INT; kill -INT $$; trap").under(["env", "--ignore-signal=INT"]),
        line("kill -USR1 $$; echo survived").under(["env", "--block-signal=USR1"]),
        probe(["script"]).file("script", SHOW),
        probe(["-i", "-c", SHOW]),
    ]);
}

/// Starts its arguments, waits for their word, sends the group a signal, and waits for their end.
fn signalled(signal: &str, target: &str) -> [String; 6] {
    let text = format!(
        "mkfifo ready; exec 3>&2 2> /dev/null; set -m; \"$@\" 2>&3 & read word < ready; kill -{signal} {target}$!; wait $!; echo ended with $?"
    );
    // Tests that were started in the background of a shell inherit signals that no shell can stop to ignore.
    ["env".into(), "--default-signal".into(), "bash".into(), "-c".into(), text, "signal".into()]
}

#[test]
fn signals_from_outside() {
    // Waiting in a builtin, because what a shell does about a signal while it waits for a child depends on the child's
    // end; and again and again, because bash may miss a trapped signal that comes just before it blocks.
    let lines = [
        "mkfifo wait; exec 8<> wait; echo go > ready; while :; do read -t 0.02 x <&8; done",
        "trap 'echo trapped; exit 4' INT TERM HUP; mkfifo wait; exec 8<> wait; echo go > ready; while :; do read -t 0.02 x <&8; done",
        "trap '' INT HUP; mkfifo wait; exec 8<> wait; echo go > ready; read -t 0.1 x <&8; echo went on",
    ];
    let probes = ["INT", "TERM", "HUP", "KILL", "USR1"].into_iter().flat_map(|signal| {
        ["", "-"].into_iter().flat_map(move |target| {
            lines.into_iter().map(move |text| {
                let under = signalled(signal, target);
                line(text).under(under.iter().map(String::as_str))
            })
        })
    });
    check(probes);
}

#[test]
fn the_shell_is_the_process_that_was_started() {
    let bench = Bench::new();
    for (name, argv0) in [("bash", "bash"), ("agentsh", "agentsh")] {
        let mut command = bench.command(&line("echo $$ $PPID"), &bench.agentsh(name), argv0.as_ref());
        let child = command.stdout(std::process::Stdio::piped()).spawn().expect("agentsh starts");
        let expected = format!("{} {}\n", child.id(), std::process::id());
        let output = child.wait_with_output().expect("it ends");
        assert_eq!(String::from_utf8_lossy(&output.stdout), expected);
    }
}
