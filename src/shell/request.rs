//! What is asked of the pipeline.

use super::{ShellArgs, Text};
use crate::exec::{Called, RealShell};

/// One call of the shell: how it was called, what will run, and the shell that would run it.
#[derive(Clone, Debug)]
pub struct Request {
    /// How agentsh was called.
    pub called: Called,
    /// The arguments.
    pub args: ShellArgs,
    /// The text that will run, as far as it could be seen.
    pub text: Text,
    /// The shell to become.
    pub real: RealShell,
}
