//! Words to fields: the expansions of bash, computed over values of which perhaps only a part is known.

mod arithmetic;
mod brace;
mod expand;
mod glob;
mod operators;
mod parameter;
mod pattern;
mod piece;
mod splitting;
mod text;
mod variable;

pub(crate) use expand::Aborted;
pub(crate) use pattern::Pattern;
pub(crate) use piece::{Field, Piece};
pub(crate) use splitting::{cut, split, without_blanks};
pub(crate) use text::{Search, Text};
pub(crate) use variable::{Letters, Value, Variable};
