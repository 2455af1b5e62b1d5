//! Calls in python, javascript, ruby, perl and php code that delete, write, send or run something.
//!
//! Not a parser: names, strings and brackets are told apart from comments and from each other, and calls of a known name
//! are looked at. What is found may happen; what is not found proves nothing, so code stays opaque whatever is said here.

mod call;
mod command;
mod token;
mod what;

pub(crate) use what::{Hint, Target, Wanted, hints};
