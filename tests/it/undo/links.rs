//! Files with several names, over several steps: each undo and each redo gives back which names are one file, and what the
//! others of its names hold.

use super::lines::{Lines, text};
use super::tree::assert_same;

/// `a` and `twin` are one file, and so are `d/f` and `far`; so are two that are more than is copied where a link will do.
const GROW: &str = "
    mkdir d e; seq 30 > a; seq 40 > d/f; ln a twin; ln d/f far; seq 50 > plain; seq 60 > other; ln -s plain link
    head -c 3000000 /dev/urandom > big; ln big vast; chmod 640 a; mkfifo pipe
    touch -d '2020-01-02 03:04:05.123456789' a d/f plain other big; touch -d 2021-01-01 d e .
";

/// Runs the lines, takes all back, does all again and takes all back once more, and compares after each.
#[track_caller]
fn there_and_back(lines: &Lines, steps: &[&str]) {
    let mut trees = vec![lines.tree()];
    for line in steps {
        let ran = lines.run(line.as_bytes());
        assert_eq!(ran.intent.as_ref().map(|intent| intent.coverage.as_str()), Some("full"), "{line}: {ran:?}");
        trees.push(lines.tree());
    }
    for verb in ["undo", "redo", "undo"] {
        for at in 1..trees.len() {
            let at = if verb == "undo" { trees.len() - 1 - at } else { at };
            let plan = text(&lines.machine.control(&[verb, "-y"]));
            assert_same(&trees[at], &lines.tree(), &format!("{verb} to {at} in {steps:#?}\n{plan}"));
        }
    }
}

#[track_caller]
fn told(stories: &[&[&str]]) {
    for guarded in [false, true] {
        for story in stories {
            let lines = Lines::new(guarded);
            lines.machine.run(GROW);
            there_and_back(&lines, story);
        }
    }
}

/// What `mv` and `-b` leave under another name is the file that other names still stand for.
#[test]
fn a_file_that_another_took_the_place_of_is_one_with_its_names_again() {
    told(&[
        &["mv a a.old; echo anew > a"],
        &["cp -b plain a"],
        &["sed -i.bak 1d a"],
        &["mv big big.old; echo anew > big"],
        &["echo more >> d/f; mv d g"],
        &["for f in a d/f; do mv $f $f.old; echo anew > $f; done", "chmod 600 twin far"],
        &["tee a < plain > /dev/null; sed -i.bak 1d a"],
        &["echo more >> a; echo more >> d/f; mv a t; mv d/f a; mv t d/f"],
        &["mv a t; mkdir a; mv t a/a; echo more >> a/a"],
        &["cp -a pipe twin"],
        &["echo more >> twin; rm -f twin"],
        &["chmod 700 big; sed -i 1d big", "echo more >> vast"],
        &["chmod 700 d/f; sed -i 1d d/f", "echo more >> far"],
        &["echo more >> a; echo more >> big; cp -a pipe a; rm big", "chmod 600 twin", "rm twin"],
        &["cp -a link twin", "echo more >> a", "rm a"],
        &["mv plain e/plain; chmod -R u+x e; cp -a pipe twin; cp -a link far"],
        &["cp -a pipe vast; cp -a link big"],
        &["sed -i 1d a; sed -i 1d far", "chmod 600 twin d/f"],
    ]);
}

#[test]
fn names_are_given_again_after_the_file_was_made_again() {
    told(&[
        &["seq 9 > n", "ln n m"],
        &["seq 9 > n", "ln n m", "echo more >> m"],
        &["cp -a d n", "ln n/f m; chmod 600 m"],
        &["cp -al d n", "echo more >> n/f", "rm -rf d"],
        &["seq 9 > n", "ln n m", "sed -i 1d n"],
        &["ln -f plain other", "sed -i s/1/one/ plain", "mv plain plain.old; echo anew > plain"],
        &["cp plain n", "ln n m", "mv n o; echo anew > n", "rm m", "ln o m"],
        &["mv plain n", "ln n m", "rm n"],
        &["touch n", "ln n m"],
        &["mv other n; echo x >> n; ln n other", "sort -o other plain; tee plain < other > /dev/null"],
        &["ln -f other n; for f in n plain; do mv $f $f.old; echo anew > $f; done", "mv other plain.old"],
        &["mv other n; ln n other", "cp -b plain n", "mv n m; rm other"],
    ]);
}

/// A time of whole seconds, the same length, and the number of the inode that was given out again: another file nonetheless.
#[test]
fn a_new_file_with_the_times_and_the_inode_of_the_old_one_is_another() {
    told(&[
        &["rm plain; tr 1 2 < other > plain; touch -d '2020-01-02 03:04:05.123456789' plain"],
        &["rm plain; seq 50 | tr 1 2 > plain; touch -d '2020-01-02 03:04:05.123456789' plain"],
        &["seq 50 | tr 1 2 > n; touch -d '2020-01-02 03:04:05.123456789' n; mv n plain"],
    ]);
}
