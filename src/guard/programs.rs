//! Judges a program that is about to start, on its real argv, directory and environment.

use super::call::Name;
use super::process::Process;
use crate::approval::{Appraiser, Question};
use crate::effect::{Effect, Entry, Reversibility, Start, World};
use crate::grammar::Known;
use crate::host::{Disk, Session};
use crate::policy::{Decision, Reason, Verdict};
use crate::sys;
use std::collections::{HashMap, HashSet};
use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Bytes of argv or environment that are read; beyond, the program is not judged and not run.
const MOST_BYTES: usize = 8 << 20;
/// Programs remembered as allowed.
const MOST_REMEMBERED: usize = 20_000;
/// A refused process tries the rest of PATH within this time.
const PATH_WALK: Duration = Duration::from_secs(1);
/// What a shell does itself. All else in its text is judged when the shell starts it.
const OWN_DOINGS: [&str; 4] = ["redirection", "kill", "ulimit", "trap"];
const SHELLS: [&str; 9] = ["sh", "bash", "dash", "zsh", "ksh", "mksh", "ash", "rbash", "busybox"];

/// What is to become of it.
#[derive(Debug)]
pub(super) enum Judgement {
    /// It may start.
    Pass,
    /// A person has to decide, or a rule denies it.
    Question(Box<Question>, Wanted),
    /// The same process has just been refused it: it tries the next directory of PATH, where a program of that name is too.
    Again,
}

/// What a process wants to start, for [`Programs::refused`].
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) argv: Vec<Vec<u8>>,
    pub(super) directory: PathBuf,
}

/// The judge of programs.
pub(super) struct Programs<'a> {
    pub(super) appraiser: &'a Appraiser,
    pub(super) session: &'a Session,
    /// What the line was cleared under.
    pub(super) cleared: &'a Verdict,
    pub(super) remembered: Mutex<HashSet<[u8; 32]>>,
    /// What was asked about and when, with the process that wanted it.
    pub(super) asked: Mutex<HashMap<(i32, [u8; 32]), Instant>>,
}

impl Programs<'_> {
    /// Judges it. An error means that it could not be read what would start.
    pub(super) fn judge(&self, process: Process, name: &Name, argv: u64, environment: u64) -> io::Result<Judgement> {
        let directory = process.directory()?;
        let file = match *name {
            Name::Descriptor(number) => process.descriptor(number),
            Name::Path { directory: base, address } => match (process.path(address)?, base) {
                (path, _) if path.is_absolute() => process.own_view(&path),
                (path, libc::AT_FDCWD) => directory.join(path),
                (path, number) if path.as_os_str().is_empty() => process.descriptor(number),
                (path, number) => process.descriptor(number).join(path),
            },
        };
        // A walk along PATH tries many names that are not there: the kernel says so, and nothing starts.
        let Ok(found) = std::fs::metadata(&file) else { return Ok(Judgement::Pass) };
        let argv = sys::read_strings(process.thread, argv, MOST_BYTES)?;
        let key = key_of(Some(&found), &argv, &directory);
        if self.remembered.lock().unwrap_or_else(PoisonError::into_inner).contains(&key) {
            return Ok(Judgement::Pass);
        }
        let wanted = (process.thread, key_of(None, &argv, &directory));
        let just = self.asked.lock().unwrap_or_else(PoisonError::into_inner).get(&wanted).map(Instant::elapsed);
        if just.is_some_and(|since| since < PATH_WALK) {
            return Ok(Judgement::Again);
        }
        if is_transport(process, &file, &argv) || is_housekeeping(process, &file, &argv) {
            return Ok(Judgement::Pass);
        }
        let variables = sys::read_strings(process.thread, environment, MOST_BYTES)?;
        let file = std::fs::read_link(&file)
            .ok()
            .filter(|real| real.is_absolute() && file.starts_with("/proc"))
            .unwrap_or(file);
        let world = Surroundings { disk: Disk::new(directory.clone()), variables };
        for line in lines_of(&file, &argv) {
            let start = Start { zero: b"sh".to_vec(), ..Start::default() };
            let appraisal = self.appraiser.appraise_in(&line, &start, &world);
            if self.is_gated(&appraisal.verdict, &file) {
                let mut question = self.appraiser.question(appraisal, self.session);
                question.cwd.clone_from(&directory);
                return Ok(Judgement::Question(Box::new(question), Wanted { argv, directory }));
            }
        }
        let mut remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        if remembered.len() >= MOST_REMEMBERED {
            remembered.clear();
        }
        remembered.insert(key);
        Ok(Judgement::Pass)
    }

    /// True when some reason asks or denies that the line's own clearance does not cover, and that nothing later looks at.
    /// Reasons about the line as a whole (that it is opaque) are answered by the guard being there.
    fn is_gated(&self, verdict: &Verdict, file: &Path) -> bool {
        let shell =
            is_shell(file) || interpreter(file).is_some_and(|program| is_shell(Path::new(OsStr::from_bytes(&program))));
        verdict.reasons.iter().any(|reason| {
            let effect = reason.effect.and_then(|index| verdict.effects.get(index));
            let gates = match reason.decision {
                Decision::Allow => false,
                Decision::Ask => effect.is_some_and(|effect| effect.reversibility != Reversibility::Opaque),
                Decision::Deny => true,
            };
            let later = shell && effect.is_some_and(|effect| !OWN_DOINGS.contains(&effect.program.as_str()));
            gates && !later && !self.covers(reason, effect)
        })
    }

    /// Notes that a process is refused what it wants; whatever it had been asked about long ago is forgotten.
    pub(super) fn refused(&self, process: Process, argv: &[Vec<u8>], directory: &Path) {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.retain(|_, when| when.elapsed() < PATH_WALK);
        asked.insert((process.thread, key_of(None, argv, directory)), Instant::now());
    }

    /// True when the line was cleared for the same reason about the same thing.
    fn covers(&self, reason: &Reason, effect: Option<&Effect>) -> bool {
        self.cleared.reasons.iter().any(|known| {
            let cleared = known.effect.and_then(|index| self.cleared.effects.get(index));
            known.rule == reason.rule
                && match (cleared, effect) {
                    (Some(cleared), Some(effect)) => is_within(effect, cleared),
                    (None, _) => true,
                    (Some(_), None) => false,
                }
        })
    }
}

fn is_shell(file: &Path) -> bool {
    file.file_name().is_some_and(|name| SHELLS.iter().any(|shell| name == *shell))
}

/// The program a script names in its first line, behind `env` too (execve(2), interpreter scripts).
fn interpreter(file: &Path) -> Option<Vec<u8>> {
    use std::io::Read;
    let mut head = Vec::new();
    std::fs::File::open(file).ok()?.take(256).read_to_end(&mut head).ok()?;
    let line = head.strip_prefix(b"#!")?.split(|byte| *byte == b'\n').next()?;
    let mut words = line.split(|byte| byte.is_ascii_whitespace()).filter(|word| !word.is_empty());
    let first = words.next()?;
    if first.ends_with(b"/env") {
        return Some(words.find(|word| !word.starts_with(b"-") && !word.contains(&b'='))?.to_vec());
    }
    Some(first.to_vec())
}

/// True when one effect is the other, or one of those the other stands for.
fn is_within(effect: &Effect, cleared: &Effect) -> bool {
    let named = match (&cleared.object.name, &effect.object.name) {
        (Known::Nothing, _) => true,
        (Known::Begins(prefix), Known::Exactly(name) | Known::Begins(name)) => name.starts_with(prefix),
        (cleared, name) => cleared == name,
    };
    effect.verb == cleared.verb && effect.object.kind == cleared.object.kind && named
}

/// The command as lines to be judged: by its file, and by `argv[0]` where that says something else.
fn lines_of(file: &Path, argv: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let base = |path: &[u8]| path.rsplit(|byte| *byte == b'/').next().unwrap_or_default().to_vec();
    let own = base(file.as_os_str().as_bytes());
    let shown = argv.first().map(|word| base(word.strip_prefix(b"-").unwrap_or(word))).unwrap_or_default();
    let arguments = argv.get(1..).unwrap_or_default();
    let line = |first: &[u8]| {
        let words = std::iter::once(first).chain(arguments.iter().map(Vec::as_slice));
        words.map(quoted).collect::<Vec<_>>().join(&b' ')
    };
    // A name found along PATH is written as it would be typed, so that it reads as the person knows it.
    let typed = own == shown && !shown.is_empty() && on_path(file);
    let mut lines = vec![line(if typed { &shown } else { file.as_os_str().as_bytes() })];
    if !shown.is_empty() && shown != own {
        lines.push(line(&shown));
    }
    lines
}

pub(super) fn on_path(file: &Path) -> bool {
    let usual = ["/bin", "/usr/bin", "/usr/local/bin", "/sbin", "/usr/sbin"].map(Path::new);
    file.parent().is_some_and(|folder| usual.contains(&folder))
}

/// A word as a shell would be given it.
fn quoted(word: &[u8]) -> Vec<u8> {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-./:@%+,=".contains(byte);
    // A word with `=` before the command's name would be an assignment; behind it, it is itself.
    if !word.is_empty() && word.iter().all(plain) && !word.contains(&b'=') {
        return word.to_vec();
    }
    let mut quoted = vec![b'\''];
    for byte in word {
        match byte {
            b'\'' => quoted.extend_from_slice(b"'\\''"),
            byte => quoted.push(*byte),
        }
    }
    quoted.push(b'\'');
    quoted
}

/// True for the connection of a git that was judged itself when it was started: its far end is git again.
fn is_transport(process: Process, file: &Path, argv: &[Vec<u8>]) -> bool {
    let far = [&b"git-receive-pack '"[..], b"git-upload-pack '", b"git-upload-archive '"];
    let ssh = file.file_name().is_some_and(|name| name == "ssh") && on_path(file);
    let last = argv.last().is_some_and(|word| {
        far.iter().any(|far| word.strip_prefix(*far).and_then(|rest| rest.strip_suffix(b"'")).is_some_and(is_inert))
    });
    ssh && last && process.parent_program().is_some_and(|program| is_git(&program))
}

/// True for what a git that was judged itself starts to keep its own house, as `git commit` does now and then.
fn is_housekeeping(process: Process, file: &Path, argv: &[Vec<u8>]) -> bool {
    const CHORES: [&[u8]; 11] = [
        b"gc",
        b"maintenance",
        b"reflog",
        b"repack",
        b"prune",
        b"prune-packed",
        b"pack-refs",
        b"pack-objects",
        b"worktree",
        b"rerere",
        b"commit-graph",
    ];
    is_git(file)
        && argv.get(1).is_some_and(|word| CHORES.contains(&word.as_slice()))
        && process.parent_program().is_some_and(|program| is_git(&program))
}

fn is_inert(path: &[u8]) -> bool {
    !path.iter().any(|byte| b"'\n;&|".contains(byte))
}

pub(super) fn is_git(program: &Path) -> bool {
    let core = program.parent().is_some_and(|folder| folder.ends_with("git-core"));
    program.file_name().is_some_and(|name| name.as_bytes().starts_with(b"git")) && (core || on_path(program))
}

fn key_of(file: Option<&std::fs::Metadata>, argv: &[Vec<u8>], directory: &Path) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    for number in file.into_iter().flat_map(identity) {
        hasher.update(&number.to_le_bytes());
    }
    for word in argv.iter().map(Vec::as_slice).chain([directory.as_os_str().as_bytes()]) {
        hasher.update(&(word.len() as u64).to_le_bytes());
        hasher.update(word);
    }
    *hasher.finalize().as_bytes()
}

fn identity(file: &std::fs::Metadata) -> [u64; 4] {
    [file.dev(), file.ino(), file.mtime().cast_unsigned(), file.mtime_nsec().cast_unsigned()]
}

/// The machine as the process about to start the program sees it.
struct Surroundings {
    disk: Disk,
    variables: Vec<Vec<u8>>,
}

impl World for Surroundings {
    fn working_directory(&self) -> PathBuf {
        self.disk.working_directory()
    }

    fn variable(&self, name: &[u8]) -> Option<Vec<u8>> {
        let value = |text: &Vec<u8>| Some(text.strip_prefix(name)?.strip_prefix(b"=")?.to_vec());
        self.variables.iter().find_map(value)
    }

    fn exported_functions(&self) -> Vec<(Vec<u8>, Vec<u8>)> {
        let function = |text: &Vec<u8>| {
            let end = text.iter().position(|byte| *byte == b'=')?;
            let name = text[..end].strip_prefix(b"BASH_FUNC_")?.strip_suffix(b"%%")?;
            Some((name.to_vec(), text[end + 1..].to_vec()))
        };
        self.variables.iter().filter_map(function).collect()
    }

    fn home(&self, user: Option<&[u8]>) -> Option<PathBuf> {
        match (user, self.variable(b"HOME")) {
            (None, Some(home)) if home.starts_with(b"/") => Some(PathBuf::from(OsStr::from_bytes(&home))),
            _ => self.disk.home(user),
        }
    }

    fn inspect(&self, path: &Path) -> Option<Entry> {
        self.disk.inspect(path)
    }

    fn link_target(&self, path: &Path) -> Option<PathBuf> {
        self.disk.link_target(path)
    }

    fn names(&self, directory: &Path) -> Option<Vec<Vec<u8>>> {
        self.disk.names(directory)
    }

    fn contents(&self, path: &Path, limit: u64) -> Option<Vec<u8>> {
        self.disk.contents(path, limit)
    }

    fn executable(&self, path: &Path) -> bool {
        self.disk.executable(path)
    }
}

#[cfg(test)]
mod tests {
    use super::lines_of;
    use std::path::Path;

    #[test]
    fn a_command_is_judged_by_its_file_and_by_the_name_it_is_given() {
        let lines = |file: &str, argv: &[&str]| {
            let argv: Vec<Vec<u8>> = argv.iter().map(|word| word.as_bytes().to_vec()).collect();
            let lines = lines_of(Path::new(file), &argv);
            lines.into_iter().map(|line| String::from_utf8(line).expect("text")).collect::<Vec<_>>()
        };
        assert_eq!(lines("/usr/bin/git", &["git", "push", "a b"]), ["git push 'a b'"]);
        assert_eq!(lines("/home/u/rm", &["ls", "-rf", "it's"]), [r"/home/u/rm -rf 'it'\''s'", r"ls -rf 'it'\''s'"]);
        assert_eq!(lines("/bin/sh", &["-sh"]), ["sh"]);
        assert_eq!(lines("/usr/bin/env", &["env", "A=b", ""]), ["env 'A=b' ''"]);
    }
}
