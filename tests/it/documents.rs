//! Chapter: documents. What is generated is what the binary says now.

use crate::approval::person::Machine;
use std::path::Path;

fn assert_current(file: &str, arguments: &[&str]) {
    let machine = Machine::new();
    let output = machine.control(arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    let kept = std::fs::read(&path).unwrap_or_default();
    assert!(kept == output.stdout, "{file} is stale: agentshctl {} > {file}", arguments.join(" "));
}

#[test]
fn the_page_of_rules_is_current() {
    assert_current("docs/rules.md", &["rules", "docs"]);
}

#[test]
fn the_page_of_grammars_is_current() {
    assert_current("docs/grammars.md", &["rules", "docs", "--grammars"]);
}
