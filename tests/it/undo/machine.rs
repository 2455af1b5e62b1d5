//! Random trees and random programs: whatever a step did is undone exactly, in any number, newest first.

use super::bench::Bench;
use super::tree::{Node, assert_same};
use agentsh::policy::Extent::{self, Contents, ContentsTree, Metadata, MetadataTree, Name, Unlinked, UnlinkedTree};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;

type Tree = BTreeMap<PathBuf, Node>;

/// xorshift64*: the same seed, the same story.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % sides
    }

    fn of<'a>(&mut self, all: &'a [String]) -> &'a str {
        &all[self.roll(all.len())]
    }
}

/// Names below the work folder, some of which exist.
fn names(dice: &mut Dice) -> Vec<String> {
    let parts = ["a", "b", "c.txt", "d e", "é", "-f"];
    let mut all: Vec<String> = Vec::new();
    for _ in 0..14 {
        let mut name = String::from(".");
        for _ in 0..=dice.roll(3) {
            let _ = write!(name, "/{}", parts[dice.roll(parts.len())]);
        }
        if !all.contains(&name) {
            all.push(name);
        }
    }
    all
}

/// A script that grows a tree out of names.
fn grow(dice: &mut Dice, names: &[String]) -> String {
    let mut script = String::new();
    for name in names {
        let other = dice.of(names).to_owned();
        let make = match dice.roll(9) {
            0 | 1 => format!("mkdir -p '{name}'"),
            2 => format!("head -c {} /dev/urandom > '{name}'", dice.roll(200_000)),
            3 => format!("ln -s '{other}' '{name}'"),
            4 => format!("ln '{other}' '{name}'"),
            5 => format!("mkfifo '{name}'"),
            6 => format!("echo {other} > '{name}'; chmod {:o} '{name}'", 0o400 + dice.roll(0o377)),
            _ => format!("echo {name} > '{name}'"),
        };
        let _ = writeln!(script, "mkdir -p \"$(dirname '{name}')\"; [ -e '{name}' ] || {{ {make}; }}");
        if dice.roll(3) == 0 {
            let _ =
                writeln!(script, "touch -h -d @{}.{} '{name}'", 1_000_000_000 + dice.roll(1 << 28), dice.roll(1 << 29));
        }
    }
    script + "true"
}

/// A line and what it must have captured, as policy would say it.
fn act(dice: &mut Dice, names: &[String]) -> (String, Vec<(String, Extent)>) {
    let (one, two) = (dice.of(names).to_owned(), dice.of(names).to_owned());
    let s = |path: &str, extent| (path.to_owned(), extent);
    match dice.roll(16) {
        0 => (format!("rm -rf '{one}'"), vec![s(&one, UnlinkedTree)]),
        1 => (format!("rm -f '{one}'"), vec![s(&one, Unlinked)]),
        2 => (format!("[ ! -p '{one}' ] && echo changed > '{one}'"), vec![s(&one, Contents)]),
        3 => (format!("[ ! -p '{one}' ] && echo more >> '{one}'"), vec![s(&one, Contents)]),
        4 => (format!("mv -T '{one}' '{two}'"), vec![s(&one, UnlinkedTree), s(&two, UnlinkedTree)]),
        5 => (format!("cp -aT --remove-destination '{one}' '{two}'"), vec![s(&two, ContentsTree)]),
        6 => (format!("chmod -R u-w '{one}'"), vec![s(&one, MetadataTree)]),
        7 => (format!("[ -f '{one}' ] && sed -i s/a/b/ '{one}'"), vec![s(&one, Unlinked)]),
        8 => (
            format!("mkdir -p '{one}/x/y'; echo 1 > '{one}/x/z'"),
            vec![s(&format!("{one}/x"), Name), s(&format!("{one}/x/z"), Contents)],
        ),
        9 => (format!("[ -f '{one}' ] && truncate -s 5 '{one}'"), vec![s(&one, Contents)]),
        10 => (format!("touch -h '{one}'"), vec![s(&one, Metadata)]),
        11 => (format!("ln -fT '{one}' '{two}'"), vec![s(&two, Unlinked)]),
        12 => (format!("find '{one}' -name '*a*' -delete"), vec![s(&one, UnlinkedTree)]),
        13 => (format!("rm -rf '{one}'; cp -a '{two}' '{one}'"), vec![s(&one, UnlinkedTree)]),
        14 => (format!("tar cf - '{one}' | (mkdir -p t; cd t; tar xf -)"), vec![s("./t", ContentsTree)]),
        _ => (
            format!("[ -f '{one}' ] && dd if=/dev/zero of='{one}' bs=1 count=3 seek=2 conv=notrunc"),
            vec![s(&one, Contents)],
        ),
    }
}

/// Steps that follow a link out of the names captured would need policy's resolution; such lines are left out.
fn leads_through_a_link(bench: &Bench, path: &str) -> bool {
    let whole = bench.work.join(path);
    let below = whole.strip_prefix(&bench.work).expect("below work").to_owned();
    let mut at = bench.work.clone();
    below.components().any(|part| {
        at.push(part);
        at.is_symlink()
    })
}

/// While a step that removed one of several names of a file is kept, the file has one name more: ours.
fn names_only(mut tree: Tree) -> Tree {
    tree.values_mut().for_each(|node| node.nlink = 0);
    tree
}

fn story(seed: u64, links_only: bool) {
    let mut dice = Dice(seed);
    let bench = Bench::limited(|limits| {
        if links_only {
            limits.inline_tree_bytes = 0;
            limits.inline_bytes = 16;
        }
    });
    let names = names(&mut dice);
    bench.sh(&grow(&mut dice, &names));
    let mut told: Vec<(String, String, _)> = Vec::new();
    let mut steps = Vec::new();
    while steps.len() < 8 {
        let (line, obligations) = act(&mut dice, &names);
        if names
            .iter()
            .chain(obligations.iter().map(|(path, _)| path))
            .any(|name| line.contains(&format!("'{name}'")) && leads_through_a_link(&bench, name))
        {
            continue;
        }
        let before = names_only(bench.tree());
        let obligations: Vec<(&str, Extent)> =
            obligations.iter().map(|(path, extent)| (path.as_str(), *extent)).collect();
        let id = bench.step(&line, &obligations);
        told.push((id.clone(), line, before));
        steps.push(id);
    }
    let end = names_only(bench.tree());
    let mut undos = Vec::new();
    for (id, line, before) in told.iter().rev() {
        let (undo, applied) = bench.undo(id);
        let skipped: Vec<_> = applied.items.iter().filter(|item| !item.is_ready()).collect();
        assert!(skipped.is_empty(), "seed {seed}: {line}: {skipped:?}");
        assert_same(before, &names_only(bench.tree()), &format!("seed {seed}: undo of {line}"));
        undos.push(undo);
    }
    for undo in undos.iter().rev() {
        let (_, applied) = bench.undo(undo);
        let skipped: Vec<_> = applied.items.iter().filter(|item| !item.is_ready()).collect();
        assert!(skipped.is_empty(), "seed {seed}: redo: {skipped:?}");
    }
    assert_same(&end, &names_only(bench.tree()), &format!("seed {seed}: redo of all"));
}

#[test]
fn random_stories_with_small_files_in_the_pack() {
    (1..=12).for_each(|seed| story(seed * 7919, false));
}

#[test]
fn random_stories_kept_by_links() {
    (1..=12).for_each(|seed| story(seed * 104_729, true));
}
