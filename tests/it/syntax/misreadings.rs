//! Lines that the parsers are known to misread. Each is either read as bash reads it, or incomplete.

use super::show::{reading, script, shown};

/// Lines, and how bash reads them.
const REPAIRED: &[(&str, &str)] = &[
    // A `$` that ends a word's piece.
    ("rm -rf $a/$b/c", "rm -rf ‹a›/‹b›/c"),
    ("x=$a/$1", "x=‹a›/‹1›"),
    ("cmd $a.$b.c", "cmd ‹a›.‹b›.c"),
    ("echo a$", "echo a$"),
    // Newlines taken for blanks.
    ("a=1 b=2\nwhile read x; do y; done", "a=1 b=2; while [read x] do [y]"),
    ("a | grep x | head -30\necho B && cd s", "a | grep x | head -30; echo B && cd s"),
    (": x\n\\. file", ": x; '.' file"),
    // Here-documents and the rest of their line.
    ("foo x - <<E\nb\nE", "foo x - <<E{'b⏎'}"),
    ("cat <<EOF &&\n${x} a\nb\nEOF\nls", "cat <<EOF{‹x›' a⏎b⏎'} && ls"),
    ("cat <<E\nrm -rf z\n E\nE", "cat <<E{'rm -rf z⏎ E⏎'}"),
    ("cat <<A <<B\na\nA\nb\nB", "cat <<A{'a⏎'} <<B{'b⏎'}"),
    ("cat <<A; ls\nx\nA", "cat <<A{'x⏎'}; ls"),
    ("cat <<A & ls\nx\nA", "cat <<A{'x⏎'} &; ls"),
    ("cat <<A 2>&1 | grep x\ny\nA", "cat <<A{'y⏎'} 2>&1 | grep x"),
    ("(cat <<A)\nx\nA", "(cat <<A{'x⏎'})"),
    ("cat <<A\nAB\nA", "cat <<A{'AB⏎'}"),
    ("cat <<EOF a b\nx\nEOF", "cat a b <<EOF{'x⏎'}"),
    ("cat <<EOF | sed s/a/b/ > out && ls\nx\nEOF\npwd", "cat <<EOF{'x⏎'} | sed s/a/b/ >out && ls; pwd"),
    // Arguments behind a redirection.
    ("cat > f a b", "cat a b >f"),
    ("[ a > /etc/x ]", "[ a ] >/etc/x"),
    ("[ -n a\nls", "[ -n a; ls"),
    ("[ -n a ] && ls", "[ -n a ] && ls"),
    ("cat <> f", "cat <>f"),
    ("f() { ls; } > a 2> b", "f() {ls} >a 2>b"),
    ("x=$((1)) 2>/dev/null && y", "x=$(('1')) 2>/dev/null && y"),
    // Lines joined inside a word.
    ("r\\\nm -rf y", "rm -rf y"),
    ("ls /ho\\\nme", "ls /home"),
    // Keywords.
    ("! { rm; }", "! {rm}"),
    ("! ! rm", "rm"),
    ("time ! rm", "! time rm"),
    ("time { rm; }", "time {rm}"),
    ("time -p rm x", "time rm x"),
    ("coproc rm", "coproc rm"),
    ("coproc N { rm; }", "coproc N {rm}"),
    // Words.
    ("echo `a` `rm y`", "echo $(a) $(rm y)"),
    ("exec {fd}>f", "exec {fd}>f"),
    ("echo $\"x\"", "echo \"'x'\""),
    ("echo { }", "echo { }"),
    ("echo \\  b", "echo ' ' b"),
    ("unset a[1]", "unset a[1]"),
    ("ls\r", "ls\r"),
    ("a\u{b}b \u{c}", "a\u{b}b \u{c}"),
    ("\u{feff}ls", "\u{feff}ls"),
    ("echo $((1+$((2))))", "echo $(('1+'$(('2'))))"),
    ("echo {rm,-rf,y}", "echo {rm,-rf,y}"),
    // What tree-sitter refuses though bash does not.
    ("echo ${x: -1}", "echo ‹x at ' -1'›"),
    ("for x do y; done", "for x do [y]"),
    ("for x in; do y; done", "for x in  do [y]"),
    ("f() while a; do b; done", "f() while [a] do [b]"),
    ("f() case a in b) c;; esac", "f() case a in b) [c];;"),
    ("echo $((16#ff, 2))", "echo $(('16#ff, 2'))"),
    ("[[ $x =~ ^(a|b)\\ c$ ]]", "[[‹‹x›› =~ ‹^(a|b)' 'c$›]]"),
    ("[ a -a ! -f b ]", "[ a -a ! -f b ]"),
    ("case $x in ( *[!0-9]* ) a;; esac", "case ‹x› in *[!0-9]*) [a];;"),
    // What the second reader keeps as text.
    ("echo ${x:-$(rm y)}", "echo ‹x :- $(rm y)›"),
    ("echo $(( $(rm y) ))", "echo $((' '$(rm y)' '))"),
    ("echo $[ $(rm y) ]", "echo $((' '$(rm y)' '))"),
    ("[[ $(rm y) ]]", "[[‹$(rm y)›]]"),
    ("a[$(rm y)]=1", "a[$(rm y)]=1"),
    ("echo ${a[$(rm y)]}", "echo ‹a[$(rm y)]›"),
    ("cat <<E > ${x}\nE", "cat <<E{} >‹x›"),
    ("echo > \"${f}\" > ${a}/b", "echo >\"‹f›\" >‹a›/b"),
    ("a[ i ]=1", "a[' i ']=1"),
    ("echo ${x##*  }", "echo ‹x ## *  ›"),
    ("a<(cmd)", "a<(cmd)"),
    ("for x in a; { rm y; }", "for x in a do [rm y]"),
    ("select x in a; { rm y; }", "select x in a do [rm y]"),
    ("((a);b)", "((a); b)"),
    ("case x in esac", "case x in "),
    ("i\\\nf a; then b; fi", "if [a] then [b]"),
    ("a 4<&${x}-", "a 4<&‹x›-"),
    ("echo `echo 'a\\\nb'`", "echo $(echo 'ab')"),
    ("echo \"${x:-$'ab'}\"", "echo \"‹x :- 'ab'›\""),
    ("cat <<-E\n\ta\\\n\tb\n\tE", "cat <<-E{'a\tb⏎'}"),
    ("select x in a; do b; done", "select x in a do [b]"),
    ("for ((;;)); do a; done", "for ((;;)) do [a]"),
    ("x=$(case a in a) b;; esac)", "x=$(case a in a) [b];;)"),
    (
        "git commit -m \"$(cat <<'EOF'\nit's (a) `thing\nEOF\n)\" && git push",
        "git commit -m \"$(cat <<EOF{'it's (a) `thing⏎'})\" && git push",
    ),
];

#[test]
fn repaired_misreadings_are_read_as_bash_reads_them() {
    for (line, expected) in REPAIRED {
        assert_eq!(shown(line), *expected, "{line:?}");
    }
}

#[test]
fn what_both_readers_miss_is_never_complete() {
    let lines = [
        "time -- rm -rf y",
        "-- rm x",
        "-x rm",
        "a | ! b",
        // Joined lines are compared with the delimiter, so this document ends before `rm`.
        "cat <<EOF\nE\\\nOF\nrm x",
        // The document's body stands behind the substitution.
        "x=$(cat <<E)\nrm y\nE\nls",
        // Decoded, then read again.
        "echo \"${x:-$'\\x24(rm y)'}\"",
        "echo $((x+$'\\x24(rm y)'))",
        "echo $'\\Uffffffff'",
    ];
    for line in lines {
        assert!(!reading(line.as_bytes()).complete(), "{line:?}");
    }
}

#[test]
fn no_reading_of_a_keyword_as_a_name_hides_the_command() {
    for line in ["! { rm; }", "time { rm; }", "coproc rm", "coproc N { rm; }", "! ! rm", "time ! rm"] {
        let reading = reading(line.as_bytes());
        assert!(reading.scripts.iter().all(|one| script(one).contains("rm")), "{line:?}");
        assert!(!reading.scripts.is_empty(), "{line:?}");
    }
}
