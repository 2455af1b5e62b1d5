//! At a terminal.

use crate::support::probe::Bench;
use crate::support::terminal::Terminal;
use std::path::Path;

/// Runs a dialogue with the real bash and with agentsh; what was printed and how it ended must be the same.
fn check(arguments: &[&str], dialogue: impl Fn(&mut Terminal)) {
    check_as(arguments, dialogue, |status| status);
}

/// The same, endings compared as `ending` says.
#[expect(clippy::print_stdout, reason = "how many there were is shown with --nocapture")]
fn check_as(arguments: &[&str], dialogue: impl Fn(&mut Terminal), ending: impl Fn(String) -> String) {
    let bench = Bench::new();
    println!("1 probe");
    let run = |program: &Path| {
        let mut command = Terminal::command(program);
        let work = bench.path("typed");
        let _ = std::fs::remove_dir_all(&work);
        std::fs::create_dir(&work).expect("a working directory");
        command.args(arguments).current_dir(work);
        bench.set_environment(&mut command);
        command.env("HISTFILE", "/dev/null").env("INPUTRC", bench.path("home/.inputrc"));
        let mut terminal = Terminal::start(command);
        dialogue(&mut terminal);
        let (printed, status) = terminal.finish();
        (printed.replace(&program.display().to_string(), "SHELL"), ending(status))
    };
    let real = Bench::real("bash");
    let expected = run(&real);
    assert_eq!(run(&bench.agentsh("bash")), expected, "by the name bash: {arguments:?}");
    let own = run(&bench.agentsh("agentsh"));
    let own = (own.0.replace(&real.display().to_string(), "SHELL"), own.1);
    assert_eq!(own, expected, "by its own name: {arguments:?}");
}

const INTERACTIVE: [&str; 3] = ["--norc", "--noprofile", "-i"];

#[test]
fn a_conversation() {
    check(&INTERACTIVE, |terminal| {
        for (line, answer) in [
            ("echo one\r", "one\r\nP> "),
            ("x=5; echo $x $-\r", "P> "),
            ("tty > /dev/null; echo $?\r", "0\r\nP> "),
            ("stty size\r", "24 80\r\nP> "),
            ("for i in 1 2\rdo echo n$i\rdone\r", "n2\r\nP> "),
            ("no_such_command_here\r", "P> "),
            ("ps -o tpgid=,pgid= -p $$ | awk '{print $1 != $2}'\r", "1\r\nP> "),
        ] {
            if line.starts_with("echo one") {
                terminal.expect("P> ");
            }
            terminal.send(line);
            terminal.expect(answer);
        }
        terminal.send("read -s y\r");
        terminal.expect_silence();
        terminal.send("hidden\r");
        terminal.expect("P> ");
        terminal.send("echo got $y\r");
        terminal.expect("got hidden\r\nP> ");
        terminal.send("exit 3\r");
    });
}

#[test]
fn history_and_the_end_of_input() {
    check(&INTERACTIVE, |terminal| {
        terminal.expect("P> ");
        terminal.send("echo first\r");
        terminal.expect("first\r\nP> ");
        terminal.send("!!\r");
        terminal.expect("echo first\r\nfirst\r\nP> ");
        terminal.send("false\r");
        terminal.expect("P> ");
        terminal.send("\x04");
    });
}

#[test]
fn jobs_stop_and_go_on() {
    check(&INTERACTIVE, |terminal| {
        terminal.expect("P> ");
        terminal.send("cat\r");
        terminal.expect("cat\r\n");
        terminal.send("echoed\r");
        terminal.expect("echoed\r\nechoed\r\n");
        terminal.send("\x1a");
        terminal.expect("Stopped");
        terminal.expect("P> ");
        terminal.send("jobs; echo $?\r");
        terminal.expect("0\r\nP> ");
        terminal.send("fg\r");
        terminal.expect("cat\r\n");
        terminal.send("again\r");
        terminal.expect("again\r\nagain\r\n");
        terminal.send("\x04");
        terminal.expect("P> ");
        terminal.send("exit\r");
    });
}

#[test]
fn a_shell_suspends_itself_and_goes_on() {
    check(&INTERACTIVE, |terminal| {
        terminal.expect("P> ");
        terminal.send("\"$BASH\" --norc --noprofile -i\r");
        terminal.expect("-i\r\nP> ");
        terminal.send("x=inner; suspend\r");
        terminal.expect("Stopped");
        terminal.expect("P> ");
        terminal.send("echo outer $x\r");
        terminal.expect("outer\r\nP> ");
        terminal.send("fg\r");
        terminal.expect("-i\r\nP> ");
        terminal.send("echo still $x; exit 6\r");
        terminal.expect("still inner\r\n");
        terminal.expect("P> ");
        terminal.send("exit $?\r");
    });
}

#[test]
fn a_login_at_a_terminal() {
    check(&["--noprofile", "--norc", "-l", "-i"], |terminal| {
        terminal.expect("P> ");
        terminal.send("shopt login_shell; echo $-\r");
        terminal.expect("P> ");
        terminal.send("logout\r");
    });
}

#[test]
fn an_interrupt_at_the_prompt_and_in_a_command() {
    check(&INTERACTIVE, |terminal| {
        terminal.expect("P> ");
        terminal.send("half a li");
        terminal.expect("half a li");
        terminal.send("\x03");
        terminal.expect("P> ");
        terminal.send("cat\r");
        terminal.expect("cat\r\n");
        terminal.send("x\r");
        terminal.expect("x\r\nx\r\n");
        terminal.send("\x03");
        terminal.expect("P> ");
        terminal.send("echo $?\r");
        terminal.expect("130\r\nP> ");
        terminal.send("exit\r");
    });
}

#[test]
fn an_interrupt_ends_a_line() {
    check(&["-c", "echo ready; cat; echo not reached"], |terminal| {
        terminal.expect("ready\r\n");
        terminal.send("x\r");
        terminal.expect("x\r\nx\r\n");
        terminal.send("\x03");
    });
    check(&["-c", "trap 'echo caught; exit 5' INT; echo ready; cat; echo not reached"], |terminal| {
        terminal.expect("ready\r\n");
        terminal.send("x\r");
        terminal.expect("x\r\nx\r\n");
        terminal.send("\x03");
    });
}

#[test]
fn a_line_at_a_terminal() {
    check(
        &["-c", "stty size; tty | cut -c1-8; test -t 0; echo at $?; exec < /dev/tty; read x; echo got $x"],
        |terminal| {
            terminal.expect("at 0\r\n");
            terminal.send("typed\r");
        },
    );
    check(&["-lc", "echo $-; shopt -q login_shell && echo login"], |_| {});
    check(&["-ic", "echo $- $PS1"], |_| {});
    check(&["-c", "ps -o stat= -p $$; ps -o tpgid=,pgid=,sid= -p $$ | awk '{print ($1==$2)($2==$3)}'"], |_| {});
}

#[test]
fn a_script_and_no_arguments_at_a_terminal() {
    check(&["--norc", "--noprofile"], |terminal| {
        terminal.expect("P> ");
        terminal.send("echo $-\r");
        terminal.expect("P> ");
        terminal.send("logout\r");
        terminal.expect("P> ");
        terminal.send("exit 4\r");
    });
    check(&["--norc", "--noprofile", "-s", "one"], |terminal| {
        terminal.expect("P> ");
        terminal.send("echo $1\r");
        terminal.expect("one\r\nP> ");
        terminal.send("exit\r");
    });
}

#[test]
fn the_terminal_is_unplugged() {
    let at_the_prompt = |terminal: &mut Terminal| {
        terminal.expect("P> ");
        terminal.hang_up();
    };
    // The end of input wakes bash before the signal is sent, and either ends it.
    check_as(&INTERACTIVE, at_the_prompt, |status| match status.as_str() {
        "exit status: 0" | "signal: 1 (SIGHUP)" => "hung up".to_owned(),
        _ => status,
    });
    check(&["-c", "echo ready; while :; do sleep 0.05; done"], |terminal| {
        terminal.expect("ready\r\n");
        terminal.hang_up();
    });
}
