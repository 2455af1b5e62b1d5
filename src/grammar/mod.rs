//! How each tool reads its argv, and what it does to what it finds there.
//!
//! In: a program's name and its [`Argument`]s, which may be partly unknown. Out: an [`Invocation`]: the deeds that the
//! tool's grammar (`grammars/<family>/<program>.toml`) states, and every doubt. Facts only; whether a deed is wanted is
//! for `policy` to say, and which file or host it reaches for `effect`.

mod argument;
mod bind;
mod catalog;
mod check;
mod condition;
mod invocation;
mod model;
mod readers;
mod spelling;
#[cfg(test)]
mod testing;

pub use argument::{Argument, Known};
pub use bind::bind;
pub use catalog::{Catalog, GrammarFault};
pub use invocation::{Deed, Doubt, Invocation};
pub use model::{Access, Arity, Context, EffectSpec, Example, Form, Grammar, Kind, OperandSpec, OptionSpec, Parsing};
