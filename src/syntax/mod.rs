//! Line → script: simple commands with words, redirections, assignments and the construct they stand in.
//!
//! In: bytes and [`ReadOptions`]. Out: a [`Reading`]: the [`Script`] that two independent readers agree on, or both
//! scripts and the gaps between them. Knows no tool and expands nothing; it says what the line *is*.

mod align;
mod apart;
mod budget;
mod context;
mod dialect;
mod limits;
mod options;
mod pieces;
mod plan;
mod positions;
mod rable;
mod read;
mod reading;
mod scan;
mod script;
mod session;
mod shield;
mod text;
mod treesitter;
mod visit;
mod walk;
mod word;
mod words;

pub use context::Context;
pub use options::ReadOptions;
pub use read::read;
pub use reading::{Gap, GapReason, Reading};
pub use script::{
    AndOr, ArrayElement, AssignedValue, Assignment, CaseArm, CaseEnd, Command, Compound, CompoundCommand, Descriptor,
    FunctionDefinition, HereDocument, Joint, Pipeline, Redirection, RedirectionOperator, RedirectionTarget, Script,
    SimpleCommand, TestToken,
};
pub(crate) use shield::shielded;
pub use word::{Operation, Parameter, ReplaceKind, Substitution, Word, WordPart};
