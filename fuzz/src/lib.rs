//! What the targets share: a clock, and a world that is all but empty.

mod clock;
mod small;

pub use clock::within;
pub use small::Small;
