//! Limits, masks and places a caller may set.

use crate::support::probe::{Bench, Probe, check, line, probe};

#[test]
fn limits_go_over() {
    check([
        line("umask; touch f; stat -c %a f").before("umask 027"),
        line("umask").before("umask 777"),
        line("ulimit -a"),
        line("ulimit -Sn; ulimit -Hn").before("ulimit -n 64"),
        line("nice").under(["nice", "-n", "5"]),
        line("ulimit -c; ulimit -s; ulimit -v").before("ulimit -c 0 -s 4096 -v 4000000"),
    ]);
}

#[test]
fn tight_limits_still_run() {
    check([
        line("echo ran").before("ulimit -n 4"),
        line("echo ran; ls > /dev/null; echo $?").before("ulimit -n 5"),
        line("echo ran").before("ulimit -s 256"),
        line("echo ran").before("ulimit -v 60000"),
        line("echo ran").before("ulimit -f 0"),
        line("echo ran").before("ulimit -t 5"),
        line("echo ran").before("exec <&-; ulimit -n 4"),
    ]);
}

#[test]
fn nested_lines_need_no_large_stack() {
    let nested = |open: &str, inner: &str, close: &str, times: usize| {
        line(format!("{}{inner}{}; echo ran", open.repeat(times), close.repeat(times))).before("ulimit -s 256")
    };
    check([
        nested("if :; then ", ":; ", "fi; ", 40),
        nested("( ", ":", " )", 9),
        nested("while :; do ", "break; ", "done; break; ", 20),
        nested(": $(", ":", ")", 9),
        nested("eval ", ":", "", 30),
        nested("f() ", "{ :; }", "", 1),
    ]);
}

#[test]
fn long_arguments() {
    let long = "x".repeat(130_000);
    let many: Vec<String> = (0..1500).map(|number| format!("{number:01000}")).collect();
    let too_long = "x".repeat(200_000);
    check([
        probe(["-c", "echo ${#1}", "zero", long.as_str()]),
        line(format!("echo ${{#0}}; : {long}")),
        probe(["-c", "echo $# ${#1500}", "zero"].into_iter().map(str::to_owned).chain(many)),
        probe(["-c", "echo no", "zero", too_long.as_str()]),
    ]);
}

#[test]
fn places_that_are_gone() {
    check([
        line("pwd; echo $?; cd ..; echo $?").before("mkdir gone; cd gone; rmdir ../gone").env("PWD", "/nowhere"),
        line("echo ran").before("cd /"),
        line("pwd").before("mkdir real; ln -s real link; cd link").env("PWD", "/wrong"),
    ]);
}

#[test]
fn as_an_interpreter() {
    let bench = Bench::new();
    let real = Bench::real("bash");
    for (name, option) in [("bash", ""), ("bash", " -eu"), ("agentsh", ""), ("agentsh", " -x")] {
        let head = |shell: &std::path::Path| {
            format!("#!{}{option}\necho \"$0|$1|$-\"\nno_such_command_here\n", shell.display())
        };
        let run = |shell: &std::path::Path| {
            let probe: Probe = probe(["one"]).file("tool", head(shell));
            bench.run(&probe, std::path::Path::new("./tool"), "tool".as_ref())
        };
        assert_eq!(run(&bench.agentsh(name)), run(&real), "#! {name}{option}");
    }
}

#[test]
fn exec_with_a_name_of_ones_own() {
    check([
        line("exec -a foo \"$SHELL_UNDER_TEST\" -c 'echo $0; no_such_command_here'")
            .env("SHELL_UNDER_TEST", Bench::real("bash")),
        line("echo $0").called("name with blanks"),
        line("env -i $BASH -c 'echo $PATH'").env("BASH", Bench::real("bash")),
    ]);
}
