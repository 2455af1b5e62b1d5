//! What capture costs: CPU a file, and `rm -rf` of ten thousand files with and without it.
//!
//! `cargo bench --bench capture`. Works in a temporary directory (set TMPDIR to choose the file system). Prints figures;
//! decides nothing.
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use agentsh::checkpoint::{StepHeader, StepOutcome, Store, StoreSettings};
use agentsh::policy::{Extent, Obligation};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// User and system time of this process so far.
fn cpu() -> Duration {
    let usage = nix::sys::resource::getrusage(nix::sys::resource::UsageWho::RUSAGE_SELF).expect("getrusage of self");
    let microseconds = |time: nix::sys::time::TimeVal| (time.tv_sec() * 1_000_000 + time.tv_usec()) as u64;
    Duration::from_micros(microseconds(usage.user_time()) + microseconds(usage.system_time()))
}

fn tree(root: &Path, files: usize, bytes: usize) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for number in 0..files {
        let directory = root.join(format!("d{:03}", number / 100));
        if number % 100 == 0 {
            std::fs::create_dir_all(&directory).expect("a directory");
        }
        let file = directory.join(format!("f{number}"));
        std::fs::write(&file, vec![b'a' + (number % 26) as u8; bytes]).expect("a file");
        all.push(file);
    }
    all
}

fn step(store: &Store, id: &str, root: &Path, obligations: &[Obligation]) {
    let header =
        StepHeader { id: id.to_owned(), session: "bench".to_owned(), cwd: root.to_owned(), ..StepHeader::default() };
    let pack = store.begin(&header).expect("a step");
    for obligation in obligations {
        pack.capture(obligation).expect("captured");
    }
    pack.seal().expect("sealed");
}

fn main() {
    let place = tempfile::tempdir().expect("a temporary directory");
    let store = Store::open(&place.path().join("state"), StoreSettings::default()).expect("a store");

    println!("{:<44}{:>12}{:>12}", "capture, one step", "µs CPU/file", "ms wall");
    for (extent, label) in [(Extent::Contents, "to be written in place"), (Extent::Unlinked, "to be unlinked")] {
        for (files, bytes) in [(1, 7_000), (100, 7_000), (1_000, 7_000), (100, 64 << 10), (1_000, 64 << 10)] {
            let root = place.path().join(format!("{extent:?}-{files}-{bytes}"));
            let obligations: Vec<Obligation> =
                tree(&root, files, bytes).into_iter().map(|path| Obligation { path, extent }).collect();
            let (began, wall) = (cpu(), Instant::now());
            step(&store, &format!("b{extent:?}{files}x{bytes}"), &root, &obligations);
            let (spent, wall) = (cpu() - began, wall.elapsed());
            let each = spent.as_secs_f64() * 1e6 / files as f64;
            let name = format!("{files} files of {bytes} bytes, {label}");
            println!("{name:<44}{each:>12.1}{:>12.1}", wall.as_secs_f64() * 1e3);
        }
    }

    let (mut plain, mut kept) = (Vec::new(), Vec::new());
    for run in 0..5 {
        for capture in [false, true] {
            let root = place.path().join(format!("rm-{run}-{capture}"));
            tree(&root, 10_000, 7_000);
            let wall = Instant::now();
            let id = format!("rm{run}");
            if capture {
                step(&store, &id, &root, &[Obligation { path: root.clone(), extent: Extent::UnlinkedTree }]);
            }
            let status = Command::new("rm").arg("-rf").arg(&root).status().expect("rm starts");
            assert!(status.success(), "rm -rf failed");
            if capture { &mut kept } else { &mut plain }.push(wall.elapsed());
            if capture {
                let pack = store.resume("bench", &id).expect("the step");
                pack.finish(&StepOutcome::default()).expect("finished");
            }
        }
    }
    plain.sort_unstable();
    kept.sort_unstable();
    let (plain, kept) = (plain[2].as_secs_f64(), kept[2].as_secs_f64());
    println!(
        "\nrm -rf of 10 000 files, median of 5: plain {:.0} ms, with capture {:.0} ms, {:.2} x",
        plain * 1e3,
        kept * 1e3,
        kept / plain
    );
}
