//! Compiles `grammars/` and `rules/` into the binary.

#[path = "build/grammars.rs"]
mod grammars;
#[path = "build/rules.rs"]
mod rules;

fn main() -> Result<(), String> {
    grammars::compile()?;
    rules::compile()
}
