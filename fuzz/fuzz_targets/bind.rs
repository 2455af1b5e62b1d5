//! Any arguments of any shipped program are bound without a panic and in time. The input: a program's name, then its
//! arguments, one a line; of one that ends in 0xff only what stands before is known, and 0xff alone is any number of them.
#![no_main]

use agentsh::grammar::{Argument, Catalog, Known, bind};
use agentsh::text::Span;
use agentsh_fuzz::within;
use std::sync::LazyLock;
use std::time::Duration;

static CATALOG: LazyLock<Catalog> = LazyLock::new(Catalog::shipped);

fn argument(line: &[u8]) -> Argument {
    let (value, many) = match line {
        [0xff] => (Known::Nothing, true),
        [known @ .., 0xff] => (Known::Begins(known.to_vec()), false),
        known => (Known::Exactly(known.to_vec()), false),
    };
    Argument { value, many, span: Span::default() }
}

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let mut lines = input.split(|byte| *byte == b'\n');
    let Some(name) = lines.next() else { return };
    let Some(grammar) = CATALOG.find(name) else { return };
    let arguments: Vec<Argument> = lines.map(argument).collect();
    within(Duration::from_millis(10), || bind(&grammar, name, &arguments));
});
