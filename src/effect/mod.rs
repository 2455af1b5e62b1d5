//! What a script would do to what, and whether that can be taken back; unknown stays unknown.
//!
//! In: a `Reading`, the grammar catalog and a [`World`]. Out: an [`Assessment`]: the commands, their [`Effect`]s on
//! resolved [`Object`]s, and what could not be told. Takes no descriptor, clock or network; never runs anything.

mod assess;
mod builtin;
mod code;
mod context;
#[expect(clippy::module_inception, reason = "the floor is named after its main type")]
mod effect;
mod files;
mod object;
mod project;
mod resolve;
mod start;
mod state;
mod table;
mod value;
mod walk;
mod world;

pub use assess::assess;
pub use start::Start;

pub use effect::{Assessment, Effect, Invoked, Verb};
pub use object::{Certainty, Object, Reversibility};
pub use resolve::{MOVES, NAMES, UNTOLD};
pub use table::{Set, Table};
pub use walk::TEMPLATE;
pub(crate) use world::is_plain;
pub use world::{Entry, EntryKind, World};
