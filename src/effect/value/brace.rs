//! Brace expansion: one word to several, before anything else is expanded.

use crate::syntax::WordPart;

/// Most words one brace expansion may make.
const MOST_WORDS: usize = 1024;

/// What brace expansion made of a word.
pub(crate) enum Braces {
    /// Nothing to expand.
    None,
    /// These words.
    Words(Vec<Vec<WordPart>>),
    /// More than are kept apart.
    TooMany,
}

#[derive(Clone, Copy)]
enum Atom<'a> {
    Byte(u8),
    Part(&'a WordPart),
}

/// Expands the braces of a word's parts.
pub(crate) fn braces(parts: &[WordPart]) -> Braces {
    let open = |part: &WordPart| matches!(part, WordPart::Bare(bytes) if bytes.contains(&b'{'));
    if !parts.iter().any(open) {
        return Braces::None;
    }
    let mut atoms = Vec::new();
    for part in parts {
        match part {
            WordPart::Bare(bytes) => atoms.extend(bytes.iter().map(|byte| Atom::Byte(*byte))),
            part => atoms.push(Atom::Part(part)),
        }
    }
    let Some(words) = expand(&atoms, 0) else { return Braces::TooMany };
    if words.len() == 1 {
        return Braces::None;
    }
    Braces::Words(words.iter().map(|word| parts_of(word)).collect())
}

fn parts_of(atoms: &[Atom<'_>]) -> Vec<WordPart> {
    let mut parts: Vec<WordPart> = Vec::new();
    for atom in atoms {
        match atom {
            Atom::Byte(byte) => match parts.last_mut() {
                Some(WordPart::Bare(bytes)) => bytes.push(*byte),
                _ => parts.push(WordPart::Bare(vec![*byte])),
            },
            Atom::Part(part) => parts.push((*part).clone()),
        }
    }
    parts
}

/// All words of `atoms`; `None` when they are too many.
fn expand<'a>(atoms: &[Atom<'a>], depth: usize) -> Option<Vec<Vec<Atom<'a>>>> {
    if depth > 40 {
        return None;
    }
    for (at, atom) in atoms.iter().enumerate() {
        if !matches!(atom, Atom::Byte(b'{')) {
            continue;
        }
        let Some((close, commas)) = matching(atoms, at) else { continue };
        let inner = &atoms[at + 1..close];
        let middles: Vec<Vec<Atom<'a>>> = if commas.is_empty() {
            match sequence(inner) {
                Sequence::Items(items) => {
                    items.into_iter().map(|item| item.into_iter().map(Atom::Byte).collect()).collect()
                }
                Sequence::TooMany => return None,
                Sequence::Not => continue,
            }
        } else {
            let mut bounds = vec![at];
            bounds.extend(commas);
            bounds.push(close);
            let mut all = Vec::new();
            for pair in bounds.windows(2) {
                all.extend(expand(&atoms[pair[0] + 1..pair[1]], depth + 1)?);
            }
            all
        };
        let tails = expand(&atoms[close + 1..], depth + 1)?;
        if middles.len() * tails.len() > MOST_WORDS {
            return None;
        }
        let mut words = Vec::with_capacity(middles.len() * tails.len());
        for middle in &middles {
            for tail in &tails {
                words.push([&atoms[..at], middle, tail].concat());
            }
        }
        return Some(words);
    }
    Some(vec![atoms.to_vec()])
}

/// The brace that closes the one at `open`, and the commas between them.
fn matching(atoms: &[Atom<'_>], open: usize) -> Option<(usize, Vec<usize>)> {
    let (mut depth, mut commas) = (0, Vec::new());
    for (at, atom) in atoms.iter().enumerate().skip(open) {
        match atom {
            Atom::Byte(b'{') => depth += 1,
            Atom::Byte(b'}') => {
                depth -= 1;
                if depth == 0 {
                    return Some((at, commas));
                }
            }
            Atom::Byte(b',') if depth == 1 => commas.push(at),
            _ => {}
        }
    }
    None
}

enum Sequence {
    Not,
    Items(Vec<Vec<u8>>),
    TooMany,
}

fn sequence(atoms: &[Atom<'_>]) -> Sequence {
    let mut bytes = Vec::new();
    for atom in atoms {
        match atom {
            Atom::Byte(byte) => bytes.push(*byte),
            Atom::Part(_) => return Sequence::Not,
        }
    }
    let Ok(text) = String::from_utf8(bytes) else { return Sequence::Not };
    let ends: Vec<&str> = text.split("..").collect();
    let (Some(first), Some(last)) = (ends.first(), ends.get(1)) else { return Sequence::Not };
    let step = match ends.get(2) {
        None => 1,
        Some(step) => match step.parse::<i64>() {
            Ok(step) => step.unsigned_abs().max(1),
            Err(_) => return Sequence::Not,
        },
    };
    if ends.len() > 3 {
        return Sequence::Not;
    }
    let (from, to, width) = match (first.parse::<i64>(), last.parse::<i64>()) {
        (Ok(from), Ok(to)) => {
            let padded =
                |end: &str| end.trim_start_matches('-').len() > 1 && end.trim_start_matches('-').starts_with('0');
            (from, to, Some(if padded(first) || padded(last) { first.len().max(last.len()) } else { 0 }))
        }
        _ => match (first.as_bytes(), last.as_bytes()) {
            ([from], [to]) if from.is_ascii_alphabetic() && to.is_ascii_alphabetic() => {
                (i64::from(*from), i64::from(*to), None)
            }
            _ => return Sequence::Not,
        },
    };
    let show = |number: i64| match width {
        Some(width) => format!("{number:0width$}").into_bytes(),
        None => vec![u8::try_from(number).unwrap_or(b'?')],
    };
    let count = (from.abs_diff(to) / step).saturating_add(1);
    if count > MOST_WORDS as u64 {
        return Sequence::TooMany;
    }
    let step = i64::try_from(step).unwrap_or(i64::MAX);
    let items = (0..count as i64).map(|index| {
        show(if from <= to {
            from.saturating_add(index.saturating_mul(step))
        } else {
            from.saturating_sub(index.saturating_mul(step))
        })
    });
    Sequence::Items(items.collect())
}

#[cfg(test)]
mod tests {
    use super::{Braces, braces};
    use crate::syntax::WordPart;

    fn expanded(text: &str) -> Vec<String> {
        match braces(&[WordPart::Bare(text.as_bytes().to_vec())]) {
            Braces::None => vec![text.to_owned()],
            Braces::TooMany => vec!["too many".to_owned()],
            Braces::Words(words) => words
                .iter()
                .map(|parts| match parts.as_slice() {
                    [WordPart::Bare(bytes)] => String::from_utf8_lossy(bytes).into_owned(),
                    _ => String::new(),
                })
                .collect(),
        }
    }

    #[test]
    fn braces_expand_as_in_bash() {
        assert_eq!(expanded("a{b,c}d"), ["abd", "acd"]);
        assert_eq!(expanded("{rm,-rf,y}"), ["rm", "-rf", "y"]);
        assert_eq!(expanded("{1..3}"), ["1", "2", "3"]);
        assert_eq!(expanded("{03..1}"), ["03", "02", "01"]);
        assert_eq!(expanded("{a..e..2}"), ["a", "c", "e"]);
        assert_eq!(expanded("{a,b{1,2}}"), ["a", "b1", "b2"]);
        assert_eq!(expanded("{}"), ["{}"]);
        assert_eq!(expanded("{a}"), ["{a}"]);
        assert_eq!(expanded("x{,.bak}"), ["x", "x.bak"]);
        assert_eq!(expanded("{1..99999999}"), ["too many"]);
    }
}
