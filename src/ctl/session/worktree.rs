//! A work tree and a branch of a session's own.

use crate::ctl::failure::{Failure, Result};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A linked work tree beside the checkout, with the branch `agent/SESSION` in it.
#[derive(Clone, Debug)]
pub(in super::super) struct Worktree {
    /// Where it is.
    pub(in super::super) path: PathBuf,
    /// Its branch.
    pub(in super::super) branch: String,
    /// The checkout it belongs to.
    checkout: PathBuf,
    /// The branch that was checked out there.
    from: String,
}

impl Worktree {
    /// Makes it, or takes up the one that an earlier session of that name left. Fails outside a checkout, and where git does.
    pub(in super::super) fn make(session: &str, directory: &Path) -> Result<Self> {
        let checkout = git(directory, &["rev-parse", "--show-toplevel"]).map_err(|_| {
            Failure::usage("--worktree needs a git checkout", "start it in one, or leave --worktree out")
        })?;
        let checkout = PathBuf::from(checkout);
        let name = checkout.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let path = checkout.with_file_name(format!("{name}.{session}"));
        let branch = format!("agent/{session}");
        let from = git(&checkout, &["rev-parse", "--abbrev-ref", "HEAD"])?;
        if !path.exists() {
            let known = git(&checkout, &["rev-parse", "--verify", "--quiet", &format!("refs/heads/{branch}")]).is_ok();
            let path = path.to_string_lossy();
            let new = ["worktree", "add", "-q", "-b", &branch, &path];
            let old = ["worktree", "add", "-q", &path, &branch];
            git(&checkout, if known { &old } else { &new })?;
        }
        Ok(Self { path, branch, checkout, from })
    }

    /// How many commits the session made.
    pub(in super::super) fn commits(&self) -> usize {
        let range = format!("{}..{}", self.from, self.branch);
        git(&self.checkout, &["rev-list", "--count", &range]).ok().and_then(|count| count.parse().ok()).unwrap_or(0)
    }

    /// True when something in it is not committed.
    pub(in super::super) fn is_dirty(&self) -> bool {
        git(&self.path, &["status", "--porcelain"]).is_ok_and(|text| !text.is_empty())
    }

    /// The commits, one line each.
    pub(in super::super) fn summary(&self) -> String {
        git(&self.checkout, &["log", "--oneline", "-n", "20", &format!("{}..{}", self.from, self.branch)])
            .unwrap_or_default()
    }

    /// What the person types to merge later.
    pub(in super::super) fn merge_line(&self) -> String {
        format!("git -C {} merge {}", self.checkout.display(), self.branch)
    }

    /// Merges the branch into what is checked out in the checkout.
    pub(in super::super) fn merge(&self) -> Result<()> {
        let here = git(&self.checkout, &["rev-parse", "--abbrev-ref", "HEAD"])?;
        if here != self.from {
            let message = format!("{} has {here} checked out now, not {}", self.checkout.display(), self.from);
            return Err(Failure::plain(message).hint(self.merge_line()));
        }
        git(&self.checkout, &["merge", "--no-edit", "-q", &self.branch]).map(|_| ())
    }
}

/// Runs git and gives what it printed, without the last line end.
fn git(directory: &Path, arguments: &[&str]) -> Result<String> {
    let failed = |why: &str| Failure::plain(format!("git {} failed: {}", arguments[0], why.trim()));
    let output = Command::new("git").arg("-C").arg(directory).args(arguments).stdin(Stdio::null()).output();
    let output = output.map_err(|error| failed(&error.to_string()))?;
    if !output.status.success() {
        return Err(failed(&String::from_utf8_lossy(&output.stderr)));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_owned())
}
