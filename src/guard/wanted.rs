//! A program that a process wants to start, and the lines it is judged as.

use super::process::Process;
use crate::sys::{Stat, open_to_look};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

// Not busybox: most of what it is told it does itself.
const SHELLS: [&str; 8] = ["sh", "bash", "dash", "zsh", "ksh", "mksh", "ash", "rbash"];
/// Scripts whose interpreter is a script, as many as the kernel follows.
const MOST_INTERPRETERS: usize = 4;

/// What a process wants to start.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    /// Its argv.
    pub(super) argv: Vec<Vec<u8>>,
    /// The directory it would start in.
    pub(super) directory: PathBuf,
    /// The program file, by the path given or, for one given by descriptor, the name it has.
    pub(super) file: PathBuf,
    /// What that is.
    pub(super) stat: Stat,
}

/// What a process must have become.
#[derive(Debug)]
pub(super) struct Expected {
    pub(super) argv: Vec<Vec<u8>>,
    pub(super) file: PathBuf,
    pub(super) stat: Stat,
    /// The program that runs the file, when that is a script.
    pub(super) interpreter: Option<PathBuf>,
}

impl Wanted {
    /// What the process is when this has started.
    pub(super) fn expected(&self) -> Expected {
        let mut interpreter: Option<PathBuf> = None;
        for _ in 0..MOST_INTERPRETERS {
            let next = heading(interpreter.as_deref().unwrap_or(&self.file)).and_then(|words| words.into_iter().next());
            match next {
                Some(next) => interpreter = Some(self.directory.join(OsStr::from_bytes(&next))),
                None => break,
            }
        }
        Expected { argv: self.argv.clone(), file: self.file.clone(), stat: self.stat, interpreter }
    }

    /// Names this very start: file, argv and directory. Without the file, whatever directory of PATH it is looked for in.
    pub(super) fn key(&self, with_file: bool) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new();
        if with_file {
            // No call can set the time of the last change back.
            let (seconds, nanoseconds) = self.stat.ctime;
            let identity = [self.stat.dev, self.stat.ino, seconds.cast_unsigned(), u64::from(nanoseconds)];
            identity.iter().for_each(|number| {
                hasher.update(&number.to_le_bytes());
            });
        }
        for word in self.argv.iter().map(Vec::as_slice).chain([self.directory.as_os_str().as_bytes()]) {
            hasher.update(&(word.len() as u64).to_le_bytes());
            hasher.update(word);
        }
        *hasher.finalize().as_bytes()
    }

    /// True when what runs is a shell: the file is one, or a script for one.
    pub(super) fn is_shell(&self) -> bool {
        is_shell(&self.file)
            || interpreter(&self.file).is_some_and(|program| is_shell(Path::new(OsStr::from_bytes(&program))))
    }

    /// True for git itself.
    pub(super) fn is_git(&self) -> bool {
        self.file.file_name().is_some_and(|name| name == "git")
    }

    /// True for programs that do nothing but become the one in their arguments, which is judged then.
    pub(super) fn is_wrapper(&self) -> bool {
        const WRAPPERS: [&str; 8] = ["env", "setsid", "nice", "nohup", "timeout", "stdbuf", "ionice", "chrt"];
        on_path(&self.file) && self.file.file_name().is_some_and(|name| WRAPPERS.iter().any(|known| name == *known))
    }

    /// The text a shell is given with `-c`, and its operands.
    pub(super) fn text(&self) -> Option<(&[u8], &[Vec<u8>])> {
        let at = self.text_at()?;
        Some((self.argv.get(at)?, self.argv.get(at + 1..).unwrap_or_default()))
    }

    /// Which word of argv the text is.
    pub(super) fn text_at(&self) -> Option<usize> {
        if !is_shell(&self.file) {
            return None;
        }
        let (mut at, mut command) = (1, false);
        while let Some(word) = self.argv.get(at) {
            match word.as_slice() {
                b"--" | b"-" => {
                    at += 1;
                    break;
                }
                b"--rcfile" | b"--init-file" => at += 2,
                [b'-', b'-', ..] => at += 1,
                [b'-' | b'+', flags @ ..] if !flags.is_empty() => {
                    command |= word[0] == b'-' && flags.contains(&b'c');
                    at += 1 + flags.iter().filter(|flag| b"oO".contains(flag)).count();
                }
                _ => break,
            }
        }
        (command && at < self.argv.len()).then_some(at)
    }

    /// The command as lines to be judged: by its file, by `argv[0]` where that says something else, and as what the kernel
    /// makes of a script.
    pub(super) fn lines(&self) -> Vec<Vec<u8>> {
        let mut lines = lines_of(&self.file, &self.argv);
        if let Some(heading) = heading(&self.file) {
            let words = heading.iter().map(Vec::as_slice).chain([self.file.as_os_str().as_bytes()]);
            lines.push(line(words.chain(self.argv.get(1..).unwrap_or_default().iter().map(Vec::as_slice))));
        }
        lines
    }
}

fn is_shell(file: &Path) -> bool {
    file.file_name().is_some_and(|name| SHELLS.iter().any(|shell| name == *shell))
}

/// The interpreter a script names in its first line, and the one argument it may be given (execve(2)).
fn heading(file: &Path) -> Option<Vec<Vec<u8>>> {
    use std::io::Read;
    let mut head = Vec::new();
    let file = std::fs::metadata(file).is_ok_and(|found| found.is_file()).then(|| open_to_look(file))?.ok()?;
    file.take(256).read_to_end(&mut head).ok()?;
    let line = head.strip_prefix(b"#!")?.split(|byte| *byte == b'\n').next()?.trim_ascii();
    let end = line.iter().position(|byte| b" \t".contains(byte)).unwrap_or(line.len());
    let argument = line[end..].trim_ascii();
    let words = [&line[..end], argument].into_iter().filter(|word| !word.is_empty()).map(<[u8]>::to_vec);
    Some(words.collect()).filter(|words: &Vec<_>| !words.is_empty())
}

/// The program that runs a script, behind `env` too.
fn interpreter(file: &Path) -> Option<Vec<u8>> {
    let heading = heading(file)?;
    let first = heading.first()?;
    if !first.ends_with(b"/env") {
        return Some(first.clone());
    }
    let mut words = heading.get(1)?.split(|byte| byte.is_ascii_whitespace());
    words.find(|word| !word.is_empty() && !word.starts_with(b"-") && !word.contains(&b'=')).map(<[u8]>::to_vec)
}

/// By its file, and by `argv[0]` where that says something else.
fn lines_of(file: &Path, argv: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let base = |path: &[u8]| path.rsplit(|byte| *byte == b'/').next().unwrap_or_default().to_vec();
    let own = base(file.as_os_str().as_bytes());
    let shown = argv.first().map(|word| base(word.strip_prefix(b"-").unwrap_or(word))).unwrap_or_default();
    let arguments = argv.get(1..).unwrap_or_default();
    let line = |first| line(std::iter::once(first).chain(arguments.iter().map(Vec::as_slice)));
    // A name found along PATH is written as it would be typed, so that it reads as the person knows it.
    let typed = own == shown && !shown.is_empty() && on_path(file);
    let mut lines = vec![line(if typed { &shown } else { file.as_os_str().as_bytes() })];
    if !shown.is_empty() && shown != own {
        lines.push(line(&shown));
    }
    lines
}

fn line<'a>(words: impl Iterator<Item = &'a [u8]>) -> Vec<u8> {
    words.map(quoted).collect::<Vec<_>>().join(&b' ')
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
pub(super) fn is_transport(process: Process, wanted: &Wanted) -> bool {
    let Wanted { file, argv, .. } = wanted;
    let far = [&b"git-receive-pack '"[..], b"git-upload-pack '", b"git-upload-archive '"];
    let ssh = file.file_name().is_some_and(|name| name == "ssh") && on_path(file);
    let last = argv.last().is_some_and(|word| {
        far.iter().any(|far| word.strip_prefix(*far).and_then(|rest| rest.strip_suffix(b"'")).is_some_and(is_inert))
    });
    ssh && last && process.parent_program().is_some_and(|program| is_git(&program))
}

/// True for what a git that was judged itself starts to keep its own house, as `git commit` does now and then.
pub(super) fn is_housekeeping(process: Process, wanted: &Wanted) -> bool {
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
    is_git(&wanted.file)
        && wanted.argv.get(1).is_some_and(|word| CHORES.contains(&word.as_slice()))
        && process.parent_program().is_some_and(|program| is_git(&program))
}

fn is_inert(path: &[u8]) -> bool {
    !path.iter().any(|byte| b"'\n;&|".contains(byte))
}

pub(super) fn is_git(program: &Path) -> bool {
    let core = program.parent().is_some_and(|folder| folder.ends_with("git-core"));
    program.file_name().is_some_and(|name| name.as_bytes().starts_with(b"git")) && (core || on_path(program))
}

#[cfg(test)]
mod tests {
    use super::{Wanted, lines_of};
    use crate::sys::Stat;
    use std::path::Path;

    #[test]
    fn the_text_of_a_shell_is_found_behind_its_options() {
        let text = |argv: &[&str]| {
            let wanted = Wanted {
                argv: argv.iter().map(|word| word.as_bytes().to_vec()).collect(),
                directory: "/".into(),
                file: "/bin/bash".into(),
                stat: Stat::of(Path::new("/")).expect("a root"),
            };
            wanted.text().map(|(text, rest)| (String::from_utf8_lossy(text).into_owned(), rest.len()))
        };
        assert_eq!(text(&["bash", "-c", "a"]), Some(("a".to_owned(), 0)));
        assert_eq!(text(&["bash", "-o", "pipefail", "-lc", "a", "b"]), Some(("a".to_owned(), 1)));
        assert_eq!(text(&["bash", "--norc", "-c", "--", "a"]), Some(("a".to_owned(), 0)));
        assert_eq!(text(&["bash", "file"]), None);
        assert_eq!(text(&["bash"]), None);
    }

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
