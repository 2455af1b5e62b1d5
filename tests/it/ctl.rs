//! Chapter: ctl.
