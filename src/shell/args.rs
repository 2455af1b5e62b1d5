//! The shell's command line, as far as it says what will run.

use super::options::{Dialect, Options, Setting};
use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// Where the text that will run comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TextSource {
    /// `-c`: this operand.
    Command(OsString),
    /// A script file, as named (looked for in the working directory, then on PATH).
    Script(OsString),
    /// Standard input: a script when it is no terminal, else what somebody types.
    Stdin,
    /// Nothing will run: `--version`, `--help`, or `-c` without its operand.
    Nothing,
}

/// A shell's arguments. Reading them never fails and changes none: what the shell refuses it will refuse itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShellArgs {
    /// All arguments, `argv[0]` first, as they came.
    pub arguments: Vec<OsString>,
    /// Whose command line it is.
    pub dialect: Dialect,
    /// What will run.
    pub source: TextSource,
    /// `$0` as the line sees it, when an operand gives it; else it is `argv[0]`.
    pub name: Option<OsString>,
    /// `$1` and on.
    pub positional: Vec<OsString>,
    /// The file named by `--rcfile` or `--init-file`.
    pub rcfile: Option<OsString>,
    settings: BTreeSet<Setting>,
}

impl ShellArgs {
    /// Reads `arguments` (with `argv[0]`) for a shell of `dialect`. `variable` gives the environment the shell starts
    /// with: POSIXLY_CORRECT, SHELLOPTS and BASHOPTS change how it reads.
    pub fn read(arguments: Vec<OsString>, dialect: Dialect, variable: impl Fn(&OsStr) -> Option<OsString>) -> Self {
        let Options { settings, rcfile, operands } = Options::read(&arguments, dialect);
        let mut rest = arguments[operands..].iter().cloned();
        let (source, name) = if settings.contains(&Setting::Prints) {
            (TextSource::Nothing, None)
        } else if settings.contains(&Setting::Command) {
            match rest.next() {
                Some(command) => (TextSource::Command(command), rest.next()),
                None => (TextSource::Nothing, None),
            }
        } else if settings.contains(&Setting::Stdin) {
            (TextSource::Stdin, None)
        } else {
            match rest.next() {
                Some(script) => (TextSource::Script(script.clone()), Some(script)),
                None => (TextSource::Stdin, None),
            }
        };
        let positional = rest.collect();
        let mut args = Self { arguments, dialect, source, name, positional, rcfile, settings };
        args.add_what_the_name_says();
        args.add_what_the_environment_says(variable);
        args
    }

    /// The form `agentsh 'LINE'`: one operand that holds white space and is no file stands for `-c LINE`. Some agents put
    /// a prefix before the line and leave `-c` out. The arguments are changed to match. Only for a call by our own
    /// name: bash has no such form.
    pub fn lift_bare_line(&mut self) {
        let TextSource::Script(line) = &self.source else { return };
        let blank = line.as_bytes().iter().any(u8::is_ascii_whitespace);
        if self.arguments.len() == 2 && blank && !Path::new(line).exists() {
            self.source = TextSource::Command(line.clone());
            self.name = None;
            self.arguments.insert(1, OsString::from("-c"));
        }
    }

    /// True when the setting is on at the start of the line.
    pub fn is(&self, setting: Setting) -> bool {
        self.settings.contains(&setting)
    }

    fn add_what_the_name_says(&mut self) {
        let argv0 = self.arguments.first().map(|word| word.as_bytes()).unwrap_or_default();
        let undashed = argv0.strip_prefix(b"-").unwrap_or(argv0);
        let base = undashed.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
        if undashed.len() < argv0.len() {
            self.settings.insert(Setting::Login);
        }
        if base == b"sh" || self.dialect == Dialect::Sh {
            self.settings.insert(Setting::Posix);
        }
        if base == b"rbash" {
            self.settings.insert(Setting::Restricted);
        }
    }

    fn add_what_the_environment_says(&mut self, variable: impl Fn(&OsStr) -> Option<OsString>) {
        if self.dialect == Dialect::Bash {
            let is_set = |name: &str| variable(OsStr::new(name)).is_some();
            let lists = |name: &str, option: &str| {
                let value = variable(OsStr::new(name)).unwrap_or_default();
                value.as_bytes().split(|byte| *byte == b':').any(|word| word == option.as_bytes())
            };
            if is_set("POSIXLY_CORRECT") || is_set("POSIX_PEDANTIC") || lists("SHELLOPTS", "posix") {
                self.settings.insert(Setting::Posix);
            }
            if lists("SHELLOPTS", "noexec") {
                self.settings.insert(Setting::NoExec);
            }
            if lists("BASHOPTS", "extglob") {
                self.settings.insert(Setting::Extglob);
            }
            if lists("BASHOPTS", "expand_aliases") {
                self.settings.insert(Setting::ExpandAliases);
            }
        }
        if self.is(Setting::Posix) || self.is(Setting::Interactive) || self.dialect == Dialect::Zsh {
            self.settings.insert(Setting::ExpandAliases);
        }
    }
}
