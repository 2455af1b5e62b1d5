//! Random trees, random real programs through the real binaries, undone and redone exactly; without and under the guard.
//!
//! `AGENTSH_TEST_CASES=200 cargo test undo::random` runs more stories than the few with fixed seeds, and
//! `AGENTSH_TEST_SEED=N` begins at another one. A failure names its seed, which is then the first story of such a run.

use super::lines::{Lines, Tree};
use super::tree::assert_same;
use crate::guard::bench::has;
use std::ffi::{OsStr, OsString};
use std::fmt::Write;
use std::fs;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};

/// A small generator of numbers (splitmix64), so that a seed tells the whole story.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % sides as u64) as usize
    }

    fn of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.roll(all.len())]
    }
}

/// Names that programs stumble over, among plain ones.
fn name(dice: &mut Dice) -> OsString {
    let odd: [&[u8]; 8] = [
        b"two words",
        b"-dash",
        b"new\nline",
        b"\xff\xfe bytes",
        b"quote'\"",
        b"$dollar`",
        b"\xc3\xa9t\xc3\xa9",
        b"*?[",
    ];
    match dice.roll(12) {
        0..3 => OsString::from_vec(odd[dice.roll(odd.len())].to_vec()),
        3 => OsString::from("l".repeat(200 + dice.roll(50))),
        _ => OsString::from(*dice.of(&["a", "b", "c", "data", "x.txt", "sub", "deep", "Makefile.in"])),
    }
}

/// Grows files of every kind below `root`.
fn grow(dice: &mut Dice, root: &Path) {
    let mut folders = vec![root.to_owned()];
    let mut files: Vec<PathBuf> = Vec::new();
    let mut modes: Vec<(PathBuf, u32)> = Vec::new();
    for _ in 0..12 + dice.roll(14) {
        let path = folders[dice.roll(folders.len())].join(name(dice));
        if path.symlink_metadata().is_ok() {
            continue;
        }
        match dice.roll(14) {
            0..3 => {
                fs::create_dir(&path).expect("a folder");
                folders.push(path.clone());
            }
            3 => {
                let target =
                    if files.is_empty() { PathBuf::from("nowhere") } else { files[dice.roll(files.len())].clone() };
                std::os::unix::fs::symlink(target, &path).expect("a link");
                continue;
            }
            4 if !files.is_empty() => fs::hard_link(&files[dice.roll(files.len())], &path).expect("a second name"),
            5 => nix::unistd::mkfifo(&path, nix::sys::stat::Mode::from_bits_truncate(0o640)).expect("a FIFO"),
            6 if path.as_os_str().len() < 100 => {
                drop(std::os::unix::net::UnixListener::bind(&path).expect("a socket"));
            }
            7 => {
                let file = fs::File::create(&path).expect("a file");
                std::os::unix::fs::FileExt::write_all_at(&file, b"end", 3 << 20).expect("writes");
                files.push(path.clone());
            }
            8 => {
                let size = 70_000 + dice.roll(100_000);
                fs::write(&path, (0..size).map(|at| (at * 31 + size) as u8).collect::<Vec<u8>>()).expect("writes");
                files.push(path.clone());
            }
            kind => {
                let lines: String = (0..dice.roll(30)).map(|line| format!("line {line} of {kind}\n")).collect();
                fs::write(&path, lines).expect("writes");
                files.push(path.clone());
            }
        }
        if dice.roll(4) == 0 {
            // Where the file system has none, nothing is to be lost.
            agentsh::sys::xattr::set(&path, OsStr::new("user.kept"), b"value").ok();
        }
        if dice.roll(3) == 0 {
            let of_folders: &[u32] = &[0o500, 0o750, 0o1777, 0o2755];
            let of_files: &[u32] = &[0o400, 0o4755, 0o600, 0o2751, 0o444];
            modes.push((path.clone(), *dice.of(if path.is_dir() { of_folders } else { of_files })));
        }
    }
    fs::write(root.join("plain.txt"), "one\ntwo\nthree\n").expect("writes");
    times(dice, root);
    // Last, because in a directory of which one may not write nothing can be made.
    for (path, mode) in modes.iter().rev() {
        fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(*mode)).expect("a mode");
    }
}

/// Odd times, deepest first so that they stay.
fn times(dice: &mut Dice, path: &Path) {
    for entry in fs::read_dir(path).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) && entry.file_name() != ".git" {
            times(dice, &entry.path());
        } else if dice.roll(3) == 0 {
            set_time(dice, &entry.path());
        }
    }
    if dice.roll(2) == 0 {
        set_time(dice, path);
    }
}

fn set_time(dice: &mut Dice, path: &Path) {
    let time = nix::sys::time::TimeSpec::new(dice.roll(1 << 31) as i64 - 1000, dice.roll(1_000_000_000) as i64);
    let flags = nix::sys::stat::UtimensatFlags::NoFollowSymlink;
    nix::sys::stat::utimensat(nix::fcntl::AT_FDCWD, path, &time, &time, flags).expect("times");
}

/// A name as bash reads it.
fn quoted(path: &Path) -> String {
    let mut text = String::from("$'./");
    for byte in path.as_os_str().as_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'/' | b'_' | b'-' => text.push(char::from(*byte)),
            byte => write!(text, "\\x{byte:02x}").expect("writes"),
        }
    }
    text + "'"
}

/// What is there to choose from.
struct Choice {
    root: PathBuf,
    /// Regular files, relative.
    files: Vec<PathBuf>,
    /// All names.
    names: Vec<PathBuf>,
    /// Directories.
    folders: Vec<PathBuf>,
}

impl Choice {
    fn of(root: &Path) -> Self {
        let mut choice =
            Self { root: root.to_owned(), files: Vec::new(), names: Vec::new(), folders: vec![PathBuf::new()] };
        choice.add(root, root);
        for list in [&mut choice.files, &mut choice.names, &mut choice.folders] {
            list.sort();
        }
        choice
    }

    fn add(&mut self, root: &Path, folder: &Path) {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            if entry.file_name() == ".git" {
                continue;
            }
            let path = entry.path();
            let below = path.strip_prefix(root).expect("below").to_owned();
            let kind = entry.file_type().expect("a kind");
            if kind.is_file() {
                self.files.push(below.clone());
            } else if kind.is_dir() {
                self.folders.push(below.clone());
                self.add(root, &path);
            }
            // Who writes to or copies a FIFO waits for somebody at the other end; they go with the directories they are in.
            if !kind.is_socket() && !kind.is_fifo() {
                self.names.push(below);
            }
        }
    }

    fn one_of(&self, dice: &mut Dice, all: &[PathBuf]) -> String {
        match all {
            [] => "./plain.txt".to_owned(),
            all => quoted(&all[dice.roll(all.len())]),
        }
    }

    fn file(&self, dice: &mut Dice) -> String {
        self.one_of(dice, &self.files)
    }

    fn any(&self, dice: &mut Dice) -> String {
        self.one_of(dice, &self.names)
    }

    fn folder(&self, dice: &mut Dice) -> String {
        self.one_of(dice, &self.folders)
    }

    /// A name that may be new; later commands of the line are likely to choose it again.
    fn another(&mut self, dice: &mut Dice) -> String {
        let path = self.folders[dice.roll(self.folders.len())].join(name(dice));
        // Who writes to a FIFO waits for a reader.
        let waits = self.root.join(&path).symlink_metadata().is_ok_and(|found| found.file_type().is_fifo());
        if waits {
            return "./fresh".to_owned();
        }
        for list in [&mut self.files, &mut self.names] {
            let share = 1 + list.len() / 2;
            list.extend(std::iter::repeat_n(path.clone(), share));
        }
        quoted(&path)
    }
}

/// A line of one to three commands.
fn line(dice: &mut Dice, choice: &mut Choice, opaque: bool) -> String {
    let mut line = act(dice, choice, opaque);
    while dice.roll(5) < 2 {
        line = format!("{line}{}{}", dice.of(&["; ", "; ", " && "]), act(dice, choice, opaque));
    }
    line
}

/// A command of one real program, or a few that go together.
fn act(dice: &mut Dice, choice: &mut Choice, opaque: bool) -> String {
    let (one, two) = (choice.file(dice), choice.file(dice));
    match dice.roll(if opaque { 50 } else { 42 }) {
        0 => format!("rm -rf -- {}", choice.any(dice)),
        1 => format!("rm -f {one} {two}"),
        2 => format!("mv -f {} {}", choice.any(dice), choice.another(dice)),
        3 => format!("mv -f {one} {two}"),
        4 => format!("cp -a {} {}", choice.any(dice), choice.another(dice)),
        5 => format!("cp -f {one} {two}"),
        6 => format!("cp --remove-destination -p {one} {two}"),
        7 => format!("sed -i s/line/row/ {one}"),
        8 => format!("sed -i.bak 1d {one} {two}"),
        9 => format!("echo changed > {one}"),
        10 => format!("echo more >> {one}; echo again >> {one}"),
        11 => format!("truncate -s {} {one}", dice.roll(5000)),
        12 => format!("dd if=/dev/zero of={one} bs=1 seek={} count=7 conv=notrunc status=none", dice.roll(200)),
        // What the owner may not read cannot be compared.
        13 => format!("chmod {:o} {}", dice.roll(0o10000) | 0o500, choice.any(dice)),
        14 => format!("chmod -R go-w,u+x {}", choice.folder(dice)),
        15 => format!("touch {} {}", choice.any(dice), choice.another(dice)),
        16 => format!("touch -d @{} {}", dice.roll(1 << 30), choice.any(dice)),
        17 => format!("ln -f {one} {}", choice.another(dice)),
        18 => format!("ln -sfn {one} {}", choice.another(dice)),
        19 => format!("install -m 640 {one} {}", choice.another(dice)),
        20 => format!("mkdir -p {}/made/deeper; echo x > {}", choice.another(dice), choice.another(dice)),
        21 => format!("find {} -type f -delete", choice.folder(dice)),
        22 => format!("find {} -name '*a*' -print0 | xargs -0 rm -rf --", choice.folder(dice)),
        23 => format!("tar cf out.tar {} && tar xf out.tar --one-top-level=untarred", choice.folder(dice)),
        // Not into the directory that is read: that has no end.
        24 => format!("mkdir -p aside && tar cf - --exclude=aside {} | tar xf - -C ./aside", choice.folder(dice)),
        25 => format!("rsync -a --delete --exclude=/mirror {}/ ./mirror/", choice.folder(dice)),
        26 => format!("cp -a {} mirror; rsync -a --delete --exclude=/mirror {}/ ./mirror/", choice.folder(dice), choice.folder(dice)),
        27 => "git add -A . 2>/dev/null; git commit -qm all; git rm -rq --ignore-unmatch plain.txt".to_owned(),
        28 => "git stash -q -u; git clean -qfdx".to_owned(),
        29 => format!("rm -rf {0}; mkdir {0}; echo x > {0}/x", choice.any(dice)),
        30 => format!("rmdir {} {}", choice.folder(dice), choice.folder(dice)),
        31 => format!("mkfifo {}/pipe; rm -f {}", choice.folder(dice), choice.any(dice)),
        32 => format!("sort -o {one} {two}; tee {two} < {one} > /dev/null"),
        33 => format!("gzip -f {one}; gzip -kf {two}; split -l 2 {two} part."),
        34 => format!("mv -f {} {}", choice.folder(dice), choice.another(dice)),
        35 => format!("cp -P {} {}; echo more >> {one}", choice.any(dice), choice.another(dice)),
        36 => format!("cp -al {} {}", choice.folder(dice), choice.another(dice)),
        37 => format!("mv -f -t {} {one} {two}", choice.folder(dice)),
        38 => format!("cp -b {one} {two}; touch -h {}", choice.any(dice)),
        39 => format!("for f in {one} {two}; do mv \"$f\" \"$f.old\"; echo anew > \"$f\"; done"),
        40 => format!("ln {one} {}; chmod 600 {two}", choice.another(dice)),
        41 => format!("(mv -f {one} {}) | cat; : > {two}", choice.another(dice)),
        42 => format!("printf 'all:\\n\\tmv plain.txt x; echo y > plain.txt; rm -rf sub\\n' > m.mk; make -s -f m.mk; rm {one}"),
        43 => format!("python3 -c 'import os,sys; f=sys.argv[1].encode(\"utf8\",\"surrogateescape\"); os.replace(f, b\"taken\"); open(f,\"w\").write(\"x\"); os.chmod(f, 0o400)' {one}"),
        44 => format!("python3 -c 'import shutil,sys; shutil.rmtree(sys.argv[1])' {}", choice.folder(dice)),
        45 => "node -e 'const f=require(\"fs\"); f.writeFileSync(\"plain.txt\",\"n\"); f.renameSync(\"plain.txt\",\"node.txt\"); f.rmSync(\"sub\",{recursive:true,force:true})'".to_owned(),
        46 => "sqlite3 base.db 'create table if not exists t(x); insert into t values(1); delete from t; vacuum'".to_owned(),
        47 => "printf -- '--- plain.txt\\n+++ plain.txt\\n@@ -1,3 +1,3 @@\\n one\\n-two\\n+2\\n three\\n' | patch -s -p0 -f".to_owned(),
        48 => format!("perl -e 'rename $ARGV[0], \"moved\"; open F, \"+<\", \"moved\"; print F \"zz\"; truncate F, 3; link \"moved\", $ARGV[0]; utime 1, 2, \"moved\"' {one}"),
        _ => format!("sh -c 'for f do mv \"$f\" \"$f.old\"; cat \"$f.old\" \"$f.old\" > \"$f\"; done' - {one} {two}"),
    }
}

fn needed(line: &str) -> bool {
    ["rsync", "node", "sqlite3", "python3", "patch", "make"]
        .iter()
        .all(|program| !line.contains(&format!("{program} ")) || has_once(program))
}

fn has_once(program: &'static str) -> bool {
    use std::collections::HashMap;
    use std::sync::{Mutex, PoisonError};
    static KNOWN: Mutex<Option<HashMap<&str, bool>>> = Mutex::new(None);
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    *known.get_or_insert_default().entry(program).or_insert_with(|| has(program))
}

fn story(seed: u64, guarded: bool) {
    let mut dice = Dice(seed);
    let lines = Lines::new(guarded);
    let root = lines.machine.work();
    grow(&mut dice, &root);
    let mut told: Vec<(String, String, Tree)> = Vec::new();
    for _ in 0..7 {
        let line = line(&mut dice, &mut Choice::of(&root), guarded);
        if !needed(&line) {
            continue;
        }
        let before = lines.tree();
        let ran = lines.run(line.as_bytes());
        // A line that was refused left no trace; one of whose programs was refused may have done what stands before it.
        let refused = ran.status == Some(126) && before == lines.tree();
        let Some(intent) = ran.intent.filter(|_| !refused) else {
            assert_same(&before, &lines.tree(), &format!("seed {seed}: {line} left no step: {}", ran.text));
            continue;
        };
        if intent.coverage != "full" {
            assert!(!guarded, "seed {seed}: {line}: coverage {}: {}", intent.coverage, ran.text);
            // What code that nobody watched did is not taken back: the story begins anew.
            told.clear();
            continue;
        }
        told.push((ran.step, line, before));
    }
    let end = lines.tree();
    let story: Vec<&str> = told.iter().map(|(_, line, _)| line.as_str()).collect();
    for (step, line, before) in told.iter().rev() {
        let plan = super::lines::text(&lines.machine.control(&["undo", "-y", step]));
        assert_same(
            before,
            &lines.tree(),
            &format!("seed {seed}, guarded {guarded}: undo of {line} in {story:#?}\n{plan}"),
        );
    }
    let mut plan = String::new();
    // One more than there is to redo.
    for _ in 0..=told.len() {
        let output = lines.machine.control(&["redo", "-y"]);
        plan += &super::lines::text(&output);
        if output.status.code() != Some(0) {
            break;
        }
    }
    assert_same(&end, &lines.tree(), &format!("seed {seed}, guarded {guarded}: redo of {story:#?}\n{plan}"));
}

/// Runs `count` stories, or as many as the environment asks for.
fn stories(first: u64, count: u64, guarded: bool) {
    let number = |name: &str| std::env::var(name).ok().and_then(|value| value.parse::<u64>().ok());
    let first = number("AGENTSH_TEST_SEED").unwrap_or(first);
    for seed in first..first + number("AGENTSH_TEST_CASES").unwrap_or(count) {
        story(seed, guarded);
    }
}

#[test]
fn lines_whose_changes_are_kept_before_they_run() {
    stories(1, 6, false);
}

#[test]
fn lines_under_the_guard() {
    stories(1001, 4, true);
}
