//! Repositories: where their files are, their branch, their remotes; read from files only.

use crate::effect::state::State;
use crate::effect::value::Text;
use crate::effect::walk::Evaluator;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Largest git file that is read, in bytes.
const LARGEST: u64 = 64 * 1024;

/// A repository as the commands around it see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Repository {
    /// Top of the work tree.
    pub(crate) top: PathBuf,
    /// Its git directory (for a linked work tree, its own).
    pub(crate) directory: PathBuf,
    /// The directory that holds configuration and refs for all work trees.
    pub(crate) common: PathBuf,
}

impl Evaluator<'_> {
    /// The repository around the place of a state.
    pub(crate) fn repository_around(&mut self, state: &State) -> Option<Repository> {
        if state.foreign {
            return None;
        }
        let place = state.place().path.clone()?;
        self.repository_from(state, &place)
    }

    /// The repository around a directory.
    pub(super) fn repository_from(&mut self, state: &State, directory: &Path) -> Option<Repository> {
        let place = self.resolve(state, directory, true);
        for directory in place.ancestors() {
            let git = directory.join(".git");
            if self.files(state).is_directory(&git) {
                return Some(Repository { top: directory.to_owned(), common: git.clone(), directory: git });
            }
            let Some(text) = self.small_file(state, &git) else {
                if self.is_git_directory(state, directory) {
                    return Some(self.repository_of_directory(state, directory.to_owned()));
                }
                continue;
            };
            let target = text.strip_prefix("gitdir:")?.trim();
            let own = self.resolve(state, &directory.join(target), true);
            return Some(Repository { top: directory.to_owned(), ..self.repository_of_directory(state, own) });
        }
        None
    }

    /// The repository of a git directory, as if it had no work tree.
    pub(super) fn repository_of_directory(&mut self, state: &State, directory: PathBuf) -> Repository {
        let common = match self.small_file(state, &directory.join("commondir")) {
            Some(common) => self.resolve(state, &directory.join(common.trim()), true),
            None => directory.clone(),
        };
        Repository { top: directory.clone(), directory, common }
    }

    /// True for a git directory without a work tree of its own, by what git looks for (gitrepository-layout(5)).
    fn is_git_directory(&mut self, state: &State, path: &Path) -> bool {
        let holds = |name: &str| self.files(state).is_directory(&path.join(name));
        holds("objects") && holds("refs") && self.small_file(state, &path.join("HEAD")).is_some()
    }

    pub(super) fn small_file(&self, state: &State, path: &Path) -> Option<String> {
        let text = self.files(state).contents(path, LARGEST)?;
        String::from_utf8(text.exact()?.to_vec()).ok()
    }

    /// The branch that is checked out.
    pub(crate) fn branch(&self, state: &State, repository: &Repository) -> Option<String> {
        let head = self.small_file(state, &repository.directory.join("HEAD"))?;
        head.trim().strip_prefix("ref: refs/heads/").map(str::to_owned)
    }

    /// Adds what a person wants to know before something goes to a remote: its URL, the branch, what it tracks.
    pub(crate) fn remote_facts(
        &mut self,
        state: &State,
        remote: Option<&str>,
        facts: &mut BTreeMap<String, String>,
    ) -> Option<String> {
        let repository = self.repository_around(state)?;
        Some(self.remote_facts_of(state, &repository, remote, facts))
    }

    /// The same of a repository that is known.
    pub(super) fn remote_facts_of(
        &mut self,
        state: &State,
        repository: &Repository,
        remote: Option<&str>,
        facts: &mut BTreeMap<String, String>,
    ) -> String {
        let config =
            self.small_file(state, &repository.common.join("config")).map(|text| sections(&text)).unwrap_or_default();
        let branch = self.branch(state, repository);
        let value = |section: &str, key: &str| config.get(&(section.to_owned(), key.to_owned())).cloned();
        let tracked = branch.as_ref().map(|branch| format!("branch \"{branch}\""));
        let remote = match remote {
            Some(remote) => remote.to_owned(),
            None => {
                tracked.as_ref().and_then(|section| value(section, "remote")).unwrap_or_else(|| "origin".to_owned())
            }
        };
        let section = format!("remote \"{remote}\"");
        if let Some(url) = value(&section, "pushurl").or_else(|| value(&section, "url")) {
            if let Some(host) = host_of(&url) {
                facts.entry("host".to_owned()).or_insert(host);
            }
            facts.entry("url".to_owned()).or_insert(url);
        }
        if let Some(merge) = tracked.and_then(|section| value(&section, "merge")) {
            facts.entry("upstream".to_owned()).or_insert_with(|| merge.trim_start_matches("refs/heads/").to_owned());
        }
        let named = facts.get("refspec").cloned();
        if let Some(branch) = named.map_or(branch.clone(), |refspec| destination(&refspec, branch.as_deref())) {
            facts.entry("branch".to_owned()).or_insert(branch);
        }
        remote
    }

    /// The repository as text for a value.
    pub(crate) fn git_directory_text(repository: &Repository) -> Text {
        Text::exactly(repository.directory.as_os_str().as_bytes())
    }
}

/// The branch a refspec names at the remote (gitrevisions(7), git-push(1)): behind the colon, else the same name as here,
/// `HEAD` being what is checked out. `None` for several refspecs, for tags, and where nothing is checked out.
fn destination(refspec: &str, current: Option<&str>) -> Option<String> {
    let one = refspec.trim().trim_start_matches('+');
    let name = one.rsplit_once(':').map_or(one, |(_, there)| there);
    match name.trim_start_matches("refs/heads/") {
        "HEAD" | "@" => current.map(str::to_owned),
        name if name.is_empty() || name.starts_with("refs/") || name.contains(char::is_whitespace) => None,
        name => Some(name.to_owned()),
    }
}

/// The keys of a git configuration file by section (`remote "origin"`); later values win, includes are not followed.
fn sections(text: &str) -> BTreeMap<(String, String), String> {
    let named = |each: super::git_config::Setting| {
        let section = match each.subsection.as_str() {
            "" => each.section,
            subsection => format!("{} \"{subsection}\"", each.section),
        };
        ((section, each.name), each.value)
    };
    super::git_config::settings(text).into_iter().map(named).collect()
}

/// The host of a URL or of `user@host:path`.
pub(crate) fn host_of(url: &str) -> Option<String> {
    let rest = match url.split_once("://") {
        Some(("file", _)) => return None,
        Some((_, rest)) => rest.split(['/', '?', '#']).next()?,
        None => {
            let (host, _) = url.split_once(':')?;
            if host.contains('/') {
                return None;
            }
            host
        }
    };
    let host = rest.rsplit('@').next()?;
    let host = match host.strip_prefix('[') {
        Some(six) => six.split(']').next()?,
        None => host.split(':').next()?,
    };
    (!host.is_empty() && OsStr::new(host) != ".").then(|| host.to_owned())
}

#[cfg(test)]
mod tests {
    use super::{host_of, sections};

    #[test]
    fn hosts_of_urls() {
        assert_eq!(host_of("https://user@example.org:8443/x"), Some("example.org".to_owned()));
        assert_eq!(host_of("git@example.org:a/b.git"), Some("example.org".to_owned()));
        assert_eq!(host_of("/srv/git/x"), None);
        assert_eq!(host_of("./a:b"), None);
    }

    #[test]
    fn configuration_is_read_by_section() {
        let all = sections("[remote \"origin\"]\n\turl = a:b\n[branch \"main\"]\n remote = origin\n");
        assert_eq!(all.get(&("remote \"origin\"".to_owned(), "url".to_owned())).map(String::as_str), Some("a:b"));
        assert_eq!(all.len(), 2);
    }
}
