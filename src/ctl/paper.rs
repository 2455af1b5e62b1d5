//! Where verbs write.

use super::failure::Failure;
use crate::ui::Style;
use std::io::{BufWriter, IsTerminal, StdoutLock, Write};

/// Standard output, buffered. A reader that went away (`agentshctl log | head`) ends the program quietly with status 0.
pub(super) struct Paper {
    out: BufWriter<StdoutLock<'static>>,
    /// Colours, when standard output is a terminal that wants them.
    pub(super) style: Style,
}

impl Paper {
    pub(super) fn new() -> Self {
        let out = std::io::stdout();
        let terminal = out.is_terminal();
        Self { out: BufWriter::with_capacity(1 << 16, out.lock()), style: Style::detect(terminal) }
    }

    /// Writes `text` as it is.
    pub(super) fn write(&mut self, text: &str) {
        let result = self.out.write_all(text.as_bytes());
        self.check(result);
    }

    /// Writes `text` and a newline.
    pub(super) fn line(&mut self, text: &str) {
        self.write(text);
        self.write("\n");
    }

    /// Writes a value as one line of JSON.
    pub(super) fn json<T: serde::Serialize>(&mut self, value: &T) {
        let text = serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned());
        self.line(&text);
    }

    /// Hands everything on.
    pub(super) fn flush(&mut self) {
        let result = self.out.flush();
        self.check(result);
    }

    fn check(&mut self, result: std::io::Result<()>) {
        if let Err(error) = result {
            if error.kind() != std::io::ErrorKind::BrokenPipe {
                complain(&Failure::plain(format!("cannot write to standard output: {error}")));
                std::process::exit(1);
            }
            std::process::exit(0);
        }
    }
}

/// Prints a failure on stderr.
pub(super) fn complain(failure: &Failure) {
    let style = Style::detect(std::io::stderr().is_terminal());
    let mut text = format!("{} {}\n", style.bad("error:"), failure.message);
    if !failure.hint.is_empty() {
        text.push_str(&format!("{} {}\n", style.note("hint:"), failure.hint));
    }
    warn(&text);
}

/// Prints on stderr; a stderr that is gone is no reason to fail.
pub(super) fn warn(text: &str) {
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}
