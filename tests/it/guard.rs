//! The guard: what runs below a line is judged and what it changes is kept, and nobody can tell but by that.

mod agent;
mod around;
pub mod bench;
mod crash;
mod disk;
mod files;
mod gates;
mod hard;
mod machine;
mod network;
mod programs;
mod relay;
mod scope;
mod ways;
