//! What keeping preimages costs: per file, and for `rm -rf` of a tree and its undo against the same without capture.
//!
//! `FILES=50000 cargo bench --bench capture` (without `FILES`, ten thousand). CPU is user and system time of this process and its children; decides nothing.
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use agentsh::checkpoint::{Durability, Limits, StepHeader, StepOutcome, Store, StoreSettings};
use agentsh::policy::{Extent, Obligation};
use agentsh::undo::{PlanOptions, UndoPlan};
use std::path::Path;
use std::process::Command;
use std::time::Instant;

const ROUNDS: usize = 3;

/// Microseconds of CPU of this thread (exact) and of the children it has waited for (in ticks of 10 ms), proc(5).
fn cpu() -> i64 {
    let field = |file: &str, index: usize| -> i64 {
        let text = std::fs::read_to_string(file).unwrap_or_default();
        let text = text.rsplit(')').next().unwrap_or_default();
        text.split_whitespace().nth(index).and_then(|word| word.parse().ok()).unwrap_or_default()
    };
    let ticks = field("/proc/self/stat", 13) + field("/proc/self/stat", 14);
    field("/proc/self/schedstat", 0) / 1000 + ticks * 10_000
}

/// Wall and CPU microseconds of `work`.
fn timed(work: impl FnOnce()) -> (i64, i64) {
    let (start, before) = (Instant::now(), cpu());
    work();
    (start.elapsed().as_micros() as i64, cpu() - before)
}

fn median(mut values: Vec<(i64, i64)>) -> (i64, i64) {
    values.sort_unstable();
    let wall = values[values.len() / 2].0;
    values.sort_unstable_by_key(|value| value.1);
    (wall, values[values.len() / 2].1)
}

fn grow(root: &Path, size: usize, files: usize) {
    let bytes = vec![b'x'; size];
    for folder in 0..100 {
        let folder = root.join(format!("d{folder}"));
        std::fs::create_dir_all(&folder).expect("mkdir");
        for file in 0..files / 100 {
            std::fs::write(folder.join(format!("file{file}")), &bytes).expect("write");
        }
    }
}

fn remove(root: &Path) {
    assert!(Command::new("rm").arg("-rf").arg(root).status().expect("rm").success());
}

fn header(id: usize) -> StepHeader {
    StepHeader { id: format!("k{id}"), session: "bench".into(), ..StepHeader::default() }
}

fn main() {
    if std::env::args().any(|argument| argument == "--list") {
        return;
    }
    let files = std::env::var("FILES").ok().and_then(|count| count.parse().ok()).unwrap_or(10_000);
    // Not in the temporary directory, which may be memory.
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("folder");
    let root = folder.path().canonicalize().expect("path");
    let tree = root.join("tree");
    let mut step = 0;
    let modes = [
        ("group, default", Durability::Group, Limits::default().inline_tree_bytes),
        ("group, links only", Durability::Group, 0),
        ("process, links only", Durability::Process, 0),
    ];
    println!("rm -rf of {files} files of 6000 bytes, medians of {ROUNDS}, milliseconds: wall / CPU");
    let mut rows: Vec<Vec<(i64, i64)>> = vec![Vec::new(); 1 + 4 * modes.len()];
    for _ in 0..ROUNDS {
        grow(&tree, 6000, files);

        rows[0].push(timed(|| remove(&tree)));
        for (index, (name, durability, inline_tree_bytes)) in modes.iter().enumerate() {
            step += 1;
            grow(&tree, 6000, files);

            let limits = Limits { inline_tree_bytes: *inline_tree_bytes, keep_free_percent: 0, ..Limits::default() };
            let settings = StoreSettings { limits, durability: *durability };
            let store = Store::open(&root.join("state"), settings).expect("store");
            let pack = store.begin(&header(step)).expect("begin");
            let obligation = Obligation { path: tree.clone(), extent: Extent::UnlinkedTree };
            let row = 1 + index * 4;
            rows[row].push(timed(|| {
                pack.capture(&obligation).expect("capture");
                pack.seal().expect("seal");
            }));
            rows[row + 1].push(timed(|| remove(&tree)));
            rows[row + 2].push(timed(|| drop(pack.finish(&StepOutcome::default()).expect("finish"))));
            let loaded = store.load("bench", &format!("k{step}")).expect("load");
            rows[row + 3].push(timed(|| {
                step += 1;
                let undo = store.begin(&header(step)).expect("begin");
                let applied = UndoPlan::of(&loaded, &PlanOptions::default()).apply(&loaded, &undo).expect("undo");
                let skipped = applied.items.iter().find(|item| !item.is_ready());
                assert!(skipped.is_none(), "{name}: {} skipped, first {skipped:?}", applied.skipped());
            }));
            remove(&tree);
            remove(&root.join("state"));
        }
    }
    let medians: Vec<(i64, i64)> = rows.into_iter().map(median).collect();
    let show = |(wall, cpu): (i64, i64)| format!("{:>6.1} / {:>6.1}", wall as f64 / 1000.0, cpu as f64 / 1000.0);
    println!("{:<34} {}", "plain", show(medians[0]));
    for (index, (name, ..)) in modes.iter().enumerate() {
        let row = &medians[1 + index * 4..5 + index * 4];
        let whole = (row[0].0 + row[1].0) as f64 / medians[0].0 as f64;
        let per_file = row[0].1 as f64 / files as f64;
        println!(
            "{name:<34} capture {}   rm {}   finish {}   undo {}",
            show(row[0]),
            show(row[1]),
            show(row[2]),
            show(row[3])
        );
        println!("{:<34} {whole:.2} x plain (wall), {per_file:.1} µs CPU a file", "");
    }
    single_files(&root);
}

/// One obligation a file, as policy gives them.
fn single_files(root: &Path) {
    println!("one obligation a file, 1000 files, medians of {ROUNDS}, µs a file: wall / CPU");
    for size in [0, 6000, 65536] {
        for extent in [Extent::Name, Extent::Metadata, Extent::Unlinked, Extent::Contents] {
            let folder = root.join("single");
            std::fs::create_dir_all(&folder).expect("mkdir");
            let paths: Vec<_> = (0..1000).map(|number| folder.join(format!("f{number}"))).collect();
            let mut runs = Vec::new();
            for round in 0..ROUNDS {
                paths.iter().for_each(|path| std::fs::write(path, vec![b'y'; size]).expect("write"));
                let limits = Limits { keep_free_percent: 0, ..Limits::default() };
                let store =
                    Store::open(&root.join("state"), StoreSettings { limits, ..Default::default() }).expect("store");
                let pack = store.begin(&header(round)).expect("begin");

                runs.push(timed(|| {
                    for path in &paths {
                        pack.capture(&Obligation { path: path.clone(), extent }).expect("capture");
                    }
                    pack.seal().expect("seal");
                }));
                remove(&root.join("state"));
            }
            let (wall, cpu) = median(runs);
            println!("{size:>6} bytes {extent:<9?} {:>7.1} / {:>7.1}", wall as f64 / 1000.0, cpu as f64 / 1000.0);
        }
    }
}
