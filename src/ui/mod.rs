//! Diagnostics that point into the line, diffs, colours, JSON.
