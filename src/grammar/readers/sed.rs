//! sed(1): the table, and what the script writes or runs.

mod script;

use super::{backups, deed, doubt, shell_code};
use crate::grammar::bind::{Scan, from_scan};
use crate::grammar::{Access, Argument, Deed, Grammar, Invocation, Kind, Known};
use script::Action;

/// Reads `sed`'s arguments. The grammar's first operand is the script unless `-e` or `-f` gives one.
pub(super) fn read(grammar: &Grammar, called: &[u8], args: &[Argument]) -> Invocation {
    let scan = Scan::of(grammar, args);
    let mut invocation = from_scan(&scan, called);
    if scan.stopped {
        return invocation;
    }
    let mut parts: Vec<&Argument> = scan.all("-e").filter_map(|given| given.argument.as_ref()).collect();
    let by_file = scan.all("-f").next().is_some();
    let mut files = scan.operands.as_slice();
    if parts.is_empty()
        && !by_file
        && let [script, rest @ ..] = files
    {
        parts.push(script);
        files = rest;
    }
    if let Some(suffix) = scan.all("-i").next_back().and_then(|given| given.argument.as_ref()) {
        backups(&mut invocation, suffix, files);
    }
    let sandbox = scan.all("--sandbox").next().is_some();
    if sandbox || parts.is_empty() {
        return invocation;
    }
    let span = parts[0].span;
    let mut text = Vec::new();
    for part in &parts {
        match part.literal() {
            Some(bytes) => {
                text.extend_from_slice(bytes);
                text.push(b'\n');
            }
            None => {
                doubt(&mut invocation, part, "what the script does cannot be told");
                return invocation;
            }
        }
    }
    match script::actions(&text) {
        None => doubt(&mut invocation, parts[0], "the script is not understood"),
        Some(actions) => {
            for action in actions {
                invocation.deeds.push(match action {
                    Action::Read(name) => deed(Access::Read, Kind::Path, vec![Argument::exactly(&name, span)]),
                    Action::Write(name) => deed(Access::Write, Kind::Path, vec![Argument::exactly(&name, span)]),
                    Action::Run(code) => shell_code(Known::Exactly(code), span),
                    Action::RunInput => Deed { possible: true, ..shell_code(Known::Nothing, span) },
                });
            }
        }
    }
    invocation
}
