//! Forms bash does not have, and calls that must fail without running anything.

use crate::support::probe::{Bench, SEARCH, line, probe};
use std::fs;
use std::path::Path;

#[test]
fn a_bare_line_runs_when_called_by_our_own_name() {
    let bench = Bench::new();
    let bare = probe(["echo ran; exit 4"]);
    let seen = bench.run(&bare, &bench.agentsh("agentsh"), "agentsh".as_ref());
    assert_eq!((seen.out.as_str(), seen.status.as_str()), ("ran\n", "exit 4"));
    let named = bench.run(&bare, &bench.agentsh("bash"), "bash".as_ref());
    assert_eq!(named, bench.run(&bare, &Bench::real("bash"), "bash".as_ref()));
    // A file of that name is a script, as ever.
    let file = probe(["a script"]).file("a script", "echo from the file\n");
    assert_eq!(bench.run(&file, &bench.agentsh("agentsh"), "agentsh".as_ref()).out, "from the file\n");
}

#[test]
fn agentsh_never_finds_itself() {
    let bench = Bench::new();
    let copies = bench.path("copies");
    fs::create_dir(&copies).expect("a directory");
    fs::copy(bench.agentsh("agentsh"), copies.join("bash")).expect("a copy");
    std::os::unix::fs::symlink(bench.agentsh("agentsh"), copies.join("sh")).expect("a link");
    let wrapper = bench.path("wrapper");
    fs::create_dir(&wrapper).expect("a directory");
    let script = format!("#!{}\nexec {} \"$@\"\n", bench.agentsh("bash").display(), bench.agentsh("bash").display());
    fs::write(wrapper.join("bash"), script).expect("a script");
    let executable = <fs::Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o755);
    fs::set_permissions(wrapper.join("bash"), executable).expect("its mode");

    let names = bench.path("names");
    let path = format!("{}:{}:{}:{SEARCH}", copies.display(), wrapper.display(), names.display());
    let show = line("echo $0; readlink /proc/$$/exe").env("PATH", &path);
    let expected = bench.run(&show, &Bench::real("bash"), "bash".as_ref());
    for program in [bench.agentsh("bash"), copies.join("bash"), wrapper.join("bash")] {
        let seen = bench.run(&show, &program, "bash".as_ref());
        assert_eq!(seen.out.lines().last(), expected.out.lines().last(), "{}", program.display());
    }
    // With nothing else on PATH the usual places serve.
    let only_us = line("echo ran").env("PATH", &names);
    assert_eq!(bench.run(&only_us, &bench.agentsh("bash"), "bash".as_ref()).out, "ran\n");
    let none = line("echo ran").unset("PATH");
    assert_eq!(bench.run(&none, &bench.agentsh("bash"), "bash".as_ref()).out, "ran\n");
}

#[test]
fn a_missing_shell_is_said_in_one_line() {
    let bench = Bench::new();
    if SEARCH.split(':').any(|dir| Path::new(dir).join("zsh").exists()) {
        return;
    }
    fs::copy(bench.agentsh("agentsh"), bench.agentsh("zsh")).expect("a copy");
    let seen = bench.run(&line("echo ran"), &bench.agentsh("zsh"), "zsh".as_ref());
    assert_eq!((seen.out.as_str(), seen.status.as_str()), ("", "exit 125"));
    assert!(seen.err.starts_with("agentsh: cannot find a real zsh") && seen.err.lines().count() == 1, "{}", seen.err);
}
