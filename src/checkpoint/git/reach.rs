//! Whether a line's git commands may write into a directory that is ignored now.
//!
//! git replaces ignored files without a word where the commit it goes to has files of that name (`git checkout gh-pages`
//! with `dist` ignored here and tracked there). Looking at the trees is much cheaper than keeping `node_modules`: what
//! has the directory is asked of every ref and of every word of the line that names a commit. Where that cannot be told,
//! the answer is yes.

use super::layout::Layout;
use std::collections::HashSet;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Most names of commits that are asked about.
const MOST: usize = 4096;
/// Bytes asked at once; the answers fit a pipe.
const PORTION: usize = 16 << 10;
/// Largest file named on the line that is searched for names, in bytes.
const LARGEST: u64 = 4 << 20;

/// Of `directories`, all below `root`, those that git may write into when it runs `line` in `cwd`.
pub(super) fn reached(
    layout: &Layout,
    root: &Path,
    directories: &[PathBuf],
    (line, cwd): (&[u8], &Path),
) -> HashSet<PathBuf> {
    let all = || directories.iter().cloned().collect();
    // What a substitution or a variable names is not known here.
    if line.iter().any(|byte| b"$`".contains(byte)) {
        return all();
    }
    let words = words(line);
    let mentioned = |directory: &&PathBuf| {
        let name = directory.file_name().unwrap_or_default().as_bytes();
        contains(line, name) || words.iter().any(|word| file_mentions(cwd, word, name))
    };
    let mut reached: HashSet<PathBuf> = directories.iter().filter(mentioned).cloned().collect();
    let Some(mut commits) = commits(layout) else { return all() };
    commits.extend(words.into_iter().flat_map(|word| word.split("..").map(str::to_owned).collect::<Vec<_>>()));
    // `^{/text}` would search the history.
    commits.retain(|commit| !commit.is_empty() && !commit.starts_with('-') && !commit.contains("{/"));
    if commits.len() > MOST {
        return all();
    }
    match having(layout, root, directories, &commits) {
        Some(found) => reached.extend(found),
        None => return all(),
    }
    reached
}

/// The line's words that could name a commit or a file: runs of bytes without blanks, quotes and operators.
fn words(line: &[u8]) -> HashSet<String> {
    let ends = |byte: &u8| byte.is_ascii_whitespace() || b"'\"|&;<>()=".contains(byte);
    let words = line.split(ends).filter(|word| !word.is_empty() && word.len() <= 255);
    words.filter_map(|word| std::str::from_utf8(word).ok().map(str::to_owned)).collect()
}

/// A patch names the files it is about.
fn file_mentions(cwd: &Path, word: &str, name: &[u8]) -> bool {
    let path = cwd.join(word);
    let small = path.metadata().is_ok_and(|found| found.is_file() && found.len() <= LARGEST);
    small && std::fs::read(&path).is_ok_and(|bytes| contains(&bytes, name))
}

fn contains(bytes: &[u8], name: &[u8]) -> bool {
    !name.is_empty() && bytes.windows(name.len()).any(|window| window == name)
}

/// Every object name in the refs, the pseudo-refs and the stash; `None` when they are kept in a form not known here.
fn commits(layout: &Layout) -> Option<HashSet<String>> {
    if layout.common_dir.join("reftable").exists() {
        return None;
    }
    let mut found = HashSet::new();
    let mut take = |path: &Path, every: bool| {
        let text = std::fs::read(path).unwrap_or_default();
        for line in text.split(|byte| *byte == b'\n') {
            let names = line.split(|byte| b" \t".contains(byte)).take(if every { 2 } else { 1 });
            let is_name = |word: &&[u8]| word.len() >= 40 && word.iter().all(u8::is_ascii_hexdigit);
            found.extend(names.filter(is_name).filter_map(|name| String::from_utf8(name.to_vec()).ok()));
        }
    };
    for name in ["HEAD", "ORIG_HEAD", "FETCH_HEAD", "MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "REBASE_HEAD"] {
        take(&layout.git_dir.join(name), false);
    }
    take(&layout.common_dir.join("packed-refs"), false);
    take(&layout.common_dir.join("logs/refs/stash"), true);
    let mut waiting = vec![layout.common_dir.join("refs"), layout.git_dir.join("refs")];
    while let Some(folder) = waiting.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => waiting.push(entry.path()),
                Ok(_) => take(&entry.path(), false),
                Err(_) => return None,
            }
        }
    }
    // The untracked files of a stash are in a commit of their own.
    let untracked: Vec<String> = found.iter().take(64).map(|name| format!("{name}^3")).collect();
    found.extend(untracked);
    Some(found)
}

/// The directories that the tree of some commit has; `None` when git cannot say.
fn having(layout: &Layout, root: &Path, directories: &[PathBuf], commits: &HashSet<String>) -> Option<Vec<PathBuf>> {
    let mut git = super::blobs::isolated(&layout.git_dir);
    let mut child = git.args(["cat-file", "--batch-check=%(objecttype)"]).spawn().ok()?;
    let (mut stdin, stdout) = (child.stdin.take()?, child.stdout.take()?);
    let mut stdout = BufReader::new(stdout);
    let mut found = Vec::new();
    for directory in directories {
        let below = directory.strip_prefix(root).ok()?.as_os_str().as_bytes();
        if below.contains(&b'\n') {
            return None;
        }
        let commits: Vec<&String> = commits.iter().collect();
        // Asked in portions, so that neither side waits for room in a pipe.
        for portion in commits.chunks(PORTION / (below.len() + 300)) {
            let mut questions = Vec::new();
            for commit in portion {
                questions.extend([commit.as_bytes(), b":", below, b"\n"].concat());
            }
            stdin.write_all(&questions).ok()?;
            stdin.flush().ok()?;
            for _ in portion {
                let mut answer = Vec::new();
                if stdout.read_until(b'\n', &mut answer).ok()? == 0 {
                    return None;
                }
                let answer = answer.trim_ascii_end();
                if !answer.ends_with(b" missing") && !answer.ends_with(b" ambiguous") {
                    found.push(directory.clone());
                }
            }
        }
    }
    drop(stdin);
    child.wait().ok().filter(std::process::ExitStatus::success).map(|_| found)
}
