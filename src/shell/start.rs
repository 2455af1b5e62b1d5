//! What the shell starts with, for the evaluation.

use super::{Dialect, Setting, ShellArgs};
use crate::effect::Start;
use crate::exec::Called;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// The state the shell is in before the first byte of its text, from its arguments and the name it was called by.
pub(super) fn of(args: &ShellArgs, called: &Called, real: &Path) -> Start {
    let zero = args.name.clone().unwrap_or_else(|| called.argv0_for(real));
    let bytes = |word: &OsStr| word.as_bytes().to_vec();
    Start {
        zero: bytes(&zero),
        // Under the guard the shell will be another process, of a number as good as this one: what it is part of the name of
        // is then judged by its place, and kept under the name it really has.
        pid: Some(std::process::id()),
        positional: args.positional.iter().map(|word| bytes(word)).collect(),
        posix: args.is(Setting::Posix),
        zsh: args.dialect == Dialect::Zsh,
        expand_aliases: args.is(Setting::ExpandAliases) || args.is(Setting::Posix) || args.is(Setting::Interactive),
        interactive: args.is(Setting::Interactive),
        extglob: args.is(Setting::Extglob),
        ignore_environment_functions: args.is(Setting::Privileged),
        ..Start::default()
    }
}
