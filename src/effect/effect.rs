//! One thing a script would do.

use super::{Certainty, Object, Reversibility};
use crate::grammar::Access;
use crate::text::Span;

/// What happens: the accesses a grammar can state, less those that only lead on to other commands.
pub type Verb = Access;

/// One thing a script would do to one object.
#[derive(Clone, Debug, PartialEq)]
pub struct Effect {
    /// What happens.
    pub verb: Verb,
    /// To what.
    pub object: Object,
    /// How sure.
    pub certainty: Certainty,
    /// Whether it can be taken back, before policy has looked at scope and limits: a file change is `Reversible`
    /// here and becomes `Irreversible` in `policy` when it lies outside the scope or cannot be captured.
    pub reversibility: Reversibility,
    /// Where in the outermost line.
    pub span: Span,
    /// Base name of the program it comes from (`rm`), or `redirection`, or a builtin's name.
    pub program: String,
    /// Labels from the grammar and the analysis: `force`, `recursive`, `all`, `remote`, `unset-variable`,
    /// `flattened`, `after-ignored-failure`, `literal-tilde` …
    pub tags: Vec<String>,
    /// Which of [`Assessment::commands`] do it, by index; none where the shell itself does.
    pub commands: Vec<usize>,
}

/// What a script would do.
#[derive(Clone, Debug, Default)]
pub struct Assessment {
    /// The simple commands that would run, nested ones included, in reading order.
    pub commands: Vec<Invoked>,
    /// What they do.
    pub effects: Vec<Effect>,
    /// False when any byte of the line was not understood, by the readers or by the evaluation.
    pub complete: bool,
    /// Why it is not complete, for `explain`.
    pub gaps: Vec<(Span, String)>,
    /// Programs whose grammar is not known, by name: opaque.
    pub unknown_programs: Vec<String>,
}

/// A simple command as it would be run.
#[derive(Clone, Debug, PartialEq)]
pub struct Invoked {
    /// The argv as far as it is known; an unknown argument is `…`, a prefix ends in `…`.
    pub argv: Vec<Vec<u8>>,
    /// Where in the outermost line.
    pub span: Span,
    /// The file PATH resolution finds; `None` for builtins, functions and what is not found.
    pub file: Option<std::path::PathBuf>,
    /// Which of [`Assessment::commands`] runs it: the `sudo`, `xargs` or `sh -c` around it.
    pub within: Option<usize>,
}
