//! Diagnostics that point into the line, diffs, colours, JSON.
//!
//! In: spans, verdicts, bytes that an agent chose. Out: text for a person's terminal, in which nothing an agent chose can
//! move the cursor or change colours, and the JSON that programs rely on.

mod names;
mod visible;

pub use names::{deed, name_of};
pub use visible::{visible, visible_bytes};
