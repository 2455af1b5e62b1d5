//! Argument languages a table cannot express, one file each.
//!
//! A reader gets what [`super::bind`] gets and answers the same. Most let the table do what it can and add the rest.

mod awk;
mod bwrap;
mod compiler;
mod dd;
mod editor;
mod env;
mod find;
mod git;
mod package;
mod parallel;
mod perl;
mod sed;
mod shell;
mod tar;
mod xargs;

use super::{Access, Argument, Deed, Doubt, Grammar, Invocation, Kind, Known};
use crate::text::Span;

/// Reads an argv.
pub(super) type Reader = fn(&Grammar, &[u8], &[Argument]) -> Invocation;

/// The reader a grammar names; [`super::check::READERS`] lists the names.
pub(super) fn named(name: &str) -> Option<Reader> {
    Some(match name {
        "awk" => awk::read,
        "bwrap" => bwrap::read,
        "compiler" => compiler::read,
        "dd" => dd::read,
        "editor" => editor::read,
        "env" => env::read,
        "find" => find::read,
        "git" => git::read,
        "package" => package::read,
        "parallel" => parallel::read,
        "perl" => perl::read,
        "sed" => sed::read,
        "shell" => shell::read,
        "tar" => tar::read,
        "xargs" => xargs::read,
        _ => return None,
    })
}

/// An invocation of which nothing is said yet.
fn blank(grammar: &Grammar) -> Invocation {
    Invocation { program: grammar.names.first().cloned().unwrap_or_default(), ..Invocation::default() }
}

/// A deed with nothing special about it.
fn deed(access: Access, kind: Kind, arguments: Vec<Argument>) -> Deed {
    Deed {
        access,
        kind,
        arguments,
        base: Vec::new(),
        language: String::new(),
        facts: Vec::new(),
        tags: Vec::new(),
        possible: false,
        appended: false,
    }
}

/// Something done to a file; nothing when the argument is `-`, a standard stream.
fn file(invocation: &mut Invocation, access: Access, argument: &Argument) {
    if argument.literal() != Some(b"-") {
        invocation.deeds.push(deed(access, Kind::Path, vec![argument.clone()]));
    }
}

/// Shell code, as far as it is known.
fn shell_code(text: Known, span: Span) -> Deed {
    deed(Access::Shell, Kind::Shell, vec![Argument { value: text, many: false, span }])
}

/// Copies that an option such as `-i.bak` leaves of files: beside each, with the suffix behind its name, or the name in the place
/// of each `*` of the suffix.
fn backups(invocation: &mut Invocation, suffix: &Argument, files: &[Argument]) {
    for file in files {
        let value = match (&file.value, &suffix.value) {
            (_, Known::Exactly(suffix)) if suffix.is_empty() => continue,
            (Known::Exactly(name), Known::Exactly(suffix)) if !suffix.contains(&b'/') => {
                let slash = name.iter().rposition(|byte| *byte == b'/').map_or(0, |at| at + 1);
                let copy = if suffix.contains(&b'*') {
                    suffix.split(|byte| *byte == b'*').collect::<Vec<_>>().join(&name[slash..])
                } else {
                    [&name[slash..], suffix].concat()
                };
                Known::Exactly([&name[..slash], &copy].concat())
            }
            _ => Known::Nothing,
        };
        let copy = Argument { value, many: file.many, span: file.span };
        let tags = vec!["replaced".to_owned()];
        invocation.deeds.push(Deed { tags, ..deed(Access::Write, Kind::Path, vec![copy]) });
    }
}

/// A doubt about an argument.
fn doubt(invocation: &mut Invocation, argument: &Argument, reason: &str) {
    invocation.doubts.push(Doubt { argument: Some(argument.clone()), reason: reason.to_owned() });
}

/// What is known of a value behind its first `from` bytes.
fn behind(value: &Known, from: usize) -> Known {
    match value {
        Known::Exactly(bytes) => Known::Exactly(bytes.get(from..).unwrap_or_default().to_vec()),
        Known::Begins(bytes) => Known::Begins(bytes.get(from..).unwrap_or_default().to_vec()),
        Known::Nothing => Known::Nothing,
    }
}

/// The bytes that are known, from the start.
fn known(value: &Known) -> &[u8] {
    match value {
        Known::Exactly(bytes) | Known::Begins(bytes) => bytes,
        Known::Nothing => &[],
    }
}

/// Positional parameters of a script as facts, counted from `first`.
fn positional(arguments: &[Argument], first: usize) -> Vec<(String, Argument)> {
    arguments.iter().enumerate().map(|(number, argument)| ((first + number).to_string(), argument.clone())).collect()
}

#[cfg(test)]
mod tests;
