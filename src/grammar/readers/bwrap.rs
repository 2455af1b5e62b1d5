//! bwrap(1): a command in a sandbox, behind options of which some take two words.

use super::{deed, doubt};
use crate::grammar::bind::{Scan, from_scan};
use crate::grammar::{Access, Argument, Grammar, Invocation, Kind};

/// Options without a word of their own begin so.
const ALONE: [&str; 10] = [
    "--unshare-",
    "--share-net",
    "--disable-userns",
    "--assert-userns-disabled",
    "--die-with-parent",
    "--new-session",
    "--as-pid-1",
    "--clearenv",
    "--help",
    "--version",
];
/// Options that take two words.
const PAIRS: [&str; 14] = [
    "--bind",
    "--bind-try",
    "--bind-fd",
    "--dev-bind",
    "--dev-bind-try",
    "--ro-bind",
    "--ro-bind-try",
    "--ro-bind-fd",
    "--setenv",
    "--symlink",
    "--file",
    "--bind-data",
    "--ro-bind-data",
    "--chmod",
];
/// Those that let the command change what lies outside, or may (`--args` reads more options).
const WRITABLE: [&str; 6] = ["--args", "--bind", "--bind-try", "--bind-fd", "--dev-bind", "--dev-bind-try"];

/// Reads `bwrap`'s arguments. The command's paths are taken for those outside, as far as any can be written.
pub(super) fn read(grammar: &Grammar, called: &[u8], args: &[Argument]) -> Invocation {
    let mut at = 0;
    let mut writable = false;
    while let Some(argument) = args.get(at) {
        let word = argument.literal().unwrap_or_default();
        if !word.starts_with(b"--") {
            break;
        }
        let is = |names: &[&str]| names.iter().any(|name| name.as_bytes() == word);
        writable |= is(&WRITABLE);
        at += match word {
            b"--" => {
                at += 1;
                break;
            }
            _ if is(&PAIRS) => 3,
            _ if ALONE.iter().any(|start| word.starts_with(start.as_bytes())) => 1,
            _ => 2,
        };
    }
    let at = at.min(args.len());
    let mut invocation = from_scan(&Scan::of(grammar, args), called);
    match args.get(at) {
        Some(first) if first.literal().is_none() => doubt(&mut invocation, first, "what it runs is not known"),
        Some(_) if writable => invocation.deeds.push(deed(Access::Command, Kind::Command, args[at..].to_vec())),
        _ => {}
    }
    invocation
}
