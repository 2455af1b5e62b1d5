//! The tree both readers are lowered to.

use super::Word;
use crate::text::Span;

/// A script: the lists of and-or lists of POSIX XCU 2.10, one node for each construct of bash.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Script {
    /// The complete commands in order.
    pub items: Vec<AndOr>,
}

/// `a && b || c`, with what ended it.
#[derive(Clone, Debug, PartialEq)]
pub struct AndOr {
    /// The first pipeline.
    pub first: Pipeline,
    /// The pipelines behind `&&` and `||`, left-associative.
    pub rest: Vec<(Joint, Pipeline)>,
    /// Ended by `&`.
    pub background: bool,
}

/// How a pipeline hangs on what stands before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Joint {
    /// `&&`
    And,
    /// `||`
    Or,
}

/// `a | b`, perhaps negated or timed.
#[derive(Clone, Debug, PartialEq)]
pub struct Pipeline {
    /// An odd number of `!` stands before it.
    pub negated: bool,
    /// `time` stands before it.
    pub timed: bool,
    /// At least one command.
    pub stages: Vec<Command>,
    /// Bytes it covers.
    pub span: Span,
}

/// One stage of a pipeline.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Assignments, words, redirections.
    Simple(SimpleCommand),
    /// A construct with redirections of its own.
    Compound(Box<CompoundCommand>),
    /// `name() body`.
    Function(Box<FunctionDefinition>),
    /// `coproc [NAME] command`.
    Coproc {
        /// The array that gets its descriptors, when given.
        name: Option<Vec<u8>>,
        /// What runs.
        command: Box<Command>,
        /// Bytes it covers.
        span: Span,
    },
}

/// A simple command (POSIX XCU 2.9.1).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SimpleCommand {
    /// Assignments before the first word.
    pub assignments: Vec<Assignment>,
    /// The command name and its arguments, before expansion.
    pub words: Vec<Word>,
    /// Redirections, in order, wherever they stood.
    pub redirections: Vec<Redirection>,
    /// Bytes from the first to the last part (here-document bodies excluded).
    pub span: Span,
}

/// `NAME=value`, `NAME[i]+=value`, `NAME=(…)`.
#[derive(Clone, Debug, PartialEq)]
pub struct Assignment {
    /// The variable.
    pub name: Vec<u8>,
    /// The subscript, as a word (it is expanded, and arithmetic runs code).
    pub index: Option<Word>,
    /// `+=`.
    pub append: bool,
    /// What is assigned.
    pub value: AssignedValue,
    /// Bytes it covers.
    pub span: Span,
}

/// The right side of an assignment.
#[derive(Clone, Debug, PartialEq)]
pub enum AssignedValue {
    /// One word (empty for `NAME=`).
    Scalar(Word),
    /// `( … )`: elements, each perhaps `[i]=word`.
    Array(Vec<ArrayElement>),
}

/// An element of a compound assignment.
#[derive(Clone, Debug, PartialEq)]
pub struct ArrayElement {
    /// `[i]=`, when given.
    pub index: Option<Word>,
    /// The element.
    pub value: Word,
}

/// A redirection (POSIX XCU 2.7 and bash's additions).
#[derive(Clone, Debug, PartialEq)]
pub struct Redirection {
    /// What stands before the operator.
    pub descriptor: Descriptor,
    /// The operator.
    pub operator: RedirectionOperator,
    /// The word behind it, or the here-document's body.
    pub target: RedirectionTarget,
    /// Bytes of descriptor, operator and target word.
    pub span: Span,
}

/// What stands before a redirection operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Descriptor {
    /// Nothing: the operator's own default.
    Default,
    /// A number.
    Number(u32),
    /// `{name}`: bash picks a free descriptor and assigns it.
    Variable(Vec<u8>),
}

/// A redirection operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RedirectionOperator {
    /// `<`
    Read,
    /// `>`
    Write,
    /// `>>`
    Append,
    /// `>|`
    Clobber,
    /// `<>`
    ReadWrite,
    /// `&>` (and `>&word` with a word that is neither a number nor `-`)
    WriteBoth,
    /// `&>>`
    AppendBoth,
    /// `<&`
    DuplicateIn,
    /// `>&`
    DuplicateOut,
    /// `<<`
    HereDocument,
    /// `<<-`
    HereDocumentStripped,
    /// `<<<`
    HereString,
}

/// What a redirection points at.
#[derive(Clone, Debug, PartialEq)]
pub enum RedirectionTarget {
    /// A file name, descriptor number, `-`, or the text of a here-string.
    Word(Word),
    /// A here-document.
    HereDocument(HereDocument),
}

/// A here-document's body.
#[derive(Clone, Debug, PartialEq)]
pub struct HereDocument {
    /// The delimiter after quote removal.
    pub delimiter: Vec<u8>,
    /// The delimiter was quoted: the body is literal.
    pub quoted: bool,
    /// The body; its parts hold expansions only when not quoted. Leading tabs are already gone for `<<-`.
    pub body: Word,
    /// The delimiter line was found (else end of input closed it).
    pub closed: bool,
}

/// A construct, and the redirections behind it.
#[derive(Clone, Debug, PartialEq)]
pub struct CompoundCommand {
    /// The construct.
    pub kind: Compound,
    /// Redirections that hold for the whole of it.
    pub redirections: Vec<Redirection>,
    /// Bytes it covers.
    pub span: Span,
}

/// The constructs of bash.
#[derive(Clone, Debug, PartialEq)]
pub enum Compound {
    /// `( … )`
    Subshell(Script),
    /// `{ …; }`
    Group(Script),
    /// `if`/`elif` arms in order, and `else`.
    If {
        /// Condition and body of `if` and each `elif`.
        arms: Vec<(Script, Script)>,
        /// `else`.
        otherwise: Option<Script>,
    },
    /// `for NAME [in WORDS]`; `None` means `in "$@"`.
    For {
        /// The loop variable.
        variable: Vec<u8>,
        /// The words, before expansion.
        words: Option<Vec<Word>>,
        /// The body.
        body: Script,
    },
    /// `select NAME [in WORDS]`: like `for`, but a person picks the word.
    Select {
        /// The loop variable.
        variable: Vec<u8>,
        /// The words, before expansion.
        words: Option<Vec<Word>>,
        /// The body.
        body: Script,
    },
    /// `for (( init; test; step ))`.
    ArithmeticFor {
        /// The three expressions, expanded like double-quoted text.
        expressions: [Word; 3],
        /// The body.
        body: Script,
    },
    /// `while`, or `until`.
    While {
        /// `until`: the condition is negated.
        until: bool,
        /// The condition.
        condition: Script,
        /// The body.
        body: Script,
    },
    /// `case WORD in …`.
    Case {
        /// The subject.
        subject: Word,
        /// The arms in order.
        arms: Vec<CaseArm>,
    },
    /// `(( … ))`, expanded like double-quoted text.
    Arithmetic(Word),
    /// `[[ … ]]`: its operators and operands in order.
    Test(Vec<TestToken>),
}

impl Compound {
    /// The scripts directly inside: conditions and bodies, in the order of the text.
    pub fn scripts(&self) -> Vec<&Script> {
        match self {
            Self::Subshell(body) | Self::Group(body) => vec![body],
            Self::If { arms, otherwise } => {
                let arms = arms.iter().flat_map(|(condition, body)| [condition, body]);
                arms.chain(otherwise).collect()
            }
            Self::For { body, .. } | Self::Select { body, .. } | Self::ArithmeticFor { body, .. } => vec![body],
            Self::While { condition, body, .. } => vec![condition, body],
            Self::Case { arms, .. } => arms.iter().map(|arm| &arm.body).collect(),
            Self::Arithmetic(_) | Self::Test(_) => Vec::new(),
        }
    }
}

/// An arm of `case`.
#[derive(Clone, Debug, PartialEq)]
pub struct CaseArm {
    /// The patterns, separated by `|`.
    pub patterns: Vec<Word>,
    /// The body.
    pub body: Script,
    /// `;;`, `;&` or `;;&`.
    pub end: CaseEnd,
}

/// What ends an arm of `case`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CaseEnd {
    /// `;;`
    Break,
    /// `;&`: falls through.
    FallThrough,
    /// `;;&`: goes on testing.
    Continue,
}

/// A piece of `[[ … ]]`.
#[derive(Clone, Debug, PartialEq)]
pub enum TestToken {
    /// `-f`, `==`, `=~`, `&&`, `||`, `!`, `(`, `)`.
    Operator(Vec<u8>),
    /// An operand.
    Operand(Word),
}

/// `name() body`, `function name body`.
#[derive(Clone, Debug, PartialEq)]
pub struct FunctionDefinition {
    /// The name.
    pub name: Vec<u8>,
    /// The body: a compound command, with its redirections.
    pub body: Command,
    /// Bytes it covers.
    pub span: Span,
}
