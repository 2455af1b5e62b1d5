//! What several chapters need: probes run by the real shell and by agentsh, and a terminal to type at.

pub mod patience;
pub mod probe;
pub mod screen;
pub mod terminal;
