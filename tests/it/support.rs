//! Chapter: support.
