//! The options of the three shells' command lines, as far as they decide what is read.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

/// Whose command line it is. Lines for `sh` and `zsh` are read with bash's grammar, and incomplete where those differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// bash(1), 5.2.
    Bash,
    /// dash(1) and other POSIX shells: no long options.
    Sh,
    /// zsh(1).
    Zsh,
}

impl Dialect {
    /// The dialect of a shell's name.
    pub fn of_shell(name: &str) -> Self {
        match name {
            "sh" | "dash" => Self::Sh,
            "zsh" => Self::Zsh,
            _ => Self::Bash,
        }
    }
}

/// A setting that options or the environment turn on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Setting {
    /// POSIX mode.
    Posix,
    /// `extglob`.
    Extglob,
    /// `expand_aliases`.
    ExpandAliases,
    /// A login shell, which reads profile files.
    Login,
    /// `-i`: interactive whatever the descriptors are.
    Interactive,
    /// `-n`, `--dump-strings`: reads and runs nothing.
    NoExec,
    /// `--pretty-print`: prints what it reads and runs nothing, after `BASH_ENV` or start-up files.
    PrettyPrint,
    /// `-r`, or called by a restricted name.
    Restricted,
    /// `-p`: start-up files and functions of the environment are left out.
    Privileged,
    /// `--norc`.
    NoRc,
    /// `--noprofile`.
    NoProfile,
    /// `-s`.
    Stdin,
    /// `-c`.
    Command,
    /// `--help`, `--version`: prints and ends.
    Prints,
}

/// What stood before the operands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Options {
    pub(super) settings: BTreeSet<Setting>,
    pub(super) rcfile: Option<OsString>,
    /// Index of the first operand.
    pub(super) operands: usize,
}

/// Bash's words with two dashes (or one) that take no argument, and what they set.
const WORDS: [(&str, Option<Setting>); 16] = [
    ("debug", None),
    ("debugger", None),
    ("dump-po-strings", Some(Setting::NoExec)),
    ("dump-strings", Some(Setting::NoExec)),
    ("help", Some(Setting::Prints)),
    ("login", Some(Setting::Login)),
    ("noediting", None),
    ("noprofile", Some(Setting::NoProfile)),
    ("norc", Some(Setting::NoRc)),
    ("posix", Some(Setting::Posix)),
    ("pretty-print", Some(Setting::PrettyPrint)),
    ("protected", None),
    ("restricted", Some(Setting::Restricted)),
    ("verbose", None),
    ("version", Some(Setting::Prints)),
    ("wordexp", None),
];

impl Options {
    /// Reads the options of `arguments`, whose first is `argv[0]`. Where the shell would end with a usage error reading
    /// goes on as if the option were known and took no argument: then nothing runs anyway, and a later version of the
    /// shell that does know it is still judged.
    pub(super) fn read(arguments: &[OsString], dialect: Dialect) -> Self {
        let mut options = Self { operands: 1.min(arguments.len()), ..Self::default() };
        if dialect == Dialect::Bash {
            options.read_words(arguments);
        }
        options.read_letters(arguments, dialect);
        options
    }

    /// The words come first in bash, and one dash does for two.
    fn read_words(&mut self, arguments: &[OsString]) {
        while let Some(argument) = arguments.get(self.operands).map(|word| word.as_bytes()) {
            let Some(rest) = argument.strip_prefix(b"-") else { return };
            let two = rest.strip_prefix(b"-").filter(|name| !name.is_empty());
            let name = two.unwrap_or(rest);
            if name == b"rcfile" || name == b"init-file" {
                self.rcfile = arguments.get(self.operands + 1).cloned();
                self.operands += 1;
            } else if let Some((_, setting)) = WORDS.iter().find(|(word, _)| name == word.as_bytes()) {
                self.settings.extend(*setting);
            } else if two.is_none() {
                return;
            }
            self.operands = (self.operands + 1).min(arguments.len());
        }
    }

    fn read_letters(&mut self, arguments: &[OsString], dialect: Dialect) {
        while let Some(argument) = arguments.get(self.operands).map(|word| word.as_bytes()) {
            let on = match argument.first() {
                Some(b'-') => true,
                Some(b'+') => false,
                _ => return,
            };
            self.operands += 1;
            if argument == b"-" || argument == b"--" {
                return;
            }
            if dialect == Dialect::Zsh && argument.starts_with(b"--") {
                self.read_zsh_word(&argument[2..], arguments);
                continue;
            }
            let mut letters = argument[1..].iter();
            while let Some(letter) = letters.next() {
                match letter {
                    b'o' | b'O' if *letter == b'o' || dialect == Dialect::Bash => {
                        let attached = if dialect == Dialect::Zsh { letters.as_slice() } else { &[] };
                        if attached.is_empty() {
                            let name = arguments.get(self.operands).cloned().unwrap_or_default();
                            self.operands = (self.operands + 1).min(arguments.len());
                            self.set_named(&name, on);
                        } else {
                            self.set_named(OsStr::from_bytes(attached), on);
                            break;
                        }
                    }
                    b'b' if dialect == Dialect::Zsh => return,
                    letter => self.set_letter(*letter, on, dialect),
                }
            }
        }
    }

    fn read_zsh_word(&mut self, word: &[u8], arguments: &[OsString]) {
        match word {
            b"help" | b"version" => self.set(Setting::Prints, true),
            b"emulate" => self.operands = (self.operands + 1).min(arguments.len()),
            name => self.set_named(OsStr::from_bytes(name), true),
        }
    }

    fn set_letter(&mut self, letter: u8, on: bool, dialect: Dialect) {
        match letter {
            // These three are on whichever the sign.
            b'c' => self.set(Setting::Command, true),
            b'l' => self.set(Setting::Login, true),
            b's' => self.set(Setting::Stdin, true),
            b'i' => self.set(Setting::Interactive, on),
            b'n' => self.set(Setting::NoExec, on),
            b'r' if dialect != Dialect::Sh => self.set(Setting::Restricted, on),
            b'p' => self.set(Setting::Privileged, on),
            b'D' if dialect == Dialect::Bash => self.set(Setting::NoExec, true),
            b'f' if dialect == Dialect::Zsh => self.set(Setting::NoRc, on),
            _ => {}
        }
    }

    /// An option of `set -o` or `shopt`.
    fn set_named(&mut self, name: &OsStr, on: bool) {
        let setting = match name.as_bytes() {
            b"posix" => Setting::Posix,
            b"noexec" => Setting::NoExec,
            b"privileged" => Setting::Privileged,
            b"extglob" => Setting::Extglob,
            b"expand_aliases" => Setting::ExpandAliases,
            b"restricted" => Setting::Restricted,
            b"login" => Setting::Login,
            _ => return,
        };
        self.set(setting, on);
    }

    fn set(&mut self, setting: Setting, on: bool) {
        if on {
            self.settings.insert(setting);
        } else {
            self.settings.remove(&setting);
        }
    }
}
