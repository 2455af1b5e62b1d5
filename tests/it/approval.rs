//! Chapter: approval.
