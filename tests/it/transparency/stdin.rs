//! Scripts on standard input, and standard input that is no script.

use crate::support::probe::{Probe, check, line, probe};

fn script(bytes: impl AsRef<[u8]>) -> Probe {
    probe(Vec::<&str>::new()).pipe(bytes)
}

fn script_file(bytes: impl AsRef<[u8]>) -> Probe {
    probe(Vec::<&str>::new()).stdin_file(bytes)
}

#[test]
fn the_script_shares_its_input_with_its_commands() {
    let scripts = [
        "read line\nfor read\necho \"got $line\"\n",
        "head -c 3\nabcecho after\n",
        "cat\nall of this\nis data\n",
        "exec cat\nall of this\nis data\n",
        "echo one; exit 3\necho never\n",
        "while read x; do echo \"<$x>\"; done\na\nb\n",
        "echo no newline at the end",
        "",
        "\n\n\n",
        "cat <<E\nhere $0\nE\necho $-\n",
    ];
    check(scripts.into_iter().flat_map(|text| [script(text), script_file(text), probe(["-s", "a"]).pipe(text)]));
}

#[test]
fn a_line_never_costs_a_byte_of_input() {
    check([
        line("cat").pipe("all of it\n"),
        line("read -r x; echo $x; cat").pipe("first\nsecond\n"),
        line("head -c 2; echo; cat").stdin_file("abcdef"),
        line("wc -c").pipe(vec![b'x'; 300_000]),
        line("wc -c").stdin_file(vec![b'x'; 300_000]),
        probe(["script"]).file("script", "cat; echo end").pipe("data\n"),
    ]);
}

#[test]
fn scripts_of_odd_bytes() {
    let texts: [&[u8]; 8] = [
        b"echo one\0two\necho three\n",
        b"echo one\nec\0ho two\n",
        b"echo one\r\necho two\r\n",
        b"\xef\xbb\xbfecho bom\n",
        b"\x00\x01\x02\x03",
        b"echo \xff\xfe\n",
        b"echo \\",
        b"#!/bin/sh\necho $0\n",
    ];
    check(texts.into_iter().flat_map(|text| {
        [script(text), script_file(text), probe(["./script"]).file("script", text), line(text_of(text))]
    }));
}

/// The same text without the NULs, which no argument can hold.
fn text_of(bytes: &[u8]) -> std::ffi::OsString {
    use std::os::unix::ffi::OsStringExt;
    std::ffi::OsString::from_vec(bytes.iter().copied().filter(|byte| *byte != 0).collect())
}

#[test]
fn a_long_script_arrives_whole() {
    let long: String = (0..4_000).map(|number| format!("x={number}\n")).collect::<String>() + "echo $x\n";
    let huge = format!("{}\necho end\n", "# filler line of a very long script\n".repeat(32_000));
    check([script(&long), script_file(&long), script_file(&huge), probe(["s"]).file("s", &huge)]);
}

#[test]
fn a_file_is_read_from_where_it_stands() {
    check([
        probe(Vec::<&str>::new())
            .before("exec < data; read skipped; echo \"$skipped\"")
            .file("data", "skip\necho ran\n"),
        probe(["/dev/stdin"]).stdin_file("echo by its name $0\n"),
        probe(["/dev/fd/5"]).before("exec 5< data").file("data", "echo five $0\n"),
        line("bash <(echo echo from a substitution) < /dev/null"),
        line("$SHELL <(echo echo from a substitution) < /dev/null"),
        line("mkfifo f; (echo echo from a fifo > f) & $SHELL f; wait"),
        // Looking at a script that is a FIFO would take the reader its writer waits for.
        line("bash f; wait").before("mkfifo f; (echo echo from a fifo > f) & sleep 0.1"),
    ]);
}
