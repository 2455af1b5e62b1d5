//! Which program is taken for the real shell.

use crate::support::probe::Bench;
use agentsh::exec::{Called, NoShell, RealShell};
use std::fs;
use std::os::unix::fs::PermissionsExt;

#[test]
fn the_configured_shell_comes_first_and_must_be_one() {
    let bench = Bench::new();
    let called = Called::new("bash", bench.agentsh("bash"));
    let real = Bench::real("bash");
    let found = RealShell::find(&called, None, Some(&real)).expect("bash is a program");
    assert_eq!(found.path(), real);

    let own = bench.agentsh("agentsh");
    assert!(matches!(RealShell::find(&called, None, Some(&own)), Err(NoShell::Loop(path)) if path == own));
    let script = bench.path("script");
    fs::write(&script, "#!/bin/sh\n").expect("a script");
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).expect("its mode");
    assert!(matches!(RealShell::find(&called, None, Some(&script)), Err(NoShell::NotAProgram(_))));
    let missing = bench.path("missing");
    assert!(matches!(RealShell::find(&called, None, Some(&missing)), Err(NoShell::Unusable(..))));
    let copy = bench.path("copy");
    fs::copy(&real, &copy).expect("a copy of bash");
    fs::set_permissions(&copy, fs::Permissions::from_mode(0o644)).expect("its mode");
    let denied = RealShell::find(&called, None, Some(&copy));
    assert!(matches!(denied, Err(NoShell::Unusable(..))), "{denied:?}");
}

#[test]
fn path_is_searched_in_order_and_past_what_is_no_shell() {
    let bench = Bench::new();
    let real = Bench::real("bash");
    let called = Called::new("agentsh", bench.agentsh("agentsh"));
    let dirs: Vec<_> = ["script", "directory", "fifo", "plain", "good", "later"].map(|name| bench.path(name)).into();
    for dir in &dirs {
        fs::create_dir(dir).expect("a directory");
    }
    fs::write(dirs[0].join("bash"), "#!/bin/sh\nexec bash\n").expect("a script");
    fs::set_permissions(dirs[0].join("bash"), fs::Permissions::from_mode(0o755)).expect("its mode");
    fs::create_dir(dirs[1].join("bash")).expect("a directory");
    nix::unistd::mkfifo(&dirs[2].join("bash"), nix::sys::stat::Mode::from_bits_truncate(0o755)).expect("a fifo");
    fs::copy(&real, dirs[3].join("bash")).expect("a copy of bash");
    fs::set_permissions(dirs[3].join("bash"), fs::Permissions::from_mode(0o644)).expect("its mode");
    for dir in &dirs[4..] {
        fs::copy(&real, dir.join("bash")).expect("a copy of bash");
        fs::set_permissions(dir.join("bash"), fs::Permissions::from_mode(0o755)).expect("its mode");
    }
    let path = std::env::join_paths([bench.path("names")].iter().chain(&dirs)).expect("a PATH");
    let found = RealShell::find(&called, Some(&path), None).expect("two are there");
    assert_eq!(found.path(), dirs[4].join("bash"));
}
