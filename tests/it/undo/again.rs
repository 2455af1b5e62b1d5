//! Undo, redo, and undo again of what is kept as the very file it was: large files, several names of one file, links that
//! another file replaces. (`Lines::round` goes back and forth three times.)

use super::lines::{Lines, Tree};
use super::tree::assert_same;
use std::fs;

/// A file too large for the pack, one with two names, and links to a file and to a directory.
const GROW: &str = "seq 1 40000 > big; seq 2 40000 > other; mkdir s d; echo one > s/one; ln s/one s/two; echo d > d/f; \
    ln -s s/one link; ln -s d into; ln -s nowhere dangling; echo new > new; echo older > 'new~'; chmod 600 big; \
    touch -d '2020-01-02 03:04:05.123456789' big s/one new";

#[track_caller]
fn rounds(run: &[&str]) {
    let lines = Lines::new(false);
    lines.machine.run(GROW);
    for line in run {
        let ran = lines.round(line);
        assert_eq!(ran.status, Some(0), "{line}: {}", ran.text);
    }
}

#[test]
fn large_files_and_files_with_two_names() {
    rounds(&[
        "rm big",
        "rm -rf s big",
        "rm s/one",
        "sed -i s/1/2/ big",
        "mv other big",
        "mv big d/",
        "mv s t",
        "ln -f other big",
    ]);
}

#[test]
fn links_whose_name_another_file_takes() {
    rounds(&[
        "mv new link",
        "mv new dangling",
        "mv -T new link",
        "mv -Tf s/one into",
        "ln -sf new link",
        "ln -sfn s into",
        "ln -sfT s into",
        "ln -sf ../new into",
        "ln -f new link",
        "install -m 700 new link",
        "sed -i s/o/x/ link",
        "sed -i --follow-symlinks s/o/x/ link",
        "perl -i -pe s/o/x/ link",
        "cp new link",
        "cp --remove-destination new link",
        "cp -sf \"$PWD/new\" link",
        "cp -lf new link",
        "cp -a dangling link",
    ]);
}

#[test]
fn destinations_that_are_no_directories_to_go_into() {
    rounds(&[
        "cp -rT s d",
        "cp -aT d s",
        "cp -r --no-target-dir s d",
        "cp --parents s/one d",
        "cp --parents \"$PWD/new\" d",
        "mv -b other new",
        "cp -b other new",
        "ln -sfb other new",
        "install --backup other new",
        "sed -i~ s/n/m/ new",
        "sed -n 'w big' other",
        "perl -e 'open(my $f, \">\", \"big\"); print $f 1'",
    ]);
}

#[test]
fn a_step_taken_back_many_times_over() {
    let lines = Lines::new(false);
    lines.machine.run(GROW);
    let before = lines.tree();
    lines.run(b"rm -rf s big; mv other d/f");
    let after = lines.tree();
    let turn = |verb: &str, wanted: &Tree| {
        let output = lines.machine.control(&[verb, "-y"]);
        assert_same(wanted, &lines.tree(), &format!("{verb}: {}", super::lines::text(&output)));
    };
    for _ in 0..3 {
        turn("undo", &before);
        turn("redo", &after);
    }
    turn("undo", &before);
    // Some of it now, the rest later: what the first undo gave back is where it was.
    turn("redo", &after);
    lines.machine.control(&["undo", "-y", "a0", "big"]);
    turn("undo", &before);
}

#[test]
fn what_cannot_take_its_name_leaves_nothing_beside_it() {
    let lines = Lines::new(false);
    lines.machine.run("mkdir d; seq 1 9 > d/f; echo keep > d/g");
    lines.run(b"echo changed > d/f");
    // Nothing but this flag stops a name from being taken where a file can be made beside it. Root alone may set it, and not on
    // every file system.
    let flagged = lines.machine.command("chattr").args(["+i", "d/f"]).output();
    if !flagged.is_ok_and(|output| output.status.success()) {
        return;
    }
    let said = lines.undo();
    lines.machine.run("chattr -i d/f");
    let mut names: Vec<_> = fs::read_dir(lines.machine.work().join("d")).expect("a directory").flatten().collect();
    names.retain(|entry| !["f", "g"].contains(&entry.file_name().to_string_lossy().as_ref()));
    assert!(names.is_empty() && said.contains("SKIP d/f"), "{names:?} {said}");
    let redone = lines.machine.control(&["redo", "-y"]);
    assert_eq!(redone.status.code(), Some(4), "nothing was done: {}", super::lines::text(&redone));
    assert!(lines.undo().contains("1 path taken back"), "the step is still there to be taken back");
}

#[test]
fn what_a_guarded_line_removed_and_a_redo_removed_again() {
    let lines = Lines::new(true);
    lines.machine.run("mkdir d; echo small > d/f; ln d/f d/hard; echo more > d/g; head -c 100000 /dev/zero > d/big");
    let before = lines.tree();
    lines.run(b"perl -e 'unlink qw(d/f d/g d/big)'");
    let after = lines.tree();
    for (verb, wanted) in [("undo", &before), ("redo", &after)].into_iter().cycle().take(5) {
        let said = super::lines::text(&lines.machine.control(&[verb, "-y"]));
        assert_same(wanted, &lines.tree(), &format!("{verb}: {said}"));
    }
}
