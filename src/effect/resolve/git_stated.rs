//! The repository that a git command is told to work on, instead of the one around it (git(1), `--git-dir`, `--work-tree`, and
//! the environment variables of the same meaning).

use super::git::Repository;
use crate::effect::state::State;
use crate::effect::value::Field;
use crate::effect::walk::Evaluator;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// What a command says of its repository.
pub(super) enum Stated {
    /// Nothing: it is the one around.
    Nothing,
    /// This one, as it lies at the top of its own work tree.
    Here(Repository),
    /// One that cannot be told, or whose work tree or index lies elsewhere; its git directory where that is known.
    Untold(Option<PathBuf>),
}

/// A path that is said, or something that is said and not known.
type Said = Option<Option<Vec<u8>>>;

impl Evaluator<'_> {
    /// Looks at the words of the command, then at the environment. What is relative is so to `place`.
    pub(super) fn stated_repository(&mut self, place: &State, fields: &[Field]) -> Stated {
        let directory = self.said(place, fields, b"--git-dir", b"GIT_DIR");
        let tree = self.said(place, fields, b"--work-tree", b"GIT_WORK_TREE");
        let index = self.said(place, fields, b"", b"GIT_INDEX_FILE");
        let common = self.said(place, fields, b"", b"GIT_COMMON_DIR");
        if [&directory, &tree, &index, &common].iter().all(|said| said.is_none()) {
            return Stated::Nothing;
        }
        let Some(here) = place.place().path.clone().filter(|_| !place.foreign) else { return Stated::Untold(None) };
        let known = directory.clone().flatten().map(|path| self.real(place, &here, &path));
        let Some(around) = self.repository_at(place, &here, directory, tree) else { return Stated::Untold(known) };
        for (said, usual) in [(index, around.directory.join("index")), (common, around.common.clone())] {
            if let Some(said) = said
                && said.is_none_or(|path| self.real(place, &here, &path) != usual)
            {
                return Stated::Untold(None);
            }
        }
        Stated::Here(around)
    }

    /// Adds what a person wants to know of a remote of the repository that the command works on.
    pub(super) fn remote_of(
        &mut self,
        place: &State,
        fields: &[Field],
        remote: Option<&str>,
        facts: &mut BTreeMap<String, String>,
    ) -> Option<String> {
        match self.stated_repository(place, fields) {
            Stated::Nothing => self.remote_facts(place, remote, facts),
            Stated::Here(repository) => Some(self.remote_facts_of(place, &repository, remote, facts)),
            Stated::Untold(directory) => {
                let said = directory.map_or_else(|| "unknown".to_owned(), |path| path.to_string_lossy().into_owned());
                facts.insert("repository".to_owned(), said);
                None
            }
        }
    }

    /// The repository of a git directory and a work tree; `None` unless the one lies at the top of the other.
    fn repository_at(&mut self, place: &State, here: &Path, directory: Said, tree: Said) -> Option<Repository> {
        // A git directory alone has its work tree here; a work tree alone has the git directory of the repository around.
        let top = match (&directory, tree) {
            (None, None) => return self.repository_around(place),
            (Some(_), None) => self.resolve(place, here, true),
            (_, Some(tree)) => self.real(place, here, &tree?),
        };
        let around = self.repository_from(place, &top).filter(|around| around.top == top)?;
        let stated = match directory {
            Some(directory) => self.real(place, here, &directory?),
            None => self.repository_around(place)?.directory,
        };
        (around.directory == stated).then_some(around)
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
