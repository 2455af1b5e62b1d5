//! From the arguments to the real shell.

use super::{Dialect, Request, ShellArgs, Text, pipeline};
use crate::exec::{Called, RealShell};
use crate::ui::visible;
use std::ffi::{OsStr, OsString};
use std::io::Write;

/// agentsh failed before the shell could start.
pub const FAILED: i32 = 125;

/// Runs the shell's command line `arguments` (with `argv[0]`); returns an exit status only when nothing runs.
pub fn run(arguments: Vec<OsString>) -> i32 {
    let argv0 = arguments.first().cloned().unwrap_or_default();
    let called = Called::detect(&argv0);
    let variable = |name: &OsStr| std::env::var_os(name);
    let path = variable(OsStr::new("PATH"));
    let mut args = ShellArgs::read(arguments, Dialect::of_shell(called.shell_name()), variable);
    if called.by_own_name() {
        args.lift_bare_line();
    }
    let real = match RealShell::find(&called, path.as_deref(), None) {
        Ok(real) => real,
        Err(error) => {
            complain(&format!("cannot {error}"));
            return FAILED;
        }
    };
    let text = Text::find(&args, path.as_deref());
    pipeline::run(Request { called, args, text, real })
}

/// One line on stderr. That it may fail (closed, full) is nothing more than the line not being seen.
pub(super) fn complain(message: &str) {
    let _ = writeln!(std::io::stderr(), "agentsh: {}", visible(message));
}
