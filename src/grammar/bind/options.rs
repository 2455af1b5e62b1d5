//! Finding an option by the way it is typed.

use crate::grammar::model::{Grammar, OptionSpec, Parsing};
use crate::grammar::spelling::{Spelling, Takes, in_flags, in_key, lists, token_in_flags};

/// An option of the grammar.
#[derive(Clone, Copy, Debug)]
pub(in crate::grammar) struct Listed<'g> {
    /// Number of the level that lists it.
    pub level: usize,
    /// Its key in `options`, or its token in `flags`.
    pub key: &'g str,
    /// The spelling that matched.
    pub spelling: Spelling<'g>,
    /// `None`: harmless.
    pub spec: Option<&'g OptionSpec>,
}

/// What a long option may be.
pub(super) enum Found<'g> {
    /// This one.
    One(Listed<'g>),
    /// An abbreviation of several.
    Several,
    /// No option of the grammar.
    None,
}

/// Every option that may be given where the deepest of `levels` reads its arguments.
pub(super) fn visible<'s, 'g: 's>(levels: &'s [&'g Grammar]) -> impl Iterator<Item = Listed<'g>> + 's {
    let deepest = levels.len() - 1;
    let seen = (0..levels.len()).rev().filter(move |level| *level == deepest || levels[*level].options_anywhere);
    seen.flat_map(move |level| {
        let grammar = levels[level];
        let matter = grammar.options.iter().flat_map(move |(key, spec)| {
            in_key(key)
                .filter_map(move |(_, spelling)| Some(Listed { level, key, spelling: spelling?, spec: Some(spec) }))
        });
        let harmless = in_flags(&grammar.flags)
            .filter_map(move |(key, spelling)| Some(Listed { level, key, spelling: spelling?, spec: None }));
        matter.chain(harmless)
    })
}

/// The option typed exactly so.
pub(super) fn exactly<'g>(levels: &[&'g Grammar], typed: &[u8]) -> Option<Listed<'g>> {
    let typed = std::str::from_utf8(typed).ok().filter(|typed| typed.len() > 1)?;
    let deepest = levels.len() - 1;
    for level in (0..levels.len()).rev().filter(|level| *level == deepest || levels[*level].options_anywhere) {
        let grammar = levels[level];
        let listing = grammar.options.iter().find(|(key, _)| lists(key, typed));
        let found = match listing {
            Some((key, spec)) => in_key(key)
                .filter_map(|(_, spelling)| spelling)
                .find(|spelling| spelling.text == typed && !spelling.open)
                .map(|spelling| Listed { level, key, spelling, spec: Some(spec) }),
            None => token_in_flags(&grammar.flags, typed).and_then(|key| {
                let spelling = Spelling::parse(key).filter(|spelling| !spelling.open)?;
                Some(Listed { level, key, spelling, spec: None })
            }),
        };
        if found.is_some() {
            return found;
        }
    }
    None
}

/// The option that anything may follow (`-W*`).
pub(super) fn open<'g>(levels: &[&'g Grammar], typed: &[u8]) -> Option<Listed<'g>> {
    let may = |grammar: &&Grammar| grammar.flags.contains('*') || grammar.options.keys().any(|key| key.contains('*'));
    if !levels.iter().any(may) {
        return None;
    }
    let fitting =
        visible(levels).filter(|option| option.spelling.open && typed.starts_with(option.spelling.text.as_bytes()));
    fitting.max_by_key(|option| option.spelling.text.len())
}

/// A long option, perhaps abbreviated.
pub(super) fn long<'g>(levels: &[&'g Grammar], typed: &[u8], parsing: Parsing) -> Found<'g> {
    if let Some(option) = exactly(levels, typed) {
        return Found::One(option);
    }
    if !matches!(parsing, Parsing::Gnu | Parsing::Posix) || typed.len() < 3 {
        return Found::None;
    }
    let mut found: Option<Listed<'g>> = None;
    for option in visible(levels) {
        if option.spelling.text.as_bytes().starts_with(typed) && option.spelling.text.starts_with("--") {
            match found {
                Some(other) if (other.level, other.key) != (option.level, option.key) => return Found::Several,
                _ => found = Some(option),
            }
        }
    }
    found.map_or(Found::None, Found::One)
}

/// The option `-N` with the digits behind the dash, or `-NAME` with the capital letters.
pub(super) fn numeric<'g>(levels: &[&'g Grammar], typed: &[u8]) -> Option<(Listed<'g>, usize)> {
    let digits = typed.iter().skip(1).take_while(|byte| byte.is_ascii_digit()).count();
    if digits > 0 {
        return exactly(levels, b"-NUM").map(|option| (option, 1 + digits)).or_else(|| named(levels, typed));
    }
    named(levels, typed)
}

fn named<'g>(levels: &[&'g Grammar], typed: &[u8]) -> Option<(Listed<'g>, usize)> {
    let rest = typed.get(1..)?;
    let capitals = rest.iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || b"+-".contains(byte));
    if rest.is_empty() || !capitals {
        return None;
    }
    exactly(levels, b"-NAME").map(|option| (option, typed.len()))
}

/// True when the option could make the invocation do more than it does without.
pub(super) fn matters(option: &Listed<'_>) -> bool {
    option.spec.is_some_and(|spec| {
        let raising = |access: &crate::grammar::Access| !super::deeds::harmless(*access);
        spec.access.iter().any(raising)
            || spec.effects.iter().any(|effect| raising(&effect.access))
            || !spec.tags.is_empty()
            || spec.rest
    })
}

impl Listed<'_> {
    /// True when it takes an option-argument that may be the next word.
    pub(super) fn takes_next(&self) -> bool {
        self.spelling.takes == Takes::Required
    }
}
