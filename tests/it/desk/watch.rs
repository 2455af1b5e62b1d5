//! The desk itself: answers, the screen, the steps.

use super::tmux::{Line, Window};
use crate::approval::person::Machine;
use crate::approval::{PUSH, TYPED};
use crate::support::screen::Screen;
use crate::support::terminal::Terminal;
use std::fs;
use std::process::Stdio;

const OTHER: &str = "git push -q origin HEAD:other";

fn settings(machine: &Machine, text: &str) {
    fs::write(machine.path("config/agentsh/config.toml"), text).expect("writes");
}

#[test]
fn two_lines_wait_at_once_and_each_gets_its_own_answer() {
    let machine = Machine::new();
    settings(&machine, "hold = 300\n");
    let desk = Window::desk(&machine);
    let first = Line::start(&machine, "s1", PUSH);
    desk.expect("1 waiting");
    let second = Line::start(&machine, "s2", OTHER);
    desk.expect("2 waiting");
    // The second is chosen, then answered; the first stays as it is.
    desk.send(&["Down"]);
    desk.expect("HEAD:other\n  |");
    desk.answer("y");
    let second = second.finish();
    assert_eq!(second.status.code(), Some(0), "{}", String::from_utf8_lossy(&second.stderr));
    assert_eq!(machine.run("git ls-remote --heads origin").matches("refs/heads/other").count(), 1);
    assert_eq!(machine.pushed(), 1);
    desk.expect("1 waiting");
    // The card that was answered makes room for the other one.
    desk.expect("HEAD:main\n  |");
    desk.answer("n");
    let first = first.finish();
    let said = String::from_utf8_lossy(&first.stderr);
    assert_eq!(first.status.code(), Some(126), "{said}");
    let journal = || fs::read_to_string(machine.state().join("journal/journal.jsonl")).expect("reads");
    assert!(said.contains("the user said no"), "{said}\n{}", journal());
    assert_eq!(machine.pushed(), 1);
    desk.expect("no question waits");
    assert_eq!(journal().matches("\"answer\"").count(), 2, "{}", journal());
}

#[test]
fn pasted_keys_and_other_keys_answer_nothing() {
    let machine = Machine::new();
    settings(&machine, "hold = 300\n");
    let desk = Window::desk(&machine);
    let line = Line::start(&machine, "s1", PUSH);
    desk.expect("the line waits");
    desk.answer("x");
    desk.send(&["-l", "yes please"]);
    desk.expect("answer nothing");
    desk.send(&["Escape"]);
    desk.send(&["M-y"]);
    desk.expect("the line waits");
    assert_eq!(machine.pushed(), 0);
    desk.answer("n");
    assert_eq!((line.finish().status.code(), machine.pushed()), (Some(126), 0));
}

#[test]
fn a_name_is_typed_where_the_rule_wants_it() {
    let machine = Machine::new();
    machine.rule(TYPED);
    settings(&machine, "hold = 300\n");
    let desk = Window::desk(&machine);
    let line = Line::start(&machine, "s1", PUSH);
    desk.expect("the line waits");
    desk.answer("y");
    desk.expect("Type origin and Enter");
    desk.send(&["-l", "origan"]);
    desk.expect("origan");
    desk.send(&["Enter"]);
    desk.expect("nothing is answered");
    desk.answer("y");
    desk.expect("Type origin and Enter");
    desk.send(&["-l", "origin"]);
    desk.expect("back: origin");
    desk.send(&["Enter"]);
    assert_eq!((line.finish().status.code(), machine.pushed()), (Some(0), 1));
}

#[test]
fn steps_are_shown_filtered_and_taken_back() {
    let machine = Machine::new();
    let desk = Window::desk(&machine);
    machine.away("rm src/main.rs");
    machine.away("echo words > notes");
    desk.expect("rm src/main.rs");
    desk.expect("echo words");
    desk.send(&["/"]);
    desk.expect("show steps with");
    desk.send(&["-l", "main.rs"]);
    desk.expect_gone("echo words");
    desk.send(&["Enter"]);
    desk.expect_gone("show steps with");
    desk.send(&["d"]);
    desk.expect("-fn main() {}");
    desk.send(&["q"]);
    desk.expect("steps with main.rs");
    desk.send(&["u"]);
    desk.expect("y takes it back");
    assert!(!machine.work().join("src/main.rs").exists());
    desk.answer("y");
    desk.expect("is taken back");
    assert!(machine.work().join("src/main.rs").exists());
    desk.send(&["q"]);
    desk.expect("undone");
}

#[test]
fn the_terminal_is_left_as_it_was() {
    let machine = Machine::new();
    for (leave, status) in [("q", 0), ("C-c", 0), ("TERM", 143), ("HUP", 129)] {
        let script = "stty -a >before; agentshctl watch; s=$?; stty -a >after; echo LEFT=$s; read x";
        let window = Window::start(&machine, script, &[]);
        window.expect("agentsh desk on");
        if leave.len() < 4 && leave != "HUP" {
            window.send(&[leave]);
        } else {
            let socket =
                fs::read_dir(machine.state().join("desk")).expect("lists").next().expect("one").expect("entry");
            let pid = socket.file_name().into_string().expect("text").trim_end_matches(".sock").to_owned();
            machine.run(&format!("kill -{leave} {pid}"));
        }
        window.expect(&format!("LEFT={status}"));
        assert!(!window.screen().contains("agentsh desk on"), "{}", window.screen());
        assert_eq!(machine.run("cat before"), machine.run("cat after"), "{leave}");
        assert!(fs::read_dir(machine.state().join("desk")).expect("lists").next().is_none(), "{leave}");
    }
}

#[test]
fn small_and_colourless_terminals_do() {
    let machine = Machine::new();
    settings(&machine, "hold = 300\n");
    let desk = Window::start(&machine, "agentshctl watch", &[("NO_COLOR", "1"), ("TERM", "xterm-256color")]);
    desk.expect("agentsh desk on");
    let line = Line::start(&machine, "s1", &format!("{PUSH} # \u{1b}]0;x\u{7}\u{202e}"));
    desk.expect("the line waits");
    assert!(desk.screen().contains("\\x1b]0;x\\x07\\u{202e}"), "{}", desk.screen());
    let text = desk.coloured();
    for colour in (30..=37).chain(90..=97) {
        assert!(!text.contains(&format!("[{colour}m")) && !text.contains(&format!(";{colour}m")), "colours: {text:?}");
    }
    desk.tmux().args(["resize-window", "-x", "40", "-y", "12"]).status().expect("tmux runs");
    desk.expect("the line waits");
    desk.answer("n");
    assert_eq!(line.finish().status.code(), Some(126));
}

#[test]
fn a_notification_says_nothing_of_the_line_unless_it_is_to() {
    let machine = Machine::new();
    let told = machine.path("told");
    let script = "printf '%s|%s' \"$1\" \"$2\" >told.new && mv told.new ../told";
    for (more, shows) in [("", false), ("notify_line = true\n", true)] {
        settings(&machine, &format!("hold = 300\n{more}notify = [\"sh\", \"-c\", {script:?}, \"sh\"]\n"));
        let desk = Window::desk(&machine);
        let line = Line::start(&machine, "s1", PUSH);
        desk.expect("the line waits");
        let until = std::time::Instant::now() + crate::support::screen::PATIENCE;
        while !told.exists() {
            assert!(std::time::Instant::now() < until, "nobody was told");
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        let text = fs::read_to_string(&told).expect("reads");
        fs::remove_file(&told).expect("removes");
        assert!(text.starts_with("agentsh|codex waits for an answer ("), "{text}");
        assert_eq!(text.contains("git push"), shows, "{text}");
        desk.answer("n");
        line.finish();
        desk.expect("no question waits");
    }
}

/// Programs that wait for keys with a library's loop have been seen to read the end of a lost terminal for ever.
#[test]
fn a_desk_whose_terminal_is_lost_ends() {
    let machine = Machine::new();
    for ignoring in ["", "trap '' HUP; "] {
        let mut command = machine.command("setsid");
        command.args(["--ctty", "/bin/sh", "-c", &format!("{ignoring}exec agentshctl watch")]).env("TERM", "xterm");
        let mut desk = Terminal::start(command);
        desk.expect("agentsh desk on");
        desk.hang_up();
        desk.finish();
    }
}

#[test]
fn a_popup_puts_the_question_before_the_person() {
    let machine = Machine::new();
    settings(&machine, "hold = 300\npopup = true\n");
    let desk = Window::desk(&machine);
    let (mut screen, slave) = Screen::open(24, 80);
    let copy = || Stdio::from(slave.try_clone().expect("a copy of the terminal"));
    let mut client = machine.command("setsid");
    client.args(["--ctty", "tmux", "-S"]).arg(desk.socket()).arg("attach").env("TERM", "xterm");
    let mut client = client.stdin(copy()).stdout(copy()).stderr(copy()).spawn().expect("tmux runs");
    screen.expect("agentsh desk on");
    let line = Line::start(&machine, "s1", PUSH);
    screen.expect("Run it?");
    screen.expect("view: ");
    screen.send("y");
    let ended = line.finish();
    assert_eq!((ended.status.code(), machine.pushed()), (Some(0), 1), "{}", String::from_utf8_lossy(&ended.stderr));
    desk.expect("was approved elsewhere and runs");
    drop(desk);
    client.wait().expect("a child to wait for");
}

#[test]
fn no_size_is_too_small() {
    let machine = Machine::new();
    settings(&machine, "hold = 300\n");
    let desk = Window::desk(&machine);
    let line = Line::start(&machine, "s1", PUSH);
    desk.expect("the line waits");
    for size in [("200", "60"), ("20", "5"), ("3", "2"), ("1", "1"), ("80", "24")] {
        desk.tmux().args(["resize-window", "-x", size.0, "-y", size.1]).status().expect("tmux runs");
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    desk.expect("the line waits");
    desk.answer("n");
    assert_eq!(line.finish().status.code(), Some(126));
}
