//! Words that come from standard input (`xargs`), and code that does.

use super::Evaluator;
use crate::effect::state::State;
use crate::effect::value::{Field, Text};
use crate::text::Span;

impl Evaluator<'_> {
    /// The arguments `xargs` and its like add to a command.
    pub(crate) fn appended(&mut self, state: &State, span: Span) -> Vec<Field> {
        let text = self.input_text(state);
        match text.exact() {
            Some(bytes)
                if bytes.len() < 64 * 1024 && !bytes.iter().any(|byte| matches!(byte, b'\'' | b'"' | b'\\')) =>
            {
                bytes
                    .split(|byte| byte.is_ascii_whitespace() || *byte == 0)
                    .filter(|word| !word.is_empty())
                    .map(|word| Field::exactly(word, span))
                    .collect()
            }
            _ => {
                let prefix = text.prefix();
                // Every word begins so only when there is but one root the names stem from.
                let prefix = if prefix.iter().any(u8::is_ascii_whitespace) { b"" } else { prefix };
                vec![Field { text: Text::begins(prefix, true), many: true, span }]
            }
        }
    }
}
