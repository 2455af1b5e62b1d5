//! What programs change besides the files they name: copies they leave, files they write in place.

use super::lines::Lines;

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
