//! Diagnostics that point into the line, diffs, colours, JSON.
//!
//! In: spans, verdicts, bytes that an agent chose. Out: text for a person's terminal, in which nothing an agent chose can
//! move the cursor or change colours, and the JSON that programs rely on. Writes nothing itself.

mod diagnostic;
mod diff;
mod measure;
mod names;
mod report;
mod style;
mod visible;

pub use diagnostic::{Diagnostic, Tone};
pub use diff::{changed_lines, unified_diff};
pub use measure::{bytes_text, since_text, time_text};
pub use names::{deed, labels, name_of, outlook, phrase, prospect, telling_facts};
pub use report::{CommandReport, EffectReport, ObjectReport, ReasonReport, Report, decision_text};
pub use style::Style;
pub use visible::{visible, visible_bytes};
