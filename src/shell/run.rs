//! From the arguments to the real shell.

use super::{Dialect, Request, ShellArgs, Text, pipeline};
use crate::approval::{Appraiser, Ending, Refusal};
use crate::exec::{Called, RealShell};
use crate::host::{Log, Places};
use crate::sys;
use crate::ui::visible;
use std::ffi::{OsStr, OsString};
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

/// agentsh failed before the shell could start.
pub const FAILED: i32 = 125;

/// Runs the shell's command line `arguments` (with `argv[0]`); returns an exit status only when nothing runs.
pub fn run(arguments: Vec<OsString>) -> i32 {
    Log::start();
    let argv0 = arguments.first().cloned().unwrap_or_default();
    let called = Called::detect(&argv0);
    let variable = |name: &OsStr| sys::variable(name.as_bytes()).map(OsStr::to_owned);
    let path = variable(OsStr::new("PATH"));
    let mut args = ShellArgs::read(arguments, Dialect::of_shell(called.shell_name()), variable);
    if called.by_own_name() {
        args.lift_bare_line();
    }
    let places = Places::find();
    // A working directory that is gone is the shell's to complain about; nothing relative resolves in it.
    let directory = std::env::current_dir().unwrap_or_else(|_| PathBuf::from("/proc/self/cwd"));
    let appraiser = Appraiser::at(&places, &directory);
    let configured = appraiser.loaded().policy.settings().shell.clone();
    let real = match RealShell::find(&called, path.as_deref(), configured.as_deref()) {
        Ok(real) => real,
        Err(error) => {
            complain(&format!("cannot {error}"));
            return FAILED;
        }
    };
    let text = Text::find(&args, path.as_deref());
    pipeline::run(&Request { called, args, text, real }, &places, &appraiser)
}

/// One line on stderr. That it may fail (closed, full) is nothing more than the line not being seen.
pub(super) fn complain(message: &str) {
    let _ = writeln!(std::io::stderr(), "agentsh: {}", visible(message));
}

/// Says why the line does not run, and how the shell ends: its status, or by the signal that ended the question.
pub(super) fn refuse(refusal: &Refusal) -> i32 {
    let _ = writeln!(std::io::stderr(), "{refusal}");
    match refusal.ending() {
        Ending::Exit(status) => i32::from(status),
        Ending::Signal(signal) => {
            sys::die_of(signal);
            128 + signal
        }
    }
}
