//! Append-only, hash-chained record of intent and outcome.
//!
//! In: what a line was judged to be and how it ended. Out: [`StepId`]s, and the [`Record`]s again for `log`, `undo` and
//! `doctor`. One JSON line an entry in `<state>/journal/journal.jsonl` (0600), each sealed with the BLAKE3 hash of the
//! seal before it and its own bytes. Appending reads only the file's tail, so it costs the same however long the
//! journal is. Keeps no preimages (`checkpoint` does) and decides nothing.

mod bytes;
mod chain;
mod entry;
#[expect(clippy::module_inception, reason = "the floor is named after its main type")]
mod journal;
mod step_id;

pub use bytes::Bytes;
pub use chain::{Breach, Health};
pub use entry::{Answer, Changes, Ended, Entry, Grant, Granted, Intent, Note, Outcome, Question, Record, Undo};
pub use journal::{Journal, JournalError};
pub use step_id::{NotAStep, StepId};
