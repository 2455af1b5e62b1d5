//! Chapter: undo. Real programs change a tree; undo puts it back exactly; redo brings the change back.

pub mod bench;
pub mod lines;
pub mod tree;

mod again;
mod aliases;
mod asides;
mod closed;
mod conflicts;
mod git;
mod git_lines;
mod interrupted;
mod killed;
mod later;
mod links;
mod machine;
mod no_room;
mod programs;
mod random;
