//! Compiles `grammars/` and `rules/` into the binary, and says in which order the linker lays it out.

#[path = "build/grammars.rs"]
mod grammars;
#[path = "build/order.rs"]
mod order;
#[path = "build/rules.rs"]
mod rules;

fn main() -> Result<(), String> {
    order::pass_on();
    grammars::compile()?;
    rules::compile()
}
