//! Deeds of a grammar to effects on resolved objects.

use super::git_moves::MOVES;
use super::git_worked::Worked;
use super::into::{REPLACED, Reached};
use super::naming::NAMES;
use super::{directories, git, naming, severity};
use crate::effect::files::{Change, Overlay, Presence};
use crate::effect::state::{Input, State};
use crate::effect::value::Field;
use crate::effect::walk::{Evaluator, GRAVE_WORD, exact_path, says_grave};
use crate::effect::{Certainty, Effect, Object, Reversibility};
use crate::grammar::{Access, Argument, Deed, Invocation, Kind, Known};
use crate::text::Span;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Operands that only a line whose operators were quoted away can have.
const OPERATORS: [&[u8]; 6] = [b"&&", b"||", b";", b"|", b"&", b";;"];

/// Programs that hand standard input to the other end of a connection.
const STREAMS: [&str; 4] = ["nc", "socat", "telnet", "websocat"];

/// The label of a directory that git makes a work tree of.
const WORK_TREE: &str = "work-tree";

/// A deed, and the invocation it belongs to.
#[derive(Clone, Copy)]
pub(crate) struct Act<'a> {
    pub(crate) invocation: &'a Invocation,
    pub(crate) deed: &'a Deed,
    /// The words of the command.
    pub(crate) fields: &'a [Field],
    pub(crate) span: Span,
    /// Labels of the invocation.
    pub(crate) tags: &'a [String],
    /// Files as the command finds them.
    pub(crate) before: &'a Overlay,
}

impl Evaluator<'_> {
    /// Everything an invocation does.
    pub(crate) fn invocation(&mut self, state: &mut State, invocation: &Invocation, fields: &[Field], span: Span) {
        let program = invocation.program.clone();
        let mut tags = invocation.tags.clone();
        let destructive = invocation
            .deeds
            .iter()
            .any(|deed| matches!(deed.access, Access::Delete | Access::DeleteTree | Access::Wipe | Access::Move));
        if destructive && fields[1..].iter().any(|field| self.is_flattened_operator(state, field)) {
            tags.push("flattened".to_owned());
        }
        for doubt in &invocation.doubts {
            let mut object = Object::unnamed(Kind::Command);
            object.name = Known::Exactly(program.clone().into_bytes());
            object.facts.insert("doubt".to_owned(), doubt.reason.clone());
            let mut all = tags.clone();
            all.push("not-understood".to_owned());
            if doubt.reason.starts_with("it is no subcommand") && says_grave(fields) {
                all.push(GRAVE_WORD.to_owned());
            }
            self.emit(Access::Unknown, object, Reversibility::Opaque, span, &program, all);
        }
        let before = state.overlay.clone();
        for deed in &invocation.deeds {
            let certainty = self.certainty;
            if deed.possible {
                self.certainty = Certainty::Possible;
            }
            self.deed(state, Act { invocation, deed, fields, span, tags: &tags, before: &before });
            self.certainty = certainty;
        }
        if program == "git" {
            self.repository_code(state, invocation, fields, span, &tags);
        }
        self.tasks(state, invocation, fields, span);
        self.settle_remote(invocation, span);
        self.remember_sources(state, invocation);
    }

    fn deed(&mut self, state: &mut State, act: Act<'_>) {
        let Act { invocation, deed, span, .. } = act;
        match deed.access {
            Access::Chdir => {}
            Access::Command => self.inner_command(state, invocation, deed, act.fields, span),
            Access::Shell => self.inner_shell(state, invocation, deed, span),
            Access::Source => self.inner_source(state, invocation, deed, span),
            Access::Code => self.code(state, act),
            Access::Execute if deed.arguments.first().and_then(Argument::literal) == Some(b"-") => {
                self.code(state, act);
            }
            access => {
                let here;
                let view: &State = if deed.base.is_empty() {
                    state
                } else {
                    let mut moved = state.clone();
                    for base in &deed.base {
                        self.move_to(&mut moved, base);
                    }
                    here = moved;
                    &here
                };
                let view = view.clone();
                if severity::is_git(access) {
                    let told = self.found.effects.len();
                    self.git_deed(&view, act);
                    // What is checked out may be a link, whatever was there before.
                    let checked_out = |effect: &Effect| effect.verb == Access::GitWorktree;
                    let tops = self.found.effects[told..].iter().filter(|effect| checked_out(effect));
                    for top in tops.filter_map(|effect| effect.object.facts.get("top")) {
                        state.overlay.record(Path::new(top), Change::Mixed);
                    }
                } else if severity::is_file(access)
                    && matches!(deed.kind, Kind::Path | Kind::Default | Kind::RemotePath)
                {
                    self.file_deed(state, &view, act);
                } else if access == Access::Connect
                    && STREAMS.contains(&invocation.program.as_str())
                    && state.input != Input::Inherited
                {
                    // What it is given on standard input goes out.
                    let sent = Deed { access: Access::Send, ..deed.clone() };
                    self.other_deed(&view, Act { deed: &sent, ..act });
                } else {
                    self.other_deed(&view, act);
                    if access == Access::Execute {
                        self.command_lines(&view, deed, span);
                    }
                    if access == Access::Execute && !deed.language.is_empty() {
                        self.code_file(&view, deed, span);
                    }
                    if access == Access::Remote {
                        self.remote_command(state, act);
                    }
                }
            }
        }
    }

    /// True for an operand that is an operator of the shell, unless a file is really called that.
    fn is_flattened_operator(&self, state: &State, field: &Field) -> bool {
        let Some(word) = field.exact().filter(|word| OPERATORS.contains(word)) else { return false };
        let named = state.place().path.as_ref().map(|place| place.join(OsStr::from_bytes(word)));
        !named.is_some_and(|path| self.files(state).presence(&path) == Presence::Yes)
    }

    fn file_deed(&mut self, state: &mut State, view: &State, act: Act<'_>) {
        let Act { invocation, deed, fields, span, tags, .. } = act;
        let program = &invocation.program;
        if deed.arguments.is_empty() && !deed.appended {
            let object = Object::unnamed(Kind::Path);
            self.emit(deed.access, object, severity::of(deed.access), span, program, joined(tags, &deed.tags));
            return;
        }
        // `mv` looks at its destination before it takes its source away.
        let found = (program == "mv").then(|| {
            let mut found = view.clone();
            found.overlay = act.before.clone();
            found
        });
        let view = found.as_ref().unwrap_or(view);
        let replaced = deed.tags.iter().any(|tag| tag == REPLACED);
        let reach = |argument| Reached { argument, access: deed.access, replaced, from: None };
        let mut reached = match self.destinations(view, invocation, deed, fields) {
            Some(reached) => reached,
            None => deed.arguments.iter().map(|argument| reach(naming::made_up(argument, deed))).collect(),
        };
        if deed.appended {
            reached.extend(self.appended(state, span).iter().map(|field| reach(field.argument())));
        }
        let named = deed.arguments.iter().all(naming::says_a_name);
        for Reached { mut argument, access, replaced, from } in reached {
            self.expand_stated(&mut argument);
            if argument.literal() == Some(b"-") {
                continue;
            }
            if deed.kind == Kind::RemotePath && self.remote_path(view, act, &argument, access) {
                continue;
            }
            let mut all = joined(tags, &deed.tags);
            all.retain(|tag| tag != REPLACED && (tag != NAMES || named));
            if replaced {
                all.push(REPLACED.to_owned());
            }
            self.add_notes(&argument, &mut all);
            let of_link = access == Access::Metadata && tags.iter().any(|tag| tag == "no-dereference");
            let follow = !replaced && !of_link && !severity::of_the_name(access);
            let path = self.real_path(view, &argument.value, follow);
            let matching =
                access == Access::DeleteTree && all.iter().any(|tag| tag == "matches") && super::find::chooses(fields);
            if matching
                && let Some(root) = exact_path(&path)
                && let Some(found) =
                    self.find_matches(view, fields, argument.literal(), &root).filter(|found| !found.is_empty())
            {
                for each in found {
                    let known = Known::Exactly(each.as_os_str().as_bytes().to_vec());
                    let place = self.span_of(&argument, span);
                    self.emit_path(state, Access::Delete, &argument.value, known, place, program, all.clone());
                    self.leave_behind(state, Access::Delete, &each);
                }
                continue;
            }
            let path = match path {
                // `find ROOT -name … -delete`: names below the root, of which it cannot be told which.
                Known::Exactly(mut bytes) if matching => {
                    if !bytes.ends_with(b"/") {
                        bytes.push(b'/');
                    }
                    Known::Begins(bytes)
                }
                path => path,
            };
            // What writes to a directory that is there writes below it (`gofmt -w .`).
            let access = match (access, exact_path(&path)) {
                (Access::Write | Access::Modify, Some(exact))
                    if self.files(view).is_directory(&exact)
                        && !(replaced && self.files(view).link(&exact).is_some()) =>
                {
                    Access::WriteTree
                }
                _ => access,
            };
            if let Some(exact) = exact_path(&path) {
                if matches!(access, Access::Delete | Access::DeleteTree)
                    && state.unchecked.iter().any(|source| source.starts_with(&exact) || exact.starts_with(source))
                {
                    all.push("after-ignored-failure".to_owned());
                }
                let made = program == "mkdir" || all.iter().any(|tag| tag == WORK_TREE);
                if made && access == Access::Create {
                    let called = fields.first().and_then(Field::exact).map(String::from_utf8_lossy).unwrap_or_default();
                    let parents = fields.iter().filter_map(Field::exact).any(directories::asks_for_parents);
                    self.make_directories(state, &exact, &argument, (&called, parents), &all);
                    continue;
                }
                if program == "cp" && !severity::reads(access) && all.iter().any(|tag| tag == "parents") {
                    self.make_parents(state, act, &argument, &exact);
                }
            }
            self.emit_path(state, access, &argument.value, path.clone(), self.span_of(&argument, span), program, all);
            let Some(exact) = exact_path(&path).filter(|_| !argument.many) else { continue };
            if program == "ln" && fields.iter().any(is_symbolic) && !severity::reads(access) {
                let target = invocation
                    .deeds
                    .iter()
                    .flat_map(|other| &other.arguments)
                    .find(|other| other.span != argument.span);
                let target = target.and_then(|target| target.literal().map(<[u8]>::to_vec));
                let target = target.or_else(|| {
                    fields[1..].iter().filter_map(Field::exact).find(|word| !word.starts_with(b"-")).map(<[u8]>::to_vec)
                });
                let target = target.map(|bytes| PathBuf::from(OsStr::from_bytes(&bytes)));
                match (access, self.files(view).presence(&exact)) {
                    // Without force it stays what it is.
                    (Access::Create, Presence::Yes) => {}
                    (Access::Create, Presence::Unknown) => {
                        state.overlay.record(&exact, Change::Unclear { fresh: false });
                    }
                    _ => state.overlay.record(&exact, target.map_or(Change::Unclear { fresh: false }, Change::Link)),
                }
                continue;
            }
            match self.stands_for(view, act, from.as_ref(), &exact) {
                _ if self.may_stay_a_link(view, act, (access, replaced), from.as_ref(), &exact) => {
                    state.overlay.record(&exact, Change::Unclear { fresh: false });
                }
                Some(change) => state.overlay.record(&exact, change),
                None => self.leave_behind(state, access, &exact),
            }
        }
    }

    /// `host:path` and URLs; false when the argument is a local path.
    fn remote_path(&mut self, view: &State, act: Act<'_>, argument: &Argument, access: Access) -> bool {
        let (Known::Exactly(bytes) | Known::Begins(bytes)) = &argument.value else { return false };
        let text = String::from_utf8_lossy(bytes);
        let colon = text.find(':');
        let remote = colon.is_some_and(|at| at > 0 && !text[..at].contains('/'));
        if !remote || text.starts_with("file://") {
            return false;
        }
        let mut object = Object { kind: Kind::RemotePath, name: argument.value.clone(), facts: BTreeMap::new() };
        if let Some(host) = git::host_of(&text) {
            object.facts.insert("host".to_owned(), host);
        }
        let Act { invocation, deed, tags, .. } = act;
        let verb = if severity::reads(access) { Access::Fetch } else { Access::Send };
        self.facts(deed, &mut object.facts);
        let sent = Deed { access: verb, arguments: vec![argument.clone()], ..deed.clone() };
        self.context(view, invocation, &sent, &mut object.facts);
        self.emit(verb, object, severity::of(verb), argument.span, &invocation.program, joined(tags, &deed.tags));
        true
    }

    fn git_deed(&mut self, view: &State, act: Act<'_>) {
        let Act { invocation, deed, span, tags, .. } = act;
        let mut object = Object::unnamed(Kind::Git);
        let mut tags = joined(tags, &deed.tags);
        let mut place = view.clone();
        if let Some(argument) = deed.arguments.first().filter(|argument| matches!(argument.value, Known::Exactly(_))) {
            self.move_to(&mut place, argument);
        }
        let (repository, whole) = match self.worked_on(&place, act.fields) {
            Worked::Apart(repository) => (Some(repository), false),
            Worked::Untold => (None, false),
            Worked::Around(None) => (None, true),
            Worked::Around(Some(repository)) | Worked::Named(repository) => {
                let whole = self.is_at_its_top(&place, &repository, act.fields);
                (Some(repository), whole)
            }
        };
        match repository {
            // Refs lie in the git directory, wherever the work tree is.
            Some(repository) if whole || matches!(deed.access, Access::GitRefs | Access::GitConfig) => {
                let top = if whole { &repository.top } else { &repository.directory };
                object.facts.insert("top".to_owned(), top.to_string_lossy().into_owned());
                object.name = Self::git_directory_text(&repository).known;
                if let Some(branch) = self.branch(&place, &repository) {
                    object.facts.insert("branch".to_owned(), branch);
                }
            }
            None if whole => {
                // No repository is there yet, or none that can be seen: it would be here.
                if let Some(path) = &place.place().path {
                    let git = path.join(".git");
                    if self.is_absent(&place, &git) {
                        tags.push("absent".to_owned());
                    }
                    object.name = Known::Exactly(git.as_os_str().as_bytes().to_vec());
                }
            }
            // Not `Known::Nothing`, which is the one around.
            _ => object.name = Known::Begins(Vec::new()),
        }
        if !matches!(deed.access, Access::GitIndex | Access::GitConfig) {
            let moves = self.moves_here(&place, act);
            if !moves.is_empty() {
                if self.names_repository(&place, act) {
                    tags.push("git-dir".to_owned());
                }
                object.facts.insert(MOVES.to_owned(), moves);
            }
        }
        self.facts(deed, &mut object.facts);
        // Paths taken from another tree also land on files that git does not know (`git checkout HEAD~1 -- FILE`).
        let named = |fact: &str| deed.facts.iter().any(|(name, _)| name == fact);
        let access = match deed.access {
            Access::GitWorktree if named("tree") && named("paths") => Access::GitUntracked,
            access => access,
        };
        self.emit(access, object, severity::of(access), span, &invocation.program, tags);
    }

    fn other_deed(&mut self, view: &State, act: Act<'_>) {
        let Act { invocation, deed, span, tags, .. } = act;
        let program = &invocation.program;
        let mut all = joined(tags, &deed.tags);
        let reversibility = severity::of(deed.access);
        if deed.access == Access::Reveal && !all.iter().any(|tag| tag == "secret") {
            all.push("secret".to_owned());
        }
        let mut facts = BTreeMap::new();
        self.facts(deed, &mut facts);
        self.place_mounts(view, deed.kind, &mut facts);
        if self.project_database(view, act, &facts) {
            return;
        }
        self.context(view, invocation, deed, &mut facts);
        if deed.arguments.is_empty() {
            let mut object = Object { kind: deed.kind, name: Known::Nothing, facts };
            if deed.kind == Kind::GitRemote
                && let Some(remote) = self.remote_of(view, act.fields, None, &mut object.facts)
            {
                self.add_moves_there(view, act, &remote, &mut object.facts);
                object.name = Known::Exactly(remote.into_bytes());
            }
            if matches!(deed.kind, Kind::Project | Kind::Default)
                && deed.access == Access::Execute
                && let Some(path) = &view.place().path
            {
                object.name = Known::Exactly(path.as_os_str().as_bytes().to_vec());
            }
            self.emit(deed.access, object, reversibility, span, program, all);
            return;
        }
        for argument in &deed.arguments {
            let mut tags = all.clone();
            self.add_notes(argument, &mut tags);
            let mut object = Object { kind: deed.kind, name: argument.value.clone(), facts: facts.clone() };
            let mut reversibility = reversibility;
            match deed.kind {
                Kind::Path | Kind::Default if severity::is_file(deed.access) || deed.access == Access::Execute => {
                    object.kind = Kind::Path;
                    object.name = self.real_path(view, &argument.value, true);
                }
                Kind::Device => object.name = self.real_path(view, &argument.value, true),
                Kind::GitRemote => {
                    let name = argument.literal().map(|bytes| String::from_utf8_lossy(bytes).into_owned());
                    let url =
                        name.as_deref().filter(|name| name.contains(':') || name.contains('/')).map(str::to_owned);
                    match url {
                        Some(url) => {
                            if let Some(host) = git::host_of(&url) {
                                object.facts.insert("host".to_owned(), host);
                            }
                            object.facts.insert("url".to_owned(), url);
                        }
                        None => {
                            self.remote_of(view, act.fields, name.as_deref(), &mut object.facts);
                        }
                    }
                    self.add_moves_there(view, act, name.as_deref().unwrap_or_default(), &mut object.facts);
                }
                Kind::Url | Kind::Host | Kind::Registry | Kind::Database => {
                    if let Known::Exactly(bytes) | Known::Begins(bytes) = &argument.value {
                        let text = String::from_utf8_lossy(bytes).into_owned();
                        let host = if deed.kind == Kind::Host {
                            plain_host(&text)
                        } else {
                            git::host_of(&text).or_else(|| bare_url_host(deed.kind, &text))
                        };
                        if let Some(host) = host {
                            if is_loopback(&host) {
                                tags.push("loopback".to_owned());
                            }
                            object.facts.entry("host".to_owned()).or_insert(host);
                        }
                    }
                }
                Kind::Process if deed.access == Access::Signal => {
                    let job = argument.literal().is_some_and(|word| word.starts_with(b"%"));
                    if job && !tags.iter().any(|tag| tag == "own-job") {
                        tags.push("own-job".to_owned());
                    }
                    if tags.iter().any(|tag| tag == "own-job") {
                        reversibility = Reversibility::Reversible;
                    }
                }
                _ => {}
            }
            // git hands an address of this kind to a program of its own, and that one runs the command in it.
            if let Some(url) =
                object.facts.get("url").filter(|url| deed.kind == Kind::GitRemote && url.starts_with("ext::"))
            {
                let mut run = Object::unnamed(Kind::System);
                run.name = Known::Exactly(url.clone().into_bytes());
                self.emit(
                    Access::Execute,
                    run,
                    severity::of(Access::Execute),
                    self.span_of(argument, span),
                    program,
                    all.clone(),
                );
            }
            let place = if deed.access == Access::Remote { span } else { self.span_of(argument, span) };
            self.emit(deed.access, object, reversibility, place, program, tags);
        }
    }

    fn inner_source(&mut self, state: &mut State, invocation: &Invocation, deed: &Deed, span: Span) {
        for argument in &deed.arguments {
            let field = Field::from(argument);
            let text = self.script_file(state, &field, span, &invocation.program);
            let after = self.evaluate_shell(state.child_shell(), &text, span, &invocation.program);
            state.overlay = after.into_parts().overlay;
        }
    }

    pub(super) fn facts(&mut self, deed: &Deed, facts: &mut BTreeMap<String, String>) {
        for (name, argument) in &deed.facts {
            let object = Object { kind: Kind::Text, name: argument.value.clone(), facts: BTreeMap::new() };
            facts.entry(name.clone()).or_insert_with(|| object.display_name());
        }
    }

    /// Labels noticed while the word was expanded.
    fn add_notes(&self, argument: &Argument, tags: &mut Vec<String>) {
        for (span, note) in &self.notes {
            if *span == argument.span && !tags.iter().any(|tag| tag == note) {
                tags.push((*note).to_owned());
            }
        }
    }

    /// A path that the grammar states and no word of the line gave (`=~/.gitconfig`): its `~` is the home directory.
    fn expand_stated(&self, argument: &mut Argument) {
        let Known::Exactly(bytes) = &mut argument.value else { return };
        if !argument.span.is_empty() || !bytes.starts_with(b"~/") {
            return;
        }
        if let Some(home) = self.world.home(None) {
            bytes.splice(..1, home.as_os_str().as_bytes().iter().copied());
        }
    }

    fn span_of(&self, argument: &Argument, command: Span) -> Span {
        if argument.span.is_empty() { command } else { argument.span }
    }

    /// Remembers what was copied or moved: deleting it without having looked whether that worked is noted.
    fn remember_sources(&mut self, state: &mut State, invocation: &Invocation) {
        let moves = matches!(
            invocation.program.as_str(),
            "mv" | "cp" | "rsync" | "scp" | "tar" | "zip" | "gsutil" | "gcloud" | "aws" | "rclone"
        );
        if !moves || state.foreign {
            return;
        }
        for deed in &invocation.deeds {
            if !matches!(deed.access, Access::Read | Access::Move | Access::List) {
                continue;
            }
            for argument in &deed.arguments {
                let path = self.real_path(state, &argument.value, false);
                if let Some(path) = exact_path(&path)
                    && state.unchecked.len() < 64
                    && !state.unchecked.contains(&path)
                {
                    state.unchecked.push(path);
                }
            }
        }
    }
}

pub(super) fn joined(one: &[String], other: &[String]) -> Vec<String> {
    let mut all = one.to_vec();
    for tag in other {
        if !all.contains(tag) {
            all.push(tag.clone());
        }
    }
    all
}

fn is_symbolic(field: &Field) -> bool {
    field.exact().is_some_and(|word| {
        word == b"--symbolic" || word.starts_with(b"-") && !word.starts_with(b"--") && word.contains(&b's')
    })
}

fn plain_host(text: &str) -> Option<String> {
    let host = text.split("://").last()?.rsplit('@').next()?;
    let host = host.split(['/', ':']).next()?;
    (!host.is_empty()).then(|| host.to_owned())
}

/// `curl example.org/x`: a URL without scheme.
fn bare_url_host(kind: Kind, text: &str) -> Option<String> {
    (kind == Kind::Url && !text.contains("://")).then(|| plain_host(text)).flatten()
}

fn is_loopback(host: &str) -> bool {
    matches!(host, "localhost" | "::1" | "0.0.0.0") || host.starts_with("127.") || host.ends_with(".localhost")
}
