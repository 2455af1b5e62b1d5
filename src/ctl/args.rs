//! Reading a verb's arguments.

use super::failure::{Failure, Result};
use super::registry::{Flag, Verb};
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};

/// A verb's arguments, read: options may stand anywhere before `--`, short ones may be bundled, values may be joined
/// with `=` or to the letter.
#[derive(Debug, Default)]
pub(super) struct Args {
    options: Vec<(&'static str, Option<OsString>)>,
    /// What is no option.
    pub(super) operands: Vec<OsString>,
}

impl Args {
    /// Reads what stands behind the verb.
    pub(super) fn read(verb: &'static Verb, given: &[OsString]) -> Result<Self> {
        let mut args = Self::default();
        let mut rest = given.iter();
        while let Some(word) = rest.next() {
            let bytes = word.as_bytes();
            if bytes == b"--" {
                args.operands.extend(rest.cloned());
                break;
            }
            if let Some(long) = bytes.strip_prefix(b"--") {
                let (name, value) = match long.iter().position(|byte| *byte == b'=') {
                    Some(at) => (&long[..at], Some(OsString::from_vec(long[at + 1..].to_vec()))),
                    None => (long, None),
                };
                let name = String::from_utf8_lossy(name).into_owned();
                let flag = verb.flag(|flag| flag.long == name).ok_or_else(|| unknown(verb, &format!("--{name}")))?;
                let value = match (flag.value.is_empty(), value) {
                    (true, Some(_)) => {
                        return Err(Failure::usage(format!("--{name} takes no value"), verb.usage_hint()));
                    }
                    (true, None) => None,
                    (false, Some(value)) => Some(value),
                    (false, None) => Some(rest.next().cloned().ok_or_else(|| lacks(verb, flag))?),
                };
                args.options.push((flag.long, value));
            } else if bytes.len() > 1 && bytes[0] == b'-' {
                let mut letters = &bytes[1..];
                while let Some((letter, behind)) = letters.split_first() {
                    let letter = char::from(*letter);
                    letters = behind;
                    let flag = verb
                        .flag(|flag| flag.short == Some(letter))
                        .ok_or_else(|| unknown(verb, &format!("-{letter}")))?;
                    if flag.value.is_empty() {
                        args.options.push((flag.long, None));
                        continue;
                    }
                    let value = if behind.is_empty() {
                        rest.next().cloned().ok_or_else(|| lacks(verb, flag))?
                    } else {
                        OsStr::from_bytes(behind).to_owned()
                    };
                    args.options.push((flag.long, Some(value)));
                    letters = &[];
                }
            } else {
                args.operands.push(word.clone());
            }
        }
        Ok(args)
    }

    /// True when the option was given.
    pub(super) fn has(&self, long: &str) -> bool {
        self.options.iter().any(|(name, _)| *name == long)
    }

    /// The last value of the option.
    pub(super) fn value(&self, long: &str) -> Option<&OsStr> {
        self.options.iter().rev().find(|(name, _)| *name == long)?.1.as_deref()
    }

    /// The last value as a number.
    pub(super) fn number(&self, long: &str) -> Result<Option<usize>> {
        let Some(value) = self.value(long) else { return Ok(None) };
        let number = value.to_str().and_then(|text| text.parse().ok());
        let wrong = || {
            Failure::usage(format!("'{}' is not a number", value.to_string_lossy()), format!("--{long} takes a number"))
        };
        number.map(Some).ok_or_else(wrong)
    }

    /// The last value as text.
    pub(super) fn text(&self, long: &str) -> Option<String> {
        self.value(long).map(|value| value.to_string_lossy().into_owned())
    }

    /// The only operand; an error names what is missing or too much.
    pub(super) fn one(&self, verb: &Verb, what: &str) -> Result<&OsStr> {
        match self.operands.as_slice() {
            [one] => Ok(one),
            [] => Err(Failure::usage(format!("{what} is missing"), verb.usage_hint())),
            [_, more, ..] => {
                Err(Failure::usage(format!("unexpected operand '{}'", more.to_string_lossy()), verb.usage_hint()))
            }
        }
    }

    /// Refuses operands.
    pub(super) fn none(&self, verb: &Verb) -> Result<()> {
        match self.operands.first() {
            None => Ok(()),
            Some(more) => {
                Err(Failure::usage(format!("unexpected operand '{}'", more.to_string_lossy()), verb.usage_hint()))
            }
        }
    }
}

fn unknown(verb: &Verb, given: &str) -> Failure {
    Failure::usage(format!("unknown option '{given}' for {}", verb.name), verb.usage_hint())
}

fn lacks(verb: &Verb, flag: &Flag) -> Failure {
    Failure::usage(format!("--{} needs {}", flag.long, flag.value), verb.usage_hint())
}
