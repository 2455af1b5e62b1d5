//! Builtins of the shell: what they do to its state, and the few effects they have.

mod change_directory;
mod code;
mod control;
mod declare;
mod jobs;
mod print;
mod read;
mod settings;
mod table;
mod test;

pub(crate) use print::{formatted, unescaped};
pub(crate) use test::{compared, decide};

/// True when text used as a variable's name holds code that bash would run.
pub(crate) fn subscript_code(name: &[u8]) -> bool {
    name.contains(&b'`') || name.windows(2).any(|pair| matches!(pair, b"$(" | b"<(" | b">("))
}
