//! Chapter: policy.
