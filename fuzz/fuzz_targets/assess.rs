//! Any line is judged without a panic and in time in a world that is all but empty; what is not understood is never
//! read-only, and a further command never makes the verdict milder.
#![no_main]

use agentsh::effect::{Assessment, Reversibility, Start, assess};
use agentsh::grammar::Catalog;
use agentsh::policy::{Policy, Scope, Verdict};
use agentsh::syntax::{Reading, read};
use agentsh_fuzz::{Small, within};
use std::path::PathBuf;
use std::sync::LazyLock;
use std::time::Duration;

static CATALOG: LazyLock<Catalog> = LazyLock::new(Catalog::shipped);
static POLICY: LazyLock<Policy> = LazyLock::new(Policy::shipped);

/// Reading may take 25 ms and evaluating 10; texts inside the line are read while it is evaluated.
const LIMIT: Duration = Duration::from_millis(60);

fn judged(line: &[u8]) -> (Reading, Assessment, Verdict) {
    let start = Start::default();
    let scope = Scope { root: Some(PathBuf::from("/p")), home: vec![PathBuf::from("/p/d")], ..Scope::default() };
    within(LIMIT, || {
        let reading = read(line, &start.read_options());
        let assessment = assess(&reading, &CATALOG, &Small, &start);
        let verdict = POLICY.judge(&assessment, &scope);
        (reading, assessment, verdict)
    })
}

/// True when a newline behind `line` ends its last command: no here-document is open and no backslash joins lines.
fn ends(line: &[u8]) -> bool {
    !line.ends_with(b"\\") && !line.windows(2).any(|pair| pair == b"<<")
}

libfuzzer_sys::fuzz_target!(|line: &[u8]| {
    LazyLock::force(&POLICY);
    let (reading, assessment, verdict) = judged(line);
    assert!(reading.complete() || !assessment.complete, "a gap was forgotten: {:?}", reading.gaps);
    let understood = assessment.complete && assessment.unknown_programs.is_empty();
    assert!(understood || verdict.reversibility > Reversibility::ReadOnly, "{assessment:?}");
    if !assessment.complete || !ends(line) {
        return;
    }
    for (before, behind) in [("", "\nls a"), ("", "\nrm a"), ("ls a\n", "")] {
        let longer = [before.as_bytes(), line, behind.as_bytes()].concat();
        let (_, other, longer) = judged(&longer);
        if other.complete {
            assert!(longer.decision >= verdict.decision, "{before:?}…{behind:?}: {longer:?}\n{verdict:?}");
            assert!(longer.reversibility >= verdict.reversibility, "{before:?}…{behind:?}: {longer:?}\n{verdict:?}");
        }
    }
});
