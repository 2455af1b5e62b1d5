//! Names, `$0`, and the environment.

use crate::support::probe::{Bench, Probe, check, line, probe};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

#[test]
fn the_name_the_shell_sees() {
    let names = ["bash", "-bash", "sh", "-sh", "/bin/sh", "rbash", "-rbash", "odd", "", "-", "/no/such/place", "a b"];
    let show = r#"printf '<%s>' "$0" "$@"; shopt -q login_shell && echo login; shopt -qo posix && echo posix; echo $-"#;
    check(names.into_iter().flat_map(|name| {
        [
            line(show).called(name),
            probe(["-c", show, "zero", "one", "two words"]).called(name),
            line("echo \"${BASH-unset}\"; echo ${BASH_ARGV0-unset}").called(name),
        ]
    }));
}

#[test]
fn the_prefix_of_errors() {
    let names = ["bash", "-bash", "sh", "odd", ""];
    check(names.into_iter().flat_map(|name| {
        let called = move |probe: Probe| probe.called(name);
        [
            called(line("no_such_command_here")),
            called(line("if")),
            called(line("echo one\n)")),
            called(line("echo ${x?gone}")),
            called(probe(["-c", "no_such_command_here", "zero"])),
            called(probe(["script"]).file("script", "echo $0 $1\nno_such_command_here\n(")),
            called(probe(["./script", "one"]).file("script", "echo $0 $1 $BASH_SOURCE $LINENO\n")),
            called(probe(["missing"])),
            called(probe(["/"])),
            called(probe(["./sub"]).file("sub/file", "")),
            called(probe(["file"]).file("file", b"\x7fELF\x02\x01\x01\0\0\0")),
        ]
    }));
}

#[test]
fn variables_bash_sets() {
    check([
        line("echo $SHELL; echo $SHLVL; echo $PPID | grep -c '^[0-9]'"),
        line("echo $SHELL").unset("SHELL"),
        line("echo $SHLVL; $SHELL -c 'echo $SHLVL; exec $SHELL -c \"echo \\$SHLVL\"'").env("SHLVL", "3"),
        line("echo $SHLVL").env("SHLVL", "text"),
        line("echo $SHLVL").env("SHLVL", "1000"),
        line("echo \"$BASH_EXECUTION_STRING\""),
        line("echo $_; true x; echo $_").env("_", "/from/the/caller"),
        line("echo $-; echo ${#BASH_VERSINFO[@]} $BASH_SUBSHELL $BASHPID | grep -c ' 0 '"),
        line("declare -p BASH_ARGC BASH_ARGV DIRSTACK EUID UID GROUPS IFS OPTIND OPTERR PS4 2>&1"),
        line("echo $PWD $OLDPWD; pwd -P; readlink /proc/$$/exe; cat /proc/$$/comm").env("OLDPWD", "/"),
        line("echo $TERM $HOSTNAME $HOSTTYPE $MACHTYPE $OSTYPE"),
    ]);
}

#[test]
fn the_environment_goes_over_as_it_came() {
    let odd = OsStr::from_bytes(b"v\xff\xfe\nlines = and all");
    check([
        line("/usr/bin/env | LC_ALL=C sort"),
        line("tr '\\0' '\\n' < /proc/self/environ"),
        line("declare -p odd").env("odd", odd),
        line("/usr/bin/env -0 | tr '\\0' '\\n'")
            .env("not-a-name", "1")
            .env("1", "x")
            .env("BASH_FUNC_x%%", "() { echo f; }"),
        line("x; type x").env("BASH_FUNC_x%%", "() { echo from the environment; }"),
        line("echo $SHELLOPTS; shopt -qo posix; echo $?").env("SHELLOPTS", "posix:pipefail"),
        line("echo $SHELLOPTS; echo shown").env("SHELLOPTS", "braceexpand:xtrace"),
        line("shopt -q extglob; echo $?; echo $BASHOPTS").env("BASHOPTS", "extglob"),
        line("shopt -qo posix; echo $?").env("POSIXLY_CORRECT", "1"),
        line("echo line").env("BASH_ENV", "./first").file("first", "echo first $0"),
        line("echo line").called("sh").env("ENV", "./first").file("first", "echo first $0"),
        probe(["-i", "-c", "echo line"]).called("sh").env("ENV", "./first").file("first", "echo first $0"),
        line("echo $LINES $COLUMNS").env("LINES", "7").env("COLUMNS", "9"),
        line("echo ${PATH-unset}").unset("PATH"),
        line("echo ~; cd && pwd | wc -l").unset("HOME"),
        line("echo $IFS$PS4").env("IFS", "x").env("PS4", "y"),
    ]);
}

#[test]
fn a_name_twice_in_the_environment() {
    // env(1) and bash would both remove one, so a small C-like way is needed: execve through perl, if there is one.
    if !std::path::Path::new("/usr/bin/perl").exists() {
        return;
    }
    let script = "require 'syscall.ph' if 0; my @a = map { \"$_\\0\" } ('bash', '-c', 'tr \"\\\\0\" \"\\\\n\" < /proc/$$/environ'); \
        my @e = map { \"$_\\0\" } ('A=1', 'B=2', 'A=3', 'novalue', '=x'); \
        my $file = \"$ARGV[0]\\0\"; \
        my $argv = pack('P' x @a . 'Q', @a, 0); my $envp = pack('P' x @e . 'Q', @e, 0); \
        syscall(59, $file, $argv, $envp); die $!";
    if cfg!(target_arch = "x86_64") {
        check([probe(Vec::<&str>::new()).under(["perl", "-e", script])]);
    }
}

#[test]
fn called_by_its_path() {
    let bench = Bench::new();
    let show = line("echo $0 $BASH; no_such_command_here");
    let real = Bench::real("bash");
    let expected = bench.run(&show, &real, real.as_os_str());
    // Our own path is replaced by the real one, a shell's name stays: children that start "$BASH" come back to us.
    for (name, shown) in [("agentsh", &real), ("bash", &bench.agentsh("bash"))] {
        let path = bench.agentsh(name);
        let output = bench.command(&show, &path, path.as_os_str()).output().expect("agentsh starts");
        let shown = shown.display().to_string();
        assert_eq!(String::from_utf8_lossy(&output.stdout), format!("{shown} {shown}\n"));
        let seen = bench.run(&show, &path, path.as_os_str());
        assert_eq!(seen, expected);
    }
}

#[test]
fn a_link_by_a_shells_name() {
    // bash through a link called `sh` is bash in POSIX mode, and so are we through a link to the name bash.
    let bench = Bench::new();
    let links = bench.path("links");
    std::fs::create_dir(&links).expect("a directory");
    let show = line("echo $0 ${BASH_VERSION-none}; shopt -qo posix; echo $?; no_such_command_here");
    let through = |target: &std::path::Path, name: &str| {
        let link = links.join(name);
        let _ = std::fs::remove_file(&link);
        std::os::unix::fs::symlink(target, &link).expect("a link");
        bench.run(&show, &link, link.as_os_str())
    };
    for name in ["sh", "bash", "other"] {
        assert_eq!(through(&bench.agentsh("bash"), name), through(&Bench::real("bash"), name), "{name}");
    }
    // A link called `sh` to agentsh itself is agentsh's `sh`: how it may be installed.
    let seen = through(&bench.agentsh("agentsh"), "sh");
    assert_eq!(seen, bench.run(&show, &bench.agentsh("sh"), bench.agentsh("sh").as_os_str()));
}

#[test]
fn the_other_shells() {
    check([
        line("echo $0 ${BASH_VERSION-none}").of("sh"),
        line("echo $0; no_such_command_here").of("sh").called("-sh"),
        probe(["-e", "-c", "false; echo no"]).of("sh"),
        probe(Vec::<&str>::new()).of("sh").pipe("echo a; read x; echo got $x\ndata\n"),
        line("echo $0; cd /").of("rbash"),
    ]);
}
