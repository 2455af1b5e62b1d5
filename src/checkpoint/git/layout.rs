//! Where the parts of a repository are (gitrepository-layout(5)).

use super::super::error::Why;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// The folders of one repository, absolute and free of links.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    /// `HEAD`, `index` and what else belongs to one work tree.
    pub(super) git_dir: PathBuf,
    /// `refs`, `objects`, `config` and what else all work trees share.
    pub(super) common_dir: PathBuf,
    /// The root of the work tree; `None` for a bare repository.
    pub(super) work_tree: Option<PathBuf>,
}

impl Layout {
    /// Reads the layout of the repository whose `.git` (folder, file or link) is `path`.
    pub(super) fn of(path: &Path) -> Result<Self, Why> {
        let here = path.parent().ok_or(Why::Unsupported("it is the root"))?.canonicalize()?;
        let kind = path.symlink_metadata()?.file_type();
        let git_dir = if kind.is_file() { named_in(path, &here)? } else { path.canonicalize()? };
        let common = git_dir.join("commondir");
        let common_dir = if common.exists() { relative(&git_dir, &first_line(&common)?)? } else { git_dir.clone() };
        if !common_dir.join("objects").is_dir() || !git_dir.join("HEAD").exists() {
            return Err(Why::Unsupported("it is no git repository"));
        }
        let mut layout = Self { git_dir, common_dir, work_tree: None };
        layout.work_tree =
            if path.file_name() == Some(OsStr::new(".git")) { Some(here) } else { layout.named_work_tree() };
        if layout.has_foreign_work_tree() {
            return Err(Why::Unsupported("its core.worktree is elsewhere"));
        }
        Ok(layout)
    }

    /// The configuration files of the repository itself.
    pub(super) fn configs(&self) -> [PathBuf; 2] {
        [self.common_dir.join("config"), self.git_dir.join("config.worktree")]
    }

    /// The work tree of a git folder that is not in it: a linked one's `gitdir` names its `.git` file
    /// (gitrepository-layout(5)), a submodule's configuration names the folder.
    fn named_work_tree(&self) -> Option<PathBuf> {
        if let Ok(file) = first_line(&self.git_dir.join("gitdir")) {
            return self.git_dir.join(file).parent()?.canonicalize().ok();
        }
        let value = self.configs().iter().find_map(|config| setting(config, "worktree"))?;
        relative(&self.git_dir, OsStr::from_bytes(&value)).ok()
    }

    /// True when `core.worktree` names another folder than the one `.git` is in.
    fn has_foreign_work_tree(&self) -> bool {
        let value = self.configs().iter().find_map(|config| setting(config, "worktree"));
        let Some(value) = value else { return false };
        let named = relative(&self.git_dir, OsStr::from_bytes(&value)).ok();
        self.work_tree.is_some() && named != self.work_tree
    }
}

fn named_in(path: &Path, here: &Path) -> Result<PathBuf, Why> {
    let line = first_line(path)?;
    let target = line.as_bytes().strip_prefix(b"gitdir:").ok_or(Why::Unsupported("it is no git file"))?;
    relative(here, OsStr::from_bytes(target.trim_ascii()))
}

fn first_line(path: &Path) -> Result<std::ffi::OsString, Why> {
    let bytes = std::fs::read(path)?;
    let line = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    Ok(OsStr::from_bytes(line.trim_ascii()).to_owned())
}

fn relative(base: &Path, path: &OsStr) -> Result<PathBuf, Why> {
    Ok(base.join(path).canonicalize()?)
}

/// The value of the first line `key = value` of a configuration file, whatever its section.
fn setting(config: &Path, key: &str) -> Option<Vec<u8>> {
    let bytes = std::fs::read(config).ok()?;
    bytes.split(|byte| *byte == b'\n').find_map(|line| {
        let mut halves = line.splitn(2, |byte| *byte == b'=');
        let name = halves.next()?.trim_ascii();
        let value = halves.next()?.trim_ascii();
        name.eq_ignore_ascii_case(key.as_bytes()).then(|| value.trim_ascii().to_vec())
    })
}
