//! The readers on the shipped grammars.

use crate::grammar::testing::{arguments, shown, text};
use crate::grammar::{Argument, Catalog, Invocation, Known, bind, check};
use crate::text::Span;

#[test]
fn the_checked_names_are_the_readers() {
    assert!(check::READERS.iter().all(|name| super::named(name).is_some()));
    assert!(super::named("no such reader").is_none());
}

fn read(line: &str) -> Invocation {
    let (program, rest) = line.split_once(' ').unwrap_or((line, ""));
    let grammar = Catalog::shipped().find(program.as_bytes()).expect("a shipped grammar");
    bind(&grammar, program.as_bytes(), &arguments(rest))
}

fn expect(line: &str, expected: &[&str]) {
    assert_eq!(shown(&read(line)), expected, "{line}");
}

#[test]
fn find_acts_on_what_it_finds() {
    expect("find . -name '*.c'", &["List ."]);
    expect("find -L a b -delete", &["List a", "List b", "DeleteTree a?", "DeleteTree b?"]);
    expect("find -name x", &["List ."]);
    expect("find . -name -delete -o -path -exec", &["List ."]);
    expect("find a -exec rm -f {} +", &["List a", "Command rm -f {}?"]);
    expect("find a -execdir mv {} {}.bak ';' -print", &["List a", "Command mv {} {}.bak?"]);
    expect("find a -ok cp {} x/{} ';'", &["List a", "Command cp {} x/{}?"]);
    expect("find a -fprintf out %p -fls ls.txt", &["List a", "Write out", "Write ls.txt"]);
    expect("find a -newermt yesterday -bogus", &["List a", "! -bogus"]);
    expect("find '?' -name x", &["List …", "! …"]);
    expect("find a/? -name '?'", &["List a/…"]);
    expect("find a '?'", &["List a", "List …", "! …"]);
    expect("find a -name x --help -delete", &[]);
    assert_eq!(read("find a -delete").deeds[1].tags, ["matches"]);
}

#[test]
fn dd_reads_and_writes() {
    expect("dd if=a of=b bs=4k", &["Read a", "Write b"]);
    expect("dd of=b conv=sync,notrunc", &["Modify b"]);
    expect("dd of=b oflag=append conv=notrunc", &["Append b"]);
    expect("dd of=b seek=3", &["Modify b"]);
    expect("dd if=a of=d?", &["Read a", "Write d…"]);
    expect("dd if=a nope", &["Read a", "! nope"]);
    expect("dd '?'", &["! …"]);
}

#[test]
fn xargs_adds_words() {
    let invocation = read("xargs -0 -n 1 rm -f");
    assert_eq!(shown(&invocation), ["Command rm -f"]);
    assert!(invocation.deeds[0].appended);
    let invocation = read("xargs -I% mv % old/%.bak");
    assert_eq!(shown(&invocation), ["Command mv {} old/{}.bak"]);
    assert!(invocation.deeds[0].appended);
    assert!(!read("xargs -I% ls").deeds[0].appended);
    expect("xargs -n 5", &[]);
    expect("xargs --bogus rm", &["Command rm", "! --bogus"]);
}

#[test]
fn env_hands_on_the_rest() {
    expect("env -i A=1 make B=2", &["Command make B=2"]);
    expect("env -S 'A=1 rm -rf' x", &["Command rm -rf x"]);
    expect("env '-Srm -rf' x", &["Command rm -rf x"]);
    expect("env -u A -S 'ls -l'", &["Command ls -l"]);
    expect("env -S 'rm $HOME'", &["Read environment", "! rm $HOME"]);
    expect("env", &["Read environment"]);
    let invocation = read("env -C d rm x");
    assert_eq!(text(&invocation.deeds[0].base[0]), "d");
}

#[test]
fn shells_run_code_files_and_input() {
    expect("bash -c 'rm x' name a", &["Shell rm x"]);
    expect("bash -lec 'rm x'", &["Shell rm x"]);
    expect("bash -c -x 'rm x'", &["Shell rm x"]);
    expect("bash -O extglob -o pipefail +x -c 'rm x'", &["Shell rm x"]);
    expect("bash run.sh -c x", &["Source run.sh"]);
    expect("bash --norc -- -c x", &["Source -c"]);
    expect("bash", &["Source -"]);
    expect("bash -s a b", &["Source -"]);
    expect("bash - a", &["Source a"]);
    expect("sh -n run.sh", &["Read run.sh"]);
    expect("sh -nc 'rm x'", &[]);
    expect("bash --version", &[]);
    expect("bash -c '?'", &["Shell …"]);
    expect("bash '?' a", &["Source …", "! …"]);
    expect("bash --rcfile rc -i", &["Source rc?", "Source -"]);
    let facts = read("bash -c 'rm $1' me x").deeds.remove(0).facts;
    assert_eq!(
        facts.iter().map(|(name, value)| format!("{name}={}", text(value))).collect::<Vec<_>>(),
        ["0=me", "1=x"]
    );
}

#[test]
fn tar_has_one_operation() {
    expect("tar xzf a.tgz", &["Read a.tgz", "WriteTree ."]);
    expect("tar -C out -xf a.tgz m", &["Read a.tgz", "WriteTree out"]);
    expect("tar xfC a.tgz out", &["Read a.tgz", "WriteTree out"]);
    expect("tar cf - src", &["List src"]);
    expect("tar --create --file=a.tar -C d x --remove-files", &["Write a.tar", "List x", "DeleteTree x"]);
    expect("tar rf a.tar x", &["Modify a.tar", "List x"]);
    expect("tar tf a.tar -I 'zstd -T0'", &["Read a.tar", "Shell zstd -T0"]);
    expect("tar xf a.tar --to-command=sh", &["Read a.tar", "Shell sh"]);
    expect("tar xPf a.tar", &["Read a.tar", "WriteTree .", "WriteTree /?"]);
    expect("tar cf h:/a.tar x", &["Send h:/a.tar", "List x"]);
    expect("tar xf a.tar --one-top-level=d", &["Read a.tar", "WriteTree d"]);
    expect(
        "tar xf a.tar --checkpoint-action=exec=id --checkpoint-action=dot",
        &["Read a.tar", "WriteTree .", "Shell id"],
    );
    expect("tar --list --bogus -f a", &["Read a", "! --bogus"]);
    let base = read("tar cf a -C d x -C e y").deeds.iter().map(|deed| deed.base.len()).collect::<Vec<_>>();
    assert_eq!(base, [0, 1, 2]);
}

#[test]
fn sed_reads_unless_told_to_edit() {
    expect("sed -n 1p a", &["Read a"]);
    expect("sed -ni 1p a", &["Modify a"]);
    expect("sed -i.bak -e 1d -e 's/a/b/w o' d/a", &["Modify d/a", "Write d/a.bak", "Write o"]);
    expect("sed -i '' 's/a/b/' a", &["Modify s/a/b/", "Modify a"]);
    expect("sed --in-place='old_*' 1d d/a", &["Modify d/a", "Write d/old_a"]);
    expect("sed -E 's/a/?' a", &["Read a", "! s/a/…"]);
    expect("sed --sandbox 1e a", &["Read a"]);
    expect("sed 1e a", &["Read a", "Shell …?"]);
    expect("sed -f x.sed a", &["Code x.sed", "Read a"]);
    expect("sed -s -n '$=' a '?'", &["Read a", "Read …", "! …"]);
}

#[test]
fn awk_reads_unless_the_program_does_more() {
    expect("awk '{print}' a x=1 b", &["Read a", "Read b"]);
    expect("awk -F: -v OFS=, '{print > \"o\"}' a", &["Read a", "Write o?"]);
    expect("gawk -i inplace 1 a", &["Modify a"]);
    expect("gawk -i other 1 a", &["Code other", "Read a"]);
    expect("awk -f p.awk a", &["Code p.awk", "Read a"]);
    expect("gawk --sandbox 'BEGIN{system(\"id\")}'", &[]);
    expect("gawk -o 1", &["Write awkprof.out"]);
    expect("awk '{print?' a", &["Read a", "! {print…"]);
}

#[test]
fn perl_edits_in_place() {
    expect("perl -pi -e s/a/b/ x", &["Modify x"]);
    expect("perl -i.bak -lne 'print if /x/' x", &["Modify x", "Write x.bak"]);
    expect("perl -e 'unlink 1' x", &["Code unlink 1", "Read x"]);
    expect("perl -pie s/a/b/ x", &["Execute s/a/b/", "Write xe"]);
    expect("perl -c x.pl", &["Execute x.pl"]);
    expect("perl", &["Code -"]);
}

#[test]
fn git_settings_may_run_code() {
    expect("git -c alias.x='!rm y' x z", &["Shell rm y z"]);
    expect("git -c alias.s='status -s' s", &[]);
    expect("git -c core.pager='rm y' log", &["Shell rm y?"]);
    expect("git -c core.fsmonitor=false -c user.name=me -c color.ui=always status", &[]);
    expect("git --config-env=core.editor=X status", &["Shell …?"]);
    expect("git frobnicate", &["! frobnicate"]);
}

/// Flags of the same letter that mean no dry run elsewhere.
#[test]
fn a_dry_run_is_one_only_where_the_tool_says_so() {
    let dry = ["git push -n origin main", "git clean -fn", "git rm -n a", "git mv -n a b", "git add -n a"];
    for line in dry {
        let deeds = shown(&read(line));
        assert!(
            deeds.iter().all(|deed| deed.starts_with("Git")
                || deed.starts_with("Read")
                || deed.starts_with("List")
                || deed.starts_with("Fetch")),
            "{line}: {deeds:?}"
        );
        assert!(!deeds.iter().any(|deed| deed.starts_with("Git")), "{line}: {deeds:?}");
    }
    let wet = [
        "git commit -n -m x",
        "git merge -n topic",
        "git pull -n",
        "git cherry-pick -n abc",
        "git revert -n abc",
        "git rebase -n main",
    ];
    for line in wet {
        let deeds = shown(&read(line));
        assert!(deeds.iter().any(|deed| !deed.starts_with('!') && !deed.starts_with("Fetch")), "{line}: {deeds:?}");
    }
}

/// Whatever the words, binding ends and says something sensible.
#[test]
fn no_words_break_a_grammar() {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state >> 33).unwrap_or(0) % below
    };
    let words: &[&[u8]] = &[
        b"a",
        b"b",
        b"-",
        b"--",
        b"-x",
        b"-rf",
        b"-n",
        b"--x=y",
        b"--help",
        b"add",
        b"list",
        b"{}",
        b";",
        b"+",
        b"",
        b"=",
        b"-=",
        b"--=",
        b"A=1",
        b"-1",
        b"-\xff",
        b"s/a/b/",
        b"{print > \"x\"",
        b"xzf",
        b"-exec",
        b"-C",
        b"-c",
        b"-e",
        b"-i",
        b"-S",
        b"if=",
        b"alias.x=!y",
        b"(",
        b"*",
    ];
    let catalog = Catalog::shipped();
    for name in catalog.names() {
        let Some(grammar) = catalog.find(name.as_bytes()) else { continue };
        for _ in 0..15 {
            let args: Vec<Argument> = (0..random(6))
                .map(|_| {
                    let bytes = words[random(words.len())];
                    match random(6) {
                        0 => Argument { value: Known::Nothing, many: random(2) == 0, span: Span::default() },
                        1 => Argument {
                            value: Known::Begins(bytes.to_vec()),
                            many: random(2) == 0,
                            span: Span::default(),
                        },
                        _ => Argument::exactly(bytes, Span::default()),
                    }
                })
                .collect();
            let invocation = bind(&grammar, name.as_bytes(), &args);
            assert_eq!(invocation.program, grammar.names[0]);
        }
    }
}
