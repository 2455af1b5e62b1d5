//! From the text an agent hands to its shell to the line that the model asked for.
//!
//! Comes in: the text behind `-c`. Goes out: a [`Wrapped`] when the text is, byte for byte, an instance of one of the shapes
//! agents are known to write, else nothing, and then the text is judged whole. A hole of a shape takes only what cannot
//! change the structure around it (a quoted word, a plain path, a variable's name), so the tree of an instance is the tree of
//! its shape; the one kind of hole that takes raw lines is judged in its place, with everything around it.

use super::{codex, form, forms, starting};
use std::ops::Range;
use std::path::PathBuf;

/// A text that an agent made around a line, taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wrapped {
    /// The agent whose shape it is.
    pub agent: &'static str,
    /// The line the agent asked for; `None` for what agents run for themselves at their start.
    pub inner: Option<Vec<u8>>,
    /// What is judged: the shell's own meaning of the line, with what the wrapper leaves in force for it.
    pub text: Vec<u8>,
    /// Where in `text` the line stands; `None` when it does not stand there as such.
    pub place: Option<Range<usize>>,
    /// A file that the wrapper itself writes, of which nobody need hear.
    pub own_file: Option<PathBuf>,
    /// A command that the wrapper runs among those of the line; empty when there is none.
    pub own_command: &'static [&'static str],
    /// What must hold on this machine for the wrapper's own part to be harmless.
    pub trusts: Vec<Trust>,
    /// The wrapper ends by starting this shell with the line as its `-c` operand.
    pub hands_to: Option<PathBuf>,
}

/// Something a wrapper relies on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trust {
    /// It runs this file, which must lie in this folder of the person's home directory, where rules guard it.
    Sources(PathBuf, &'static str),
    /// It overwrites this file, which must not be a link to another.
    Overwrites(PathBuf),
}

/// Takes `line` apart when it is an instance of an agent's shape. For any other line this costs a comparison of its first
/// bytes.
pub fn unwrap(line: &[u8]) -> Option<Wrapped> {
    match line.first()? {
        b'(' | b'\n' => forms::RAW.iter().chain(forms::OPENCODE).find_map(|form| form::parse(form, line)),
        b's' | b'e' | b'\\' | b'{' => {
            let shapes = || forms::CLAUDE.iter().chain(forms::RAW).find_map(|form| form::parse(form, line));
            shapes().or_else(|| starting::codex_snapshot(line))
        }
        b'_' => codex::command(line),
        b'S' => starting::claude_snapshot(line),
        b'i' => starting::codex_probe(line),
        _ => None,
    }
}
