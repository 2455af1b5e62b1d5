//! Which branches a git command moves, here or at a remote, and which one is checked out after it.
//!
//! In: a bound git command and the repository around it. Out: the fact `branches`, names of branches parted by blanks, with
//! [`UNTOLD`] among them for what cannot be told, and the state after a switch. Says nothing of tags, stashes and what remotes
//! were seen at (`refs/remotes`), and nothing of who may do it.

use super::deed::Act;
use super::git::Repository;
use super::git_code::subcommand;
use super::git_config::Setting;
use crate::effect::files::{Change, Presence};
use crate::effect::state::State;
use crate::effect::value::{Field, Text};
use crate::effect::walk::Evaluator;
use crate::grammar::{Access, Invocation, Known};
use std::collections::BTreeMap;

/// The fact that names the branches a command of git moves or removes, parted by blanks; `*` among them for all.
pub const MOVES: &str = "branches";
/// A branch that cannot be told.
pub const UNTOLD: &str = "…";
/// All branches.
const ALL: &str = "*";

/// What is checked out.
enum Head {
    Branch(String),
    /// A commit; what is committed then is on no branch.
    Detached,
    Untold,
}

/// A command with its words, as far as they matter here.
struct Verb<'a> {
    name: &'a str,
    invocation: &'a Invocation,
    /// The words behind the subcommand.
    words: &'a [Field],
}

impl<'a> Verb<'a> {
    fn of(invocation: &'a Invocation, fields: &'a [Field]) -> Option<Self> {
        let name = invocation.subcommand.first()?;
        let (at, _) = subcommand(fields)?;
        Some(Self { name, invocation, words: fields.get(at + 1..)? })
    }

    fn has(&self, options: &[&[u8]]) -> bool {
        self.words.iter().any(|field| field.exact().is_some_and(|word| options.contains(&word)))
    }

    /// True when it has a short option that takes a word, with or without that word behind it.
    fn has_short(&self, option: &[u8]) -> bool {
        self.words.iter().any(|field| field.text.prefix().starts_with(option))
    }

    /// The words of an operand, or of a list of them.
    fn operands(&self, name: &str) -> Vec<String> {
        let all = self.invocation.deeds.iter().flat_map(|deed| &deed.facts);
        let Some((_, argument)) = all.into_iter().find(|(fact, _)| fact == name) else { return Vec::new() };
        match &argument.value {
            Known::Exactly(bytes) => {
                String::from_utf8_lossy(bytes).split_ascii_whitespace().map(str::to_owned).collect()
            }
            _ => vec![UNTOLD.to_owned()],
        }
    }

    fn is_tagged(&self, tag: &str) -> bool {
        let deeds = self.invocation.deeds.iter().flat_map(|deed| &deed.tags);
        self.invocation.tags.iter().chain(deeds).any(|each| each == tag)
    }
}

impl Evaluator<'_> {
    /// The branches that a command moves or removes in the repository around `place`; empty for none.
    pub(super) fn moves_here(&mut self, place: &State, act: Act<'_>) -> String {
        match act.invocation.program.as_str() {
            "git" => self.moved_by_git(place, act),
            // What commits on its way commits to what is checked out.
            "npm" | "yarn" | "lerna" | "changeset" | "cz" => {
                let elsewhere = self.names_repository(place, act);
                self.current(place, elsewhere)
            }
            "bfg" => vec![ALL.to_owned()],
            _ => vec![UNTOLD.to_owned()],
        }
        .join(" ")
    }

    /// The branch that is checked out, as a list: none where a commit is, [`UNTOLD`] where it cannot be told.
    fn current(&mut self, place: &State, elsewhere: bool) -> Vec<String> {
        let head = match self.repository_around(place) {
            Some(repository) if !elsewhere => self.head(place, &repository),
            // What is to become a repository has no branch yet that could be lost.
            None if !elsewhere
                && place.place().path.as_ref().is_some_and(|path| self.is_absent(place, &path.join(".git"))) =>
            {
                Head::Detached
            }
            _ => Head::Untold,
        };
        match head {
            Head::Branch(name) => vec![name],
            Head::Detached => Vec::new(),
            Head::Untold => vec![UNTOLD.to_owned()],
        }
    }

    fn moved_by_git(&mut self, place: &State, act: Act<'_>) -> Vec<String> {
        let Some(verb) = Verb::of(act.invocation, act.fields) else { return Vec::new() };
        let elsewhere = self.names_repository(place, act);
        let current = |evaluator: &mut Self| evaluator.current(place, elsewhere);
        let over: &[&[u8]] = &[b"--abort", b"--quit", b"--show-current-patch", b"--edit-todo"];
        match verb.name {
            _ if verb.has(over) => Vec::new(),
            "commit" | "merge" | "cherry-pick" | "revert" | "am" | "quiltimport" => current(self),
            "subtree" if verb.has(&[b"split", b"push"]) => Vec::new(),
            "subtree" => current(self),
            "pull" => [current(self), destinations(&verb.operands("refspec"), false)].concat(),
            "rebase" => match verb.operands("branch") {
                named if named.is_empty() => current(self),
                named => named,
            },
            "reset" => match verb.operands("commit").as_slice() {
                [] => Vec::new(),
                [at] if at == "HEAD" || at == "@" => Vec::new(),
                [name] if self.is_only_a_file(place, name) => Vec::new(),
                _ => current(self),
            },
            "fetch" => destinations(&verb.operands("refspec"), false),
            "branch" => Self::branches_of_branch(&verb, || current(self)),
            "checkout" | "switch"
                if verb.has_short(b"-B") || verb.has_short(b"-C") || verb.has(&[b"--force-create"]) =>
            {
                verb.operands("branch")
            }
            "worktree" if verb.has_short(b"-B") => verb.operands("branch"),
            "update-ref" | "symbolic-ref" if verb.has(&[b"--stdin"]) => vec![UNTOLD.to_owned()],
            "update-ref" | "symbolic-ref" => match verb.operands("ref").first().map(String::as_str) {
                Some("HEAD" | "@") if verb.name == "update-ref" => current(self),
                Some(name) if name == UNTOLD => vec![UNTOLD.to_owned()],
                Some(name) => name.strip_prefix("refs/heads/").map(str::to_owned).into_iter().collect(),
                None => Vec::new(),
            },
            "filter-branch" | "filter-repo" | "fast-import" => vec![ALL.to_owned()],
            "svn" | "p4" | "cvsimport" => vec![UNTOLD.to_owned()],
            _ => Vec::new(),
        }
    }

    /// True where `--git-dir` or `GIT_DIR` names the repository, which may be another than the one around.
    pub(super) fn names_repository(&mut self, place: &State, act: Act<'_>) -> bool {
        self.said_directory(place, act.fields).is_some()
    }

    /// What `git branch` moves: with a force, or where it removes or renames.
    fn branches_of_branch(verb: &Verb<'_>, current: impl FnOnce() -> Vec<String>) -> Vec<String> {
        let named = verb.operands("branch");
        if verb.has(&[b"-r", b"--remotes"]) {
            return Vec::new();
        }
        if verb.is_tagged("delete") {
            return named;
        }
        if verb.has(&[b"-m", b"-M", b"--move"]) {
            let old = match verb.operands("from") {
                from if from.is_empty() => current(),
                from => from,
            };
            return [old, named].concat();
        }
        if verb.has(&[b"-C"]) || verb.is_tagged("force") { named } else { Vec::new() }
    }

    /// Adds the branches at the remote that `git push` moves (git-push(1)).
    pub(super) fn add_moves_there(
        &mut self,
        place: &State,
        act: Act<'_>,
        remote: &str,
        facts: &mut BTreeMap<String, String>,
    ) {
        if act.invocation.program != "git" || act.deed.access != Access::Push {
            return;
        }
        let moves = self.moves_there(place, act, remote);
        if !moves.is_empty() {
            facts.insert(MOVES.to_owned(), moves);
        }
    }

    fn moves_there(&mut self, place: &State, act: Act<'_>, remote: &str) -> String {
        let Some(verb) = Verb::of(act.invocation, act.fields) else { return String::new() };
        if verb.has(&[b"--all", b"--branches", b"--mirror"]) {
            return ALL.to_owned();
        }
        let repository = self.worked_on(place, act.fields).repository();
        let elsewhere = self.names_repository(place, act);
        let current = self.current(place, elsewhere).pop().filter(|name| name != UNTOLD);
        let own = repository.as_ref().map(|repository| self.repository_settings(place, repository)).unwrap_or_default();
        let mut refspecs = verb.operands("refspec");
        if refspecs.is_empty() {
            refspecs = configured(&own, "remote", remote, "push");
        }
        if refspecs.is_empty() {
            // Whichever of the two push.default chooses.
            let here = current.clone().unwrap_or_else(|| UNTOLD.to_owned());
            let upstream = current.iter().flat_map(|branch| configured(&own, "branch", branch, "merge"));
            let upstream = upstream.filter_map(|name| name.strip_prefix("refs/heads/").map(str::to_owned));
            let mut all = vec![here];
            all.extend(upstream.filter(|name| Some(name) != current.as_ref()).collect::<Vec<_>>());
            let settings = [self.global_settings(place), own].concat();
            let matching =
                |each: &Setting| each.section == "push" && each.name == "default" && each.value == "matching";
            if settings.iter().any(matching) || act.fields.iter().any(|field| field.text.prefix().starts_with(b"push."))
            {
                all.push(ALL.to_owned());
            }
            return all.join(" ");
        }
        let named = destinations(&refspecs, true).into_iter().map(|name| match (name.as_str(), &current) {
            ("HEAD" | "@", Some(current)) => current.clone(),
            ("HEAD" | "@", None) => UNTOLD.to_owned(),
            _ => name,
        });
        named.collect::<Vec<_>>().join(" ")
    }

    /// The state after a command that has checked out another branch; `None` for all other commands.
    pub(crate) fn after_switch(&mut self, state: &State, invocation: &Invocation, fields: &[Field]) -> Option<State> {
        let verb = Verb::of(invocation, fields)?;
        if !matches!(verb.name, "checkout" | "switch" | "symbolic-ref" | "stash" | "rebase" | "bisect") {
            return None;
        }
        let mut place = state.clone();
        for directory in subcommand(fields)?.1 {
            self.move_to(&mut place, &directory.argument());
        }
        let repository = self.worked_on(&place, fields).repository()?;
        let named = verb.operands("branch");
        let creates = ["-b", "-B", "-c", "-C"].iter().any(|option| verb.has_short(option.as_bytes()))
            || verb.has(&[b"--create", b"--force-create", b"--orphan"]);
        let contents = match (verb.name, named.as_slice()) {
            ("checkout" | "switch", _) if verb.has(&[b"--detach", b"-d"]) => Some("detached".to_owned()),
            ("checkout" | "switch", [name]) if name == UNTOLD || name == "-" => None,
            ("checkout" | "switch", [name]) if creates => Some(format!("ref: refs/heads/{name}")),
            ("switch", [name]) => Some(format!("ref: refs/heads/{name}")),
            ("checkout", []) => return None,
            ("checkout", [name]) if self.is_branch(&place, &repository, name) => {
                Some(format!("ref: refs/heads/{name}"))
            }
            ("checkout", [name]) if self.is_only_a_file(&place, name) => return None,
            ("checkout" | "switch", _) => None,
            ("symbolic-ref", _) if verb.operands("ref").first().is_some_and(|name| name == "HEAD") => None,
            ("rebase", [name]) => Some(format!("ref: refs/heads/{name}")),
            ("stash", _) if verb.invocation.subcommand.get(1).is_some_and(|sub| sub == "branch") => None,
            ("bisect", _) => None,
            _ => return None,
        };
        let mut after = state.clone();
        if creates && let [name] = named.as_slice() {
            let file = repository.common.join("refs/heads").join(name);
            after.overlay.record(&file, Change::Made { directory: false, fresh: false, contents: None });
        }
        let contents = contents.map(|text| Text::exactly(format!("{text}\n")));
        let change = Change::Made { directory: false, fresh: false, contents };
        after.overlay.record(&repository.directory.join("HEAD"), change);
        Some(after)
    }

    /// What is checked out; during a rebase the branch that is rebased (gitrepository-layout(5)).
    fn head(&self, state: &State, repository: &Repository) -> Head {
        let text = |name: &str| self.small_file(state, &repository.directory.join(name));
        let branch = |text: &str| text.trim().strip_prefix("refs/heads/").map(str::to_owned);
        let Some(head) = text("HEAD") else { return Head::Untold };
        if let Some(name) = head.strip_prefix("ref:") {
            return branch(name).map_or(Head::Untold, Head::Branch);
        }
        let rebased = ["rebase-merge/head-name", "rebase-apply/head-name"].into_iter().find_map(text);
        rebased.as_deref().and_then(branch).map_or(Head::Detached, Head::Branch)
    }

    fn is_branch(&self, state: &State, repository: &Repository, name: &str) -> bool {
        let loose = repository.common.join("refs/heads").join(name);
        let packed = || self.small_file(state, &repository.common.join("packed-refs")).unwrap_or_default();
        let ending = format!(" refs/heads/{name}");
        self.files(state).presence(&loose) == Presence::Yes || packed().lines().any(|line| line.ends_with(&ending))
    }

    /// True for a word that names a file and no branch, where git takes either.
    fn is_only_a_file(&mut self, state: &State, name: &str) -> bool {
        let Some(repository) = self.repository_around(state) else { return false };
        let Some(path) = state.place().path.as_ref().map(|place| place.join(name)) else { return false };
        self.files(state).presence(&path) == Presence::Yes && !self.is_branch(state, &repository, name)
    }
}

/// The branches that refspecs name at their other end. A word without a colon names one only when `plain`.
fn destinations(refspecs: &[String], plain: bool) -> Vec<String> {
    let mut found = Vec::new();
    let mut words = refspecs.iter().map(String::as_str);
    while let Some(word) = words.next() {
        let word = word.trim_start_matches(['+', '^']);
        let there = match word.rsplit_once(':') {
            // `:` alone pushes what is there under the same name on both sides.
            Some(("", "")) => Some(ALL),
            Some((from, "")) => Some(from).filter(|_| plain),
            Some((_, there)) => Some(there),
            None if word == "tag" => {
                words.next();
                None
            }
            None => Some(word).filter(|_| plain || word == UNTOLD),
        };
        let Some(there) = there else { continue };
        let name = there.strip_prefix("refs/heads/").unwrap_or(there);
        match name {
            name if name.starts_with("refs/*") || name == "*" => found.push(ALL.to_owned()),
            name if name.starts_with("refs/") => {}
            name => found.push(name.to_owned()),
        }
    }
    found
}

/// The values of `section.subsection.name`.
fn configured(settings: &[Setting], section: &str, subsection: &str, name: &str) -> Vec<String> {
    let fits = |each: &&Setting| {
        (each.section.as_str(), each.subsection.as_str(), each.name.as_str()) == (section, subsection, name)
    };
    settings.iter().filter(fits).map(|each| each.value.clone()).collect()
}
