//! Connections are noted, and held to the settings. Nothing leaves the machine: a datagram socket that is connected sends
//! nothing, and what is asked about or forbidden are addresses of the loopback network that the settings name.

use super::bench::{Guarded, has, text};
use crate::approval::person::Terminal;
use std::fs;
use std::net::{TcpListener, UdpSocket};

fn guarded(settings: &str) -> Guarded {
    let guarded = Guarded::new();
    let text = format!("guard = \"on\"\n{settings}");
    fs::write(guarded.machine.path("config/agentsh/config.toml"), text).expect("settings");
    guarded
}

fn shown(guarded: &Guarded) -> String {
    let last = guarded.machine.control(&["log", "-n1", "--json"]);
    let row: serde_json::Value = serde_json::from_slice(&last.stdout).expect("JSON");
    text(&guarded.machine.control(&["show", row["step"].as_str().expect("a step")]))
}

/// Connects a datagram socket, which sends nothing.
fn aim(address: &str, port: u16) -> String {
    format!(
        "perl -MSocket -e 'socket S, PF_INET, SOCK_DGRAM, 0; connect(S, sockaddr_in({port}, inet_aton(q({address})))) or print qq(no: $!\\n)'"
    )
}

fn dial(address: &str, port: u16) -> String {
    format!(
        "perl -MSocket -e 'socket S, PF_INET, SOCK_STREAM, 0; connect(S, sockaddr_in({port}, inet_aton(q({address})))) or die qq(no: $!\\n); print scalar <S>'"
    )
}

#[test]
fn other_ends_are_noted_and_loopback_is_not() {
    let guarded = guarded("");
    let output =
        guarded.run(&format!("{}; {}; {}", aim("192.0.2.1", 4242), aim("127.0.0.1", 9), aim("192.0.2.1", 4242)));
    assert!(!text(&output).contains("agentsh:"), "{}", text(&output));
    let shown = shown(&guarded);
    assert_eq!(shown.matches("connects to ").count(), 1, "{shown}");
    assert!(shown.contains("connects to 192.0.2.1:4242"), "{shown}");
}

#[test]
fn a_database_port_of_another_machine_is_asked_about_once_a_session() {
    let guarded = guarded("");
    let line = aim("192.0.2.1", 5432);
    let said = text(&guarded.run(&line));
    assert!(said.contains("agentsh: not done: rule database-port: connect to 192.0.2.1:5432"), "{said}");
    assert!(said.contains("no: Permission denied"), "{said}");
    assert!(!text(&guarded.run(&aim("127.0.0.1", 5432))).contains("agentsh:"), "a database of this machine is free");
    let id = guarded.machine.request();
    let (page, status) = Terminal::start(&guarded.machine, &format!("agentshctl approve -y {id}"), &[]).finish();
    assert_eq!(status, 0, "{page}");
    assert!(!text(&guarded.run(&line)).contains("agentsh:"));
    let another = format!("true; {line}");
    assert!(!text(&guarded.run(&another)).contains("agentsh:"), "the session knows it now");
    let mut command = guarded.command(&line);
    command.env("CODEX_THREAD_ID", "another");
    let said = text(&command.output().expect("runs"));
    assert!(said.contains("rule database-port"), "another session does not: {said}");
}

#[test]
fn what_is_listed_is_denied_or_asked_about_or_let_through() {
    let settings =
        "network_deny = [\"127.77.0.0/16\"]\nnetwork_ask = [\"127.66.0.0/16\"]\nnetwork_allow = [\"127.66.0.9\"]\n";
    let guarded = guarded(settings);
    let listener = TcpListener::bind("127.66.0.9:0").expect("a socket");
    let port = listener.local_addr().expect("an address").port();
    let server = std::thread::spawn(move || {
        use std::io::Write;
        for _ in 0..2 {
            let (mut stream, _) = listener.accept().expect("a connection");
            stream.write_all(b"welcome\n").expect("writes");
        }
    });
    assert_eq!(text(&guarded.run(&dial("127.66.0.9", port))), "welcome\n");
    let nonblocking = format!(
        "perl -MSocket -MIO::Socket::INET -e 'my $s = IO::Socket::INET->new(PeerAddr => q(127.66.0.9), PeerPort => {port}, Timeout => 20) or die $@; print <$s>'"
    );
    assert_eq!(text(&guarded.run(&nonblocking)), "welcome\n");
    server.join().expect("it ends");
    let said = text(&guarded.run(&dial("127.66.0.9", 9)));
    assert!(said.contains("no: Connection refused"), "what the kernel says is what the program hears: {said}");
    let said = text(&guarded.run(&dial("127.77.0.1", port)));
    assert!(
        said.contains("not done: rule network: connect to 127.77.0.1:") && said.contains("cannot be approved"),
        "{said}"
    );
    let said = text(&guarded.run(&dial("127.66.0.1", port)));
    assert!(
        said.contains("not done: rule network: connect to 127.66.0.1:") && said.contains("agentshctl approve"),
        "{said}"
    );
}

#[test]
fn messages_without_a_connection_are_held_too_and_arrive_whole() {
    let guarded = guarded("network_deny = [\"127.77.0.0/16\"]\n");
    let (free, shut) =
        (UdpSocket::bind("127.0.0.1:0").expect("a socket"), UdpSocket::bind("127.77.0.1:0").expect("a socket"));
    let port = |socket: &UdpSocket| socket.local_addr().expect("an address").port();
    let send = |address: &str, port: u16| {
        format!(
            "perl -MSocket -e 'socket S, PF_INET, SOCK_DGRAM, 0; print send(S, q(hello), 0, sockaddr_in({port}, inet_aton(q({address})))) // qq($!\\n)'"
        )
    };
    assert_eq!(text(&guarded.run(&send("127.0.0.1", port(&free)))), "5");
    let mut buffer = [0; 64];
    assert_eq!(free.recv(&mut buffer).ok(), Some(5));
    let said = text(&guarded.run(&send("127.77.0.1", port(&shut))));
    assert!(said.contains("Permission denied") && said.contains("rule network"), "{said}");
    if has("python3") {
        let many = format!(
            "python3 -c 'import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); print(s.sendmsg([b\"one\", b\"two\"], [], 0, (\"127.0.0.1\", {})))'",
            port(&free)
        );
        assert_eq!(text(&guarded.run(&many)), "6\n");
        assert_eq!(free.recv(&mut buffer).ok(), Some(6));
        assert_eq!(&buffer[..6], b"onetwo");
    }
    shut.set_nonblocking(true).expect("a flag");
    assert!(shut.recv(&mut buffer).is_err(), "nothing came");
}

#[test]
fn deny_and_ask_new_hold_for_all_that_is_not_listed() {
    let denied = guarded("network = \"deny\"\nnetwork_allow = [\"192.0.2.7\"]\n");
    let said = text(&denied.run(&aim("192.0.2.1", 4242)));
    assert!(said.contains("rule network") && said.contains("network = \"deny\""), "{said}");
    assert!(!text(&denied.run(&aim("192.0.2.7", 4242))).contains("agentsh:"));
    let asked = guarded("network = \"ask-new\"\n");
    let said = text(&asked.run(&aim("192.0.2.1", 4242)));
    assert!(said.contains("rule network") && said.contains("agentshctl approve"), "{said}");
}

#[test]
fn a_wrong_entry_is_named_with_file_line_and_key() {
    let guarded = guarded("network_allow = [\n\"10.0.0.0/99\"]\n");
    let said = text(&guarded.machine.control(&["doctor"]));
    assert!(said.contains("config.toml:") && said.contains("network_allow") && said.contains("10.0.0.0/99"), "{said}");
}
