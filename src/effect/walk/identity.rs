//! Which file a command name stands for, and whether its name may be trusted to say what it does.

use super::Evaluator;
use super::code_variable::{holds_command, is_harmless, runs_code};
use crate::effect::Reversibility;
use crate::effect::files::{Change, Presence, is_within};
use crate::effect::state::State;
use crate::effect::value::Text;
use crate::effect::{Object, Verb};
use crate::grammar::{Kind, Known};
use crate::text::Span;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Directories whose programs are what their names say.
const SYSTEM: [&str; 10] =
    ["/bin", "/sbin", "/usr", "/opt", "/nix", "/snap", "/gnu", "/lib", "/home/linuxbrew", "/run/current-system"];

/// Directories in which managers of language versions put their programs, on purpose before the system's.
const MANAGERS: [&str; 33] = [
    ".pyenv/shims",
    ".pyenv/versions",
    ".nvm/versions",
    ".nodenv/shims",
    ".nodenv/versions",
    ".volta/bin",
    ".volta/tools",
    ".asdf/shims",
    ".asdf/installs",
    ".rbenv/shims",
    ".rbenv/versions",
    ".rvm/rubies",
    ".rvm/gems",
    ".goenv/shims",
    ".goenv/versions",
    ".phpenv/shims",
    ".jenv/shims",
    "mise/shims",
    "mise/installs",
    ".cargo/bin",
    ".bun/bin",
    ".deno/bin",
    "go/bin",
    ".sdkman/candidates",
    ".local/share/fnm",
    ".local/share/pnpm",
    ".local/share/uv",
    ".local/pipx/venvs",
    ".rustup/toolchains",
    "miniconda3/bin",
    "anaconda3/bin",
    ".nix-profile/bin",
    ".ghcup/bin",
];

/// What a command name stands for.
pub(crate) enum Identity {
    /// A program of the system, or none that was found: the name says what it does.
    Named(Option<PathBuf>),
    /// A file whose name says nothing, and why.
    Local(Option<PathBuf>, &'static str),
}

/// True when a manager of language versions put the file where it is.
fn is_managed(path: &str) -> bool {
    MANAGERS.iter().any(|manager| {
        path.match_indices(manager)
            .any(|(at, _)| path[..at].ends_with('/') && path[at + manager.len()..].starts_with('/'))
    })
}

impl Evaluator<'_> {
    /// Finds what `name` stands for.
    pub(crate) fn identify(&mut self, state: &State, name: &[u8]) -> Identity {
        if state.foreign {
            return Identity::Named(None);
        }
        if name.contains(&b'/') {
            let Known::Exactly(path) = self.real_path(state, &Known::Exactly(name.to_vec()), false) else {
                return Identity::Local(None, "unknown-program");
            };
            let path = PathBuf::from(OsStr::from_bytes(&path));
            return self.judge_file(state, path, None);
        }
        if state.rebound.iter().any(|(rebound, _)| rebound == name) {
            return Identity::Local(None, "rebound");
        }
        let assigned = state.variables.contains_key(b"PATH".as_slice());
        let plain = !assigned && state.overlay.is_empty();
        if plain && let Some(found) = self.programs.get(name) {
            return match found.clone() {
                Some(path) => self.judge_file(state, path, Some(name)),
                None => Identity::Named(None),
            };
        }
        let world = self.world;
        let found = match self.inherited_path().filter(|_| plain) {
            Some(path) => world.program(path, name),
            None => {
                let path = self.lookup(state, b"PATH").scalar().unwrap_or_else(|| Text::exactly("/usr/bin:/bin"));
                let Some(path) = path.exact() else { return Identity::Local(None, "unknown-path") };
                self.search(state, path, name)
            }
        };
        if plain {
            self.programs.insert(name.to_vec(), found.clone());
        }
        match found {
            Some(path) => self.judge_file(state, path, Some(name)),
            None => Identity::Named(None),
        }
    }

    /// The environment's PATH, when all its directories are absolute.
    fn inherited_path(&mut self) -> Option<&[u8]> {
        let world = self.world;
        let absolute =
            |path: &Vec<u8>| path.split(|byte| *byte == b':').all(|directory| directory.first() == Some(&b'/'));
        let path = self.inherited_path.get_or_insert_with(|| world.variable(b"PATH").filter(absolute));
        path.as_deref()
    }

    /// The first executable file called `name` in the directories of `path`.
    pub(crate) fn search(&mut self, state: &State, path: &[u8], name: &[u8]) -> Option<PathBuf> {
        let as_found = |directory: &[u8]| {
            directory.first() == Some(&b'/') && !state.overlay.concerns(Path::new(OsStr::from_bytes(directory)))
        };
        if !state.foreign && path.split(|byte| *byte == b':').all(as_found) {
            return self.world.program(path, name);
        }
        for directory in path.split(|byte| *byte == b':') {
            let directory = if directory.is_empty() { b".".as_slice() } else { directory };
            let mut candidate = directory.to_vec();
            candidate.push(b'/');
            candidate.extend_from_slice(name);
            let absolute = match (candidate.first(), &state.place().path) {
                (Some(b'/'), _) => PathBuf::from(OsStr::from_bytes(&candidate)),
                (_, Some(place)) => place.join(OsStr::from_bytes(&candidate)),
                _ => continue,
            };
            let absolute: PathBuf = absolute.components().collect();
            let made = matches!(state.overlay.change(&absolute), Some(Change::Made { directory: false, .. }));
            if made || (self.files(state).presence(&absolute) == Presence::Yes && self.world.is_program(&absolute)) {
                return Some(absolute);
            }
        }
        None
    }

    fn judge_file(&mut self, state: &State, path: PathBuf, name: Option<&[u8]>) -> Identity {
        if !state.overlay.is_empty() && state.overlay.change(&path).is_some() {
            return Identity::Local(Some(path), "made-by-this-line");
        }
        let workspace = self.workspace(state);
        let within = |directory: &str| is_within(path.as_os_str(), OsStr::new(directory));
        if workspace.as_os_str() != "/" && path.starts_with(&workspace) {
            return Identity::Local(Some(path), "workspace-program");
        }
        if SYSTEM.into_iter().any(within) {
            return Identity::Named(Some(path));
        }
        if path.parent().is_some_and(|directory| directory.ends_with("lib/agentsh")) {
            return Identity::Named(Some(path));
        }
        if ["/tmp", "/var/tmp", "/dev/shm"].into_iter().any(within) {
            return Identity::Local(Some(path), "temporary-program");
        }
        if is_managed(&path.to_string_lossy()) {
            return Identity::Named(Some(path));
        }
        let base = path.file_name().map(OsStr::as_bytes).unwrap_or_default();
        let shadows = ["/usr/bin", "/bin", "/usr/sbin", "/sbin"].iter().any(|directory| {
            name.is_some()
                && self.files(state).presence(&Path::new(directory).join(OsStr::from_bytes(base))) == Presence::Yes
        });
        if shadows { Identity::Local(Some(path), "shadows-system") } else { Identity::Named(Some(path)) }
    }

    /// The checkout around the directory the line starts in, else that directory; `/` when it holds the home directory.
    pub(crate) fn workspace(&mut self, state: &State) -> PathBuf {
        if let Some(workspace) = &self.workspace {
            return workspace.clone();
        }
        let start = self.world.working_directory();
        let home = self.world.home(None);
        let top = start.ancestors().find(|directory| self.world.inspect(&directory.join(".git")).is_some());
        let mut workspace = top.unwrap_or(&start).to_owned();
        if home.is_some_and(|home| home.starts_with(&workspace)) {
            workspace = PathBuf::from("/");
        }
        let _ = state;
        self.workspace = Some(workspace.clone());
        workspace
    }

    /// A program nothing is known of runs.
    pub(crate) fn unknown_program(&mut self, name: &[u8], file: Option<&Path>, why: &[&str], span: Span) {
        let shown = String::from_utf8_lossy(name).into_owned();
        if !self.found.unknown_programs.contains(&shown) {
            self.found.unknown_programs.push(shown.clone());
        }
        let mut object = match file {
            Some(file) => Object::path(file),
            None => Object::unnamed(Kind::Path),
        };
        if file.is_none() {
            object.name = Known::Exactly(name.to_vec());
            object.kind = Kind::Command;
        }
        let tags = why.iter().map(|tag| (*tag).to_owned()).collect();
        self.emit(Verb::Execute, object, Reversibility::Opaque, span, &shown, tags);
    }

    /// A variable whose value is a command line (`EDITOR`, `GIT_SSH_COMMAND`) is set: what it would run is found too.
    pub(crate) fn environment_command(&mut self, state: &State, name: &[u8], value: Option<&Text>, span: Span) {
        let Some(words) = value.and_then(Text::exact).filter(|_| holds_command(name) && self.depth < 8) else { return };
        let words = words.trim_ascii();
        // Without arguments it is a program that is started with the ones its user gives it.
        if !words.iter().any(u8::is_ascii_whitespace) || words.starts_with(b"ssh ") {
            return;
        }
        let text = Text::exactly(words.strip_prefix(b"|").unwrap_or(words));
        let child = state.child_shell();
        self.possibly(|evaluator| {
            evaluator.labelled(&["code-variable"], |evaluator| evaluator.evaluate_shell(child, &text, span, "variable"))
        });
    }

    /// A variable that programs take code from is set for a command.
    pub(crate) fn environment_code(&mut self, name: &[u8], value: Option<&Text>, span: Span) {
        if !runs_code(name) {
            return;
        }
        // What it is anyway was the person's to choose.
        let inherited = self.world.variable(name);
        let harmless = value
            .and_then(Text::exact)
            .is_some_and(|value| is_harmless(name, value) || inherited.as_deref() == Some(value));
        if !harmless {
            let mut object = Object::unnamed(Kind::Variable);
            object.name = Known::Exactly(name.to_vec());
            self.emit(Verb::Execute, object, Reversibility::Opaque, span, "", vec!["code-variable".to_owned()]);
        }
    }
}
