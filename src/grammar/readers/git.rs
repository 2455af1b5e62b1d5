//! git(1): the table, and what `-c` can make git run (git-config(1)).

use super::{behind, known, shell_code};
use crate::grammar::bind::{Scan, by_table, from_scan};
use crate::grammar::{Argument, Deed, Grammar, Invocation, Known};

/// Keys whose value is a command; `*` stands for any text.
const COMMANDS: &[&str] = &[
    "core.askpass",
    "core.editor",
    "core.fsmonitor",
    "core.gitproxy",
    "core.pager",
    "core.sshcommand",
    "credential.*helper",
    "diff.*command",
    "diff.*textconv",
    "diff.external",
    "difftool.*cmd",
    "filter.*clean",
    "filter.*process",
    "filter.*smudge",
    "gpg.*program",
    "interactive.difffilter",
    "merge.*driver",
    "mergetool.*cmd",
    "pager.*",
    "remote.*receivepack",
    "remote.*uploadpack",
    "remote.*vcs",
    "sendemail.*cmd",
    "sequence.editor",
    "trailer.*cmd",
    "trailer.*command",
    "uploadpack.packobjectshook",
    "browser.*cmd",
    "man.*cmd",
    "imap.tunnel",
    "core.alternaterefscommand",
    "submodule.*update",
];

/// Further keys that, once they are set, have git run something or send everything elsewhere in later commands.
const LASTING: &[&str] = &[
    "alias.*",
    "browser.*",
    "core.hookspath*",
    "credential.*",
    "difftool.*",
    "filter.*",
    "gpg.program",
    "help.browser",
    "include.path",
    "includeif.*",
    "init.templatedir",
    "man.*",
    "mergetool.*",
    "protocol.ext.allow",
    "sendemail.*",
    "url.*",
    "web.browser",
];

/// Reads `git`'s arguments.
pub(super) fn read(grammar: &Grammar, called: &[u8], args: &[Argument]) -> Invocation {
    let scan = Scan::of(grammar, args);
    let settings: Vec<&Argument> = scan.all("-c").filter_map(|given| given.argument.as_ref()).collect();
    if scan.lost
        && let Some(invocation) = alias(grammar, called, args, &scan, &settings)
    {
        return invocation;
    }
    let mut invocation = from_scan(&scan, called);
    if scan.path.first().is_some_and(|verb| verb == "config") && invocation.deeds.iter().any(sets_command) {
        invocation.tags.push("runs-code".to_owned());
    }
    if !scan.stopped {
        invocation.deeds.extend(settings.into_iter().filter_map(command));
        let named = scan.all("--config-env").filter_map(|given| given.argument.as_ref());
        invocation.deeds.extend(named.filter_map(|setting| {
            let bytes = known(&setting.value);
            let key = bytes.split(|byte| *byte == b'=').next().unwrap_or_default();
            runs(key).then(|| Deed { possible: true, ..shell_code(Known::Nothing, setting.span) })
        }));
    }
    invocation
}

/// True when the key's value is a command, or it is not known which key it is.
fn runs(key: &[u8]) -> bool {
    let key = key.to_ascii_lowercase();
    COMMANDS.iter().any(|pattern| crate::grammar::spelling::matches(pattern.as_bytes(), &key, false))
}

/// True for a setting that is stored and makes git run something; names of keys do not heed case (git-config(1)).
fn sets_command(deed: &Deed) -> bool {
    let fact = |name: &str| deed.facts.iter().find(|(fact, _)| fact == name).map(|(_, argument)| argument);
    let (Some(key), Some(value)) = (fact("key"), fact("value")) else { return false };
    let Some(key) = key.literal().map(<[u8]>::to_ascii_lowercase) else { return true };
    let lasting = |pattern: &&str| crate::grammar::spelling::matches(pattern.as_bytes(), &key, false);
    LASTING.iter().any(lasting) || runs(&key) && !is_switch(&value.value)
}

/// True for a value that only turns something on or off.
fn is_switch(value: &Known) -> bool {
    matches!(value, Known::Exactly(text) if matches!(text.to_ascii_lowercase().as_slice(), b"" | b"true" | b"false" | b"on" | b"off" | b"0" | b"1"))
}

/// What a `-c` setting may make git run.
fn command(setting: &Argument) -> Option<Deed> {
    let bytes = known(&setting.value);
    let at = bytes.iter().position(|byte| *byte == b'=');
    let key = &bytes[..at.unwrap_or(bytes.len())];
    if at.is_none() && setting.literal().is_none() {
        return Some(Deed { possible: true, ..shell_code(Known::Nothing, setting.span) });
    }
    if key.eq_ignore_ascii_case(b"core.hookspath") {
        return Some(Deed { possible: true, ..shell_code(Known::Nothing, setting.span) });
    }
    let value = behind(&setting.value, at? + 1);
    if !runs(key) || is_switch(&value) {
        return None;
    }
    let value = match value {
        Known::Exactly(text) if text.starts_with(b"!") => Known::Exactly(text[1..].to_vec()),
        // A credential helper's short name is a program of git's own.
        Known::Exactly(text) if key.to_ascii_lowercase().ends_with(b"helper") && !text.starts_with(b"/") => {
            Known::Exactly([b"git credential-", text.as_slice()].concat())
        }
        other => other,
    };
    Some(Deed { possible: true, ..shell_code(value, setting.span) })
}

/// A script with arguments behind it: `sh -c 'SCRIPT "$@"' SCRIPT ARGUMENT…` (git's run-command.c).
fn with_arguments(script: &[u8], arguments: &[Argument]) -> Known {
    let mut text = script.to_vec();
    for argument in arguments {
        text.push(b' ');
        let word = argument.literal().and_then(|word| shlex::bytes::try_quote(word).ok());
        let Some(word) = word.filter(|_| !argument.many) else { return Known::Begins(text) };
        text.extend_from_slice(&word);
    }
    Known::Exactly(text)
}

/// The reading with an alias defined on the line itself (`-c alias.x=…`).
fn alias(
    grammar: &Grammar,
    called: &[u8],
    args: &[Argument],
    scan: &Scan<'_>,
    settings: &[&Argument],
) -> Option<Invocation> {
    let unknown = scan.doubts.last()?.argument.as_ref()?;
    let name = [b"alias.", unknown.literal()?, b"="].concat();
    let matching = |setting: &&&Argument| {
        let bytes = known(&setting.value);
        bytes.len() >= name.len() && bytes[..name.len()].eq_ignore_ascii_case(&name)
    };
    let setting = settings.iter().rev().find(matching)?;
    let place = args.iter().rposition(|word| word == unknown)?;
    let rest = &args[place + 1..];
    let value = behind(&setting.value, name.len());
    let mut invocation = from_scan(scan, called);
    invocation.doubts.clear();
    match value {
        Known::Exactly(text) if text.starts_with(b"!") => {
            invocation.deeds.push(shell_code(with_arguments(&text[1..], rest), setting.span));
            Some(invocation)
        }
        Known::Exactly(text) => {
            let words = shlex::split(std::str::from_utf8(&text).ok()?)?;
            let spliced = words.iter().map(|word| Argument::exactly(word.as_bytes(), setting.span));
            let all: Vec<Argument> = spliced.chain(rest.iter().cloned()).collect();
            Some(by_table(grammar, called, &all))
        }
        other => {
            invocation.deeds.push(shell_code(other, setting.span));
            Some(invocation)
        }
    }
}
