//! A word before expansion.

use super::Script;
use crate::text::Span;

/// A word: the concatenation of its parts, before any expansion.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Word {
    /// The pieces, in order. Empty for an empty here-document or the value of `NAME=`.
    pub parts: Vec<WordPart>,
    /// The word's own bytes in the line (quotes included).
    pub span: Span,
}

/// A piece of a word.
#[derive(Clone, Debug, PartialEq)]
pub enum WordPart {
    /// Unquoted text: tilde, braces and glob characters in it are live.
    Bare(Vec<u8>),
    /// Quoted or escaped text, quotes removed (`'…'`, `$'…'` decoded, `\x`, text inside `"…"`).
    Quoted(Vec<u8>),
    /// `"…"` or `$"…"`: the parts inside. `Bare` does not occur in it.
    DoubleQuoted(Vec<WordPart>),
    /// `$NAME`, `${…}`.
    Parameter(Box<Parameter>),
    /// `$(…)`, `` `…` ``, `${ …; }`.
    Command(Box<Substitution>),
    /// `$((…))`, `$[…]`: expanded like double-quoted text, then evaluated.
    Arithmetic(Box<Word>),
    /// `<(…)`, `>(…)`.
    Process {
        /// `>(…)`: what is written to the name goes to the command's stdin.
        output: bool,
        /// What runs.
        script: Script,
        /// Bytes it covers.
        span: Span,
    },
    /// `(…)` behind `NAME=` in an argument of a declaration builtin (`declare -a x=(a b)`).
    Array(Vec<super::ArrayElement>),
    /// Text the word reader could not take apart: its value is unknown and it may run code.
    Opaque(Vec<u8>),
}

/// A command substitution.
#[derive(Clone, Debug, PartialEq)]
pub struct Substitution {
    /// What runs.
    pub script: Script,
    /// Bytes it covers in the outermost line.
    pub span: Span,
    /// `` `…` ``: the inner text was unescaped once before parsing, so spans inside it are those of the whole.
    pub backquoted: bool,
}

/// A parameter expansion.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// Name, digit or special character (`@ * # ? - $ ! 0`).
    pub name: Vec<u8>,
    /// `[…]` behind the name; `@` and `*` are words of one `Bare` part.
    pub index: Option<Word>,
    /// `${!name…}`.
    pub indirect: bool,
    /// What is done with the value.
    pub operation: Operation,
    /// Bytes it covers.
    pub span: Span,
}

/// The operator of `${name…}`.
#[derive(Clone, Debug, PartialEq)]
pub enum Operation {
    /// `$name`, `${name}`.
    Value,
    /// `${#name}`.
    Length,
    /// `${name-w}`, `${name:-w}`.
    Default {
        /// `:`: an empty value counts as unset.
        colon: bool,
        /// The word.
        word: Word,
    },
    /// `${name=w}`, `${name:=w}`.
    Assign {
        /// `:`: an empty value counts as unset.
        colon: bool,
        /// The word.
        word: Word,
    },
    /// `${name?w}`, `${name:?w}`: the shell ends when there is no value.
    Error {
        /// `:`: an empty value counts as unset.
        colon: bool,
        /// The message.
        word: Word,
    },
    /// `${name+w}`, `${name:+w}`.
    Alternative {
        /// `:`: an empty value counts as unset.
        colon: bool,
        /// The word.
        word: Word,
    },
    /// `${name:offset}`, `${name:offset:length}`: arithmetic.
    Substring {
        /// The offset.
        offset: Word,
        /// The length, when given.
        length: Option<Word>,
    },
    /// `${name#p}`, `${name##p}`.
    RemovePrefix {
        /// `##`.
        longest: bool,
        /// The pattern.
        pattern: Word,
    },
    /// `${name%p}`, `${name%%p}`.
    RemoveSuffix {
        /// `%%`.
        longest: bool,
        /// The pattern.
        pattern: Word,
    },
    /// `${name/p/r}`, `//`, `/#`, `/%`.
    Replace {
        /// `/`, `//`, `/#`, `/%`.
        kind: ReplaceKind,
        /// The pattern.
        pattern: Word,
        /// The replacement (empty when there is none).
        replacement: Word,
    },
    /// `${name^p}`, `^^`, `,`, `,,`.
    Case {
        /// The operator.
        operator: Vec<u8>,
        /// The pattern, when given.
        pattern: Option<Word>,
    },
    /// `${name@X}`; `@P` runs code.
    Transform(u8),
    /// `${!prefix*}`, `${!prefix@}`.
    Names,
    /// `${!name[@]}`: the keys.
    Keys,
}

/// Which matches `${name/…}` replaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplaceKind {
    /// `/`
    First,
    /// `//`
    All,
    /// `/#`
    Prefix,
    /// `/%`
    Suffix,
}
