//! Chapter: what a shell's arguments say will run. The forms are those agents and other programs really use.

use agentsh::shell::{Dialect, Setting, ShellArgs, TextSource};
use std::ffi::{OsStr, OsString};

fn read_with(dialect: Dialect, arguments: &[&str], environment: &[(&str, &str)]) -> ShellArgs {
    let variable =
        |name: &OsStr| environment.iter().find(|(known, _)| name == *known).map(|(_, value)| OsString::from(value));
    ShellArgs::read(arguments.iter().map(OsString::from).collect(), dialect, variable)
}

fn read(arguments: &[&str]) -> ShellArgs {
    read_with(Dialect::Bash, arguments, &[])
}

fn command(line: &str) -> TextSource {
    TextSource::Command(line.into())
}

#[test]
fn the_line_is_found_in_every_bundle_and_order() {
    let forms: [&[&str]; 24] = [
        &["bash", "-c", "LINE"],
        &["bash", "-lc", "LINE"],
        &["bash", "-cl", "LINE"],
        &["bash", "-l", "-c", "LINE"],
        &["bash", "-c", "-l", "LINE"],
        &["bash", "-i", "-c", "LINE"],
        &["bash", "-ic", "LINE"],
        &["bash", "-ilc", "LINE"],
        &["bash", "-ec", "LINE"],
        &["bash", "-xec", "LINE"],
        &["bash", "-c", "--", "LINE"],
        &["bash", "-c", "-", "LINE"],
        &["bash", "-c", "-c", "LINE"],
        &["bash", "-c", "+x", "LINE"],
        &["bash", "+c", "LINE"],
        &["bash", "-co", "pipefail", "LINE"],
        &["bash", "-oc", "pipefail", "LINE"],
        &["bash", "-oO", "pipefail", "extglob", "-c", "LINE"],
        &["bash", "-c", "-O", "extglob", "+O", "nullglob", "LINE"],
        &["bash", "--norc", "--noprofile", "-c", "LINE"],
        &["bash", "--login", "--rcfile", "FILE", "-c", "LINE"],
        &["bash", "-login", "-init-file", "FILE", "-c", "LINE"],
        &["bash", "-sc", "LINE"],
        &["-bash", "-c", "LINE"],
    ];
    for form in forms {
        assert_eq!(read(form).source, command("LINE"), "{form:?}");
    }
}

#[test]
fn what_comes_after_the_line() {
    let args = read(&["bash", "-c", "LINE", "zero", "one", "-c", "--", ""]);
    assert_eq!(args.source, command("LINE"));
    assert_eq!(args.name.as_deref(), Some(OsStr::new("zero")));
    assert_eq!(args.positional, ["one", "-c", "--", ""]);
    assert_eq!(read(&["bash", "-c", ""]).source, command(""));
    assert_eq!(read(&["bash", "-c", "--help"]).source, TextSource::Nothing, "a word is an option before any letter");
    assert_eq!(read(&["bash", "-e", "--help"]).source, TextSource::Stdin, "words come first, or are letters");
}

#[test]
fn scripts_input_and_nothing() {
    let args = read(&["bash", "-eu", "--", "./script", "-c", "one"]);
    assert_eq!(args.source, TextSource::Script("./script".into()));
    assert_eq!((args.name.as_deref(), args.positional.len()), (Some(OsStr::new("./script")), 2));
    assert_eq!(read(&["bash", "-", "x"]).source, TextSource::Script("x".into()));
    assert_eq!(read(&["bash", "-i", "x"]).source, TextSource::Script("x".into()));
    for stdin in [&["bash"][..], &["bash", "-s", "one"], &["bash", "-i"], &["-bash"], &["bash", "--", "-"][..2], &[]] {
        assert_eq!(read(stdin).source, TextSource::Stdin, "{stdin:?}");
    }
    assert_eq!(read(&["bash", "-s", "one", "two"]).positional, ["one", "two"]);
    for nothing in [&["bash", "-c"][..], &["bash", "-c", "-l"], &["bash", "--version"], &["bash", "--help", "-c", "x"]]
    {
        assert_eq!(read(nothing).source, TextSource::Nothing, "{nothing:?}");
    }
}

#[test]
fn what_a_shell_would_refuse_is_still_judged() {
    for form in
        [&["bash", "--new-word", "-c", "LINE"][..], &["bash", "-Zc", "LINE"], &["bash", "-o", "nope", "-c", "LINE"]]
    {
        assert_eq!(read(form).source, command("LINE"), "{form:?}");
    }
    assert_eq!(read(&["bash", "--rcfile"]).source, TextSource::Stdin);
    assert_eq!(read(&["bash", "-o"]).source, TextSource::Stdin);
}

#[test]
fn settings_of_options() {
    let on = |arguments: &[&str], setting| read(arguments).is(setting);
    assert!(on(&["bash", "--posix", "-c", "x"], Setting::Posix));
    assert!(on(&["bash", "-o", "posix"], Setting::Posix));
    assert!(!on(&["bash", "--posix", "+o", "posix"], Setting::Posix));
    assert!(on(&["bash", "-O", "extglob"], Setting::Extglob));
    assert!(!on(&["bash", "-O", "extglob", "+O", "extglob"], Setting::Extglob));
    assert!(on(&["bash", "--posix"], Setting::ExpandAliases));
    assert!(on(&["bash", "-ic", "x"], Setting::ExpandAliases));
    assert!(!on(&["bash", "-c", "x"], Setting::ExpandAliases));
    assert!(on(&["bash", "-O", "expand_aliases", "-c", "x"], Setting::ExpandAliases));
    assert!(on(&["bash", "-l"], Setting::Login) && on(&["-bash"], Setting::Login) && !on(&["bash"], Setting::Login));
    assert!(on(&["bash", "-n", "x"], Setting::NoExec) && !on(&["bash", "-n", "+n", "x"], Setting::NoExec));
    assert!(on(&["bash", "-D", "x"], Setting::NoExec) && on(&["bash", "--dump-po-strings", "x"], Setting::NoExec));
    assert!(on(&["rbash"], Setting::Restricted) && on(&["bash", "-r"], Setting::Restricted));
    assert!(on(&["bash", "-p"], Setting::Privileged) && on(&["bash", "--norc"], Setting::NoRc));
    assert_eq!(read(&["bash", "--rcfile", "F", "-i"]).rcfile.as_deref(), Some(OsStr::new("F")));
}

#[test]
fn settings_of_the_name_and_the_environment() {
    assert!(read(&["sh", "-c", "x"]).is(Setting::Posix) && read(&["/bin/sh"]).is(Setting::Posix));
    assert!(read(&["-sh"]).is(Setting::Posix) && read(&["-sh"]).is(Setting::Login));
    let bash = |name, value| read_with(Dialect::Bash, &["bash", "-c", "x"], &[(name, value)]);
    assert!(bash("POSIXLY_CORRECT", "").is(Setting::Posix));
    assert!(bash("SHELLOPTS", "braceexpand:posix").is(Setting::ExpandAliases));
    assert!(bash("SHELLOPTS", "noexec").is(Setting::NoExec));
    assert!(bash("BASHOPTS", "checkwinsize:extglob").is(Setting::Extglob));
    assert!(!bash("BASHOPTS", "noextglob").is(Setting::Extglob));
}

#[test]
fn the_other_shells() {
    let zsh = |arguments: &[&str]| read_with(Dialect::Zsh, arguments, &[]).source;
    for form in [
        &["zsh", "-c", "LINE"][..],
        &["zsh", "-ilc", "LINE"],
        &["zsh", "-c", "-l", "LINE"],
        &["zsh", "-oextendedglob", "-c", "LINE"],
        &["zsh", "-o", "extendedglob", "-c", "LINE"],
        &["zsh", "-f", "-c", "LINE"],
        &["zsh", "--emulate", "sh", "-c", "LINE"],
        &["zsh", "--no-rcs", "-c", "LINE"],
    ] {
        assert_eq!(zsh(form), command("LINE"), "{form:?}");
    }
    assert_eq!(zsh(&["zsh", "--version"]), TextSource::Nothing);
    assert_eq!(zsh(&["zsh", "-b", "script"]), TextSource::Script("script".into()));
    let sh = |arguments: &[&str]| read_with(Dialect::Sh, arguments, &[]);
    assert_eq!(sh(&["sh", "-c", "LINE"]).source, command("LINE"));
    assert_eq!(sh(&["sh", "-ec", "-o", "nounset", "LINE", "zero"]).source, command("LINE"));
    assert!(sh(&["anything"]).is(Setting::Posix));
}

#[test]
fn a_bare_line() {
    let lifted = |arguments: &[&str]| {
        let mut args = read(arguments);
        args.lift_bare_line();
        args
    };
    let args = lifted(&["agentsh", "git status | head"]);
    assert_eq!((args.source, args.name), (command("git status | head"), None));
    assert_eq!(args.arguments, ["agentsh", "-c", "git status | head"]);
    for script in [&["agentsh", "script"][..], &["agentsh", "a b", "c"], &["agentsh", "-x", "a b"]] {
        assert!(matches!(lifted(script).source, TextSource::Script(_)), "{script:?}");
    }
}
