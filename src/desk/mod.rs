//! The socket between a line that waits for an answer and the person's desk, and who may answer on it.
//!
//! Knows descriptors, credentials and framing, not questions: `approval` says what is asked, `ctl` shows it.
