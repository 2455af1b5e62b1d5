//! Chapter: casebook.
