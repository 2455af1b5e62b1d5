//! What the tests of this module share.

use super::{Argument, Grammar, Invocation, Known};
use crate::text::Span;

/// `?` stands for one unknown word, `?*` for any number, `x?` for a word that begins with `x`.
pub(super) fn arguments(line: &str) -> Vec<Argument> {
    let words = shlex::split(line).expect("test lines are well quoted");
    let word = |word: &String| match word.as_bytes() {
        b"?*" => Argument { value: Known::Nothing, many: true, span: Span::default() },
        b"?" => Argument { value: Known::Nothing, many: false, span: Span::default() },
        [start @ .., b'?'] => Argument { value: Known::Begins(start.to_vec()), many: false, span: Span::default() },
        bytes => Argument::exactly(bytes, Span::default()),
    };
    words.iter().map(word).collect()
}

pub(super) fn grammar(text: &str) -> Grammar {
    let mut grammar = toml::from_str(text).expect("test grammars are well formed");
    super::check::name_subcommands(&mut grammar);
    grammar
}

/// `access argument…`, `?` behind what is only possible, doubts as `!`.
pub(super) fn shown(invocation: &Invocation) -> Vec<String> {
    let mut lines: Vec<String> = invocation
        .deeds
        .iter()
        .map(|deed| {
            let words: Vec<String> = deed.arguments.iter().map(text).collect();
            format!("{:?} {}{}", deed.access, words.join(" "), if deed.possible { "?" } else { "" })
        })
        .collect();
    lines.extend(
        invocation.doubts.iter().map(|doubt| format!("! {}", doubt.argument.as_ref().map_or_else(String::new, text))),
    );
    lines
}

pub(super) fn text(argument: &Argument) -> String {
    match &argument.value {
        Known::Exactly(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        Known::Begins(bytes) => format!("{}…", String::from_utf8_lossy(bytes)),
        Known::Nothing => "…".to_owned(),
    }
}
