//! Out of reach: what an agent could try at the desk.

use super::tmux::{Line, Window};
use crate::approval::person::{Machine, Terminal};
use std::fs;
use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::process::Stdio;

const PUSH: &str = "git push -q origin HEAD:main";
/// The directory in which the process below forges a desk.
const FORGE: &str = "AGENTSH_TEST_FORGE";

fn hold(machine: &Machine) {
    fs::write(machine.path("config/agentsh/config.toml"), "hold = 300\n").expect("writes");
}

#[test]
fn a_desk_opens_only_on_a_persons_terminal() {
    let machine = Machine::new();
    for variables in [&[("CLAUDECODE", "1")][..], &[("GEMINI_CLI", "1")]] {
        let window = Window::start(&machine, "agentshctl watch; echo LEFT=$?; read x", variables);
        window.expect("LEFT=3");
        assert!(window.screen().contains("only a person"), "{}", window.screen());
    }
    let (text, status) = Terminal::start(&machine, "CODEX_THREAD_ID=1 agentshctl watch", &[]).finish();
    assert_eq!(status, 3, "{text}");
    let (text, status) = Terminal::start(&machine, "agentshctl watch </dev/null", &[]).finish();
    assert_eq!(status, 3, "{text}");
    let away = machine.command("setsid").args(["--wait", "agentshctl", "watch"]).output().expect("runs");
    assert_eq!(away.status.code(), Some(3));
    assert!(!machine.state().join("desk").exists());
}

#[test]
fn below_a_guard_nobody_is_a_person() {
    let machine = Machine::new();
    fs::write(machine.path("config/agentsh/config.toml"), "guard = \"on\"\n").expect("writes");
    machine.away(PUSH);
    let id = machine.request();
    fs::write(
        machine.work().join("x.py"),
        format!("import os; os.system('agentsh' + 'ctl approve -y {id}; echo GOT=$?')"),
    )
    .expect("writes");
    let (text, _) = Terminal::start(&machine, "agentsh -c 'python3 x.py'", &[]).finish();
    assert!(!text.contains("GOT=0"), "{text}");
    machine.away(PUSH);
    assert_eq!(machine.pushed(), 0);
}

/// Not a test of its own: a process without a person's terminal that listens as a desk and says yes to everything.
#[test]
fn forges_a_desk_when_told_to() {
    let Some(directory) = std::env::var_os(FORGE).map(PathBuf::from) else { return };
    let listener = UnixListener::bind(directory.join(format!("{}.sock", std::process::id()))).expect("a socket");
    let (mut stream, _) = listener.accept().expect("somebody rings");
    let mut length = [0; 4];
    // A line that does not ring at all closes the connection.
    if stream.read_exact(&mut length).is_err() {
        return;
    }
    let mut bytes = vec![0; u32::from_le_bytes(length) as usize];
    stream.read_exact(&mut bytes).expect("a call");
    let call: serde_json::Value = serde_json::from_slice(&bytes).expect("JSON");
    let (id, key) = (&call["request"]["id"], &call["request"]["key"]);
    let reply = serde_json::json!({ "v": 1, "id": id, "key": key, "yes": true }).to_string();
    stream.write_all(&u32::try_from(reply.len()).expect("short").to_le_bytes()).expect("open");
    stream.write_all(reply.as_bytes()).expect("open");
    fs::write(directory.join("answered"), "").expect("writes");
}

#[test]
fn a_forged_desk_is_not_believed() {
    use std::os::unix::fs::DirBuilderExt;
    let machine = Machine::new();
    hold(&machine);
    let directory = machine.state().join("desk");
    fs::DirBuilder::new().recursive(true).mode(0o700).create(&directory).expect("a directory");
    let mut forger = machine.command("setsid");
    let own = std::env::current_exe().expect("this program");
    forger.arg("--wait").arg(own).args(["--exact", "desk::reach::forges_a_desk_when_told_to"]);
    let mut forger = forger.env(FORGE, &directory).stdout(Stdio::null()).spawn().expect("runs");
    let until = std::time::Instant::now() + crate::support::screen::PATIENCE;
    while fs::read_dir(&directory).expect("lists").next().is_none() {
        assert!(std::time::Instant::now() < until, "no socket came");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let refused = Line::start(&machine, "s1", PUSH).finish();
    assert_eq!((refused.status.code(), machine.pushed()), (Some(126), 0));
    forger.wait().expect("a child to wait for");
    assert!(!directory.join("answered").exists(), "it was not even asked");
}

#[test]
fn what_is_no_message_answers_nothing() {
    let machine = Machine::new();
    hold(&machine);
    let desk = Window::desk(&machine);
    let socket = fs::read_dir(machine.state().join("desk")).expect("lists").next().expect("one").expect("entry").path();
    let frame = |text: &[u8]| [&u32::try_from(text.len()).expect("short").to_le_bytes(), text].concat();
    for bytes in [
        b"\xff\xff\xff\xff".to_vec(),
        frame(b"yes"),
        frame(b"{\"v\":1,\"runs\":true}"),
        frame(b"{\"v\":1,\"id\":\"bcdfg\",\"key\":\"\",\"yes\":true}"),
        vec![0; 64],
        Vec::new(),
    ] {
        let mut stream = UnixStream::connect(&socket).expect("the desk listens");
        let _ = stream.write_all(&bytes);
        drop(stream);
    }
    let line = Line::start(&machine, "s1", PUSH);
    desk.expect("the line waits");
    // A caller who shows the same request gets an answer of its own and clears nothing.
    let id = machine.request();
    let request = fs::read_to_string(machine.state().join(format!("pending/{id}.json"))).expect("reads");
    let call = format!("{{\"v\":1,\"hold\":60000,\"request\":{request}}}");
    let mut stream = UnixStream::connect(&socket).expect("the desk listens");
    stream.write_all(&frame(call.as_bytes())).expect("open");
    desk.expect("2 waiting");
    drop(stream);
    desk.expect("1 waiting");
    desk.answer("n");
    assert_eq!((line.finish().status.code(), machine.pushed()), (Some(126), 0));
}

#[test]
fn typing_into_the_desk_is_asked_about() {
    let machine = Machine::new();
    let desk = Window::desk(&machine);
    let name = desk.socket();
    for line in [
        format!("tmux -S {} send-keys y", name.display()),
        "screen -X stuff y".to_owned(),
        "agentshctl approve bcdfg".to_owned(),
        "agentshctl watch".to_owned(),
        "rm -rf \"$XDG_STATE_HOME/agentsh/desk\"".to_owned(),
    ] {
        fs::write(machine.path("config/agentsh/config.toml"), "hold = 0\n").expect("writes");
        let refused = machine.away(&line);
        // 126: not run. 3: run, and refused by the tool itself (a program in a directory for temporary files has no grammar).
        let refused_by_tool = line.starts_with("agentshctl") && refused.status.code() == Some(3);
        let text = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(refused_by_tool || refused.status.code() == Some(126), "{line}: {text}");
    }
    desk.expect("agentsh desk on");
}

#[test]
fn the_socket_is_for_this_user_alone() {
    use std::os::unix::fs::PermissionsExt;
    let machine = Machine::new();
    let _desk = Window::desk(&machine);
    let directory = machine.state().join("desk");
    let mode = |path: &PathBuf| fs::metadata(path).expect("is there").permissions().mode() & 0o777;
    let socket = fs::read_dir(&directory).expect("lists").next().expect("one").expect("entry").path();
    assert_eq!((mode(&directory), mode(&socket)), (0o700, 0o600));
}

/// A desk with a question, and an agent below the guard that does as this program says; what the agent printed.
fn tried(machine: &Machine, text: &str) -> String {
    hold(machine);
    let desk = Window::desk(machine);
    let line = Line::start(machine, "s1", PUSH);
    desk.expect("the line waits");
    // What is asked about below the guard is refused at once.
    fs::write(machine.path("config/agentsh/config.toml"), "hold = 0\n").expect("writes");
    let bin = crate::agents::installed(machine);
    let text = text.replace("DESK", &desk.terminal()).replace("SOCKET", &desk.socket().display().to_string());
    crate::agents::program(machine, "somebot", &format!("#!/usr/bin/perl\n$| = 1;\n{text}"));
    let script = format!("{}/agentshctl run --session thief -- somebot", bin.display());
    let (printed, _) = Terminal::start(machine, &script, &[]).finish();
    // The question is as it was, and only the person's own key answers it.
    desk.expect("the line waits");
    assert_eq!(machine.pushed(), 0, "{printed}");
    desk.answer("n");
    assert_eq!((line.finish().status.code(), machine.pushed()), (Some(126), 0), "{printed}");
    printed
}

#[test]
fn below_a_guard_keys_cannot_be_put_into_the_desks_terminal() {
    let machine = Machine::new();
    // 0x5412 is TIOCSTI (ioctl_tty(2)): into the desk's terminal, which only root may, and into the agent's own.
    let text = "for my $name ('DESK', '/dev/tty') {\n\
                if (open my $there, '+<', $name) { my $key = 'y'; my $done = ioctl($there, 0x5412, $key); print 'typed into it: ', ($done ? 'yes' : \"no, $!\"), qq(\\n); }\n\
                else { print qq(typed into it: no, not open\\n); }\n}\n";
    let printed = tried(&machine, text);
    assert_eq!(printed.matches("typed into it: no").count(), 2, "{printed}");
}

#[test]
fn what_is_written_to_the_desks_terminal_is_no_answer() {
    let machine = Machine::new();
    let printed =
        tried(&machine, "open F, '>', 'DESK' and print F qq(y\\n\\ry) and close F and print qq(written\\n);\n");
    assert!(printed.contains("written"), "{printed}");
}

#[test]
fn below_a_guard_no_other_program_types_for_the_agent() {
    let machine = Machine::new();
    let text = "for (['tmux', '-S', 'SOCKET', 'send-keys', 'y'], ['/bin/sh', '-c', 'tmux -S SOCKET send-keys y'],\n\
                ['tmux', '-S', 'SOCKET', 'set-buffer', 'y', ';', 'paste-buffer'], ['tmux', '-S', 'SOCKET', 'send-k', 'y']) {\n\
                my $status = system @$_; print 'typed: ', ($status == 0 ? 'yes' : 'no'), qq(\\n);\n}\n";
    let printed = tried(&machine, text);
    assert_eq!(printed.matches("typed: no").count(), 4, "{printed}");
    assert_eq!(printed.matches("rule types-for-a-person").count(), 4, "{printed}");
}

#[test]
fn an_agent_that_ends_its_guard_ends() {
    let machine = Machine::new();
    fs::write(machine.work().join("kept"), "kept").expect("writes");
    let bin = crate::agents::installed(&machine);
    // Whatever stands above it, as far as it can see, and all that is called like the guard.
    let text = "#!/usr/bin/perl\n$| = 1;\nmy $pid = getppid; for (1 .. 8) { last if $pid <= 1; push @all, $pid; open F, '<', qq(/proc/$pid/stat) or last; \
                my $line = <F>; $pid = (split ' ', $line =~ s/.*\\)//r)[1]; }\nprint 'above ', scalar(@all), qq(\\n);\n\
                my @guards = grep { open F, '<', qq(/proc/$_/comm) and <F> =~ /^agentsh-guard/ } @all;\nprint 'guards ', scalar(@guards), qq(\\n);\n\
                kill 'KILL', @guards; sleep 1; unlink 'kept'; print 'undeterred', qq(\\n);\n";
    crate::agents::program(&machine, "somebot", text);
    let script = format!("{}/agentshctl run --session thief -- somebot", bin.display());
    let (printed, status) = Terminal::start(&machine, &script, &[]).finish();
    assert!(printed.contains("guards 1") && !printed.contains("undeterred"), "{printed}");
    assert_ne!(status, 0, "{printed}");
    assert_eq!(fs::read_to_string(machine.work().join("kept")).expect("still there"), "kept");
}
