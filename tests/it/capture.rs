//! Chapter: capture. What is kept, what is refused, what survives a torn pack.

use crate::undo::bench::{Bench, files_below, is_root};
use agentsh::checkpoint::{ChangeKind, Coverage, StepOutcome, StepPack, Why};
use agentsh::policy::{Extent, Obligation};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::PathBuf;

fn capture(pack: &StepPack, path: PathBuf, extent: Extent) -> Result<(), Why> {
    pack.capture(&Obligation { path, extent }).map_err(|lost| lost.why)
}

#[test]
fn folders_and_files_of_the_store_are_private() {
    let bench = Bench::new();
    bench.sh("head -c 100000 /dev/urandom > big; echo x > small");
    bench.step("rm big small", &[("big", Extent::Unlinked), ("small", Extent::Unlinked)]);
    let mode = |path: &std::path::Path| path.metadata().expect("stat").permissions().mode() & 0o777;
    for folder in [bench.state.clone(), bench.state.join("sessions"), bench.state.join("sessions/s1")] {
        assert_eq!(mode(&folder), 0o700, "{folder:?}");
    }
    assert_eq!(mode(&bench.state.join("sessions/s1/k1.log")), 0o600);
    assert_eq!(mode(&bench.state.join("sessions/s1/k1.d")), 0o700);
}

#[test]
fn a_store_open_to_others_or_behind_a_link_is_refused() {
    let folder = tempfile::tempdir().expect("folder");
    let open = folder.path().join("open");
    std::fs::create_dir(&open).expect("mkdir");
    std::fs::set_permissions(&open, std::fs::Permissions::from_mode(0o755)).expect("chmod");
    assert!(agentsh::checkpoint::Store::open(&open, Default::default()).is_err());
    let link = folder.path().join("link");
    std::os::unix::fs::symlink(&open, &link).expect("link");
    assert!(agentsh::checkpoint::Store::open(&link, Default::default()).is_err());
}

#[test]
fn changes_are_told_apart() {
    let bench = Bench::new();
    bench.sh("mkdir d; echo 1 > gone; echo 2 > changed; echo 3 > modes; echo 4 > moved; echo 5 > same");
    let id = bench.step(
        "rm gone; echo x > changed; chmod 600 modes; mv moved d/there; echo n > new",
        &[
            ("gone", Extent::Unlinked),
            ("changed", Extent::Contents),
            ("modes", Extent::Metadata),
            ("moved", Extent::Unlinked),
            ("d/there", Extent::Name),
            ("new", Extent::Name),
            ("same", Extent::Contents),
        ],
    );
    let step = bench.load(&id);
    let found: Vec<_> = step.changes().into_iter().map(|change| (change.path, change.kind)).collect();
    let expected = [
        ("changed", ChangeKind::Modified),
        ("d/there", ChangeKind::Renamed(bench.path("moved"))),
        ("gone", ChangeKind::Deleted),
        ("modes", ChangeKind::Metadata),
        ("new", ChangeKind::Created),
    ];
    assert_eq!(found, expected.map(|(path, kind)| (bench.path(path), kind)));
    let text = |bytes: Option<Vec<u8>>| String::from_utf8(bytes.expect("kept")).expect("text");
    assert_eq!(text(step.content_before(&bench.path("changed")).expect("read")), "2\n");
    assert_eq!(text(step.content_after(&bench.path("changed")).expect("read")), "x\n");
    assert_eq!(step.outcome().and_then(|outcome| outcome.status), Some(0));
    assert_eq!(step.coverage(), &Coverage::Full);
}

#[test]
fn a_link_becomes_bytes_when_the_file_is_also_written_in_place() {
    let bench = Bench::limited(|limits| limits.inline_tree_bytes = 0);
    bench.sh("mkdir d; echo one > d/a");
    bench.round("echo two >> d/a; rm -r d", &[("d", Extent::UnlinkedTree), ("d/a", Extent::Contents)]);
    bench.round("echo two >> d/a; rm -r d", &[("d", Extent::UnlinkedTree), ("d", Extent::ContentsTree)]);
}

#[test]
fn links_of_files_that_are_still_there_are_dropped() {
    let bench = Bench::limited(|limits| limits.inline_tree_bytes = 0);
    bench.sh("mkdir d; echo one > d/a; echo two > d/b");
    bench.step("rm d/a", &[("d", Extent::UnlinkedTree)]);
    assert_eq!(bench.path("d/b").metadata().expect("stat").nlink(), 1);
    assert_eq!(files_below(&bench.state.join("sessions/s1/k1.d")).len(), 1);
}

#[test]
fn over_the_limits_is_said_and_the_rest_is_kept() {
    let bench = Bench::limited(|limits| {
        limits.inline_bytes = 10;
        limits.file_bytes = 1000;
        limits.step_bytes = 1500;
    });
    bench.sh("head -c 2000 /dev/urandom > large; head -c 900 /dev/urandom > f1; cp f1 f2; echo s > s");
    let (pack, id) = bench.begin();
    let reflinks = {
        // Where blocks can be shared nothing is copied and no limit is met.
        let probe = capture(&pack, bench.path("large"), Extent::Contents);
        match probe {
            Err(Why::TooLarge { size: 2000, limit: 1000 }) => false,
            Ok(()) => true,
            Err(other) => panic!("{other}"),
        }
    };
    if reflinks {
        return;
    }
    capture(&pack, bench.path("f1"), Extent::Contents).expect("fits");
    assert!(matches!(capture(&pack, bench.path("f2"), Extent::Contents), Err(Why::StepFull { limit: 1500 })));
    capture(&pack, bench.path("s"), Extent::Contents).expect("fits");
    capture(&pack, bench.path("f2"), Extent::Unlinked).expect("a link costs nothing");
    pack.seal().expect("seal");
    let coverage = pack.finish(&StepOutcome::default()).expect("finish");
    let Coverage::Partial(lost) = coverage else { panic!("{coverage:?}") };
    assert_eq!(lost.iter().map(|(path, _)| path.clone()).collect::<Vec<_>>(), [bench.path("large"), bench.path("f2")]);
    assert!(matches!(bench.load(&id).coverage(), Coverage::Partial(_)));
}

#[test]
fn a_full_disk_is_said() {
    let bench = Bench::limited(|limits| {
        limits.keep_free_percent = 101;
        limits.keep_free_bytes = u64::MAX;
    });
    bench.sh("head -c 200000 /dev/urandom > a");
    let (pack, _) = bench.begin();
    match capture(&pack, bench.path("a"), Extent::Contents) {
        Err(Why::DiskFull { .. }) | Ok(()) => {}
        Err(other) => panic!("{other}"),
    }
    capture(&pack, bench.path("a"), Extent::Unlinked).expect("a link needs no room");
}

#[test]
fn too_many_names_and_too_deep_are_said() {
    let bench = Bench::limited(|limits| {
        limits.entries = 20;
        limits.depth = 3;
    });
    bench.sh("mkdir -p many deep/1/2/3/4/5; for i in {1..30}; do : > many/$i; done");
    let (pack, _) = bench.begin();
    assert!(matches!(capture(&pack, bench.path("deep"), Extent::UnlinkedTree), Err(Why::TooDeep { limit: 3 })));
    assert!(matches!(capture(&pack, bench.path("many"), Extent::UnlinkedTree), Err(Why::TooMany { limit: 20 })));
}

#[test]
fn an_unreadable_file_is_said() {
    let bench = Bench::new();
    bench.sh("echo secret > a; chmod 000 a; mkdir d; echo x > d/b; chmod 000 d");
    let (pack, _) = bench.begin();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            // Root reads everything, unless this thread looks at files as nobody does (setfsuid(2)).
            if is_root() {
                nix::unistd::setfsuid(nix::unistd::Uid::from_raw(65534));
            }
            let is_denied =
                |result| matches!(result, Err(Why::Io(error)) if error.raw_os_error() == Some(libc::EACCES));
            assert!(is_denied(capture(&pack, bench.path("a"), Extent::Contents)));
            assert!(is_denied(capture(&pack, bench.path("d"), Extent::UnlinkedTree)));
        });
    });
    let Coverage::Partial(lost) = pack.coverage() else { panic!("{:?}", pack.coverage()) };
    assert_eq!(lost.len(), 2);
    bench.sh("chmod 700 d");
}

#[test]
fn our_own_state_is_never_kept_or_walked() {
    let bench = Bench::new();
    let (pack, _) = bench.begin();
    assert!(capture(&pack, bench.state.join("sessions"), Extent::UnlinkedTree).is_err());
    let above = bench.state.parent().expect("parent").to_owned();
    assert!(capture(&pack, above, Extent::UnlinkedTree).is_err());
}

#[test]
fn sockets_and_pipes_do_not_block() {
    let bench = Bench::new();
    bench.sh("mkdir d; mkfifo d/pipe");
    let _socket = std::os::unix::net::UnixListener::bind(bench.path("d/socket")).expect("socket");
    bench.round("rm -rf d", &[("d", Extent::UnlinkedTree)]);
    bench.round("rm -f d/pipe; echo x > d/pipe", &[("d", Extent::ContentsTree)]);
}

#[test]
fn devices_come_back() {
    let bench = Bench::new();
    if !is_root() || std::process::Command::new("mknod").arg(bench.path("null")).args(["c", "1", "3"]).status().is_err()
    {
        return;
    }
    if bench.path("null").exists() {
        bench.round("rm null", &[("null", Extent::Unlinked)]);
    }
}

#[test]
fn holes_stay_holes() {
    let bench = Bench::new();
    bench.sh("truncate -s 8M s; printf x | dd of=s bs=1 seek=5000000 conv=notrunc; cp s t");
    bench.round(
        "dd if=/dev/zero of=s bs=64K count=128 conv=notrunc; rm t",
        &[("s", Extent::Contents), ("t", Extent::Unlinked)],
    );
}

#[test]
fn names_that_are_not_text_and_paths_longer_than_a_call_takes() {
    let bench = Bench::new();
    let odd = bench.path("d").join(std::ffi::OsStr::from_bytes(b"\xff\xfe new\nline"));
    std::fs::create_dir_all(&odd).expect("mkdir");
    std::fs::write(odd.join(std::ffi::OsStr::from_bytes(&[0x80; 255])), "x").expect("write");
    bench.sh("cd d; n=$(printf 'n%.0s' {1..250}); for i in {1..20}; do mkdir $n && cd $n; echo $i > f; done");
    bench.round("rm -rf d", &[("d", Extent::UnlinkedTree)]);
}

#[test]
fn a_link_on_the_way_is_resolved_and_the_last_name_is_not() {
    let bench = Bench::new();
    bench.sh("mkdir real; echo 1 > real/a; ln -s real link; ln -s real/a toa");
    bench.round("rm link/a toa", &[("link/a", Extent::Unlinked), ("toa", Extent::Unlinked)]);
    let (pack, _) = bench.begin();
    capture(&pack, bench.path("link/../real/a"), Extent::Contents).expect("kept");
}

#[test]
fn the_first_touch_counts() {
    let bench = Bench::new();
    bench.sh("echo one > a");
    let (pack, id) = bench.begin();
    capture(&pack, bench.path("a"), Extent::Contents).expect("kept");
    capture(&pack, bench.path("new"), Extent::Name).expect("kept");
    bench.sh("echo two > a; echo n > new");
    capture(&pack, bench.path("a"), Extent::Unlinked).expect("kept");
    capture(&pack, bench.path("new"), Extent::Contents).expect("kept");
    bench.sh("rm a; echo m > new");
    pack.finish(&StepOutcome::default()).expect("finish");
    bench.undo(&id);
    assert_eq!(bench.read("a"), "one\n");
    assert!(!bench.path("new").exists());
}

#[test]
fn many_threads_capture_at_once() {
    let bench = Bench::new();
    bench.sh("mkdir d; for i in {1..200}; do echo $i > d/$i; done");
    let before = bench.tree();
    let (pack, id) = bench.begin();
    std::thread::scope(|scope| {
        for offset in 0..4 {
            let (pack, bench) = (&pack, &bench.work);
            scope.spawn(move || {
                for number in 1..=200 {
                    let number = (number + offset * 50) % 200 + 1;
                    let path = bench.join(format!("d/{number}"));
                    capture(pack, path, Extent::Unlinked).expect("kept");
                    pack.seal().expect("seal");
                }
            });
        }
    });
    bench.sh("rm -r d/*");
    pack.finish(&StepOutcome::default()).expect("finish");
    bench.undo(&id);
    crate::undo::tree::assert_same(&before, &bench.tree(), "threads");
}

#[test]
fn a_pack_torn_anywhere_reads_up_to_the_last_whole_record() {
    let bench = Bench::new();
    bench.sh("mkdir d; for i in 1 2 3; do echo $i > d/$i; done");
    let before = bench.tree();
    let id = bench.step("rm -r d", &[("d", Extent::UnlinkedTree)]);
    let log = bench.state.join(format!("sessions/s1/{id}.log"));
    let whole = std::fs::read(&log).expect("read");
    let touched = bench.load(&id).touched().count();
    let mut seen = 0;
    for length in 0..whole.len() {
        std::fs::write(&log, &whole[..length]).expect("write");
        match bench.store.load("s1", &id) {
            Err(_) => assert_eq!(seen, 0, "a longer pack says less"),
            Ok(step) => {
                let count = step.touched().count();
                assert!(count >= seen && count <= touched);
                assert!(step.outcome().is_none());
                seen = count;
            }
        }
    }
    assert_eq!(seen, touched);
    // Without its end, a step can still be undone.
    std::fs::write(&log, &whole[..whole.len() - 1]).expect("write");
    let (_, applied) = bench.undo(&id);
    assert_eq!(applied.skipped(), 0, "{applied:?}");
    crate::undo::tree::assert_same(&before, &bench.tree(), "torn");
    // A flipped bit ends the pack there.
    let mut flipped = whole.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 1;
    std::fs::write(&log, &flipped).expect("write");
    assert!(bench.load(&id).outcome().is_none());
    // A pack of a later format is not guessed at.
    let mut newer = whole;
    newer[8] += 1;
    std::fs::write(&log, &newer).expect("write");
    assert!(bench.store.load("s1", &id).is_err());
}

#[test]
fn a_pack_is_finished_by_another_process() {
    let bench = Bench::new();
    bench.sh("mkdir d; echo 1 > d/a; head -c 100000 /dev/urandom > d/big");
    let before = bench.tree();
    let (pack, id) = bench.begin();
    capture(&pack, bench.path("d"), Extent::UnlinkedTree).expect("kept");
    pack.seal().expect("seal");
    drop(pack);
    bench.sh("rm -r d; echo new > d");
    let pack = bench.store.resume("s1", &id).expect("resume");
    pack.finish(&StepOutcome { status: Some(3), ..Default::default() }).expect("finish");
    let step = bench.load(&id);
    assert_eq!(step.outcome().and_then(|outcome| outcome.status), Some(3));
    let (_, applied) = bench.undo(&id);
    assert_eq!(applied.skipped(), 0, "{applied:?}");
    crate::undo::tree::assert_same(&before, &bench.tree(), "resumed");
}

#[test]
fn what_was_not_kept_is_known_though_nobody_finished_the_step() {
    let bench = Bench::limited(|limits| limits.file_bytes = 1000);
    bench.sh("echo 1 > small; head -c 2000 /dev/zero > large");
    let (pack, id) = bench.begin();
    capture(&pack, bench.path("small"), Extent::Contents).expect("kept");
    capture(&pack, bench.path("large"), Extent::Contents).expect_err("over the limit");
    pack.seal().expect("seal");
    drop(pack);
    assert!(matches!(bench.load(&id).coverage(), Coverage::Partial(list) if list[0].0 == bench.path("large")));
    let pack = bench.store.resume("s1", &id).expect("resume");
    pack.finish(&StepOutcome::default()).expect("finish");
    assert!(matches!(bench.load(&id).coverage(), Coverage::Partial(_)));

    let (pack, id) = bench.begin();
    pack.uncover();
    capture(&pack, bench.path("small"), Extent::Contents).expect("kept");
    pack.seal().expect("seal");
    drop(pack);
    assert_eq!(*bench.load(&id).coverage(), Coverage::None);
    let pack = bench.store.resume("s1", &id).expect("resume");
    pack.finish(&StepOutcome::default()).expect("finish");
    assert_eq!(*bench.load(&id).coverage(), Coverage::None);
}

#[test]
fn names_that_are_no_file_names_are_refused() {
    let bench = Bench::new();
    for bad in ["", "..", "a/b", ".hidden", "a\0b"] {
        assert!(bench.store.load("s1", bad).is_err());
        assert!(bench.store.load(bad, "k1").is_err());
    }
}
