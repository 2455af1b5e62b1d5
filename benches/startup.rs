//! What agentsh adds to a line: the same line under bash and under agentsh in turn, as whole processes.
//!
//! `cargo bench --bench startup` measures the binary cargo builds; for the installed, static one give its path:
//! `AGENTSH=~/.local/bin/agentsh cargo bench --bench startup`. Prints microseconds; decides nothing. The last three columns are
//! by how much ours was slower than the bash started right before it, and how far two starts of bash itself lie apart: where
//! the last is large, the machine and not the shell makes the other 99th percentiles.
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Counted runs of each command; a tenth of them more go first as warm-up.
const RUNS: usize = 1000;

/// The shapes of lines that matter: nothing, a read-only pipeline, a long here-document, a captured change.
fn lines() -> Vec<(&'static str, String)> {
    let body: String = (0..250).map(|number| format!("line {number} of some file's text\n")).collect();
    vec![
        ("nothing", ":".to_owned()),
        ("read-only pipeline", "git status --short | head -3".to_owned()),
        ("10 kB here-document", format!("cat >/dev/null <<'EOF'\n{body}EOF")),
        ("captured write", "echo x > a.txt".to_owned()),
    ]
}

fn once(shell: &Path, line: &str, home: &Path) -> Duration {
    let mut command = Command::new(shell);
    command.arg("-c").arg(line).current_dir(home.join("tree")).stdin(Stdio::null()).stdout(Stdio::null());
    command.stderr(Stdio::null()).env("HOME", home).env_remove("XDG_STATE_HOME").env_remove("XDG_CONFIG_HOME");
    let start = Instant::now();
    let status = command.status().expect("the shell starts");
    let elapsed = start.elapsed();
    assert!(status.success(), "{} -c {line:?} ended with {status}", shell.display());
    elapsed
}

/// A copy written in one go, as the installer writes it: what a linker wrote piece by piece lies in the page cache in
/// small pieces, and starting it costs up to 0.3 ms more.
fn installed(program: &Path, home: &Path) -> PathBuf {
    let copy = home.join("agentsh");
    let bytes = std::fs::read(program).expect("the program is readable");
    std::fs::write(&copy, bytes).expect("the copy can be written");
    std::fs::set_permissions(&copy, std::fs::Permissions::from_mode(0o755)).expect("the copy is ours");
    copy
}

fn percentile(sorted: &[Duration], percent: usize) -> i128 {
    at(sorted, percent).as_micros() as i128
}

/// The value below which so many hundredths lie.
fn at<T: Copy>(sorted: &[T], percent: usize) -> T {
    sorted[(sorted.len() * percent / 100).min(sorted.len() - 1)]
}

/// By how many microseconds the second of each pair was slower, sorted.
fn differences<'a>(pairs: impl Iterator<Item = (&'a Duration, &'a Duration)>) -> Vec<i128> {
    let mut all: Vec<i128> = pairs.map(|(one, other)| other.as_micros() as i128 - one.as_micros() as i128).collect();
    all.sort_unstable();
    all
}

fn main() {
    let built = std::env::var_os("AGENTSH").map_or_else(|| PathBuf::from(env!("CARGO_BIN_EXE_agentsh")), PathBuf::from);
    let bash = PathBuf::from("/bin/bash");
    let home = tempfile::tempdir().expect("a temporary directory");
    let tree = home.path().join("tree");
    std::fs::create_dir(&tree).expect("a fresh directory");
    let git = Command::new("git").args(["init", "-q"]).current_dir(&tree).status().expect("git starts");
    assert!(git.success(), "git init failed");

    let ours = installed(&built, home.path());

    println!("{} against {}, {RUNS} runs each in turn, microseconds", built.display(), bash.display());
    println!(
        "{:<22}{:>9}{:>9}{:>9}{:>9}{:>8}{:>8}{:>7}{:>10}{:>8}{:>10}",
        "line", "bash p50", "p99", "ours p50", "p99", "+p50", "+p99", "ratio", "pair p50", "p99", "bash's p99"
    );
    for (name, line) in lines() {
        let (mut plain, mut judged) = (Vec::new(), Vec::new());
        for run in 0..RUNS + RUNS / 10 {
            let (a, b) = (once(&bash, &line, home.path()), once(&ours, &line, home.path()));
            if run >= RUNS / 10 {
                plain.push(a);
                judged.push(b);
            }
        }
        let pairs = differences(plain.iter().zip(&judged));
        let own = differences(plain.iter().zip(plain.iter().skip(1)).step_by(2));
        plain.sort_unstable();
        judged.sort_unstable();
        let (a50, a99) = (percentile(&plain, 50), percentile(&plain, 99));
        let (b50, b99) = (percentile(&judged, 50), percentile(&judged, 99));
        let ratio = b50 as f64 / a50 as f64;
        print!("{name:<22}{a50:>9}{a99:>9}{b50:>9}{b99:>9}{:>8}{:>8}{ratio:>7.2}", b50 - a50, b99 - a99);
        println!("{:>10}{:>8}{:>10}", at(&pairs, 50), at(&pairs, 99), at(&own, 99));
    }
}
