//! xargs(1): a command to which words are added that the line does not show.

use super::{behind, known};
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
        match &replaced {
            None => deed.appended = true,
            Some(mark) => deed.arguments.iter_mut().for_each(|word| word.value = replace(&word.value, mark)),
        }
    }
    invocation
}

/// The word as far as it is known once what stands for `mark` is put in.
fn replace(word: &Known, mark: &Known) -> Known {
    let Known::Exactly(mark) = mark else { return Known::Nothing };
    let bytes = known(word);
    match bytes.windows(mark.len().max(1)).position(|part| part == mark.as_slice()) {
        None => behind(word, 0),
        Some(0) => Known::Nothing,
        Some(at) => Known::Begins(bytes[..at].to_vec()),
    }
}
