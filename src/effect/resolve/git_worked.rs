//! The repository that a git command works on: the one around it, or the one it is told (git(1), `--git-dir`, `--work-tree`,
//! and the environment variables of the same meaning).

use super::git::Repository;
use crate::effect::state::State;
use crate::effect::value::Field;
use crate::effect::walk::Evaluator;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Where a command works.
pub(super) enum Worked {
    /// Nothing is said: the repository around, if there is one.
    Around(Option<Repository>),
    /// This one, at the top of its own work tree and with its own index.
    Named(Repository),
    /// Its git directory, configuration and refs are known; its work tree or its index lies elsewhere.
    Apart(Repository),
    /// It cannot be told.
    Untold,
}

impl Worked {
    /// The repository, as far as its git directory goes.
    pub(super) fn repository(self) -> Option<Repository> {
        match self {
            Self::Around(repository) => repository,
            Self::Named(repository) | Self::Apart(repository) => Some(repository),
            Self::Untold => None,
        }
    }
}

/// A path that is said, or something that is said and not known.
type Said = Option<Option<Vec<u8>>>;

impl Evaluator<'_> {
    /// Looks at the words of the command, then at the environment. What is relative is so to `place`.
    pub(super) fn worked_on(&mut self, place: &State, fields: &[Field]) -> Worked {
        let directory = self.said_directory(place, fields);
        let tree = self.said(place, fields, b"--work-tree", b"GIT_WORK_TREE");
        let index = self.said(place, fields, b"", b"GIT_INDEX_FILE");
        let common = self.said(place, fields, b"", b"GIT_COMMON_DIR");
        if [&directory, &tree, &index, &common].iter().all(|said| said.is_none()) {
            // Of a directory that cannot be told here, on this machine, nor can it be told what is around it.
            let told = place.foreign || place.place().path.is_some();
            return if told { Worked::Around(self.repository_around(place)) } else { Worked::Untold };
        }
        let Some(here) = place.place().path.clone().filter(|_| !place.foreign) else { return Worked::Untold };
        // A git directory alone has its work tree here; a work tree alone has the git directory of the repository around.
        let around = if directory.is_none() { self.repository_around(place) } else { None };
        let own = match &directory {
            Some(path) => path.as_ref().map(|path| self.real(place, &here, path)),
            None => around.as_ref().map(|around| around.directory.clone()),
        };
        let Some(own) = own else { return Worked::Untold };
        let top = match (tree, around) {
            (Some(path), _) => path.map(|path| self.real(place, &here, &path)),
            (None, Some(around)) => Some(around.top),
            (None, None) => Some(self.resolve(place, &here, true)),
        };
        let at_top = top.and_then(|top| self.repository_from(place, &top).filter(|found| found.top == top));
        let usual = at_top.filter(|found| found.directory == own);
        let whole = usual.is_some();
        let repository = usual.unwrap_or_else(|| self.repository_of_directory(place, own));
        if !self.is_as_said(place, &here, common, &repository.common) {
            return Worked::Untold;
        }
        let with_index = self.is_as_said(place, &here, index, &repository.directory.join("index"));
        if whole && with_index { Worked::Named(repository) } else { Worked::Apart(repository) }
    }

    /// What `--git-dir` or `GIT_DIR` says.
    pub(super) fn said_directory(&mut self, place: &State, fields: &[Field]) -> Said {
        self.said(place, fields, b"--git-dir", b"GIT_DIR")
    }

    /// False where the configuration puts the work tree elsewhere (git-config(1), `core.worktree`).
    pub(super) fn is_at_its_top(&mut self, place: &State, repository: &Repository, fields: &[Field]) -> bool {
        let given = |field: &Field| {
            let word = field.text.prefix().to_ascii_lowercase();
            word.strip_prefix(b"--config-env=").unwrap_or(&word).starts_with(b"core.worktree")
        };
        let stated = |each: &super::git_config::Setting| each.section == "core" && each.name == "worktree";
        let set = self.repository_settings(place, repository).into_iter().rfind(stated);
        !fields.iter().any(given)
            && set.is_none_or(|set| self.real(place, &repository.directory, set.value.as_bytes()) == repository.top)
    }

    /// Adds what a person wants to know of a remote of the repository that the command works on.
    pub(super) fn remote_of(
        &mut self,
        place: &State,
        fields: &[Field],
        remote: Option<&str>,
        facts: &mut BTreeMap<String, String>,
    ) -> Option<String> {
        let worked = self.worked_on(place, fields);
        if matches!(worked, Worked::Untold) {
            facts.insert("repository".to_owned(), "unknown".to_owned());
        }
        Some(self.remote_facts_of(place, &worked.repository()?, remote, facts))
    }

    fn is_as_said(&mut self, place: &State, here: &Path, said: Said, usual: &Path) -> bool {
        said.is_none_or(|path| path.is_some_and(|path| self.real(place, here, &path) == usual))
    }

    fn real(&mut self, place: &State, here: &Path, path: &[u8]) -> PathBuf {
        self.resolve(place, &here.join(OsStr::from_bytes(path)), true)
    }

    fn said(&mut self, place: &State, fields: &[Field], option: &[u8], variable: &[u8]) -> Said {
        let mut said = None;
        let mut words = fields.iter().skip(1);
        while let Some(word) = words.next() {
            let prefix = word.text.prefix();
            if !prefix.starts_with(b"-") {
                break;
            }
            match prefix.strip_prefix(option) {
                Some(b"") if word.exact().is_some() && !option.is_empty() => {
                    said = Some(words.next().and_then(|next| next.exact()).map(<[u8]>::to_vec));
                }
                Some(rest) if !option.is_empty() && rest.starts_with(b"=") => {
                    said = Some(word.exact().map(|_| rest[1..].to_vec()));
                }
                _ if matches!(
                    prefix,
                    b"-C" | b"-c" | b"--namespace" | b"--config-env" | b"--git-dir" | b"--work-tree"
                ) =>
                {
                    let _its_argument = words.next();
                }
                _ => {}
            }
        }
        said.or_else(|| self.lookup(place, variable).scalar().map(|text| text.exact().map(<[u8]>::to_vec)))
    }
}
