//! Chapter: in the path of real agents.

mod branches;
mod guarded;
mod hook;
mod reach;
mod run;
mod setup;
mod wrappers;

use crate::approval::person::Machine;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

/// Installs agentsh as `install.sh` does; gives the directory of its programs.
pub(crate) fn installed(machine: &Machine) -> PathBuf {
    let prefix = machine.path("prefix");
    for (from, to) in [
        (env!("CARGO_BIN_EXE_agentsh"), "bin/agentsh"),
        (env!("CARGO_BIN_EXE_agentshctl"), "bin/agentshctl"),
        (env!("CARGO_BIN_EXE_agentsh"), "lib/agentsh/bash"),
        (env!("CARGO_BIN_EXE_agentsh"), "lib/agentsh/sh"),
    ] {
        let to = prefix.join(to);
        std::fs::create_dir_all(to.parent().expect("a directory")).expect("makes a directory");
        let _ = std::fs::remove_file(&to);
        std::fs::hard_link(from, &to).or_else(|_| std::fs::copy(from, &to).map(drop)).expect("installs");
    }
    prefix.join("bin")
}

/// A program of this name on PATH, in place of an agent's.
pub(crate) fn program(machine: &Machine, name: &str, text: &str) {
    let file = machine.path("bin").join(name);
    std::fs::write(&file, text).expect("writes");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).expect("its mode");
}
