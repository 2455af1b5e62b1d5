//! Code that git runs because a repository says so: aliases, hooks, and settings that name programs.

use super::git::Repository;
use super::git_config::{Setting, settings};
use super::git_worked::Worked;
use crate::effect::state::State;
use crate::effect::value::{Field, Text};
use crate::effect::walk::{Evaluator, Flow, Reach, quoted};
use crate::effect::world::EntryKind;
use crate::effect::{Object, Reversibility};
use crate::grammar::{Access, Grammar, Invocation, Kind};
use crate::text::Span;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Most aliases that lead to one another.
const MOST_ALIASES: usize = 8;

/// Options in front of the subcommand that take the next word.
const WITH_ARGUMENT: [&[u8]; 6] = [b"-C", b"-c", b"--git-dir", b"--work-tree", b"--namespace", b"--config-env"];

/// Subcommands that look at no file of the work tree, ask nobody, and use no pager.
const PLUMBING: [&str; 9] =
    ["rev-parse", "rev-list", "symbolic-ref", "merge-base", "show-ref", "for-each-ref", "ls-tree", "version", "config"];

/// Subcommands that talk to a remote.
const REMOTE: [&str; 7] = ["fetch", "pull", "push", "clone", "ls-remote", "remote", "submodule"];

/// Hooks by the subcommands that run them (githooks(5)); `*`: all that have hooks.
const HOOKS: [(&str, &[&str]); 17] = [
    ("pre-commit", &["commit"]),
    ("prepare-commit-msg", &["commit", "merge", "pull", "rebase", "cherry-pick", "revert"]),
    ("commit-msg", &["commit", "merge", "pull", "rebase", "cherry-pick", "revert"]),
    ("post-commit", &["commit", "merge", "pull", "rebase", "cherry-pick", "revert"]),
    ("pre-merge-commit", &["merge", "pull"]),
    ("post-merge", &["merge", "pull"]),
    ("pre-rebase", &["rebase", "pull"]),
    ("post-rewrite", &["commit", "rebase", "pull"]),
    ("post-checkout", &["checkout", "switch", "clone", "worktree", "rebase", "pull"]),
    ("pre-push", &["push"]),
    ("applypatch-msg", &["am"]),
    ("pre-applypatch", &["am"]),
    ("post-applypatch", &["am"]),
    ("pre-auto-gc", &["gc", "commit", "merge", "fetch", "pull", "rebase", "am"]),
    ("sendemail-validate", &["send-email"]),
    ("reference-transaction", &["*"]),
    ("post-index-change", &["*"]),
];

/// Hooks that `--no-verify` leaves out.
const VERIFYING: [&str; 4] = ["pre-commit", "commit-msg", "pre-merge-commit", "pre-push"];

impl Evaluator<'_> {
    /// Runs what a git alias stands for; `None` when the subcommand is none. Git itself ignores aliases that are named
    /// like its own subcommands.
    pub(crate) fn git_alias(
        &mut self,
        state: &mut State,
        grammar: &Grammar,
        fields: &[Field],
        span: Span,
    ) -> Option<Flow> {
        let (at, directory) = subcommand(fields)?;
        let name = std::str::from_utf8(fields[at].exact()?).ok()?.to_owned();
        if state.foreign || name.starts_with('-') || grammar.subcommand(name.as_bytes()).is_some() {
            return None;
        }
        let mut place = state.clone();
        for directory in directory {
            self.move_to(&mut place, &directory.argument());
        }
        let mut found = self.global_settings(state);
        let repository = self.worked_on(&place, fields).repository();
        if let Some(repository) = &repository {
            found.extend(self.repository_settings(state, repository));
        }
        let name = name.to_ascii_lowercase();
        let named = |each: &&Setting| {
            each.section == "alias"
                && (each.name == name && each.subsection.is_empty()
                    || each.subsection == name && each.name == "command")
        };
        let value = found.iter().rfind(named)?.value.clone();
        let call = format!("git {name}").into_bytes();
        if self.calls.contains(&call) || self.calls.len() > MOST_ALIASES * 8 {
            return None;
        }
        let rest = &fields[at + 1..];
        self.calls.push(call);
        let flow = match value.strip_prefix('!') {
            Some(script) => {
                // `!cmd` is `sh -c 'cmd "$@"' cmd ARGUMENT…`, at the top of the work tree.
                let mut text = Text::exactly(script.as_bytes());
                for field in rest {
                    text.push(&Text::exactly(" "));
                    match field.exact() {
                        Some(word) if !field.many => text.push(&Text::exactly(quoted(word))),
                        _ => text.push(&Text::unknown()),
                    }
                }
                let mut child = state.child_shell();
                if let Some(repository) = &repository {
                    let top = Field::exactly(repository.top.as_os_str().as_bytes(), span);
                    self.move_to(&mut child, &top.argument());
                }
                let after = self.evaluate_shell(child, &text, span, "git");
                let mut state = state.clone();
                state.overlay = after.into_parts().overlay;
                Flow::either(state)
            }
            None if value.contains(['\'', '"', '\\']) => {
                self.calls.pop();
                return None;
            }
            None => {
                let words = value.split_ascii_whitespace().map(|word| Field::exactly(word, fields[at].span));
                let all: Vec<Field> = fields[..at].iter().cloned().chain(words).chain(rest.iter().cloned()).collect();
                self.dispatch(state.clone(), all, span, Reach::Program)
            }
        };
        self.calls.pop();
        Some(flow)
    }

    /// Adds the hooks a git command would run, and the programs that the repository's own configuration has it run.
    /// What the person's configuration names is theirs.
    pub(crate) fn repository_code(
        &mut self,
        state: &State,
        invocation: &Invocation,
        fields: &[Field],
        span: Span,
        tags: &[String],
    ) {
        let Some(verb) = invocation.subcommand.first().map(String::as_str) else { return };
        if state.foreign {
            return;
        }
        let mut place = state.clone();
        if let Some((_, directories)) = subcommand(fields) {
            for directory in directories {
                self.move_to(&mut place, &directory.argument());
            }
        }
        let repository = match self.worked_on(&place, fields) {
            Worked::Untold => {
                let tags = vec!["repository-config".to_owned()];
                self.emit(Access::Execute, Object::unnamed(Kind::Path), Reversibility::Opaque, span, "git", tags);
                return;
            }
            worked => worked.repository(),
        };
        let Some(repository) = repository else { return };
        let own = self.repository_settings(state, &repository);
        let runs = own.iter().find(|setting| runs_code(setting, verb));
        if let Some(setting) = runs {
            let mut object = Object::path(&repository.common.join("config"));
            let dot = if setting.subsection.is_empty() { "" } else { "." };
            let name = format!("{}{dot}{}.{}", setting.section, setting.subsection, setting.name);
            object.facts.insert("setting".to_owned(), name);
            self.emit(
                Access::Execute,
                object,
                Reversibility::Opaque,
                span,
                "git",
                vec!["repository-config".to_owned()],
            );
        }
        let hooked = |tags: &[String]| tags.iter().any(|tag| tag == "hooks");
        if !hooked(tags) && !invocation.deeds.iter().any(|deed| hooked(&deed.tags)) {
            return;
        }
        let mut given = self.global_settings(state).into_iter().chain(own);
        let path = given.rfind(|each| each.section == "core" && each.name == "hookspath");
        let directory = match path {
            Some(setting) => repository.top.join(self.at_home(&setting.value)),
            None => repository.common.join("hooks"),
        };
        let unverified = tags.iter().any(|tag| tag == "no-verify");
        for (hook, verbs) in HOOKS {
            let file = directory.join(hook);
            let run =
                verbs.iter().any(|each| *each == "*" || *each == verb) && !(unverified && VERIFYING.contains(&hook));
            if run && self.is_hook(&file) {
                self.emit(
                    Access::Execute,
                    Object::path(&file),
                    Reversibility::Opaque,
                    span,
                    "git",
                    vec!["hook".to_owned()],
                );
            }
        }
    }

    fn is_hook(&self, file: &Path) -> bool {
        self.world.inspect(file).is_some_and(|entry| match entry.kind {
            EntryKind::File => entry.mode & 0o111 != 0,
            EntryKind::Link => self.world.executable(file),
            _ => false,
        })
    }

    pub(super) fn repository_settings(&mut self, state: &State, repository: &Repository) -> Vec<Setting> {
        let files = [repository.common.join("config"), repository.directory.join("config.worktree")];
        files.iter().filter_map(|file| self.small_file(state, file)).flat_map(|text| settings(&text)).collect()
    }

    pub(super) fn global_settings(&mut self, state: &State) -> Vec<Setting> {
        let files = [self.at_home("~/.config/git/config"), self.at_home("~/.gitconfig")];
        files.iter().filter_map(|file| self.small_file(state, file)).flat_map(|text| settings(&text)).collect()
    }

    fn at_home(&self, path: &str) -> PathBuf {
        match (path.strip_prefix("~/"), self.world.home(None)) {
            (Some(rest), Some(home)) => home.join(rest),
            _ => PathBuf::from(OsStr::new(path)),
        }
    }
}

/// Where the subcommand is, and the directories `-C` names before it.
pub(super) fn subcommand(fields: &[Field]) -> Option<(usize, Vec<&Field>)> {
    let mut directories = Vec::new();
    let mut at = 1;
    loop {
        let word = fields.get(at)?.exact()?;
        if !word.starts_with(b"-") {
            return Some((at, directories));
        }
        if WITH_ARGUMENT.contains(&word) {
            if word == b"-C" {
                directories.push(fields.get(at + 1)?);
            }
            at += 1;
        }
        at += 1;
    }
}

/// True when a subcommand would run what the setting names.
fn runs_code(setting: &Setting, verb: &str) -> bool {
    let value = setting.value.trim();
    let off =
        matches!(value.to_ascii_lowercase().as_str(), "" | "true" | "false" | "yes" | "no" | "on" | "off" | "1" | "0");
    let lfs =
        value == "git-lfs" || value.starts_with("git-lfs ") && !value.contains([';', '&', '|', '$', '`', '>', '\n']);
    let files = !PLUMBING.contains(&verb);
    let remote = REMOTE.contains(&verb);
    match (setting.section.as_str(), setting.name.as_str()) {
        ("include" | "includeif", "path") => files,
        ("core", "fsmonitor") => files && !off,
        ("core", "pager") | ("pager", _) => files && !off && !only_shows(value),
        ("core" | "sequence", "editor") | ("gpg", "program") => files && !off,
        ("core", "sshcommand" | "gitproxy" | "askpass") => remote && !off,
        ("credential", "helper") => {
            remote && !matches!(value, "" | "store" | "cache" | "osxkeychain" | "libsecret" | "manager")
        }
        ("remote", "uploadpack" | "receivepack" | "vcs") => remote,
        ("submodule", "update") => value.starts_with('!'),
        ("diff", "external" | "command" | "textconv") | ("interactive", "difffilter") => files && !off,
        ("filter", "clean" | "smudge" | "process") => files && !lfs,
        ("merge", "driver") | ("trailer", "command" | "cmd") => files && !off,
        _ => false,
    }
}

/// A pager that only shows what it is given.
fn only_shows(pager: &str) -> bool {
    let mut words = pager.split_ascii_whitespace();
    matches!(words.next(), Some("cat" | "less" | "more" | "delta" | "bat"))
        && words.all(|word| word.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'=')))
}
