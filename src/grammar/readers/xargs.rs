//! xargs(1): a command to which words are added that the line does not show.

use super::known;
use crate::grammar::bind::{Scan, from_scan};
use crate::grammar::{Access, Argument, Grammar, Invocation, Known};

/// Reads `xargs`' arguments.
pub(super) fn read(grammar: &Grammar, called: &[u8], args: &[Argument]) -> Invocation {
    let scan = Scan::of(grammar, args);
    let mut invocation = from_scan(&scan, called);
    let replaced = scan.all("-I").next_back().map(|given| match &given.argument {
        Some(argument) => argument.value.clone(),
        None => Known::Exactly(b"{}".to_vec()),
    });
    for deed in invocation.deeds.iter_mut().filter(|deed| deed.access == Access::Command) {
        deed.appended = match &replaced {
            None => true,
            Some(mark) => {
                let mut marked = false;
                for word in &mut deed.arguments {
                    marked |= mark_place(&mut word.value, mark);
                }
                marked
            }
        };
    }
    invocation
}

/// Puts `{}` where the words will go, whatever `mark` stands for them; false when it is not in the word.
fn mark_place(word: &mut Known, mark: &Known) -> bool {
    let Known::Exactly(mark) = mark else {
        *word = Known::Nothing;
        return false;
    };
    let bytes = known(word);
    let length = mark.len().max(1);
    let Some(at) = bytes.windows(length).position(|part| part == mark.as_slice()) else { return false };
    let marked = [&bytes[..at], b"{}", &bytes[at + length..]].concat();
    *word = if matches!(word, Known::Exactly(_)) { Known::Exactly(marked) } else { Known::Begins(marked) };
    true
}
