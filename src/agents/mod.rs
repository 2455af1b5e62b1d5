//! What is known of each coding agent: what chooses its shell, the lines it wraps around a command, the hooks it offers and where its settings are.
//!
//! Facts only, and pure: nothing here reads the machine. `host` finds which agent is at work, `ctl` writes settings and answers hooks,
//! `shell` judges the line that a wrapper carries.

mod agent;
mod codex;
mod form;
mod forms;
pub mod hook;
mod own;
mod quoted;
pub mod settings;
mod starting;
mod wrapped;

pub use agent::{AGENTS, Agent, Shim};
pub use own::is_own_state;
pub use wrapped::{Trust, Wrapped, unwrap};
