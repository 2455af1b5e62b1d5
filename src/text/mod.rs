//! Positions in the line.
//!
//! In: the bytes of a line. Out: [`Source`] (the bytes, shared cheaply) and [`Span`] (a half-open byte range in
//! them). Knows nothing of shells; a span is meaningful only together with the source it was made from.

mod source;
mod span;

pub use source::Source;
pub use span::Span;
