//! vim(1) and its like: the table, once `+COMMAND` is written as `-c COMMAND`.

use super::{behind, known};
use crate::grammar::bind::by_table;
use crate::grammar::{Argument, Grammar, Invocation};

/// Reads an editor's arguments. `+`, `+NUM` and `+/PATTERN` only say where the cursor stands (vim(1), "OPTIONS").
pub(super) fn read(grammar: &Grammar, called: &[u8], args: &[Argument]) -> Invocation {
    let mut words = Vec::with_capacity(args.len());
    let mut rest = args.iter();
    while let Some(word) = rest.next() {
        match known(&word.value) {
            b"--" => {
                words.push(word.clone());
                words.extend(rest.by_ref().cloned());
            }
            [b'+', command @ ..] => {
                if !command.starts_with(b"/") && !command.iter().all(u8::is_ascii_digit) {
                    words.push(Argument::exactly(b"-c", word.span));
                    words.push(Argument { value: behind(&word.value, 1), many: word.many, span: word.span });
                }
            }
            _ => words.push(word.clone()),
        }
    }
    by_table(grammar, called, &words)
}
