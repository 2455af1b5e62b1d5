//! What the guard costs: the same work without agentsh and under a guarded agentsh, in turn, in one run.
//!
//! Wall time is what the caller waits. CPU is user and system time of all that a line starts, its supervisor and what that
//! does after the line has ended included; on a disturbed machine it is the figure to trust.
//!
//! `cargo bench --bench guard`; for an installed agentsh give its path: `AGENTSH=~/.local/bin/agentsh cargo bench --bench
//! guard`. `BENCH_DIR` says on which file system. Names of parts choose among them (`start calls exec removal daemon builds own`). Prints figures and decides nothing.
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::fs;
use std::hint::black_box;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Opaque to whoever reads it: which way it goes is known only when it runs.
const NOTHING: &str = "eval \"${RANDOM:+:}\"";
/// Files of the calls that are measured one by one.
const FILES: usize = 2000;
/// Files of the tree that is removed.
const TREE: usize = 50_000;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--bench")).collect();
    if arguments.first().is_some_and(|word| word == "client") {
        return client(&arguments[1], Path::new(&arguments[2]));
    }
    if arguments.iter().any(|word| word == "--list") {
        return;
    }
    // What a line leaves behind becomes ours, so that it can be waited for and weighed.
    nix::sys::prctl::set_child_subreaper(true).expect("it may be one");
    let bench = Bench::new();
    let wanted = |part: &str| arguments.is_empty() || arguments.iter().any(|word| word == part);
    if wanted("start") {
        bench.start();
    }
    if wanted("calls") {
        bench.calls();
    }
    if wanted("exec") {
        // A line that shows that it only reads would not be guarded.
        bench.pair("2000 x /bin/true", &format!("{NOTHING}; i=0; while ((i++ < 2000)); do /bin/true; done"), 5, |_| {});
    }
    if wanted("removal") {
        bench.pair(&format!("rm -rf of {TREE} files"), "rm -rf tree", 3, |work| grow(&work.join("tree"), TREE));
        bench.undo();
    }
    if wanted("daemon") {
        bench.daemon();
    }
    if wanted("builds") {
        bench.builds();
    }
    if wanted("own") {
        let line =
            format!("cd {} && cargo build --offline -q --target-dir \"$OLDPWD/own\"", env!("CARGO_MANIFEST_DIR"));
        bench.pair("cargo build of agentsh", &line, 3, |work| drop(fs::remove_dir_all(work.join("own"))));
    }
}

struct Bench {
    home: tempfile::TempDir,
    agentsh: PathBuf,
}

impl Bench {
    fn new() -> Self {
        // Not in the temporary directory, which may be memory.
        let disk = std::env::var_os("BENCH_DIR").unwrap_or_else(|| env!("CARGO_TARGET_TMPDIR").into());
        let home = tempfile::tempdir_in(disk).expect("a folder");
        let built =
            std::env::var_os("AGENTSH").map_or_else(|| PathBuf::from(env!("CARGO_BIN_EXE_agentsh")), PathBuf::from);
        // Written in one go, as an installer does: what a linker wrote lies in the page cache in small pieces.
        let agentsh = home.path().join("agentsh");
        for (from, to) in
            [(built.clone(), agentsh.clone()), (built.with_file_name("agentshctl"), home.path().join("agentshctl"))]
        {
            fs::write(&to, fs::read(from).expect("a program")).expect("a copy");
            fs::set_permissions(&to, fs::Permissions::from_mode(0o755)).expect("a mode");
        }
        fs::create_dir_all(home.path().join(".config/agentsh")).expect("a folder");
        fs::write(home.path().join(".config/agentsh/config.toml"), "guard = \"on\"\n").expect("a setting");
        fs::create_dir(home.path().join("work")).expect("a folder");
        Self { home, agentsh }
    }

    fn work(&self) -> PathBuf {
        self.home.path().join("work")
    }

    fn command(&self, shell: &Path, line: &str) -> Command {
        let mut command = self.program(shell);
        command.arg("-c").arg(line);
        command
    }

    fn program(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.work()).stdin(Stdio::null()).stdout(Stdio::null());
        command.stderr(Stdio::null());
        command.env("XDG_STATE_HOME", self.home.path().join("state"));
        command.env("XDG_CONFIG_HOME", self.home.path().join(".config"));
        command
    }

    fn once(&self, shell: &Path, line: &str) -> Duration {
        let begun = Instant::now();
        let status = self.command(shell, line).status().expect("the shell starts");
        let took = begun.elapsed();
        assert!(status.success(), "{} -c {line:?} ended with {status}", shell.display());
        took
    }

    /// Microseconds of wall and CPU time of a line and all it leaves behind.
    fn weighed(&self, shell: &Path, line: &str) -> (u128, u128) {
        let before = cpu_of_children();
        let wall = self.once(shell, line).as_micros();
        while nix::sys::wait::wait().is_ok() {}
        (wall, cpu_of_children() - before)
    }

    fn start(&self) {
        const RUNS: u128 = 500;
        let shells = [Path::new("/bin/bash"), &self.agentsh];
        let mut walls: [Vec<u128>; 2] = Default::default();
        let mut cpus = [0; 2];
        for run in 0..RUNS + 30 {
            for ((walls, cpus), shell) in walls.iter_mut().zip(&mut cpus).zip(shells) {
                let (wall, cpu) = self.weighed(shell, NOTHING);
                if run >= 30 {
                    walls.push(wall);
                    *cpus += cpu;
                }
            }
        }
        let [plain, guarded] = walls.map(figures);
        let [plain_cpu, guarded_cpu] = cpus.map(|cpu| cpu / RUNS);
        let row = |name: &str, wall: (i128, i128, i128), cpu: i128| {
            println!("{name:<34}{:>10}{:>10}{:>10}{cpu:>10}", wall.0, wall.1, wall.2);
        };
        let signed = |wall: (u128, u128, u128)| (wall.0 as i128, wall.1 as i128, wall.2 as i128);
        let (plain, guarded, cpu) = (signed(plain), signed(guarded), [plain_cpu as i128, guarded_cpu as i128]);
        println!("{:<34}{:>10}{:>10}{:>10}{:>10}", "microseconds", "p50", "p99", "least", "mean CPU");
        row("bash -c, opaque line", plain, cpu[0]);
        row("guarded", guarded, cpu[1]);
        row("added", (guarded.0 - plain.0, guarded.1 - plain.1, guarded.2 - plain.2), cpu[1] - cpu[0]);
    }

    /// The same calls by this program, plain and guarded; it measures each by itself.
    fn calls(&self) {
        let own = std::env::current_exe().expect("a path");
        println!("{:<34}{:>9}{:>9}{:>9}{:>9}{:>9}", "nanoseconds a call", "p50", "p99", "guarded", "p99", "+p50");
        let mut folders = 0..;
        // What deletes comes last: ext4 goes about inodes that were freed in the last minute, one by one, for every new file.
        for mode in ["getppid", "look", "written", "create", "truncate-10k", "truncate-64k", "chmod", "unlink"] {
            let mut run = |shell: &Path| {
                let folder = format!("files{}", folders.next().unwrap_or_default());
                let line = format!("exec {} client {mode} {folder}", own.display());
                furnish(&self.work().join(&folder), mode);
                let output = self.command(shell, &line).stdout(Stdio::piped()).output().expect("the shell starts");
                // What a supervisor records afterwards is not to disturb the next.
                while nix::sys::wait::wait().is_ok() {}
                let text = String::from_utf8_lossy(&output.stdout).into_owned();
                let numbers: Vec<i128> = text.split_whitespace().filter_map(|word| word.parse().ok()).collect();
                assert_eq!(numbers.len(), 2, "{mode}: {text} {}", String::from_utf8_lossy(&output.stderr));
                (numbers[0], numbers[1])
            };
            let mut best = [(i128::MAX, i128::MAX); 2];
            for _ in 0..3 {
                for (best, shell) in best.iter_mut().zip([Path::new("/bin/bash"), &self.agentsh]) {
                    *best = run(shell).min(*best);
                }
            }
            let [plain, guarded] = best;
            let added = guarded.0 - plain.0;
            println!("{mode:<34}{:>9}{:>9}{:>9}{:>9}{added:>9}", plain.0, plain.1, guarded.0, guarded.1);
        }
    }

    /// Medians of a line under both, prepared anew each time.
    fn pair(&self, name: &str, line: &str, rounds: usize, prepare: impl Fn(&Path)) {
        let (mut plain, mut guarded) = (Vec::new(), Vec::new());
        for _ in 0..rounds {
            for (times, shell) in [(&mut plain, Path::new("/bin/bash")), (&mut guarded, &self.agentsh)] {
                prepare(&self.work());
                // What the preparation wrote is not to be paid by what is measured.
                nix::unistd::sync();
                times.push(self.weighed(shell, line));
            }
        }
        let medians = |times: Vec<(u128, u128)>| {
            let (wall, cpu): (Vec<u128>, Vec<u128>) = times.into_iter().unzip();
            (figures(wall).0, figures(cpu).0)
        };
        let (plain, guarded) = (medians(plain), medians(guarded));
        let row = |what: &str, plain: u128, guarded: u128| {
            let ratio = guarded as f64 / plain.max(1) as f64;
            println!("{what:<34} plain {:>7} ms   guarded {:>7} ms   x {ratio:.2}", plain / 1000, guarded / 1000);
        };
        row(name, plain.0, guarded.0);
        row("  CPU", plain.1, guarded.1);
    }

    /// What the removal before left in the store, and how long its undo takes.
    fn undo(&self) {
        let (mut stored, mut linked) = (0, 0);
        weigh(&self.home.path().join("state"), &mut |found| {
            // A link to what was removed copies nothing.
            let of_tree = found.len() == 3000;
            *if of_tree { &mut linked } else { &mut stored } += found.len();
        });
        let begun = Instant::now();
        let mut command = self.program(&self.home.path().join("agentshctl"));
        let status = command.args(["undo", "-y"]).status().expect("it starts");
        let took = begun.elapsed().as_millis();
        let mut back = 0;
        weigh(&self.work().join("tree"), &mut |_| back += 1);
        println!(
            "its undo: {took} ms, {status}, {back} files; kept in three steps: {} MB by links, {} MB of records",
            linked / 1_000_000,
            stored / 1_000_000
        );
    }

    /// The memory of a supervisor whose line has left a busy daemon.
    fn daemon(&self) {
        let script = "while (!-e 'stop') { for (1..500) { open F, '>', \"d$_\"; close F; unlink \"d$_\" } \
                      system '/bin/true'; $n += 500; open F, '>', 'count'; print F $n; close F }";
        let line = format!("perl -e '{}' >/dev/null 2>&1 & disown", script.replace('\'', "'\\''"));
        self.once(&self.agentsh, &line);
        for _ in 0..4 {
            std::thread::sleep(Duration::from_secs(5));
            let done = fs::read_to_string(self.work().join("count")).unwrap_or_default();
            let guards = fs::read_dir(self.home.path().join("state/agentsh/guards")).expect("a supervisor");
            for guard in guards.flatten() {
                let status = fs::read_to_string(format!("/proc/{}/status", guard.file_name().display()));
                let status = status.unwrap_or_default();
                let memory = status.lines().find(|line| line.starts_with("VmRSS")).unwrap_or_default();
                println!("supervisor of a daemon after {done:>8} files: {memory}");
            }
        }
        fs::write(self.work().join("stop"), "").expect("a file");
    }

    fn builds(&self) {
        let work = self.work();
        let krate = work.join("crate");
        fs::create_dir_all(krate.join("src")).expect("a folder");
        fs::write(krate.join("Cargo.toml"), "[package]\nname = \"small\"\nversion = \"0.1.0\"\nedition = \"2021\"\n")
            .expect("a manifest");
        let modules: String = (0..40).map(|number| format!("mod m{number};\n")).collect();
        fs::write(krate.join("src/main.rs"), format!("{modules}fn main() {{}}\n")).expect("a source");
        for number in 0..40 {
            let text: String = (0..60)
                .map(|index| format!("pub fn f{index}(x: &[u64]) -> Vec<String> {{ x.iter().map(|y| format!(\"{{:?}}\", y + {index})).collect() }}\n"))
                .collect();
            fs::write(krate.join(format!("src/m{number}.rs")), format!("#![allow(dead_code)]\n{text}"))
                .expect("a source");
        }
        let remove = |what: &'static str| move |work: &Path| drop(fs::remove_dir_all(work.join(what)));
        self.pair("cargo build", "cd crate && cargo build --offline -q", 5, remove("crate/target"));
        self.c_project();
        self.pair("git clone + make", "git clone -q origin clone && make -s -C clone", 5, remove("clone"));
        if Command::new("npm").arg("--version").output().is_ok_and(|output| output.status.success()) {
            self.packages();
            let line = "cd app && npm ci --offline --no-audit --no-fund --cache ../cache";
            self.pair("npm ci", line, 3, remove("app/node_modules"));
            self.pair("npm ci over an old tree", line, 3, |_| {});
        }
    }

    fn c_project(&self) {
        let origin = self.work().join("origin");
        fs::create_dir_all(&origin).expect("a folder");
        for number in 0..150 {
            let text: String =
                (0..80).map(|index| format!("int f{number}_{index}(int x) {{ return x * {index}; }}\n")).collect();
            fs::write(origin.join(format!("f{number}.c")), text).expect("a source");
        }
        fs::write(origin.join("main.c"), "int main(void) { return 0; }\n").expect("a source");
        let rule = "OBJECTS := $(patsubst %.c,%.o,$(wildcard *.c))\nall: program\nprogram: $(OBJECTS)\n\tcc -o $@ $^\n";
        fs::write(origin.join("Makefile"), rule).expect("a makefile");
        let line = "cd origin && git init -q && git add . && git -c user.name=a -c user.email=a@b commit -qm x";
        self.once(Path::new("/bin/bash"), line);
    }

    /// A project of a hundred packages of thirty files, and npm's cache filled with them.
    fn packages(&self) {
        let work = self.work();
        fs::create_dir_all(work.join("app")).expect("a folder");
        let mut wants = Vec::new();
        for number in 0..100 {
            let folder = work.join(format!("packages/p{number}"));
            fs::create_dir_all(folder.join("lib")).expect("a folder");
            let manifest = format!("{{\"name\":\"p{number}\",\"version\":\"1.0.0\"}}");
            fs::write(folder.join("package.json"), manifest).expect("a manifest");
            for file in 0..30 {
                let text = format!("module.exports = {{ value: {file} }};\n").repeat(30);
                fs::write(folder.join(format!("lib/f{file}.js")), text).expect("a source");
            }
            wants.push(format!("\"p{number}\":\"file:../tarballs/p{number}-1.0.0.tgz\""));
        }
        let manifest = format!("{{\"name\":\"app\",\"version\":\"1.0.0\",\"dependencies\":{{{}}}}}", wants.join(","));
        fs::write(work.join("app/package.json"), manifest).expect("a manifest");
        let line = "mkdir -p tarballs && for p in packages/*; do n=${p#packages/}; mkdir -p t/package && cp -r $p/. t/package && \
                    tar -C t -czf tarballs/$n-1.0.0.tgz package && rm -r t; done; cd app && \
                    npm install --offline --no-audit --no-fund --cache ../cache";
        self.once(Path::new("/bin/bash"), line);
    }
}

/// Microseconds of user and system time of all children that were waited for, to ten milliseconds (proc_pid_stat(5)).
fn cpu_of_children() -> u128 {
    let stat = fs::read_to_string("/proc/self/stat").expect("our own entry");
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    fields.skip(13).take(2).filter_map(|field| field.parse::<u128>().ok()).sum::<u128>() * 10_000
}

/// Median, 99th percentile and least.
fn figures(mut values: Vec<u128>) -> (u128, u128, u128) {
    values.sort_unstable();
    (values[values.len() / 2], values[(values.len() * 99 / 100).min(values.len() - 1)], values[0])
}

fn grow(root: &Path, count: usize) {
    for folder in 0..count / 100 {
        let folder = root.join(format!("d{}/e{folder}", folder % 10));
        fs::create_dir_all(&folder).expect("a folder");
        for file in 0..100 {
            fs::write(folder.join(format!("file{file}")), [b'x'; 3000]).expect("a file");
        }
    }
}

/// Every regular file below a folder.
fn weigh(folder: &Path, each: &mut dyn FnMut(fs::Metadata)) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        match entry.metadata() {
            Ok(found) if found.is_dir() => weigh(&entry.path(), each),
            Ok(found) if found.is_file() => each(found),
            _ => {}
        }
    }
}

fn furnish(folder: &Path, mode: &str) {
    fs::create_dir_all(folder).expect("a folder");
    let size = if mode.ends_with("64k") { 64 << 10 } else { 10 << 10 };
    if mode != "create" {
        (0..FILES).for_each(|number| fs::write(folder.join(number.to_string()), vec![b'y'; size]).expect("a file"));
    }
    nix::unistd::sync();
}

/// Makes the calls of one mode and prints median and 99th percentile in nanoseconds.
fn client(mode: &str, folder: &Path) {
    let name = |number: usize| folder.join(number.to_string());
    let open = |number: usize, options: &mut fs::OpenOptions| drop(options.open(name(number)).expect("a file"));
    let call: Box<dyn Fn(usize)> = match mode {
        "getppid" => Box::new(|_| {
            let _ = black_box(nix::unistd::getppid());
        }),
        "look" => Box::new(|number| open(number, fs::OpenOptions::new().read(true))),
        "written" => Box::new(|_| open(0, fs::OpenOptions::new().write(true))),
        "create" => Box::new(|number| open(number, fs::OpenOptions::new().write(true).create(true).mode(0o644))),
        "unlink" => Box::new(|number| fs::remove_file(name(number)).expect("a file")),
        "chmod" => {
            Box::new(|number| fs::set_permissions(name(number), fs::Permissions::from_mode(0o600)).expect("a file"))
        }
        _ => Box::new(|number| open(number, fs::OpenOptions::new().write(true).truncate(true))),
    };
    call(0);
    let times = (1..FILES).map(|number| {
        let begun = Instant::now();
        call(number);
        begun.elapsed().as_nanos()
    });
    let (median, last, _) = figures(times.collect());
    println!("{median} {last}");
}
