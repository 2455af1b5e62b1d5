//! Facts about how bash takes its input.

use super::show::{reading, script, shown};
use agentsh::syntax::{GapReason, ReadOptions, read};

#[test]
fn lines_before_a_syntax_error_still_run() {
    for (line, runs) in [("echo one\n)", "echo one"), ("a\nb; c\nif x", "a; b; c"), ("rm x\necho 'open", "rm x")] {
        let reading = reading(line.as_bytes());
        assert!(!reading.complete());
        assert_eq!(script(&reading.scripts[0]), runs, "{line:?}");
    }
}

#[test]
fn what_no_shell_reads_has_no_script() {
    for line in [")", "if", "a | | b", "echo 'x", "((", "case x"] {
        let reading = reading(line.as_bytes());
        assert!(!reading.complete(), "{line:?}");
    }
}

#[test]
fn comments_and_blank_lines_are_no_commands() {
    for line in ["", "\n", "  \t\n\n", "# a", "# a\n  # b; rm x\n"] {
        assert_eq!(shown(line), "", "{line:?}");
    }
    assert_eq!(shown("echo a#b #c\n# d\nls"), "echo a#b; ls");
}

#[test]
fn a_missing_last_newline_changes_nothing() {
    for line in ["ls", "cat <<E\nx\nE", "a &", "a;", "{ a; }", "a # b"] {
        assert_eq!(shown(line), shown(&format!("{line}\n")), "{line:?}");
    }
}

#[test]
fn the_end_of_input_closes_a_here_document() {
    assert_eq!(shown("cat <<EOF\nrm -rf /\n"), "cat <<EOF{'rm -rf /⏎'} unclosed");
    assert_eq!(shown("cat <<EOF"), "cat <<EOF{} unclosed");
}

#[test]
fn nul_bytes_are_dropped() {
    let reading = reading(b"ec\0ho a\0\nls");
    assert!(reading.complete(), "{:?}", reading.gaps);
    assert_eq!(script(&reading.scripts[0]), "echo a; ls");
    assert_eq!(reading.scripts[0].items[1].first.span, agentsh::text::Span::new(9, 11));
}

#[test]
fn bytes_that_are_not_utf8_are_kept() {
    let reading = reading(b"rm a\xff\xfeb '\xc3' $\xe9");
    assert!(reading.complete(), "{:?}", reading.gaps);
    let agentsh::syntax::Command::Simple(simple) = &reading.scripts[0].items[0].first.stages[0] else {
        panic!("not simple");
    };
    assert_eq!(simple.words[1].parts, [agentsh::syntax::WordPart::Bare(b"a\xff\xfeb".to_vec())]);
    assert_eq!(reading.source.slice(simple.words[1].span), b"a\xff\xfeb");
}

#[test]
fn a_foreign_character_set_makes_high_bytes_uncertain() {
    let options = ReadOptions { foreign_charset: true, ..ReadOptions::default() };
    let reading = read("echo \u{e9}".as_bytes(), &options);
    assert!(reading.gaps.iter().any(|gap| gap.reason == GapReason::Encoding));
    assert!(read(b"echo e", &options).complete());
}

#[test]
fn stand_ins_are_not_confused_with_the_bytes_they_stand_for() {
    let reading = reading(b"echo \xee\x80\x81 \xff");
    assert!(reading.gaps.iter().any(|gap| gap.reason == GapReason::Encoding));
    assert!(super::show::reading("echo \u{e001}".as_bytes()).complete());
}

#[test]
fn names_are_the_same_however_they_are_quoted() {
    assert_eq!(shown(r"\rm 'rm' r''m $'rm' $'\x72m' {rm,x}"), "'r'm 'rm' r''m 'rm' 'rm' {rm,x}");
}

#[test]
fn a_pipe_of_both_streams_is_a_redirection() {
    assert_eq!(shown("ls |& cat"), "ls 2>&1 | cat");
    assert_eq!(shown("{ ls; } |& cat"), "{ls} 2>&1 | cat");
}

#[test]
fn output_of_both_streams() {
    assert_eq!(
        shown("a >&f; b >& f; c >&2; d 2>&1; e &>f; g >&-; h 3>&4-"),
        "a &>f; b &>f; c >&2; d 2>&1; e &>f; g >&-; h 3>&4-"
    );
}

#[test]
fn what_a_posix_shell_takes_for_other_commands_is_a_gap_there() {
    let lines = [
        // bash --posix and dash run `rm`; bash alone sees one word.
        "echo \"${x:-'}\" ; rm y ; : \"'}\"",
        // dash runs `rm`.
        "echo $'a\\'; rm y; echo \\''",
        "((rm y))",
        "[[ a > y ]]",
        "function f {\nrm y\n}",
        "a &> y",
        "exec {fd}> y",
        "rm {a,b}",
        "rm x{1..3}",
        "x=a; x+=b; rm $x",
        "echo $[1+1]",
        "echo $\"x\"",
        "cd ~+",
    ];
    for line in lines {
        assert!(reading(line.as_bytes()).complete(), "{line:?}");
        let posix = read(line.as_bytes(), &ReadOptions { posix: true, ..ReadOptions::default() });
        assert!(!posix.complete(), "{line:?}");
    }
    for line in ["[ a ] && b > c 2>&1", "f() { a; }; f", "echo \"${x:-a}\" ${x:-'a'} $((1+2)) $(b)"] {
        assert!(read(line.as_bytes(), &ReadOptions { posix: true, ..ReadOptions::default() }).complete(), "{line:?}");
    }
}

#[test]
fn a_gap_says_what_was_not_understood() {
    let phrases = |line: &str| -> Vec<String> {
        reading(line.as_bytes()).gaps.iter().map(|gap| gap.phrase(line.as_bytes())).collect()
    };
    assert_eq!(phrases("ls; fi"), ["`fi` is not expected here"]);
    assert_eq!(phrases("echo ${x!}"), ["`${x!}` is no known expansion"]);
    assert!(
        phrases("echo 'open").iter().any(|phrase| phrase.contains("more is expected")),
        "{:?}",
        phrases("echo 'open")
    );
    assert_eq!(phrases(&"a".repeat(300_000)), ["the line is too long or too deeply nested"]);
}

#[test]
fn what_zsh_reads_differently_is_a_gap_there() {
    let zsh = ReadOptions { zsh: true, ..ReadOptions::default() };
    let lines = [
        // One field there, two here.
        "x='a b'; rm $x",
        "for f in $x; do rm \"$f\"; done",
        "rm $(ls $x)",
        "rm -rf \"$(dirname $x)\"",
        // The element, the head, the length; elements from 1.
        "rm \"$x[1]\"",
        "rm -rf \"$x:h\"",
        "rm \"${x:h}\"",
        "rm \"${x:#a*}\"",
        "rm \"$#x\"",
        "a=(b c); rm \"${a[1]}\"",
        "a[1]=b",
        "rm $=x",
        // The program's path, every directory, overwriting, numbers.
        "rm =ls",
        "[ a == b ]",
        "rm **/*.o",
        "echo x >! file",
        "rm file<1-9>",
        "rm \"${!x}\"",
        "path=/x",
        "echo $\"x\"",
    ];
    for line in lines {
        assert!(!read(line.as_bytes(), &zsh).complete(), "{line:?}");
    }
    let lines = [
        "cd /p && rm -rf \"$dir/build\" 2>/dev/null; echo $?",
        "for f in *.txt a b; do mv \"$f\" \"${f%.txt}.md\"; done",
        "if [[ $x == a* ]]; then y=$x; case $y in a) ls;; esac; fi",
        "git status --short | head -3 > \"$out\" && cat <<E\n$x\nE",
        "echo {a,b} ${#x} ~/x \"${x:-y}\" \"${x:1:2}\" \"${a[@]}\" $(pwd) $((x+1))",
    ];
    for line in lines {
        let reading = read(line.as_bytes(), &zsh);
        assert!(reading.complete(), "{line:?}: {:?}", reading.gaps);
    }
}
