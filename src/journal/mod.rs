//! Append-only, hash-chained record of intent and outcome.
