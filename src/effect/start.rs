//! What the shell starts with.

use crate::syntax::ReadOptions;

/// The invocation of the shell, as far as it changes what a line means.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Start {
    /// `$0`.
    pub zero: Vec<u8>,
    /// `$$`, when it is known: agentsh becomes the shell, so the shell has its process id.
    pub pid: Option<u32>,
    /// `$1` and on.
    pub positional: Vec<Vec<u8>>,
    /// Called as `sh` or with `--posix`.
    pub posix: bool,
    /// The shell is zsh.
    pub zsh: bool,
    /// Aliases expand (interactive, posix, or `-O expand_aliases`).
    pub expand_aliases: bool,
    /// `-i`, or a script read from a terminal.
    pub interactive: bool,
    /// `-O extglob`.
    pub extglob: bool,
    /// `-e`.
    pub errexit: bool,
    /// `-u`.
    pub nounset: bool,
    /// Exported functions whose definitions are in force come from the environment (not so with `-p`).
    pub ignore_environment_functions: bool,
}

impl Start {
    /// The options nested texts are read with.
    pub fn read_options(&self) -> ReadOptions {
        ReadOptions { extglob: self.extglob, posix: self.posix, zsh: self.zsh, foreign_charset: false }
    }
}
