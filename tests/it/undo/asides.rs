//! What programs change besides the files they name: copies they leave, files they write in place.

use super::lines::Lines;
use crate::guard::bench::has;

/// What is called `big` or `part` is more than is copied where a link will do; `e` has older files of the names in `d`.
const GROW: &str = "
    mkdir d e; head -c 9000000 /dev/urandom > d/big; head -c 9000001 /dev/urandom > e/big
    cp d/big d/part; head -c 8000000 d/big > e/part
    echo one > a; echo mine > a.bak; echo two > d/f; echo three > e/f
    touch -d 2020-01-02 d/* e/*; tar -C d -cf d.tar big f
";

/// What is kept is kept before the line, and must do for what the program does to the very file.
#[test]
fn what_is_not_named_or_written_in_place_comes_back() {
    let lines = Lines::new(false);
    lines.machine.run(GROW);
    for line in [
        "perl -i.bak -pe 's/one/two/' a",
        "perl -pi.orig -e 's/one/two/' a d/f",
        "perl -i'old_*' -pe 's/o/p/' a",
        "rsync -a --inplace d/ e/",
        "rsync -a --append d/ e/",
        "rsync -a --append-verify d/part e/",
        "tar -C e --overwrite -xf d.tar",
        "tar -C e -xf d.tar",
    ] {
        let ran = lines.round(line);
        assert_eq!(ran.intent.as_ref().map(|intent| intent.coverage.as_str()), Some("full"), "{line}: {ran:?}");
    }
}

/// Names that the program chooses are found when it has ended.
#[test]
fn what_is_made_under_a_name_not_known_before_is_taken_away() {
    for guarded in [false, true] {
        let lines = Lines::new(guarded);
        lines
            .machine
            .run("mkdir d e; seq 30 > a; seq 9 > xab; seq 7 > d/p.ab; ln -s d l; touch -d 2020-01-02 d e a xab d/p.ab");
        for line in [
            "mktemp -p d",
            "mktemp -qdp l w.XXXX",
            "mktemp ./x.XXXX; mktemp ./x.XXXX",
            "mktemp a.XXXX.txt; mktemp --suff=.txt a.XXXX",
            "mktemp --directory --tmpdir=e",
            "mkdir n && mktemp -p n",
            "f=$(mktemp -p d) && seq 3 > $f && mv $f e/kept",
            "w=$(mktemp -d ./w.XXXX); cp -a d $w; echo more > $w/more",
            "f=$(mktemp d/t.XXX); rm $f",
            "split -l 3 a",
            "split -l 4 a d/p.",
            "split -n 2 -d --additional-suffix=.part a e/p",
            "csplit -s -f c. a 5 9",
        ] {
            let ran = lines.round(line);
            assert_eq!(ran.intent.as_ref().map(|intent| intent.coverage.as_str()), Some("full"), "{line}: {ran:?}");
        }
    }
}

/// A template that says nothing of the name may be any name that appears: nobody is told that it will be taken away.
#[test]
fn what_is_made_under_any_name_is_said_not_to_be_kept() {
    let lines = Lines::new(false);
    for line in ["mktemp -p . XXXXXX", "mktemp .XXXX", "mktemp -p \"$(cat README)\"", "mktemp XXXXXX"] {
        let intent = lines.run(line.as_bytes()).intent.expect("a step");
        assert_eq!(intent.coverage, "none", "{line}: {intent:?}");
    }
}

/// Directories on the way to a copy, what a compiler leaves beside its output, a database that is only read.
#[test]
fn what_is_said_by_an_option_or_by_nothing_is_taken_back() {
    for guarded in [false, true] {
        let lines = Lines::new(guarded);
        lines.machine.run(
            "mkdir -p s/t/u out/s/t build; echo 1 > s/t/u/f; chmod 700 out/s out/s/t; touch -d 2020-01-02 s s/t out/s out/s/t build
             echo 'int main(void) { return 0; }' > m.c; echo 'int n;' > n.c; echo old > build/m.d; echo old > n.c.txt",
        );
        let compilers = [
            "gcc -MD -c m.c n.c",
            "gcc -MMD -c m.c -o build/m.o",
            "gcc -MD m.c n.c",
            "gcc -save-temps m.c n.c -o build/prog",
            "gcc -save-temps=cwd -c m.c -o build/z.o",
            "gcc --coverage -fdump-tree-original m.c -o build/prog.x",
            "gcc -Wp,-MMD,build/.m.d -Wl,-Map,build/map -fopt-info-all=build/info m.c -o build/prog",
            "cpp m.c build/m.i",
        ];
        let copies =
            ["cp --parents s/t/u/f out", "cp -p --parents s/t/u/f out", "cp -r --preserve --parents s/t build"];
        let databases = ["sqlite3 build/new.db 'SELECT 1'", "sqlite3 file:build/new.db .tables"];
        let compilers = compilers.iter().filter(|_| has("gcc"));
        let databases = databases.iter().filter(|_| has("sqlite3"));
        for line in copies.iter().chain(compilers).chain(databases) {
            let ran = lines.round(line);
            assert_eq!(ran.status, Some(0), "{line}: {ran:?}");
            assert_eq!(ran.intent.as_ref().map(|intent| intent.coverage.as_str()), Some("full"), "{line}: {ran:?}");
        }
    }
}
