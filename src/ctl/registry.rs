//! The verbs of `agentshctl` and how one is picked.

use super::args::Args;
use super::failure::{Failure, Result};
use super::paper::{self, Paper};
use super::{help, verbs};
use std::ffi::OsString;
use std::process::ExitCode;
use strsim::levenshtein;

/// A verb: its command line, its text for people, and what it does.
pub(super) struct Verb {
    /// Its name.
    pub(super) name: &'static str,
    /// One line.
    pub(super) summary: &'static str,
    /// The command line behind the name, in the notation of manual pages.
    pub(super) usage: &'static str,
    /// Paragraphs of the manual page.
    pub(super) about: &'static [&'static str],
    /// Its options, besides `--help`.
    pub(super) flags: &'static [Flag],
    /// Words that may stand as its first operand, for completion.
    pub(super) words: &'static [&'static str],
    /// Exit statuses besides 0 (done), 1 (could not be done) and 2 (wrong usage).
    pub(super) statuses: &'static [(u8, &'static str)],
    /// What it does.
    pub(super) run: fn(&Args, &mut Paper) -> Result,
}

/// An option.
#[derive(Clone, Copy)]
pub(super) struct Flag {
    /// Its letter.
    pub(super) short: Option<char>,
    /// Its long name.
    pub(super) long: &'static str,
    /// What its value is called; empty when it takes none.
    pub(super) value: &'static str,
    /// One line.
    pub(super) help: &'static str,
}

impl Flag {
    /// An option without a value.
    pub(super) const fn switch(short: Option<char>, long: &'static str, help: &'static str) -> Self {
        Self { short, long, value: "", help }
    }

    /// An option with a value.
    pub(super) const fn value(
        short: Option<char>,
        long: &'static str,
        value: &'static str,
        help: &'static str,
    ) -> Self {
        Self { short, long, value, help }
    }
}

impl Verb {
    /// The option that `wanted` picks.
    pub(super) fn flag(&self, wanted: impl Fn(&Flag) -> bool) -> Option<&'static Flag> {
        self.flags.iter().find(|flag| wanted(flag))
    }

    /// The hint of a usage error.
    pub(super) fn usage_hint(&self) -> String {
        format!("usage: agentshctl {} {}", self.name, self.usage)
    }
}

/// Runs `agentshctl` with `arguments` (argv without the program's name).
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let mut paper = Paper::new();
    let result = dispatch(&arguments, &mut paper);
    paper.flush();
    match result {
        Ok(status) => ExitCode::from(status),
        Err(failure) => {
            paper::complain(&failure);
            ExitCode::from(failure.status)
        }
    }
}

fn dispatch(arguments: &[OsString], paper: &mut Paper) -> Result {
    let Some(first) = arguments.first() else {
        paper.write(&help::overview());
        return Ok(0);
    };
    let name = first.to_string_lossy();
    match name.as_ref() {
        "--help" | "-h" | "help" => {
            match arguments.get(1).and_then(|verb| find(&verb.to_string_lossy())) {
                Some(verb) => paper.write(&help::page(verb)),
                None => paper.write(&help::overview()),
            }
            return Ok(0);
        }
        "--version" | "-V" | "version" => {
            paper.line(concat!("agentshctl ", env!("CARGO_PKG_VERSION")));
            return Ok(0);
        }
        _ => {}
    }
    let verb =
        find(&name).ok_or_else(|| Failure::usage(format!("'{name}' is not an agentshctl verb"), nearest(&name)))?;
    let rest = &arguments[1..];
    let options = rest.iter().take_while(|word| *word != "--");
    if options.clone().any(|word| word == "--help" || word == "-h") {
        paper.write(&help::page(verb));
        return Ok(0);
    }
    let result = Args::read(verb, rest).and_then(|args| (verb.run)(&args, paper));
    // Where 1 and 2 are judgements, no failure may be taken for one.
    let judges = verb.statuses.iter().any(|(status, _)| *status == 125);
    result.map_err(|failure| if judges { failure.status(125) } else { failure })
}

/// The verb of a name.
pub(super) fn find(name: &str) -> Option<&'static Verb> {
    verbs::ALL.iter().copied().find(|verb| verb.name == name)
}

/// A hint for a verb that does not exist: the closest name within two changes.
fn nearest(name: &str) -> String {
    let closest = verbs::ALL.iter().map(|verb| (levenshtein(name, verb.name), verb.name)).min();
    match closest {
        Some((changes, verb)) if changes <= 2 => format!("did you mean '{verb}'?"),
        _ => "agentshctl --help lists the verbs".to_owned(),
    }
}
