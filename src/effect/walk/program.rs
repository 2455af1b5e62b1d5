//! Programs: their arguments bound by a grammar, what it states turned into effects.

use super::identity::Identity;
use super::simple::written_unknown;
use super::{Evaluator, Flow, GRAVE_WORD, says_grave};
use crate::effect::Object;
use crate::effect::Reversibility;
use crate::effect::files::Change;
use crate::effect::resolve::reversibility_of;
use crate::effect::state::{Input, State};
use crate::effect::value::{Field, Text};
use crate::grammar::{Access, Argument, Invocation, Kind, bind};
use crate::text::Span;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// Names of shells, whose command line is read by hand.
const SHELLS: [&[u8]; 8] = [b"sh", b"bash", b"dash", b"zsh", b"ksh", b"mksh", b"ash", b"rbash"];

impl Evaluator<'_> {
    /// Runs a program.
    pub(crate) fn program(&mut self, state: State, fields: Vec<Field>, span: Span) -> Flow {
        let mut fields = fields;
        let mut name = fields[0].exact().unwrap_or_default().to_vec();
        if let Some((_, Some(path))) = state.rebound.iter().find(|(rebound, _)| *rebound == name) {
            // `hash -p PATH NAME`: that file runs, whatever it is called.
            name.clone_from(path);
            fields[0] = Field { span: fields[0].span, ..Field::exactly(path.clone(), span) };
        }
        let base = base_name(&name).to_vec();
        let identity = self.identify(&state, &name);
        let file = match &identity {
            Identity::Named(file) | Identity::Local(file, _) => file.clone(),
        };
        self.invoked(fields.iter().map(Field::shown).collect(), span, file);
        if let Identity::Local(file, why) = identity {
            self.unknown_program(&name, file.as_deref(), &[why], span);
            self.supposed(&state, &base, &fields, span);
            let mut after = self.local_script(state, file.as_deref(), &fields, span);
            self.as_linked(&mut after, file.as_deref(), &fields, span);
            return Flow::either(written_unknown(after));
        }
        let called: &[u8] = if base == b"busybox" || base == b"toybox" {
            // An applet runs as the program of its name.
            if fields.len() > 1 && fields[1].exact().is_some_and(|applet| !applet.starts_with(b"-")) {
                let applet = fields[1..].to_vec();
                return self.dispatch(state, applet, span, super::simple::Reach::Program);
            }
            &base
        } else {
            &base
        };
        if SHELLS.contains(&called) {
            return self.shell_program(state, &fields, span);
        }
        let Some(grammar) = self.catalog.find(called) else {
            let why: &[&str] = if says_grave(&fields) { &["no-grammar", GRAVE_WORD] } else { &["no-grammar"] };
            self.unknown_program(&name, None, why, span);
            let mut state = state;
            let named = Invocation { program: String::from_utf8_lossy(called).into_owned(), ..Invocation::default() };
            self.tasks(&mut state, &named, &fields, span);
            let bodies = self.function(&state, b"command_not_found_handle");
            if !bodies.is_empty() && name != b"command_not_found_handle" {
                let mut call = vec![Field::exactly("command_not_found_handle", span)];
                call.extend(fields);
                let child = state.clone();
                let after = self.possibly(|evaluator| {
                    evaluator.subshell(child, |evaluator, child| evaluator.call(child, &bodies, &call, span))
                });
                let mut state = state;
                state.overlay = after.into_parts().overlay;
                return Flow::either(written_unknown(state));
            }
            return Flow::either(written_unknown(state));
        };
        let mut state = state;
        if called == b"git"
            && let Some(after) = self.git_alias(&mut state, &grammar, &fields, span)
        {
            return after;
        }
        if called == b"tmux"
            && let Some(commands) = several(&fields)
        {
            for command in commands {
                let flow = self.program(state, command, span);
                let Some(after) = self.merged(flow) else { return Flow::never() };
                state = after;
            }
            return Flow::either(state);
        }
        let arguments: Vec<Argument> = fields[1..].iter().map(Field::argument).collect();
        let invocation = bind(&grammar, called, &arguments);
        if called == b"mktemp" && invocation.understood() {
            let text = self.mktemp(&mut state, &fields, span);
            state.write(&text);
            return Flow::either(state);
        }
        let passes = super::wrapper::PASSING.contains(&invocation.program.as_str())
            && invocation.deeds.iter().any(|deed| deed.access == crate::grammar::Access::Command);
        let wanted = state.output.is_some() && !passes;
        let printed = wanted.then(|| self.printed(&mut state, called, &fields, span));
        let before = self.found.effects.len();
        self.invocation(&mut state, &invocation, &fields, span);
        let made = self.found.effects[before..].iter().filter(|effect| {
            effect.verb == Access::WriteTree && effect.tags.iter().any(|tag| tag == "virtual-environment")
        });
        for directory in made.filter_map(|effect| effect.object.as_path()).collect::<Vec<_>>() {
            virtual_environment(&mut state, &directory);
        }
        // What comes from another machine is in what is printed and in the files that are written.
        let input = matches!(&state.input, Input::Text(text) if text.fetched);
        let fetched = input || invocation.deeds.iter().any(|deed| deed.access == Access::Fetch);
        if fetched {
            for effect in &self.found.effects[before..] {
                if let (Access::Create | Access::Write, Some(path)) = (effect.verb, effect.object.as_path()) {
                    super::redirect::written(&mut state, &path, Some(Text::unknown().marked(true)));
                }
            }
        }
        if let Some(text) = printed {
            let made_of_it = fetched && text.exact().is_none();
            state.write(&text.marked(made_of_it));
        }
        if called == b"git"
            && let Some(after) = self.after_switch(&state, &invocation, &fields)
        {
            return Flow::of(Some(after), Some(state));
        }
        Flow::either(state)
    }
}

/// The programs and the script that a new virtual environment of Python holds (docs.python.org, venv).
pub(crate) fn virtual_environment(state: &mut State, directory: &Path) {
    let bin = directory.join("bin");
    let quoted = |path: &Path| super::quoted(path.as_os_str().as_bytes());
    let script =
        [b"export VIRTUAL_ENV=".as_slice(), &quoted(directory), b" PATH=", &quoted(&bin), b":\"$PATH\"\n"].concat();
    for name in ["python", "python3", "pip", "pip3", "activate"] {
        let contents = (name == "activate").then(|| Text::exactly(script.clone()));
        state.overlay.record(&bin.join(name), Change::Made { directory: false, fresh: true, contents });
    }
}

impl Evaluator<'_> {
    /// What a file that is called like a known program may do: its name is no evidence that it does no more than that
    /// program, so nothing becomes harmless by it; but what would go beyond this machine is found (`./gradlew publish`,
    /// `node_modules/.bin/prisma migrate reset`).
    pub(super) fn supposed(&mut self, state: &State, base: &[u8], fields: &[Field], span: Span) {
        let Some(grammar) = self.catalog.find(base) else { return };
        let arguments: Vec<Argument> = fields[1..].iter().map(Field::argument).collect();
        let mut invocation = bind(&grammar, base, &arguments);
        invocation.doubts.clear();
        invocation.deeds.retain(|deed| {
            deed.access >= Access::Fetch && reversibility_of(deed.access) == Reversibility::Irreversible
        });
        if !invocation.deeds.is_empty() {
            self.invocation(&mut state.clone(), &invocation, fields, span);
        }
    }

    /// A link that this line made runs what it leads to.
    fn as_linked(&mut self, state: &mut State, file: Option<&Path>, fields: &[Field], span: Span) {
        let Some(Change::Link(target)) = file.and_then(|file| state.overlay.change(file)) else { return };
        if self.depth > 8 || !target.is_absolute() {
            return;
        }
        let mut fields = fields.to_vec();
        fields[0] = Field::exactly(target.as_os_str().as_bytes(), fields[0].span);
        let child = state.clone();
        self.depth += 1;
        let after = self
            .possibly(|evaluator| evaluator.subshell(child, |evaluator, child| evaluator.program(child, fields, span)));
        self.depth -= 1;
        state.overlay = state.overlay.join(&after.overlay);
    }

    /// A script called by its name: opaque all the same, but what can be read in it is found too.
    fn local_script(&mut self, state: State, file: Option<&Path>, fields: &[Field], span: Span) -> State {
        let contents = file.and_then(|file| self.files(&state).contents(file, super::nested::LONGEST_SCRIPT));
        if contents.as_ref().is_some_and(Text::is_fetched_code) {
            self.unknown(Object::unnamed(Kind::Shell), span, "", &["fetched-code"]);
        }
        let Some(text) = contents.filter(|text| text.exact().is_some()) else { return state };
        let bytes = text.exact().unwrap_or_default().to_vec();
        if !is_shell_script(&bytes) {
            let mut state = state;
            if let Some(language) = language_of(&bytes) {
                self.calls_in_code(&mut state, language, &bytes, file, span);
            }
            return state;
        }
        let mut child = state.child_shell();
        child.pid = None;
        child.zero = fields[0].text.clone();
        child.source = Some(fields[0].text.clone());
        child.positional = super::function::positional_of(&fields[1..]);
        let after = self.possibly(|evaluator| {
            evaluator.labelled(&["script"], |evaluator| evaluator.evaluate_shell(child, &text, span, "script"))
        });
        let mut state = state;
        state.overlay = state.overlay.join(&after.overlay);
        state
    }
}

/// True for text whose first line names a shell, or nothing at all: the kernel refuses such a file, and the shell that
/// called it reads it as a script of its own.
fn is_shell_script(bytes: &[u8]) -> bool {
    let first = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    if !first.starts_with(b"#!") {
        return !bytes.is_empty() && !bytes.iter().take(256).any(|byte| *byte == 0);
    }
    interpreter(first, |word| SHELLS.contains(&word))
}

fn interpreter(first: &[u8], is: impl Fn(&[u8]) -> bool) -> bool {
    first[2..].split(|byte| byte.is_ascii_whitespace() || *byte == b'/').any(is)
}

/// The language a script's first line names.
fn language_of(bytes: &[u8]) -> Option<&'static str> {
    let first = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let languages: [(&[u8], &str); 6] = [
        (b"python", "python"),
        (b"node", "javascript"),
        (b"deno", "javascript"),
        (b"ruby", "ruby"),
        (b"perl", "perl"),
        (b"php", "php"),
    ];
    let named = |program: &[u8]| first.starts_with(b"#!") && interpreter(first, |word| word.starts_with(program));
    languages.into_iter().find(|(program, _)| named(program)).map(|(_, language)| language)
}

/// The commands that tmux is given one behind the other, each as a tmux of its own (tmux(1), command sequences): a word that is
/// or ends in `;`, and not in `\;`, ends one. `None` for one command.
fn several(fields: &[Field]) -> Option<Vec<Vec<Field>>> {
    let ends = |field: &Field| field.exact().is_some_and(|word| word.ends_with(b";") && !word.ends_with(b"\\;"));
    if !fields[1..].iter().any(ends) {
        return None;
    }
    let mut commands = Vec::new();
    for part in fields[1..].split_inclusive(ends) {
        let mut command = vec![fields[0].clone()];
        for field in part {
            match field.exact().and_then(|word| word.strip_suffix(b";")).filter(|_| ends(field)) {
                Some(b"") => {}
                Some(word) => command.push(Field::exactly(word, field.span)),
                None => command.push(field.clone()),
            }
        }
        commands.push(command);
    }
    Some(commands)
}

/// The part behind the last slash.
pub(crate) fn base_name(name: &[u8]) -> &[u8] {
    name.rsplit(|byte| *byte == b'/').next().unwrap_or(name)
}
