//! The installer says what is missing, and the remedy.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

/// What the installer says with these programs first on PATH; it must not get as far as building.
fn refused(programs: &[(&str, &str)]) -> String {
    let home = tempfile::tempdir().expect("a scratch directory");
    for (name, body) in programs {
        let file = home.path().join(name);
        fs::write(&file, format!("#!/bin/sh\n{body}\n")).expect("is ours");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).expect("is ours");
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("install.sh");
    let mut command = Command::new("/bin/bash");
    command.arg(script).args(["--no-demo", "--prefix"]).arg(home.path().join("prefix")).env_clear();
    command.env("HOME", home.path()).env("PATH", format!("{}:/usr/bin:/bin", home.path().display()));
    let output = command.stdin(Stdio::null()).output().expect("runs");
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(1), b"".as_slice()), "{output:?}");
    assert!(!home.path().join("prefix").exists());
    String::from_utf8(output.stderr).expect("is UTF-8")
}

#[test]
fn a_rust_that_does_not_start_is_named_with_the_remedy() {
    let others = [("cargo", "exit 9"), ("cc", "exit 9"), ("git", "exit 9")];
    let rustup = [("rustc", "echo error: long >&2; exit 1"), ("rustup", "echo error: longer >&2; exit 1")];
    let said = refused(&[others.as_slice(), rustup.as_slice()].concat());
    assert_eq!(said, "install.sh: rustup has no default toolchain\n  hint: rustup default stable\n");

    let old = [("rustc", "echo 'rustc 1.40.0 (abc 2019-12-16)'")];
    let said = refused(&[others.as_slice(), old.as_slice()].concat());
    assert!(said.starts_with("install.sh: Rust 1.40.0 is too old: "), "{said}");
}
