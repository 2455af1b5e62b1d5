//! Chapter: capture.
