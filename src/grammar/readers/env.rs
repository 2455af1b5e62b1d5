//! env(1): the table, once `-S` is split into words and a lone `-` is read as `-i`.

use super::doubt;
use crate::grammar::bind::{Scan, by_table, from_scan};
use crate::grammar::{Argument, Grammar, Invocation, Known};

/// Reads `env`'s arguments.
pub(super) fn read(grammar: &Grammar, called: &[u8], args: &[Argument]) -> Invocation {
    let scan = Scan::of(grammar, args);
    let Some(given) = scan.all("-S").next() else { return bare(grammar, called, args) };
    let Some(string) = given.argument.as_ref() else { return from_scan(&scan, called) };
    let words = match &string.value {
        Known::Exactly(bytes) if !bytes.iter().any(|byte| matches!(byte, b'$' | b'\\' | b'#')) => {
            std::str::from_utf8(bytes).ok().and_then(shlex::split)
        }
        _ => None,
    };
    let Some(words) = words else {
        let mut invocation = from_scan(&scan, called);
        doubt(&mut invocation, string, "which words it is split into cannot be told");
        return invocation;
    };
    // The string stands where it was given; options before it are kept by their words.
    let place = args.iter().position(|word| word.span == string.span && holds(word, string)).unwrap_or(0);
    let own_word = args.get(place).is_some_and(|word| word == string);
    let before = &args[..if own_word { place.saturating_sub(1) } else { place }];
    let split = words.iter().map(|word| Argument::exactly(word.as_bytes(), string.span));
    let spliced: Vec<Argument> = before.iter().cloned().chain(split).chain(args[place + 1..].iter().cloned()).collect();
    bare(grammar, called, &spliced)
}

/// "A mere `-` implies `-i`" (env(1)): it stands before the assignments and the command.
fn bare(grammar: &Grammar, called: &[u8], args: &[Argument]) -> Invocation {
    let scan = Scan::of(grammar, args);
    if scan.operands.first().and_then(Argument::literal) != Some(b"-") {
        return from_scan(&scan, called);
    }
    let dash = args.iter().position(|word| word.literal() == Some(b"-"));
    let words: Vec<Argument> =
        args.iter().enumerate().filter(|(at, _)| Some(*at) != dash).map(|(_, word)| word.clone()).collect();
    by_table(grammar, called, &words)
}

fn holds(word: &Argument, part: &Argument) -> bool {
    match (&word.value, &part.value) {
        (Known::Exactly(whole), Known::Exactly(part)) => whole.ends_with(part),
        _ => false,
    }
}
