//! The construct a simple command stands in.

/// What surrounds a simple command; everything between it and the top of the line is added up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Context {
    /// One of several stages of a pipeline.
    pub pipeline: bool,
    /// Started by `&` or `coproc`: the shell does not wait.
    pub background: bool,
    /// Behind `&&` or `||`: runs or not by what came before.
    pub joined: bool,
    /// In the condition of `if`, `while` or `until`: runs first, and its failure is expected.
    pub condition: bool,
    /// In an arm of `if` or `case`: runs or not.
    pub branch: bool,
    /// In the body or the condition of a loop: runs any number of times.
    pub repeated: bool,
    /// In a function's body: runs when the function is called.
    pub function: bool,
    /// In `$(…)`, backquotes, `<(…)` or `>(…)`.
    pub substitution: bool,
    /// In `( … )`, a substitution or a stage of a pipeline: changes of directory and variables do not last.
    pub subshell: bool,
    /// Its status is negated by `!`.
    pub negated: bool,
}
