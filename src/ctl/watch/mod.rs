//! The person's desk, a program that fills a terminal: what waits for an answer, and what all sessions did.
//!
//! In: a state directory, a terminal that is a person's. Out: answers to the lines that wait, which record and use them
//! themselves. Draws with ratatui; nothing that an agent chose reaches the terminal unescaped.

mod answers;
mod keys;
mod model;
mod notify;
mod open;
mod screen;
mod view;

pub(super) use open::open;
