//! Chapter: journal.
