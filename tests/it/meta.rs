//! Chapter: meta.
