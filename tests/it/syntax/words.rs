//! What is inside words.

use super::show::{reading, shown};

#[test]
fn quotes_and_escapes() {
    assert_eq!(shown(r#"echo 'a b'c\ d "e \$f \"g\" \h" $'i\tj\'k'"#), "echo 'a b'c' 'd \"'e $f \"g\" \\h'\" 'i\tj'k'");
    assert_eq!(shown("echo \"a\\\nb\" 'a\\\nb'"), "echo \"'ab'\" 'a\\⏎b'");
}

#[test]
fn parameters() {
    let line = "echo $x ${x} $1 $10 ${10} $@ $# $? $$ $! $- $0 ${#} ${#x} ${#a[@]} ${!x} ${!x*} ${!a[@]} ${a[1]} ${a[@]} ${x@Q}";
    let expected = "echo ‹x› ‹x› ‹1› ‹1›0 ‹10› ‹@› ‹#› ‹?› ‹$› ‹!› ‹-› ‹0› ‹#› ‹x length› ‹a[@] length› ‹!x› ‹x names› \
                    ‹a[@] keys› ‹a['1']› ‹a[@]› ‹x @Q›";
    assert_eq!(shown(line), expected);
}

#[test]
fn operators_of_parameters() {
    let line = "echo ${x-a} ${x:-a b} ${x=a} ${x:=a} ${x?} ${x:?m} ${x+a} ${x:+a} ${x#a} ${x##*/} ${x%a} ${x%%.*} ${x/a/b} \
                ${x//a/} ${x/#a/b} ${x/%a} ${x^} ${x^^[a-c]} ${x,} ${x,,} ${x:1} ${x:1:2} ${x:$y:${#z}}";
    let expected = "echo ‹x - a› ‹x :- a b› ‹x = a› ‹x := a› ‹x ? › ‹x :? m› ‹x + a› ‹x :+ a› ‹x # a› ‹x ## */› ‹x % a› ‹x %% .*› \
                    ‹x / a by b› ‹x // a by › ‹x /# a by b› ‹x /% a by › ‹x ^› ‹x ^^ [a-c]› ‹x ,› ‹x ,,› ‹x at '1'› \
                    ‹x at '1' for '2'› ‹x at ‹y› for ‹z length››";
    assert_eq!(shown(line), expected);
}

#[test]
fn quotes_inside_braces() {
    assert_eq!(
        shown(r#"echo "${x:-"a b"}" "${x:-'a'}" "${x#'a'}" ${x:-'a b'} ${x:-"a}b"}"#),
        "echo \"‹x :- \"'a b'\"›\" \"‹x :- ''a''›\" \"‹x # 'a'›\" ‹x :- 'a b'› ‹x :- \"'a}b'\"›"
    );
    assert_eq!(shown(r#"echo "${x%"${x##*[!/]}"}" ${x//\//_}"#), "echo \"‹x % \"‹x ## *[!/]›\"›\" ‹x // '/' by _›");
}

#[test]
fn substitutions() {
    assert_eq!(
        shown("echo $(a; b | c) \"$(d \"e f\")\" `g \\`h\\`` <(i) >(j)"),
        "echo $(a; b | c) \"$(d \"'e f'\")\" $(g $(h)) <(i) >(j)"
    );
    assert_eq!(shown("x=$(ls # a )\n)"), "x=$(ls)");
    assert_eq!(shown("x=$(echo ')' \")\" \\) )"), "x=$(echo ')' \"')'\" ')')");
    assert_eq!(shown("x=$(case a in (a) b;; *) c;; esac; d)"), "x=$(case a in a) [b];; *) [c];;; d)");
    assert_eq!(shown("x=$(for case in a; do b; done)"), "x=$(for case in a do [b])");
    assert_eq!(shown("$(echo ls) -la"), "$(echo ls) -la");
}

#[test]
fn here_documents() {
    assert_eq!(shown("cat <<E\n$x `a` $(b) \\$y \"q\" 'r'\nE"), "cat <<E{‹x›' '$(a)' '$(b)' $y \"q\" 'r'⏎'}");
    assert_eq!(shown("cat <<'E'\n$x `a`\nE"), "cat <<E{'$x `a`⏎'}");
    assert_eq!(shown("cat <<\\E\n$x\nE"), "cat <<E{'$x⏎'}");
    assert_eq!(shown("cat <<\"E F\"\nx\nE F"), "cat <<E F{'x⏎'}");
    assert_eq!(shown("cat <<-E\n\ta\n\t\t$(b)\n\tE\nls"), "cat <<-E{'a⏎'$(b)'⏎'}; ls");
    assert_eq!(shown("cat <<< \"a $b\""), "cat <<<\"'a '‹b›\"");
}

#[test]
fn assignments_and_arrays() {
    assert_eq!(shown("a=1 b=$c d+=e f[1]=g cmd h=i"), "a=1 b=‹c› d+=e f['1']=g cmd h=i");
    assert_eq!(shown("a=(x \"y z\" [3]=w\n v # c\n)"), "a=(x \"'y z'\" ['3']=w v)");
    assert_eq!(shown("a+=() b="), "a+=() b=");
    assert_eq!(shown("declare -A m=([a]=b [c d]=e) n=1"), "declare -A m=(['a']=b ['c d']=e) n=1");
    assert_eq!(shown("export A=\"$B\" && local x=(1 2)"), "export A=\"‹B›\" && local x=(1 2)");
}

#[test]
fn spans_are_exact() {
    let line = "echo \u{e9} \"$(rm -rf \u{e9} y)\"";
    let reading = reading(line.as_bytes());
    let mut seen = Vec::new();
    reading.scripts[0].visit(&mut |command, _| {
        for word in &command.words {
            seen.push(String::from_utf8_lossy(reading.source.slice(word.span)).into_owned());
        }
    });
    assert_eq!(seen, ["rm", "-rf", "\u{e9}", "y", "echo", "\u{e9}", "\"$(rm -rf \u{e9} y)\""]);
}

#[test]
fn forms_of_other_shells_are_opaque_and_incomplete() {
    for line in ["echo ${(f)x}", "echo ${=x}", "echo ${x@}", "echo ${}", "echo ${x!y}"] {
        let reading = reading(line.as_bytes());
        assert!(!reading.complete(), "{line:?}");
    }
}
