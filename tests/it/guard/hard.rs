//! The hard scope: the kernel holds the line, and what it breaks is said.

use super::bench::{Guarded, has, text};
use std::fs;

fn guarded() -> Option<Guarded> {
    if agentsh::sys::landlock_abi().is_none_or(|abi| abi < agentsh::sys::LEAST_LANDLOCK) {
        return None;
    }
    let guarded = Guarded::new();
    let settings = "guard = \"on\"\nhard_scope = true\nwrite = [\"in/**\"]\ntool_state = [\"state/**\"]\n";
    fs::write(guarded.machine.path("config/agentsh/config.toml"), settings).expect("settings");
    for name in ["in/a", "out/a", "state/x"] {
        guarded.write(name, format!("this was {name}\n"));
    }
    Some(guarded)
}

#[test]
fn ordinary_work_goes_on_and_the_step_says_what_held_it() {
    let Some(guarded) = guarded() else { return };
    let line = "perl -e 'open F, q(>), q(in/a) or die; rename q(in/a), q(in/b) or die; mkdir q(in/d) or die; open F, q(>), q(state/x) or die'; echo x >/dev/null; x=$(mktemp) && rm $x; cat <<< here";
    let output = guarded.run(line);
    assert!(output.status.success() && text(&output) == "here\n", "{}", text(&output));
    assert_eq!(guarded.intents().pop().map(|intent| intent.guard).as_deref(), Some("full, hard scope"));
    guarded.undo();
    assert_eq!(guarded.read("in/a"), "this was in/a\n");
}

#[test]
fn what_lies_beyond_is_refused_by_the_kernel_too() {
    let Some(guarded) = guarded() else { return };
    // To open for appending changes nothing, should it succeed.
    let said = text(&guarded.run("perl -e 'open F, q(>>), q(/etc/passwd) or print qq(no: $!\\n)'"));
    assert!(said.contains("no: Permission denied"), "{said}");
    if nix::unistd::geteuid().is_root() {
        assert!(said.contains("/etc/passwd lies beyond the hard scope"), "{said}");
    }
    // What a line says itself, and is approved, lies within.
    let refused = text(&guarded.run("echo x > out/a; perl -e 1"));
    assert!(refused.contains("not run: rule outside-scope"), "{refused}");
    let id = guarded.machine.request();
    crate::approval::person::Terminal::start(&guarded.machine, &format!("agentshctl approve -y {id}"), &[]).finish();
    let output = guarded.run("echo x > out/a; perl -e 1");
    assert!(output.status.success(), "{}", text(&output));
    assert_eq!(guarded.read("out/a"), "x\n");
}

#[test]
fn a_mount_that_fails_for_it_says_so() {
    let Some(guarded) = guarded() else { return };
    let able =
        || guarded.machine.command("unshare").args(["-rm", "true"]).status().is_ok_and(|status| status.success());
    if !has("unshare") || !able() {
        return;
    }
    let said = text(&guarded.run("unshare -rm perl -e 1"));
    assert!(said.contains("hard_scope = true forbids mounting"), "{said}");
}
