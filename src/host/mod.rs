//! Reads this machine for the pure core.
//!
//! Out: [`Disk`], the `World` on disk; [`Places`], where agentsh keeps things; [`load`], settings, rules and scope;
//! [`Session`], whose line it is. Judges nothing and changes nothing but the state directory's existence.

mod agents;
mod budgets;
mod checkout;
mod disk;
mod grants;
mod load;
mod log;
mod passwd;
mod places;
mod resistances;
mod run;
mod session;
mod state_file;
mod texts;
mod today;
mod turns;
mod uses;

pub use agents::{AGENT_VARIABLES, AgentVariable};
pub use budgets::{Account, Budgets};
pub use checkout::Checkout;
pub use disk::Disk;
pub use grants::Grants;
pub use load::{Loaded, load, load_in};
pub use log::Log;
pub use places::Places;
pub use resistances::{Attempt, Resistances};
pub use run::Run;
pub use session::{AGENT_VARIABLE, SESSION_VARIABLE, Session};
pub use turns::{Turn, changed_repository, take_turn};
pub use uses::Uses;
