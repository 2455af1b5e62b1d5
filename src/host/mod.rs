//! Reads this machine for the pure core.
//!
//! Out: [`Disk`], the `World` on disk; [`Places`], where agentsh keeps things; [`load`], settings, rules and scope;
//! [`Session`], whose line it is. Judges nothing and changes nothing but the state directory's existence.

mod agents;
mod checkout;
mod disk;
mod load;
mod log;
mod passwd;
mod places;
mod session;
mod texts;

pub use agents::{AGENT_VARIABLES, AgentVariable};
pub use checkout::Checkout;
pub use disk::Disk;
pub use load::{Loaded, load};
pub use log::Log;
pub use places::Places;
pub use session::Session;
