//! Chapter: syntax.
