//! Chapter: grammars.
