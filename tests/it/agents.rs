//! Chapter: in the path of real agents.

mod wrappers;
