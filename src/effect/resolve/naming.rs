//! Names that a program makes up from its arguments: `gzip FILE` writes `FILE.gz`, `git clone URL` makes a directory
//! named after the URL. The facts `from`, `ending`, `unsuffix`, `suffix` and `more` of a deed say how, and are applied in
//! this order.

use crate::effect::walk::base_name;
use crate::grammar::{Argument, Deed, Known};

/// Label of a path to which a program adds letters or digits, and no slash: it is several names in one directory, which all
/// begin so (`split`).
pub const NAMES: &str = "names";

/// The argument as the file it really is about; itself when the deed has no such fact. A name that cannot be told lies
/// below the target's directory.
pub(crate) fn made_up(argument: &Argument, deed: &Deed) -> Argument {
    let fact = |wanted: &str| deed.facts.iter().find(|(name, _)| name == wanted).map(|(_, value)| value);
    let mut made = argument.clone();
    if let Some(from) = fact("from") {
        made = below(&made, from);
    }
    if let (Some(endings), Known::Exactly(name)) = (fact("ending").and_then(Argument::literal), &mut made.value) {
        with_ending(name, endings);
    }
    if let (Some(endings), Known::Exactly(name)) = (fact("unsuffix").and_then(Argument::literal), &mut made.value) {
        without_ending(name, endings);
    }
    if let (Some(ending), Known::Exactly(name)) = (fact("suffix").and_then(Argument::literal), &mut made.value) {
        name.extend_from_slice(ending);
    }
    if let (Some(_), Known::Exactly(name)) = (fact("more"), &mut made.value) {
        made.value = Known::Begins(std::mem::take(name));
    }
    made
}

/// True for a path whose last part is known, and is a name.
pub(crate) fn says_a_name(argument: &Argument) -> bool {
    argument.literal().is_some_and(|path| !matches!(base_name(path), b"" | b"." | b".."))
}

/// `directory`, with the base name of a path or URL behind it.
fn below(directory: &Argument, from: &Argument) -> Argument {
    let mut made = directory.clone();
    let Known::Exactly(path) = &mut made.value else { return made };
    if !path.ends_with(b"/") {
        path.push(b'/');
    }
    let base = match &from.value {
        Known::Exactly(from) if !directory.many => name_in(from).map(<[u8]>::to_vec),
        _ => None,
    };
    match base {
        Some(base) => path.extend_from_slice(&base),
        None => made.value = Known::Begins(std::mem::take(path)),
    }
    if made.span.is_empty() {
        made.span = from.span;
    }
    made.many |= from.many;
    made
}

/// The last part of the path of a URL or file name, without query, trailing slash and `.git`.
fn name_in(from: &[u8]) -> Option<&[u8]> {
    let (path, url) = match from.windows(3).position(|three| three == b"://") {
        Some(at) => (&from[at + 3..], true),
        None => (from, false),
    };
    let end = if url { path.iter().position(|byte| matches!(byte, b'?' | b'#')) } else { None };
    let path = &path[..end.unwrap_or(path.len())];
    let end = path.iter().rposition(|byte| *byte != b'/').map_or(0, |at| at + 1);
    let path = &path[..end];
    if url && !path.contains(&b'/') {
        return None;
    }
    let last = base_name(path);
    // `host:name` of scp and git.
    let last = if path.contains(&b'/') { last } else { last.rsplit(|byte| *byte == b':').next().unwrap_or(last) };
    let last = last.strip_suffix(b".git").unwrap_or(last);
    (!last.is_empty() && last != b"." && last != b"..").then_some(last)
}

/// Puts the first of `endings` (`.gz|.tgz`) behind a name that has none of them.
fn with_ending(name: &mut Vec<u8>, endings: &[u8]) {
    if !endings.split(|byte| *byte == b'|').any(|ending| name.ends_with(ending)) {
        name.extend_from_slice(endings.split(|byte| *byte == b'|').next().unwrap_or_default());
    }
}

/// Takes the first of `endings` (`.gz|.tgz>.tar`: separated by `|`, what takes its place behind `>`) off a name.
fn without_ending(name: &mut Vec<u8>, endings: &[u8]) {
    for ending in endings.split(|byte| *byte == b'|') {
        let mut halves = ending.splitn(2, |byte| *byte == b'>');
        let (old, new) = (halves.next().unwrap_or_default(), halves.next().unwrap_or_default());
        if !old.is_empty() && name.ends_with(old) {
            name.truncate(name.len() - old.len());
            name.extend_from_slice(new);
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{name_in, with_ending, without_ending};

    #[test]
    fn names_in_urls_and_paths() {
        for (from, name) in [
            ("https://forge.invalid/a/b.git", Some("b")),
            ("git@forge.invalid:a/b.git/", Some("b")),
            ("host:b", Some("b")),
            ("https://forge.invalid/x.tgz?raw=1#top", Some("x.tgz")),
            ("https://forge.invalid/", None),
            ("https://forge.invalid", None),
            ("../lib", Some("lib")),
            ("..", None),
        ] {
            assert_eq!(name_in(from.as_bytes()), name.map(str::as_bytes), "{from}");
        }
    }

    #[test]
    fn endings_are_taken_off_once() {
        for (name, left) in [("a.gz", "a"), ("a.tgz", "a.tar"), ("a.gz.gz", "a.gz"), ("a", "a")] {
            let mut bytes = name.as_bytes().to_vec();
            without_ending(&mut bytes, b".gz|.tgz>.tar");
            assert_eq!(bytes, left.as_bytes(), "{name}");
        }
    }

    #[test]
    fn an_ending_is_put_behind_a_name_without_one() {
        for (name, whole) in [("a", "a.gz"), ("a.gz", "a.gz"), ("a.tgz", "a.tgz"), ("a.txt", "a.txt.gz")] {
            let mut bytes = name.as_bytes().to_vec();
            with_ending(&mut bytes, b".gz|.tgz");
            assert_eq!(bytes, whole.as_bytes(), "{name}");
        }
    }
}
