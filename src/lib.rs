//! agentsh: the shell an AI coding agent is given instead of bash.
//!
//! `ARCHITECTURE.md` walks one line through the modules below; each imports only from floors above it in this list.

// Floor 0
pub mod sys;
pub mod text;
// Floor 1
pub mod grammar;
pub mod syntax;
// Floor 2
pub mod agents;
pub mod effect;
// Floor 3
pub mod policy;
// Floor 4
pub mod checkpoint;
pub mod desk;
pub mod host;
pub mod journal;
pub mod ui;
// Floor 5
pub mod approval;
pub mod undo;
// Floor 6
pub mod guard;
// Floor 7
pub mod exec;
// Floor 8
pub mod ctl;
pub mod shell;
