//! The desk: requests, approvals, and whose terminal it is.
//!
//! Terminals are made by [`super::support::Terminal`]; a *person's* has a plain shell as its leader and nothing above it
//! but init, an *agent's* is made under a process with an agent's marker in its environment.
