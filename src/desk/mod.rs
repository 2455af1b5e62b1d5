//! The socket between a line that waits for an answer and the person's desk, and who may answer on it.
//!
//! In: a state directory, messages as bytes. Out: connections whose other end the kernel names. Knows descriptors,
//! credentials and framing, not questions: `approval` says what is asked and who may answer, `ctl` shows it.

mod bell;
mod frame;
mod peer;
mod place;
mod socket;

pub use bell::Bell;
pub use frame::{Frames, MOST_BYTES, send};
pub use peer::Peer;
pub use socket::{Caller, Socket};
