//! The desk.

pub mod person;
