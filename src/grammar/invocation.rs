//! An argv bound to its grammar.

use super::{Access, Argument, Context, Kind};

/// What a program does with the arguments it was given, as far as its grammar tells.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Invocation {
    /// First of the grammar's names (`git`).
    pub program: String,
    /// Subcommands taken (`["remote", "add"]`).
    pub subcommand: Vec<String>,
    /// What is done to what.
    pub deeds: Vec<Deed>,
    /// `NAME=VALUE` arguments (`env`, `make`).
    pub variables: Vec<Argument>,
    /// Labels for rules (`force`, `all` …).
    pub tags: Vec<String>,
    /// What says where that goes which the line does not.
    pub context: Vec<Context>,
    /// Why the invocation is not fully understood (an unknown option, an unknown subcommand, too few operands, an
    /// unknown argument where an option could change the meaning). Empty: understood.
    pub doubts: Vec<Doubt>,
}

/// One thing done to one argument.
#[derive(Clone, Debug, PartialEq)]
pub struct Deed {
    /// What is done.
    pub access: Access,
    /// To what kind of thing.
    pub kind: Kind,
    /// To which: the argument, several for a command line (`kind = command`), none when it cannot be named.
    pub arguments: Vec<Argument>,
    /// Directories to resolve paths against, outermost first (`-C a -C b`).
    pub base: Vec<Argument>,
    /// The language, for code.
    pub language: String,
    /// More about it for the card: name and argument. For shell code and scripts the positional parameters are named
    /// `0`, `1` and so on.
    pub facts: Vec<(String, Argument)>,
    /// Labels of this deed alone (those of the invocation are added to it).
    pub tags: Vec<String>,
    /// It may or may not happen.
    pub possible: bool,
    /// Words are added to it that the line does not show (`xargs`): at its end, or in place of `{}` where that is in it.
    /// `find` has `{}` where a path goes and does not say this.
    pub appended: bool,
}

/// Why an invocation is not fully understood.
#[derive(Clone, Debug, PartialEq)]
pub struct Doubt {
    /// The argument it is about, when there is one.
    pub argument: Option<Argument>,
    /// Why, as a lowercase fragment.
    pub reason: String,
}

impl Invocation {
    /// True when the grammar accounts for every argument.
    pub fn understood(&self) -> bool {
        self.doubts.is_empty()
    }
}
