//! Reading blobs back through git itself.

use super::super::error::StoreError;
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

/// Readers of object stores, one `git cat-file --batch` a repository, started when first asked and ended when the last
/// clone is dropped.
#[derive(Clone, Debug, Default)]
pub(crate) struct Blobs {
    readers: Arc<Mutex<HashMap<PathBuf, Reader>>>,
}

#[derive(Debug)]
struct Reader {
    child: Child,
    requests: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Blobs {
    /// The content of the blob `oid` in the repository whose common folder is `git_dir`.
    pub(crate) fn read(&self, git_dir: &Path, oid: &[u8]) -> Result<Vec<u8>, StoreError> {
        let mut readers = self.readers.lock().unwrap_or_else(PoisonError::into_inner);
        let reader = match readers.entry(git_dir.to_owned()) {
            std::collections::hash_map::Entry::Occupied(entry) => entry.into_mut(),
            std::collections::hash_map::Entry::Vacant(entry) => {
                entry.insert(Reader::start(git_dir).map_err(StoreError::io("run git for", git_dir))?)
            }
        };
        match reader.ask(oid) {
            Ok(Some(content)) => Ok(content),
            Ok(None) => {
                Err(StoreError::Lost { path: git_dir.to_owned(), why: "a blob is no longer in the repository" })
            }
            Err(error) => {
                readers.remove(git_dir);
                Err(StoreError::io("read a blob of", git_dir)(error))
            }
        }
    }
}

/// git on the repository `git_dir`, spoken to through pipes. Nothing of the caller's environment or configuration reaches
/// it, and it fetches nothing.
pub(super) fn isolated(git_dir: &Path) -> Command {
    let path = std::env::var_os("PATH").unwrap_or_else(|| "/usr/local/bin:/usr/bin:/bin".into());
    let mut git = Command::new("git");
    git.arg("--git-dir").arg(git_dir).env_clear().env("PATH", path).env("LC_ALL", "C").env("HOME", "/nonexistent");
    git.envs([("GIT_CONFIG_NOSYSTEM", "1"), ("GIT_CONFIG_GLOBAL", "/dev/null")]);
    git.envs([("GIT_NO_REPLACE_OBJECTS", "1"), ("GIT_NO_LAZY_FETCH", "1"), ("GIT_OPTIONAL_LOCKS", "0")]);
    git.current_dir("/").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    git
}

impl Reader {
    fn start(git_dir: &Path) -> std::io::Result<Self> {
        let mut git = isolated(git_dir);
        let mut child = git.args(["cat-file", "--batch"]).spawn()?;
        let broken = || std::io::Error::from(std::io::ErrorKind::BrokenPipe);
        let requests = Some(child.stdin.take().ok_or_else(broken)?);
        let answers = BufReader::new(child.stdout.take().ok_or_else(broken)?);
        Ok(Self { child, requests, answers })
    }

    /// `None` when there is no such blob (git-cat-file(1), BATCH OUTPUT).
    fn ask(&mut self, oid: &[u8]) -> std::io::Result<Option<Vec<u8>>> {
        let broken = || std::io::Error::from(std::io::ErrorKind::InvalidData);
        let mut request: String = oid.iter().map(|byte| format!("{byte:02x}")).collect();
        request.push('\n');
        let requests = self.requests.as_mut().ok_or_else(broken)?;
        requests.write_all(request.as_bytes())?;
        requests.flush()?;
        let mut head = String::new();
        if self.answers.read_line(&mut head)? == 0 {
            return Err(broken());
        }
        let words: Vec<&str> = head.split_whitespace().collect();
        let [_, kind, size] = words[..] else { return Ok(None) };
        let size: usize = size.parse().map_err(|_| broken())?;
        let mut content = vec![0; size + 1];
        self.answers.read_exact(&mut content)?;
        content.truncate(size);
        Ok((kind == "blob").then_some(content))
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        drop(self.requests.take());
        // It ends at the end of its input; not waiting would leave a zombie.
        self.child.wait().ok();
    }
}
