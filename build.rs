//! Compiles `grammars/` and `rules/` into the binary.

#[path = "build/grammars.rs"]
mod grammars;

fn main() -> Result<(), String> {
    grammars::compile()
}
