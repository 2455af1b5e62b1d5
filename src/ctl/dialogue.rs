//! Lines typed one after another by a person, with a line editor.

use super::failure::{Failure, Result};
use rustyline::DefaultEditor;
use rustyline::error::ReadlineError;

/// Reads lines at `prompt` until end of input and hands each that is not blank to `each`. Ctrl-C drops the line.
pub(super) fn converse(prompt: &str, mut each: impl FnMut(&str) -> Result) -> Result {
    let mut editor = DefaultEditor::new().map_err(|error| Failure::plain(format!("cannot read lines: {error}")))?;
    loop {
        match editor.readline(prompt) {
            Ok(line) if line.trim().is_empty() => {}
            Ok(line) => {
                let _ = editor.add_history_entry(&line);
                each(&line)?;
            }
            Err(ReadlineError::Interrupted) => {}
            Err(ReadlineError::Eof) => return Ok(0),
            Err(error) => return Err(Failure::plain(format!("cannot read a line: {error}"))),
        }
    }
}
