//! find(1): starting points, then an expression whose actions delete, write or run.

use super::{blank, deed, doubt};
use crate::grammar::{Access, Argument, Deed, Grammar, Invocation, Kind};

/// Tests and options of the expression that take one argument and change nothing (find(1), GNU findutils 4.9).
const ONE_ARGUMENT: &[&[u8]] = &[
    b"-amin",
    b"-anewer",
    b"-atime",
    b"-cmin",
    b"-cnewer",
    b"-context",
    b"-ctime",
    b"-files0-from",
    b"-fstype",
    b"-gid",
    b"-group",
    b"-ilname",
    b"-iname",
    b"-inum",
    b"-ipath",
    b"-iregex",
    b"-iwholename",
    b"-links",
    b"-lname",
    b"-maxdepth",
    b"-mindepth",
    b"-mmin",
    b"-mtime",
    b"-name",
    b"-newer",
    b"-path",
    b"-perm",
    b"-printf",
    b"-regex",
    b"-regextype",
    b"-samefile",
    b"-size",
    b"-type",
    b"-uid",
    b"-used",
    b"-user",
    b"-wholename",
    b"-xtype",
];

/// Those that take none.
const NO_ARGUMENT: &[&[u8]] = &[
    b"!",
    b"(",
    b")",
    b",",
    b"-a",
    b"-and",
    b"-d",
    b"-daystart",
    b"-depth",
    b"-empty",
    b"-executable",
    b"-false",
    b"-follow",
    b"-ignore_readdir_race",
    b"-ls",
    b"-mount",
    b"-nogroup",
    b"-noignore_readdir_race",
    b"-noleaf",
    b"-not",
    b"-nouser",
    b"-nowarn",
    b"-o",
    b"-or",
    b"-print",
    b"-print0",
    b"-prune",
    b"-quit",
    b"-readable",
    b"-true",
    b"-warn",
    b"-writable",
    b"-xdev",
];

/// Reads `find`'s arguments.
pub(super) fn read(grammar: &Grammar, _called: &[u8], args: &[Argument]) -> Invocation {
    let mut invocation = blank(grammar);
    let mut at = 0;
    while let Some(bytes) = args.get(at).and_then(Argument::literal) {
        match bytes {
            b"-H" | b"-L" | b"-P" => at += 1,
            b"-D" => at += 2,
            _ if bytes.starts_with(b"-O") || (bytes.starts_with(b"-D") && bytes.len() > 2) => at += 1,
            b"--" => {
                at += 1;
                break;
            }
            _ => break,
        }
    }
    let mut roots = Vec::new();
    while let Some(argument) = args.get(at) {
        match argument.literal() {
            Some(bytes) if bytes.starts_with(b"-") && bytes.len() > 1 => break,
            Some(b"!" | b"(" | b")" | b",") => break,
            Some(_) => {}
            None if argument.may_be_option() => doubt(&mut invocation, argument, "it may be an action"),
            None => {}
        }
        roots.push(argument.clone());
        at += 1;
    }
    if roots.is_empty() {
        roots.push(Argument::exactly(b".", args.first().map_or_else(Default::default, |first| first.span)));
    }
    for root in &roots {
        invocation.deeds.push(deed(Access::List, Kind::Path, vec![root.clone()]));
    }
    expression(&mut invocation, &roots, args.get(at..).unwrap_or_default());
    invocation
}

fn expression(invocation: &mut Invocation, roots: &[Argument], words: &[Argument]) {
    let mut at = 0;
    while let Some(word) = words.get(at) {
        at += 1;
        let Some(bytes) = word.literal() else {
            doubt(invocation, word, "it may be an action");
            continue;
        };
        match bytes {
            b"-help" | b"--help" | b"-version" | b"--version" => {
                invocation.deeds.clear();
                return;
            }
            b"-delete" => {
                for root in roots {
                    let tags = vec!["matches".to_owned()];
                    let gone = deed(Access::DeleteTree, Kind::Path, vec![root.clone()]);
                    invocation.deeds.push(Deed { tags, possible: true, ..gone });
                }
            }
            b"-fprint" | b"-fprint0" | b"-fls" | b"-fprintf" => {
                if let Some(target) = words.get(at) {
                    invocation.deeds.push(deed(Access::Write, Kind::Path, vec![target.clone()]));
                }
                at += if bytes == b"-fprintf" { 2 } else { 1 };
            }
            b"-exec" | b"-execdir" | b"-ok" | b"-okdir" => at += action(invocation, &words[at..]),
            _ if NO_ARGUMENT.contains(&bytes) => {}
            _ if ONE_ARGUMENT.contains(&bytes) || (bytes.starts_with(b"-newer") && bytes.len() == 8) => {
                if let Some(argument) = words.get(at).filter(|argument| argument.many) {
                    doubt(invocation, argument, "it may be more than one word");
                }
                at += 1;
            }
            _ => doubt(invocation, word, "it is no test or action that is known"),
        }
    }
}

/// A command to run, in which `{}` stands for what is found; answers how many words it takes with its end.
fn action(invocation: &mut Invocation, words: &[Argument]) -> usize {
    let mut end = words.len();
    let mut used = words.len();
    for (number, word) in words.iter().enumerate() {
        let plus = word.literal() == Some(b"+") && number > 0 && words[number - 1].literal() == Some(b"{}");
        if plus || word.literal() == Some(b";") {
            end = number;
            used = number + 1;
            break;
        }
    }
    let run = deed(Access::Command, Kind::Command, words[..end].to_vec());
    invocation.deeds.push(Deed { tags: vec!["matches".into()], possible: true, ..run });
    used
}
