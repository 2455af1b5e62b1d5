//! parallel(1): a command run for each of many words, which stand behind `:::` or come from standard input.

use crate::grammar::bind::{Scan, from_scan};
use crate::grammar::{Access, Argument, Deed, Grammar, Invocation, Known};

/// What stands between the command and the words it is run for; with `+`, the words are paired.
const WORDS: [&[u8]; 2] = [b":::", b":::+"];
/// What stands before the files that hold the words.
const FILES: [&[u8]; 2] = [b"::::", b"::::+"];
/// More words than this are not gone through one by one.
const MOST: usize = 64;

/// Reads `parallel`'s arguments.
pub(super) fn read(grammar: &Grammar, called: &[u8], args: &[Argument]) -> Invocation {
    let scan = Scan::of(grammar, args);
    let mut invocation = from_scan(&scan, called);
    let mut deeds = Vec::new();
    for deed in std::mem::take(&mut invocation.deeds) {
        if deed.access == Access::Command {
            command(deed, &mut deeds);
        } else {
            deeds.push(deed);
        }
    }
    invocation.deeds = deeds;
    invocation
}

/// The command once for each word; with an unknown word added where the words are not one plain list.
fn command(deed: Deed, deeds: &mut Vec<Deed>) {
    let marks: Vec<usize> = (0..deed.arguments.len())
        .filter(|at| is(&deed.arguments[*at], &WORDS) || is(&deed.arguments[*at], &FILES))
        .collect();
    let Some(&first) = marks.first() else {
        deeds.push(Deed { appended: true, ..deed });
        return;
    };
    let template = &deed.arguments[..first];
    let words = &deed.arguments[first + 1..];
    let listed = marks.len() == 1 && is(&deed.arguments[first], &WORDS) && words.len() <= MOST;
    for word in words.iter().filter(|_| listed) {
        // Without a command, the words are the commands.
        let arguments = if template.is_empty() { vec![word.clone()] } else { filled(template, word) };
        deeds.push(Deed { arguments, ..deed.clone() });
    }
    if !listed && !template.is_empty() {
        let arguments = filled(template, &Argument { value: Known::Nothing, many: true, ..template[0].clone() });
        deeds.push(Deed { arguments, ..deed });
    }
}

fn is(argument: &Argument, marks: &[&[u8]]) -> bool {
    argument.literal().is_some_and(|word| marks.contains(&word))
}

/// The command with `word` where `{}` stands, else behind it. What other replacement strings (`{.}`, `{/}`) leave of a
/// word is not known.
fn filled(template: &[Argument], word: &Argument) -> Vec<Argument> {
    let mut placed = false;
    let mut filled: Vec<Argument> = template
        .iter()
        .map(|part| {
            let Some(bytes) = part.literal() else { return part.clone() };
            let Some(at) = bytes.iter().position(|byte| *byte == b'{') else { return part.clone() };
            placed = true;
            let whole = bytes[at..].starts_with(b"{}");
            let value = match &word.value {
                Known::Exactly(word) if whole && !bytes[at + 2..].contains(&b'{') => {
                    Known::Exactly([&bytes[..at], word, &bytes[at + 2..]].concat())
                }
                _ => Known::Begins(bytes[..at].to_vec()),
            };
            Argument { value, many: word.many, span: part.span }
        })
        .collect();
    if !placed {
        filled.push(word.clone());
    }
    filled
}
