//! Chapter: undo.
