//! Compiles `grammars/` and `rules/` into the binary.

fn main() {}
