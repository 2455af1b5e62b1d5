//! Chapter: transparency.
