//! The bytes of a line.

use super::Span;
use std::sync::Arc;

/// The bytes a script was read from; cheap to clone. Never assumed to be UTF-8.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    bytes: Arc<[u8]>,
}

impl Source {
    /// Takes a copy of `bytes`.
    pub fn new(bytes: &[u8]) -> Self {
        Self { bytes: Arc::from(bytes) }
    }

    /// All bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The bytes of `span`; empty when it lies outside (a span of another source).
    pub fn slice(&self, span: Span) -> &[u8] {
        self.bytes.get(span.range()).unwrap_or_default()
    }

    /// One-based line and column (in bytes) of an offset, for messages.
    pub fn line_column(&self, offset: u32) -> (usize, usize) {
        let before = &self.bytes[..(offset as usize).min(self.bytes.len())];
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
        let column = 1 + before.iter().rev().take_while(|byte| **byte != b'\n').count();
        (line, column)
    }
}
