//! What a parser says the structure is, before it is held against the text.

use super::{CaseEnd, Joint};

/// A list of commands.
pub(crate) type List = Vec<AndOrPlan>;

/// An and-or list.
#[derive(Debug)]
pub(crate) struct AndOrPlan {
    /// The first pipeline.
    pub first: PipelinePlan,
    /// The rest.
    pub rest: Vec<(Joint, PipelinePlan)>,
    /// Ended by `&`.
    pub background: bool,
}

/// A pipeline.
#[derive(Debug, Default)]
pub(crate) struct PipelinePlan {
    /// An odd number of `!`; not said by every parser.
    pub negated: Option<bool>,
    /// `time` stands before it; not said by every parser.
    pub timed: Option<bool>,
    /// The stages.
    pub stages: Vec<StagePlan>,
}

/// A stage of a pipeline.
#[derive(Debug)]
pub(crate) enum StagePlan {
    /// A simple command.
    Simple(SimplePlan),
    /// A construct.
    Compound(CompoundPlan),
    /// A function.
    Function {
        /// The name, when the parser says it.
        name: Vec<u8>,
        /// The body.
        body: Box<StagePlan>,
    },
    /// A coprocess.
    Coproc {
        /// The name.
        name: Option<Vec<u8>>,
        /// What runs.
        command: Box<StagePlan>,
    },
}

/// A simple command.
#[derive(Debug, Default)]
pub(crate) struct SimplePlan {
    /// Assignments and words in order, as raw text without `\⏎`.
    pub words: Option<Vec<Vec<u8>>>,
    /// Redirections in order.
    pub redirections: Option<Vec<RedirectionPlan>>,
    /// First byte of the first part and one past the last.
    pub extent: Option<(usize, usize)>,
}

/// A redirection: the operator, and the raw target where the parser keeps it.
pub(crate) type RedirectionPlan = (Vec<u8>, Option<Vec<u8>>);

/// A construct.
#[derive(Debug)]
pub(crate) enum CompoundPlan {
    /// `( … )`
    Subshell(List),
    /// `{ …; }`
    Group(List),
    /// `if`
    If {
        /// Conditions and bodies.
        arms: Vec<(List, List)>,
        /// `else`.
        otherwise: Option<List>,
    },
    /// `for` and `select`
    For {
        /// `select`.
        select: bool,
        /// The words as raw text, when the parser says them.
        words: Option<Vec<Vec<u8>>>,
        /// The body.
        body: List,
    },
    /// `for ((…))`
    ArithmeticFor(List),
    /// `while` and `until`
    While {
        /// `until`.
        until: bool,
        /// The condition.
        condition: List,
        /// The body.
        body: List,
    },
    /// `case`
    Case(Vec<ArmPlan>),
    /// `((…))`
    Arithmetic,
    /// `[[…]]`: its tokens as raw text, when the parser says them.
    Test(Option<Vec<Vec<u8>>>),
}

/// An arm of `case`.
#[derive(Debug)]
pub(crate) struct ArmPlan {
    /// The patterns as raw text, when the parser says them.
    pub patterns: Option<Vec<Vec<u8>>>,
    /// The body.
    pub body: List,
    /// What ends it, when the parser says it.
    pub end: Option<CaseEnd>,
}

/// A parser could not read the text, or what it read is not what the text says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mismatch {
    /// Where it shows, as offsets in the text.
    pub start: usize,
    /// One past.
    pub end: usize,
    /// A node no lowering handles.
    pub unknown_node: bool,
}

impl Mismatch {
    /// A mismatch at a byte.
    pub(crate) fn at(at: usize) -> Self {
        Self { start: at, end: at + 1, unknown_node: false }
    }
}
