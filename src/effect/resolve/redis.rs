//! Commands that `redis-cli` reads from standard input: each line is judged like one given as arguments.

use crate::effect::state::State;
use crate::effect::value::Field;
use crate::effect::walk::{Evaluator, Reach};
use crate::text::Span;

/// Most lines that are looked at.
const MOST_LINES: usize = 200;

impl Evaluator<'_> {
    /// Judges each line of `text` as the arguments of the command line `fields`, which has none of its own.
    pub(super) fn redis_lines(&mut self, state: &State, fields: &[Field], text: &[u8], span: Span) {
        let lines = text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).filter(|line| !line.is_empty());
        for line in lines.take(MOST_LINES) {
            let words = line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
            let words: Vec<Field> =
                fields.iter().cloned().chain(words.map(|word| Field::exactly(word, span))).collect();
            let child = state.clone();
            self.subshell(child, |evaluator, child| evaluator.dispatch(child, words, span, Reach::Program));
        }
    }
}
