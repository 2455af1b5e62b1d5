//! Any arguments of any shipped program are bound without a panic. The input: a name, then arguments, one a line.
#![no_main]

use agentsh::grammar::{Argument, Catalog, bind};
use agentsh::text::Span;
use std::sync::LazyLock;

static CATALOG: LazyLock<Catalog> = LazyLock::new(Catalog::shipped);

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let mut lines = input.split(|byte| *byte == b'\n');
    let Some(name) = lines.next() else { return };
    let Some(grammar) = CATALOG.find(name) else { return };
    let arguments: Vec<Argument> = lines.map(|line| Argument::exactly(line, Span::default())).collect();
    let _ = bind(&grammar, name, &arguments);
});
