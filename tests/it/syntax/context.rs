//! What surrounds a command.

use super::show::{reading, simple};
use agentsh::syntax::Context;

/// The context of the command `x` in a line.
fn of(line: &str) -> Context {
    let reading = reading(line.as_bytes());
    assert!(reading.complete(), "{line:?}: {:?}", reading.gaps);
    let mut found = None;
    reading.scripts[0].visit(&mut |command, context| {
        if simple(command) == "x" {
            found = Some(*context);
        }
    });
    found.unwrap_or_else(|| panic!("no x in {line:?}"))
}

#[test]
fn each_construct_is_named() {
    let none = Context::default();
    assert_eq!(of("a; x; b"), none);
    assert_eq!(of("x | b"), Context { pipeline: true, subshell: true, ..none });
    assert_eq!(of("x & b"), Context { background: true, ..none });
    assert_eq!(of("a && x"), Context { joined: true, ..none });
    assert_eq!(of("! x"), Context { negated: true, ..none });
    assert_eq!(of("if x; then b; fi"), Context { condition: true, ..none });
    assert_eq!(of("if a; then x; fi"), Context { branch: true, ..none });
    assert_eq!(of("while x; do b; done"), Context { condition: true, repeated: true, ..none });
    assert_eq!(of("for a in b; do x; done"), Context { repeated: true, ..none });
    assert_eq!(of("f() { x; }"), Context { function: true, ..none });
    assert_eq!(of("(x)"), Context { subshell: true, ..none });
    assert_eq!(of("case a in b) x;; esac"), Context { branch: true, ..none });
    assert_eq!(of("coproc x"), Context { background: true, subshell: true, ..none });
}

#[test]
fn scripts_inside_words_are_visited_wherever_they_stand() {
    let inside = Context { substitution: true, subshell: true, ..Context::default() };
    for line in [
        "a $(x)",
        "a \"`x`\"",
        "a ${b:-$(x)}",
        "a $((1+$(x)))",
        "a=$(x)",
        "a=([$(x)]=b)",
        "a > $(x)",
        "cat <<E\n$(x)\nE",
        "[[ $(x) ]]",
        "(($(x)))",
        "for a in $(x); do b; done",
        "case $(x) in b) c;; esac",
        "{ a; } > $(x)",
        "a ${b[$(x)]}",
        "a ${b//$(x)/c}",
    ] {
        assert_eq!(of(line), inside, "{line:?}");
    }
    assert!(of("a <(x)").background);
}
