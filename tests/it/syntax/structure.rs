//! Constructs.

use super::show::shown;

#[test]
fn lists_and_pipelines() {
    assert_eq!(shown("a && b || c | d; e & f"), "a && b || c | d; e &; f");
    assert_eq!(shown("a |\n b &&\n c ||\n d"), "a | b && c || d");
    assert_eq!(shown("a & b &\nc"), "a &; b &; c");
    assert_eq!(shown("! a | b"), "! a | b");
}

#[test]
fn constructs() {
    assert_eq!(shown("(a; b) > f; { c; } 2>&1"), "(a; b) >f; {c} 2>&1");
    assert_eq!(shown("if a; then b; elif c; then d; else e; fi < f"), "if [a] then [b] elif [c] then [d] else [e] <f");
    assert_eq!(shown("if a; then b; else if c; then d; fi; fi"), "if [a] then [b] else [if [c] then [d]]");
    assert_eq!(shown("while read -r x; do y; done < <(z)"), "while [read -r x] do [y] <<(z)");
    assert_eq!(shown("until a; do b; done"), "until [a] do [b]");
    assert_eq!(shown("for x in a \"$b\" *.c; do d & done"), "for x in a \"‹b›\" *.c do [d &]");
    assert_eq!(shown("for ((i=0; i<3; i++)); do a; done"), "for (('i=0';' i<3';' i++')) do [a]");
    assert_eq!(
        shown("case $x in a|b) c;; (d) e;& *) f;;& g) esac"),
        "case ‹x› in a|b) [c];; d) [e];& *) [f];;& g) [];;"
    );
    assert_eq!(shown("case x in\na)\n  b\n  ;;\n*)\nesac"), "case x in a) [b];; *) [];;");
    assert_eq!(shown("((a++)); ((b = (1+2) * 3)) && c"), "(('a++')); (('b = (1+2) * 3')) && c");
    assert_eq!(shown("( (a); b)"), "((a); b)");
}

#[test]
fn conditions() {
    assert_eq!(shown("[[ -f a && ! $b == c* || ( d < e ) ]]"), "[[-f ‹a› && ! ‹‹b›› == ‹c*› || ( ‹d› < ‹e› )]]");
    assert_eq!(shown("[[ a == @(b|c) &&\n d != *(e) ]]"), "[[‹a› == ‹@(b|c)› && ‹d› != ‹*(e)›]]");
    assert_eq!(shown("[[ $x =~ [[:space:]]+(a b|c) ]]"), "[[‹‹x›› =~ ‹[[:space:]]+(a b|c)›]]");
}

#[test]
fn functions() {
    assert_eq!(shown("f() { a; } > b; function g { c; }; function h() (d); f"), "f() {a} >b; g() {c}; h() (d); f");
    assert_eq!(shown("a.b-c()\n{\n d\n}"), "a.b-c() {d}");
}

#[test]
fn redirections() {
    assert_eq!(
        shown("> f; 2>/dev/null ls < a >> b >| c <> d 4<&0 5>&-"),
        ">f; ls 2>/dev/null <a >>b >|c <>d 4<&0 5>&-"
    );
    assert_eq!(shown("a 2>&1>b 12>c d2>e"), "a d2 2>&1 >b 12>c >e");
}

#[test]
fn the_last_arm_of_case_may_go_on() {
    for end in [";;&", ";&", ";;"] {
        let line = format!("case a in b) c {end}\n *) d {end} esac > f");
        assert!(shown(&line).contains(">f"), "{line}");
    }
}
