//! What a push would carry.
//!
//! Refs are read from the repository's files (gitrepository-layout(5)); only for a person who looks at the card is git
//! itself asked for the commits, with an environment of its own and nothing in the repository's configuration that runs
//! code.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Commits listed on a card.
const LISTED: usize = 10;

/// What a push names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pushed {
    /// What is pushed.
    source: String,
    /// The remote-tracking ref of where it goes.
    tracking: String,
}

impl Pushed {
    /// Takes a refspec (`main`, `HEAD:main`, `+a:refs/heads/b`) apart; `None` for deletions, patterns and tags.
    pub(super) fn of(remote: &str, refspec: &str, current: Option<&str>) -> Option<Self> {
        let refspec = refspec.trim_start_matches('+');
        let (source, target) = refspec.split_once(':').unwrap_or((refspec, refspec));
        let branch = |name: &str| name.strip_prefix("refs/heads/").unwrap_or(name).to_owned();
        let target = if target == "HEAD" { current?.to_owned() } else { branch(target) };
        let plain =
            |text: &str| !text.is_empty() && !text.starts_with('-') && !text.contains(['*', ' ', '…', '^', '~']);
        (plain(source) && plain(&target) && plain(remote) && !target.starts_with("refs/"))
            .then(|| Self { source: source.to_owned(), tracking: format!("refs/remotes/{remote}/{target}") })
    }
}

/// A repository's files.
#[derive(Clone, Debug)]
pub(super) struct Refs {
    /// A directory git can be started in.
    directory: PathBuf,
    /// `.git` of this work tree, where HEAD is.
    own: PathBuf,
    /// `.git` of the main work tree, where refs are.
    common: PathBuf,
}

impl Refs {
    /// The repository around `directory`.
    pub(super) fn around(directory: &Path) -> Option<Self> {
        let dot = directory.ancestors().map(|above| above.join(".git")).find(|dot| dot.symlink_metadata().is_ok());
        let own = match dot {
            Some(dot) if dot.is_dir() => dot,
            Some(dot) => {
                let text = fs::read_to_string(&dot).ok()?;
                dot.parent()?.join(text.strip_prefix("gitdir:")?.trim())
            }
            None if directory.join("HEAD").is_file() && directory.join("refs").is_dir() => directory.to_path_buf(),
            None => return None,
        };
        let common = match fs::read_to_string(own.join("commondir")) {
            Ok(text) => own.join(text.trim()),
            Err(_) => own.clone(),
        };
        Some(Self { directory: directory.to_path_buf(), own, common })
    }

    /// The branch HEAD is on.
    pub(super) fn current(&self) -> Option<String> {
        let head = fs::read_to_string(self.own.join("HEAD")).ok()?;
        Some(head.trim().strip_prefix("ref: refs/heads/")?.to_owned())
    }

    /// The commit of a ref, a branch or `HEAD`, as far as files tell.
    pub(super) fn commit(&self, name: &str) -> Option<String> {
        if name.contains("..") {
            return None;
        }
        let full =
            if name == "HEAD" || name.starts_with("refs/") { name.to_owned() } else { format!("refs/heads/{name}") };
        let mut full = full;
        for _ in 0..4 {
            let file = if full == "HEAD" { self.own.join("HEAD") } else { self.common.join(&full) };
            match fs::read_to_string(file) {
                Ok(text) => match text.trim().strip_prefix("ref: ") {
                    Some(next) => full = next.to_owned(),
                    None => return is_hash(text.trim()).then(|| text.trim().to_owned()),
                },
                Err(_) => {
                    let packed = fs::read_to_string(self.common.join("packed-refs")).ok()?;
                    let mut lines = packed.lines().filter_map(|line| line.split_once(' '));
                    return lines.find(|(hash, name)| *name == full && is_hash(hash)).map(|(hash, _)| hash.to_owned());
                }
            }
        }
        None
    }

    /// What a push carries, without running anything: the two commits.
    pub(super) fn ends(&self, pushed: &Pushed) -> Vec<String> {
        let short = |name: &str| self.commit(name).map(|hash| hash[..12.min(hash.len())].to_owned());
        let here = short(&pushed.source).unwrap_or_else(|| "unknown".to_owned());
        match short(&pushed.tracking) {
            Some(there) => vec![format!("from {there} (there, as last seen) to {here} (here)")],
            None => vec![format!("to {here}; the branch was never seen there")],
        }
    }

    /// What a push carries and what it would lose, asked of git.
    pub(super) fn commits(&self, pushed: &Pushed) -> Vec<String> {
        let (Some(here), there) = (self.commit(&pushed.source), self.commit(&pushed.tracking)) else {
            return Vec::new();
        };
        let range = there.as_ref().map_or(here.clone(), |there| format!("{there}..{here}"));
        let count = |range: &str| {
            self.git(&["rev-list", "--count", range, "--"]).and_then(|text| text.trim().parse::<usize>().ok())
        };
        let mut lines = Vec::new();
        if let Some(count) = count(&range) {
            let what = if there.is_none() { " (the branch is new there, as far as known here)" } else { "" };
            match count {
                0 => lines.push(format!("no commit would go{what}")),
                1 => lines.push(format!("1 commit would go{what}:")),
                _ => lines.push(format!("{count} commits would go{what}:")),
            }
            let listed =
                self.git(&["log", "--oneline", "--no-decorate", "--no-color", &format!("-n{LISTED}"), &range, "--"]);
            lines.extend(listed.unwrap_or_default().lines().map(|line| format!("  {line}")));
            if count > LISTED {
                lines.push(format!("  … and {} more", count - LISTED));
            }
        }
        if let Some(there) = there
            && let Some(lost) = count(&format!("{here}..{there}")).filter(|lost| *lost > 0)
        {
            lines.push(format!("{lost} commit{} there would be lost if forced", if lost == 1 { "" } else { "s" }));
        }
        lines
    }

    /// Runs git to read, with a clean environment; `None` when it fails.
    fn git(&self, arguments: &[&str]) -> Option<String> {
        let output = Command::new("git")
            .args([
                "--no-pager",
                "-c",
                "core.fsmonitor=false",
                "-c",
                "log.showSignature=false",
                "-c",
                "core.hooksPath=/dev/null",
            ])
            .args(arguments)
            .current_dir(&self.directory)
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_OPTIONAL_LOCKS", "0")
            .env("GIT_NO_LAZY_FETCH", "1")
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("LC_ALL", "C.UTF-8")
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .output()
            .ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

fn is_hash(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::{Pushed, Refs};
    use std::fs;

    #[test]
    fn refspecs_are_taken_apart() {
        let tracking =
            |refspec| Pushed::of("origin", refspec, Some("work")).map(|pushed| (pushed.source, pushed.tracking));
        let both = |source: &str, branch: &str| Some((source.to_owned(), format!("refs/remotes/origin/{branch}")));
        assert_eq!(tracking("main"), both("main", "main"));
        assert_eq!(tracking("HEAD"), both("HEAD", "work"));
        assert_eq!(tracking("+a:refs/heads/b"), both("a", "b"));
        for other in [":gone", "refs/tags/v1", "*", "", "-x"] {
            assert_eq!(tracking(other), None, "{other}");
        }
    }

    #[test]
    fn refs_are_found_loose_and_packed() {
        let home = tempfile::tempdir().expect("a directory");
        let git = home.path().join(".git");
        fs::create_dir_all(git.join("refs/heads")).expect("makes");
        fs::create_dir_all(home.path().join("deep/er")).expect("makes");
        let (one, two) = ("1".repeat(40), "2".repeat(40));
        fs::write(git.join("HEAD"), "ref: refs/heads/main\n").expect("writes");
        fs::write(git.join("refs/heads/main"), format!("{one}\n")).expect("writes");
        fs::write(git.join("packed-refs"), format!("# pack-refs\n{two} refs/remotes/origin/main\n")).expect("writes");
        let refs = Refs::around(&home.path().join("deep/er")).expect("a repository");
        assert_eq!(refs.current().as_deref(), Some("main"));
        assert_eq!(refs.commit("HEAD"), Some(one));
        assert_eq!(refs.commit("refs/remotes/origin/main"), Some(two));
        assert_eq!(refs.commit("../../x"), None);
        let pushed = Pushed::of("origin", "HEAD", Some("main")).expect("a branch");
        assert_eq!(refs.ends(&pushed), ["from 222222222222 (there, as last seen) to 111111111111 (here)"]);
    }
}
