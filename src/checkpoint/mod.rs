//! Keeps preimages before they are lost and gives them back.
//!
//! In: obligations (paths and how much of each) before a line runs, and its outcome after. Out: a [`Step`], which says
//! what each touched path was before and after and hands out both contents. One append-only file a step, the *step
//! pack* ([`record`] describes it), beside it a folder of objects too large to sit in the file. Nothing is skipped in
//! silence: what cannot be kept is a [`NotCaptured`] and lowers the step's [`Coverage`].
//!
//! Does not decide what to capture (`policy`), reverse anything (`undo`) or keep the chain of steps (`journal`).

mod budget;
mod change;
mod dirs;
mod error;
mod finish;
mod forget;
mod git;
mod keep;
mod lent;
mod limits;
mod log;
mod meta;
mod names;
mod objects;
mod pack;
mod paths;
mod pin;
mod place;
pub mod record;
mod state;
mod step;
mod store;
mod tree;

pub use change::{Change, ChangeKind};
pub use error::{NotCaptured, StoreError, Why};
pub use limits::{Durability, Limits, StoreSettings};
pub use meta::Meta;
pub use meta::read_attributes;
pub use pack::StepPack;
pub use place::{Place, open_dir, resolve};
pub use record::{Coverage, Depth, Keep, StepHeader, StepOutcome, UndoMark};
pub use step::{After, Ended, Kept, Source, Step};
pub use store::Store;

pub(crate) use dirs::Dirs;
pub(crate) use error::lacks_room;
pub(crate) use finish::{content, hash_of, look};
pub(crate) use keep::copy_sparse;
pub(crate) use pin::{Pinned, TEMPORARY, is_temporary};
