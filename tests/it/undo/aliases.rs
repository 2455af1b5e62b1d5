//! Lines that give a file another name and then change it there: what is undone is the file, whatever it was called.

use super::lines::{Lines, text};
use super::tree::assert_same;
use crate::approval::person::Machine;

/// `big` is more than is copied where a link will do.
const GROW: &str = "
    mkdir d; head -c 9000000 /dev/urandom > big; cp big d/big; echo one > a; echo two > d/f; ln -s a link; ln -s ../a d/l
    touch -d '2020-01-02 03:04:05.123456789' a d/f big d/big
";

/// In lines that become the shell all that is kept is kept before they run; in watched ones before each change.
#[test]
fn what_is_changed_under_a_name_that_the_line_gave_it_is_kept() {
    for guarded in [false, true] {
        let lines = Lines::new(guarded);
        lines.machine.run(GROW);
        renamed(&lines);
    }
}

#[track_caller]
fn renamed(lines: &Lines) {
    for line in [
        "ln a y && echo more >> y",
        "ln a y; rm a; echo x > y",
        "ln -f a d/f && truncate -s 0 d/f",
        "ln a y && chmod 600 y",
        "mkdir n && ln a n/y && chmod -R u+x n",
        "mkdir -p n/m && mv big n/m/y && chmod -R go-r n",
        "cp -l a y && echo more >> y",
        "cp -al d e && echo more >> e/f && chmod 600 e/big",
        "mv big y && echo more >> y",
        "mv d e && echo more >> e/big",
        "mv d e && mv e g && echo more >> g/big",
        "cd d && mv big ../y && cd .. && echo more >> y",
        "mkdir n && mv a d n && echo more >> n/a && echo more >> n/d/big",
        "mkdir n && mv -t n a && echo x >> n/a",
        "f() { mv \"$1\" \"$2\"; }; f big y; f y z; echo more >> z",
        "for f in a big; do mv $f $f.1; echo x > $f.1; done",
        "mv link z && echo more >> z",
        "ln -s a q && mv q z && echo more >> z",
        "mv d e && echo more >> e/l",
        "cp -P link z && echo more >> z",
        "cp -r link z && echo more >> z",
        "cp -s \"$PWD/a\" z && echo more >> z",
        "mv a z; cp link y; echo more >> z",
    ] {
        let ran = lines.round(line);
        assert_eq!(ran.intent.as_ref().map(|intent| intent.coverage.as_str()), Some("full"), "{line}: {ran:?}");
    }
}

/// What keeps its name because a command fails is changed under it.
#[test]
fn what_a_command_did_not_replace_is_kept() {
    for guarded in [false, true] {
        let lines = Lines::new(guarded);
        lines.machine.run(GROW);
        for line in [
            "ln -s d/f a; echo more >> a",
            "ln -s ../big d/f; ln -s big d/big; truncate -s 0 d/f",
            "ln d/f a; echo more >> a",
            "ln -s d y; mv y y; echo more > d/y; echo more > y",
            "mkdir e && ln -s d dl && ln -s e el && cp -rT dl el",
        ] {
            lines.round(line);
        }
        lines.machine.run("ln -s new dang; mkdir e; ln -s d dl; ln -s e el; ln -s ../e d/dl");
        for line in [
            "sed -i s/one/two/ dang; echo more > dang",
            "mv nowhere link; echo more >> link",
            "cp --remove-destination nowhere link; echo more >> link",
            "mv -n link big; echo more >> link",
            "mv -u link d/f; echo more >> link",
            "cp -rT dl el; echo more > el/f",
            "cp -a dl d; echo more > d/dl/f",
        ] {
            let before = lines.tree();
            let ran = lines.run(line.as_bytes());
            let covered = ran.intent.as_ref().is_some_and(|intent| intent.coverage == "full");
            assert_eq!(covered, guarded, "{line}: {ran:?}");
            lines.undo();
            if guarded {
                assert_same(&before, &lines.tree(), line);
            }
        }
        if !guarded {
            assert_eq!(prospect(&lines.machine, "mv d/f link; echo more >> link"), "reversible");
            assert_eq!(prospect(&lines.machine, "sed -i s/one/two/ link; echo more >> link"), "reversible");
            assert_eq!(prospect(&lines.machine, "cp -s \"$PWD/big\" a; echo more >> a"), "opaque");
        }
    }
}

/// The reversibility that `check` finds.
fn prospect(machine: &Machine, line: &str) -> String {
    let output = machine.control(&["check", "--json", "--", line]);
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("a report");
    report["reversibility"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn where_a_link_may_be_that_the_line_does_not_show_the_line_is_watched() {
    let lines = Lines::new(false);
    lines.machine.run(GROW);
    for line in [
        "tar xf a.tar && echo x > d/f",
        "unzip -qo a.zip -d e; chmod 600 e/f",
        "git clone https://example.com/a.git t && echo x >> t/f",
        "cp -a d e && echo x >> e/l",
        "cp -rs \"$PWD/d\" e && echo x >> e/f",
        "rsync -a d/ e/ && echo x >> e/l",
        "git checkout other && echo x >> a",
        "git mv a y && echo x >> y",
        "tar xf a.tar && rm -rf d/e/f",
    ] {
        assert_eq!(prospect(&lines.machine, line), "opaque", "{line}");
    }
    for line in [
        "cp -r d e && rm -rf e",
        "cp -r d e && rm e/f",
        "mkdir t && echo x > t/f",
        "mkdir e && tar xf a.tar -C e && rm a.tar",
        "mv a y && sed -i s/one/two/ y",
        "git clone https://example.com/a.git t && rm -rf t/.git",
    ] {
        assert_eq!(prospect(&lines.machine, line), "reversible", "{line}");
    }
}

/// What programs leave beside what they are told to change.
#[test]
fn copies_that_programs_leave_are_taken_away() {
    for guarded in [false, true] {
        let lines = Lines::new(guarded);
        lines.machine.run(GROW);
        lines.machine.run("diff -u a d/f > a.diff || true; echo 1 > n; echo 2 > n.~1~; ln a a2");
        for line in [
            "mv --backup=numbered a d/f; mv --backup=t d/l d/f",
            "cp --backup=numbered a n && cp -b a n",
            "install --backup=numbered a d/f; ln --backup -f big d/f",
            "perl -i.bak -pe 's/one/two/' a a2; perl -i'x/*.bak' -ne print a; perl -i.o -pe 's/a/b/' d/f",
            "patch -s -b a a.diff; patch -s -R a a.diff",
            "patch -s -f d/f a.diff",
            "ln -b a d/l; ln --backup big d/f",
            "ln -i a d/l < <(echo y); ln -i big d/f < <(echo y)",
        ] {
            lines.round(line);
        }
    }
}

#[test]
fn what_a_person_is_asked_about_has_no_other_name() {
    let lines = Lines::new(false);
    lines.machine.run(
        "echo mine > ../home/.bashrc; ln -s ../home/.bashrc out; mkdir d; ln -s ../../home/.bashrc d/l; git init -q r",
    );
    for line in [
        "mv out in && echo x >> in",
        "cp -P out in && echo x >> in",
        "mv d e && echo x >> e/l",
        "if [ -n \"$A\" ]; then rm out; fi; echo x >> out",
        "ln ../home/.bashrc in && echo x >> in",
        "mv r t && rm -rf t/.git",
        "rsync -a --remove-source-files r/ t/ && rm -rf t/.git",
    ] {
        let ran = lines.run(line.as_bytes());
        assert_eq!(ran.status, Some(126), "{line}: {}", ran.text);
    }
    assert_eq!(std::fs::read(lines.machine.path("home/.bashrc")).expect("there"), b"mine\n");
}

#[test]
fn what_had_its_times_set_before_it_was_removed_comes_back() {
    for guarded in [false, true] {
        let lines = Lines::new(guarded);
        lines.machine.run(GROW);
        for line in ["touch big; mv big y; rm y", "mv big d/; touch d/big; rm -rf d", "touch big; rm big"] {
            lines.round(line);
        }
        if guarded {
            lines.round("python3 -c 'import os; os.utime(\"big\", (1, 1)); os.utime(\"d/big\"); os.remove(\"big\"); os.remove(\"d/big\")'");
        }
    }
}

/// What a program takes away while it copies is below the name that it is given.
#[test]
fn what_is_taken_away_below_a_directory_comes_back() {
    for guarded in [false, true] {
        let lines = Lines::new(guarded);
        lines.machine.run(GROW);
        lines.machine.run("mkdir d/deep; echo three > d/deep/g; echo four > d/keep; git init -q repo; echo x > repo/x");
        for line in [
            "rsync -a --remove-source-files d/ x/",
            "rsync -a --remove-source-files d a big x",
            "rsync -a --remove-source-files --exclude keep d/ x/ && echo more >> d/keep && rm -rf x",
            "rsync -a --remove-source-files d/ x/ && echo more >> x/big; mv x y",
        ] {
            lines.round(line);
        }
    }
}

/// Links that take the place of others, names that are given to several files of one, and commands that fail.
#[test]
fn what_takes_the_place_of_something_leaves_it_kept() {
    let lines = Lines::new(false);
    lines.machine.run(GROW);
    lines.machine.run("ln d/f f2; ln a a2; mkdir e; touch -d 2020-01-02 f2 a2 d e .");
    for line in [
        "ln -sf big d/f; rsync -a --inplace e/ e/; echo x >> f2",
        "mv -t . d/l d/f",
        "ln -s -f -t . d/l",
        "rmdir d; mv -f a d/",
        "rm d; mv -f a d/; echo x > d/a",
        "cp --remove-destination d/f a",
        "cp -b d/f a; rm a~",
        "mv -n a big; echo x >> big",
        "touch -h -d 2000-01-01 link d/l",
    ] {
        lines.round(line);
    }
    // Others may give nothing away.
    if super::bench::is_root() {
        lines.round("chown -h 1:1 link");
    }
}

/// A moved file is kept by the name it has; the undo of a later step may have made another file of the same content there.
#[test]
fn steps_that_move_a_file_and_then_change_it_are_undone_one_after_the_other() {
    for guarded in [false, true] {
        let lines = Lines::new(guarded);
        lines.machine.run(GROW);
        for (first, second) in [
            ("mv a y; mv big z", "echo more >> y; echo more >> z"),
            ("mv d e", "echo more >> e/big; sed -i s/two/2/ e/f"),
            ("mv a y; mv big z", "touch y z"),
            ("mv a y; mv big z", "cp y q; mv q y; chmod 600 z"),
        ] {
            let before = lines.tree();
            lines.run(first.as_bytes());
            let between = lines.tree();
            lines.run(second.as_bytes());
            let plan = lines.undo();
            assert_same(&between, &lines.tree(), &format!("undo of {second} after {first}\n{plan}"));
            let plan = lines.undo();
            assert_same(&before, &lines.tree(), &format!("undo of {first} before {second}\n{plan}"));
        }
    }
}

#[test]
fn a_file_is_not_removed_under_its_new_name_while_its_old_one_is_taken() {
    let lines = Lines::new(false);
    lines.machine.run(GROW);
    lines.run(b"mv big z");
    lines.machine.run("echo mine > big");
    let plan = text(&lines.machine.control(&["undo", "-y", "--skip"]));
    assert!(plan.contains("SKIP z (it is what "), "{plan}");
    assert_eq!(lines.machine.work().join("z").metadata().expect("there").len(), 9_000_000, "{plan}");
}
