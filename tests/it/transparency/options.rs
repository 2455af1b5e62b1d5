//! The command line's options.

use crate::support::probe::{Probe, check, probe};

/// What the options have done, in the line's own words.
const SHOW: &str = "echo \"$-\" \"$0\" \"$@\"; echo $SHELLOPTS; echo $BASHOPTS";

#[test]
fn one_at_a_time() {
    let singles: [&[&str]; 31] = [
        &["--posix"],
        &["-l"],
        &["--login"],
        &["--norc"],
        &["--noprofile"],
        &["-e"],
        &["-u"],
        &["-x"],
        &["-o", "pipefail"],
        &["+o", "history"],
        &["-O", "extglob"],
        &["+O", "sourcepath"],
        &["-eux"],
        &["-r"],
        &["-p"],
        &["-v"],
        &["-f"],
        &["-n"],
        &["-k"],
        &["-h"],
        &["+h"],
        &["+B"],
        &["-D"],
        &["-a"],
        &["-b"],
        &["-m"],
        &["-t"],
        &["-C"],
        &["-E"],
        &["-P"],
        &["-T"],
    ];
    check(singles.into_iter().map(|options| probe(options.iter().copied().chain(["-c", SHOW, "zero", "one"]))));
}

#[test]
fn words_alone_and_with_one_dash() {
    check([
        probe(["-login", "-c", SHOW]),
        probe(["-posix", "-norc", "-c", SHOW]),
        probe(["--verbose", "-c", SHOW]),
        probe(["--noediting", "--debugger", "-c", "echo $-; shopt -p extdebug"]),
        probe(["--restricted", "-c", "cd /"]),
        probe(["--version"]),
        probe(["--help"]),
        probe(["-c", "--version"]),
        probe(["--dump-strings", "-c", "echo $\"hello\""]),
        probe(["--dump-po-strings", "script"]).file("script", "echo $\"hello\" # x\n"),
        probe(["--pretty-print", "script"]).file("script", "if true;then echo a;fi;f(){ :;}\n"),
        probe(["--no-such-word", "-c", "echo ran"]),
        probe(["--rcfile"]),
        probe(["--rcfile", "rc", "-i", "-c", "echo line"]).file("rc", "echo from rc"),
        probe(["--init-file", "rc", "-ic", "echo line"]).file("rc", "echo from rc"),
        probe(["--login", "--rcfile", "rc", "-c", "echo line"]).file("rc", "echo from rc"),
    ]);
}

#[test]
fn where_the_line_is() {
    check([
        probe(["--", "script", "one"]).file("script", "echo $0 $1"),
        probe(["-", "script", "one"]).file("script", "echo $0 $1"),
        probe(["-c", "--", SHOW, "zero"]),
        probe(["-c", "-", SHOW, "zero"]),
        probe(["-c", "-l", SHOW]),
        probe(["-c", "-e", "-u", SHOW, "zero", "-x"]),
        probe(["-lc", SHOW]),
        probe(["-ic", SHOW]),
        probe(["-ilc", SHOW]),
        probe(["-ec", "false; echo no"]),
        probe(["-xec", "false; echo no"]),
        probe(["-co", "pipefail", SHOW]),
        probe(["-cO", "extglob", SHOW]),
        probe(["-c", "+x", SHOW]),
        probe(["-x", "-c", "+x", SHOW]),
        probe(["-c", "-c", SHOW]),
        probe(["-c", ""]),
        probe(["-c", "", "zero"]),
        probe(["-c"]),
        probe(["-c", "-l"]),
        probe(["+c", SHOW]),
        probe(["-sc", SHOW, "zero"]),
        probe(["-s", "one", "two"]).pipe("echo $0 $@\n"),
        probe(["-c", "echo \"$@\"", "zero", "-c", "--", "", "a b"]),
        probe(["-c", "echo a\necho b\n\n"]),
    ]);
}

#[test]
fn what_bash_refuses() {
    let refused: [&[&str]; 10] = [
        &["-Z", "-c", "echo ran"],
        &["-c", "-Z", "echo ran"],
        &["-o", "no_such_option", "-c", "echo ran"],
        &["-O", "no_such_option", "-c", "echo ran"],
        &["+Z"],
        &["-o"],
        &["+o"],
        &["-O"],
        &["+O"],
        &["-c", "set -Z"],
    ];
    check(refused.into_iter().map(probe));
}

#[test]
fn bytes_that_are_no_text() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let raw = OsStr::from_bytes;
    let odd: Vec<Probe> = vec![
        probe([raw(b"-c"), raw(b"printf '%s' \"\xff\xfe$1\" | od -c"), raw(b"zero"), raw(b"\x80\xc3")]),
        probe([raw(b"-c"), raw(b"printf '%s\\n' a\rb $'\\x01'"), raw(b"\xff")]),
        probe([raw(b"caf\xe9")]),
    ];
    check(odd);
}
