//! Lines that would blow a parser up are incomplete, and reading comes back.

use super::show::reading;
use agentsh::syntax::GapReason;

#[test]
fn over_the_limits_nothing_is_parsed() {
    let lines = [
        "a".repeat(300_000),
        "echo $(".repeat(30),
        "(".repeat(70),
        "a[".repeat(60_000),
        "a=(".repeat(60_000),
        "{ ".repeat(5_000),
        "cat ".to_owned() + &"<<a ".repeat(60_000),
        "${x:-".repeat(20_000),
        "\"${(\\`<<'".repeat(1_000),
        "$((".repeat(10),
        "(".repeat(26),
        "$(".repeat(1_000),
        "cat <(".repeat(60),
        "a&&".repeat(200_000),
        "a;".repeat(60_000),
    ];
    for line in &lines {
        let reading = reading(line.as_bytes());
        assert_eq!(reading.gaps.len(), 1);
        assert_eq!(reading.gaps[0].reason, GapReason::OverLimit, "{}…", &line[..20.min(line.len())]);
        assert!(reading.scripts.is_empty());
    }
}

#[test]
fn hostile_lines_within_the_limits_come_back_incomplete() {
    let lines = [
        ")".repeat(60_000),
        "if ".repeat(20_000),
        "! ".repeat(10_000) + ")",
        "( ".repeat(12),
        "$(".repeat(12),
        "f() ".repeat(5_000),
        "case a in a) ".repeat(5_000),
        "`\\`".repeat(300),
        "[[ ( ".repeat(20),
        "coproc ".repeat(5_000),
        "if a; then ".repeat(5_000),
        format!("{}a; {}", "if a; then ".repeat(5_000), "fi; ".repeat(5_000)),
        "`\\`@(".repeat(24),
        "!(`".repeat(40),
    ];
    for line in &lines {
        assert!(!reading(line.as_bytes()).complete(), "{}…", &line[..20.min(line.len())]);
    }
}

#[test]
fn long_ordinary_scripts_are_read() {
    let reading = reading("echo a && b | c > d\n".repeat(600).as_bytes());
    assert!(reading.complete(), "{:?}", reading.gaps);
    assert_eq!(reading.scripts[0].items.len(), 600);
}

#[test]
fn what_comes_before_the_error_is_listed() {
    let names = |line: &str| {
        let reading = reading(line.as_bytes());
        assert!(!reading.complete(), "{line:?}");
        let mut names = Vec::new();
        if let Some(script) = reading.scripts.first() {
            script.visit(&mut |command, _| names.push(line[command.span.range()].to_owned()));
        }
        names
    };
    assert_eq!(names("echo one\n)"), ["echo one"]);
    assert_eq!(names("a b\nif c; then\n  d\nfi\ne && f )\ng"), ["a b", "c", "d"]);
    assert_eq!(names("cat <<E\n)\nE\nrm x\necho 'open\n"), ["cat <<E", "rm x"]);
    assert_eq!(names(&("a\n".repeat(300) + "fi\n" + &"b\n".repeat(300))).len(), 300);
    // Too deep, too long: the first lines.
    assert_eq!(names(&("rm -rf a\nb\n".to_owned() + &"{ ".repeat(5_000))), ["rm -rf a", "b"]);
    assert!(names(&"echo a\n".repeat(50_000)).len() > 100);
}

#[test]
fn long_scripts_are_read_in_pieces_wherever_their_constructs_end() {
    let piece = "if a; then\n  b \"c\n d\" | e\nfi\ncat <<E\nx\n\nfi\nE\nf() {\ng\n}\nfor i in a \\\nb; do\nc\ndone\n";
    let text = piece.repeat(200);
    let reading = reading(text.as_bytes());
    let script = &reading.scripts[0];
    assert!(reading.complete(), "{:?}", reading.gaps);
    assert_eq!(script.items.len(), 4 * 200);
    let mut last = 0;
    script.visit(&mut |command, _| {
        assert!(command.span.start >= last && !text[command.span.range()].is_empty());
        last = command.span.start;
    });
    // One construct longer than any piece.
    let long = format!("f() {{\n{}}}\nls\n", "echo a\n".repeat(1_500));
    assert!(super::show::reading(long.as_bytes()).complete());
    let open = format!("{}cat <<E\n{}", "ls\n".repeat(3_000), "text\n".repeat(500));
    let reading = super::show::reading(open.as_bytes());
    assert!(reading.complete(), "{:?}", reading.gaps);
    assert_eq!(reading.scripts[0].items.len(), 3_001);
}
