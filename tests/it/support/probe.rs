//! One case, run by the real bash and by agentsh under its two names; everything a caller can see must be the same.

use super::patience::Patience;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

/// No probe takes a second; one that takes this long hangs.
const PATIENCE: Duration = Duration::from_secs(60);
/// PATH of every probe; the first shell of a name on it is the real one.
pub const SEARCH: &str = "/usr/local/bin:/usr/bin:/bin";

/// What standard input is.
#[derive(Clone, Debug)]
pub enum Input {
    /// `/dev/null`.
    Null,
    /// A pipe with these bytes, then its end.
    Pipe(Vec<u8>),
    /// A regular file with these bytes.
    File(Vec<u8>),
}

/// One case.
#[derive(Clone, Debug)]
pub struct Probe {
    pub argv0: OsString,
    pub arguments: Vec<OsString>,
    input: Input,
    env: Vec<(OsString, Option<OsString>)>,
    files: Vec<(String, Vec<u8>)>,
    before: Option<String>,
    under: Vec<String>,
    shell: &'static str,
}

/// What a caller sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    pub out: String,
    pub err: String,
    pub status: String,
}

/// A probe of `bash ARGUMENTS`.
pub fn probe<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> Probe {
    Probe {
        argv0: "bash".into(),
        arguments: arguments.into_iter().map(|word| word.as_ref().to_owned()).collect(),
        input: Input::Null,
        env: Vec::new(),
        files: Vec::new(),
        before: None,
        under: Vec::new(),
        shell: "bash",
    }
}

/// A probe of `bash -c LINE`.
pub fn line(line: impl AsRef<OsStr>) -> Probe {
    probe([OsStr::new("-c"), line.as_ref()])
}

impl Probe {
    /// `argv[0]`; a name that is or ends in `bash` becomes `agentsh` where agentsh runs by its own name.
    pub fn called(mut self, argv0: impl AsRef<OsStr>) -> Self {
        self.argv0 = argv0.as_ref().to_owned();
        self
    }

    /// Of another shell than bash.
    pub fn of(mut self, shell: &'static str) -> Self {
        self.shell = shell;
        self.argv0 = shell.into();
        self
    }

    pub fn pipe(mut self, bytes: impl AsRef<[u8]>) -> Self {
        self.input = Input::Pipe(bytes.as_ref().to_vec());
        self
    }

    pub fn stdin_file(mut self, bytes: impl AsRef<[u8]>) -> Self {
        self.input = Input::File(bytes.as_ref().to_vec());
        self
    }

    pub fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.env.push((name.as_ref().to_owned(), Some(value.as_ref().to_owned())));
        self
    }

    pub fn unset(mut self, name: impl AsRef<OsStr>) -> Self {
        self.env.push((name.as_ref().to_owned(), None));
        self
    }

    /// A file in the working directory, executable.
    pub fn file(mut self, name: &str, bytes: impl AsRef<[u8]>) -> Self {
        self.files.push((name.to_owned(), bytes.as_ref().to_vec()));
        self
    }

    /// Shell text run first, in the process that then becomes the shell.
    pub fn before(mut self, text: &str) -> Self {
        self.before = Some(text.to_owned());
        self
    }

    /// A program and its options that the shell is given to; `argv[0]` is then the shell's path.
    pub fn under<'a>(mut self, words: impl IntoIterator<Item = &'a str>) -> Self {
        self.under = words.into_iter().map(str::to_owned).collect();
        self
    }
}

/// agentsh under its names in a directory of its own, a home, and a working directory made anew for each run.
pub struct Bench {
    dir: tempfile::TempDir,
    _patience: Patience,
}

impl Bench {
    pub fn new() -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let bench = Self { dir, _patience: Patience::new() };
        for name in ["names", "home", "tmp"] {
            fs::create_dir(bench.path(name)).expect("a directory");
        }
        fs::write(bench.path("home/.inputrc"), "set enable-bracketed-paste off\n").expect("an inputrc");
        let built = Path::new(env!("CARGO_BIN_EXE_agentsh"));
        // The last is what SHELL says: a place of its own, so that no probe's own path appears in the environment.
        for name in ["names/agentsh", "names/bash", "names/sh", "names/rbash", "home/agentsh"] {
            let to = bench.path(name);
            fs::hard_link(built, &to).or_else(|_| fs::copy(built, &to).map(drop)).expect("an installed agentsh");
        }
        bench
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// agentsh by one of its names.
    pub fn agentsh(&self, name: &str) -> PathBuf {
        self.path("names").join(name)
    }

    /// The real shell of a name.
    pub fn real(name: &str) -> PathBuf {
        let found = SEARCH.split(':').map(|dir| Path::new(dir).join(name)).find(|file| file.exists());
        found.unwrap_or_else(|| panic!("{name} is needed for the tests"))
    }

    /// A working directory with the probe's files and nothing else.
    fn fresh_work(&self, probe: &Probe) -> PathBuf {
        let work = self.path("work");
        let _ = fs::remove_dir_all(&work);
        fs::create_dir(&work).expect("a working directory");
        for (name, bytes) in &probe.files {
            let file = work.join(name);
            if let Some(parent) = file.parent() {
                fs::create_dir_all(parent).expect("a directory");
            }
            fs::write(&file, bytes).expect("a file");
            fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).expect("its mode");
        }
        work
    }

    /// The command of a probe with `program` for the shell.
    pub fn command(&self, probe: &Probe, program: &Path, argv0: &OsStr) -> Command {
        let work = self.fresh_work(probe);
        let mut command = if let Some(before) = &probe.before {
            let mut command = Command::new(Self::real("bash"));
            let text = format!("{before}\nexec -a \"$1\" \"$2\" \"${{@:3}}\"");
            command.args(["--norc", "-c", text.as_str(), "before"]).arg(argv0).arg(program);
            command
        } else if let Some((first, rest)) = probe.under.split_first() {
            let mut command = Command::new(first);
            command.args(rest).arg(program);
            command
        } else {
            let mut command = Command::new(program);
            command.arg0(argv0);
            command
        };
        command.args(&probe.arguments).current_dir(work);
        self.set_environment(&mut command);
        for (name, value) in &probe.env {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        command
    }

    /// Nothing of the tester's own environment, and no state outside the temporary directory.
    pub fn set_environment(&self, command: &mut Command) {
        command.env_clear().env("PATH", SEARCH).env("LC_ALL", "C.UTF-8").env("TERM", "dumb").env("PS1", "P> ");
        command.env("HOME", self.path("home")).env("TMPDIR", self.path("tmp")).env("SHELL", self.path("home/agentsh"));
        for name in ["XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR"] {
            command.env(name, self.path("home").join(name));
        }
    }

    /// Runs a probe with one program.
    pub fn run(&self, probe: &Probe, program: &Path, argv0: &OsStr) -> Seen {
        let mut command = self.command(probe, program, argv0);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        match &probe.input {
            Input::Null => command.stdin(Stdio::null()),
            Input::Pipe(_) => command.stdin(Stdio::piped()),
            Input::File(bytes) => {
                let path = self.path("stdin");
                fs::write(&path, bytes).expect("a file for stdin");
                command.stdin(fs::File::open(&path).expect("a file for stdin"))
            }
        };
        let mut spawned = command.spawn();
        // Another test's child may hold a file we have just written open for writing until it becomes its program.
        while spawned.as_ref().is_err_and(|error| error.kind() == std::io::ErrorKind::ExecutableFileBusy) {
            std::thread::sleep(Duration::from_millis(2));
            spawned = command.spawn();
        }
        let mut child = match spawned {
            Ok(child) => child,
            Err(error) => {
                let status = format!("not started: {:?}", error.raw_os_error());
                return Seen { out: String::new(), err: String::new(), status };
            }
        };
        if let (Input::Pipe(bytes), Some(mut pipe)) = (&probe.input, child.stdin.take()) {
            let bytes = bytes.clone();
            // The shell may end without reading all of it.
            std::thread::spawn(move || pipe.write_all(&bytes).is_ok());
        }
        let real = Self::real(probe.shell);
        finish(child, (program.as_os_str().as_bytes(), real.as_os_str().as_bytes()))
    }

    /// Runs a probe with the real shell and with agentsh by both names; what differs, in words.
    fn difference(&self, probe: &Probe) -> Option<String> {
        let real = Self::real(probe.shell);
        let expected = self.run(probe, &real, &probe.argv0);
        let by_its_name = self.run(probe, &self.agentsh(probe.shell), &probe.argv0);
        let mut found = String::new();
        if by_its_name != expected {
            found += &format!("by the name {}: {by_its_name:#?}\n", probe.shell);
        }
        if probe.shell == "bash" {
            let argv0 = own_name(&probe.argv0);
            let by_own_name = self.run(probe, &self.agentsh("agentsh"), &argv0);
            if by_own_name != expected {
                found += &format!("by its own name: {by_own_name:#?}\n");
            }
        }
        let words = (&probe.argv0, &probe.arguments);
        (!found.is_empty()).then(|| format!("{words:?}\nthe real shell: {expected:#?}\n{found}"))
    }
}

fn own_name(argv0: &OsStr) -> OsString {
    match argv0.to_str() {
        Some("bash") => "agentsh".into(),
        Some("-bash") => "-agentsh".into(),
        _ => argv0.to_owned(),
    }
}

/// Fails with all probes that agentsh answers in another way than the real shell.
#[expect(clippy::print_stdout, reason = "how many there were is shown with --nocapture")]
pub fn check(probes: impl IntoIterator<Item = Probe>) {
    let bench = Bench::new();
    let mut count = 0;
    let probes = probes.into_iter().inspect(|_| count += 1);
    let different: Vec<String> = probes.filter_map(|probe| bench.difference(&probe)).collect();
    println!("{count} probes");
    assert!(different.is_empty(), "{} differ\n\n{}", different.len(), different.join("\n"));
}

/// Waits for the end of a child and of all that holds its output, in which the first of `names` is shown as the second.
fn finish(mut child: Child, names: (&[u8], &[u8])) -> Seen {
    let mut streams: Vec<Box<dyn Read + Send>> = Vec::new();
    streams.extend(child.stdout.take().map(|stream| Box::new(stream) as Box<dyn Read + Send>));
    streams.extend(child.stderr.take().map(|stream| Box::new(stream) as Box<dyn Read + Send>));
    let readers: Vec<_> = streams
        .into_iter()
        .map(|mut stream| {
            let (sender, receiver) = mpsc::channel();
            std::thread::spawn(move || {
                let mut bytes = Vec::new();
                let _ = stream.read_to_end(&mut bytes);
                sender.send(bytes)
            });
            receiver
        })
        .collect();
    let texts: Vec<_> = readers.iter().map(|reader| reader.recv_timeout(PATIENCE)).collect();
    if texts.iter().any(Result::is_err) {
        let _ = child.kill();
    }
    let status = child.wait().expect("a child to wait for");
    let status = status.code().map_or_else(|| format!("signal {:?}", status.signal()), |code| format!("exit {code}"));
    let mut texts = texts.into_iter().map(|text| match text {
        Ok(text) => shown(&text, names),
        Err(_) => "HANGS".to_owned(),
    });
    Seen { out: texts.next().unwrap_or_default(), err: texts.next().unwrap_or_default(), status }
}

/// Bytes as text that shows every one of them.
fn shown(bytes: &[u8], (from, to): (&[u8], &[u8])) -> String {
    let mut text = String::new();
    let mut rest = bytes;
    while let Some(&byte) = rest.first() {
        if rest.starts_with(from) {
            text += &to.escape_ascii().to_string();
            rest = &rest[from.len()..];
            continue;
        }
        match byte {
            b'\n' => text.push('\n'),
            byte => text += &byte.escape_ascii().to_string(),
        }
        rest = &rest[1..];
    }
    text
}
