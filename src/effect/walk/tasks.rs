//! Task runners (`npm run`, `make`, `just` …): what the project says they run is read and walked. The line stays opaque;
//! what is found is added.

use super::Evaluator;
use crate::effect::project::{Justfile, Makefile, composer_scripts, deno_tasks, package_scripts};
use crate::effect::state::State;
use crate::effect::value::{Field, Text, Value};
use crate::effect::{Object, Reversibility};
use crate::grammar::{Access, Invocation, Kind, Known};
use crate::text::Span;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// Largest file that is read, in bytes.
const LARGEST: u64 = 256 * 1024;
/// The label of what was found in a project's files.
const LABEL: &str = "script";
/// Runners that run one another are followed so deep.
const DEEPEST: usize = 6;

/// Scripts that npm and its like run at a subcommand (npm help scripts, "Life Cycle Operation Order").
const LIFE_CYCLES: [(&str, &[&str]); 8] = [
    ("install", &["preinstall", "install", "postinstall", "prepublish", "preprepare", "prepare", "postprepare"]),
    ("ci", &["preinstall", "install", "postinstall", "prepublish", "preprepare", "prepare", "postprepare"]),
    ("publish", &["prepublishOnly", "prepack", "prepare", "postpack", "publish", "postpublish"]),
    ("pack", &["prepack", "prepare", "postpack"]),
    ("version", &["preversion", "version", "postversion"]),
    ("restart", &["prerestart", "restart", "postrestart"]),
    ("stop", &["prestop", "stop", "poststop"]),
    ("start", &["prestart", "start", "poststart"]),
];

impl Evaluator<'_> {
    /// Walks what a task runner would run.
    pub(crate) fn tasks(&mut self, state: &mut State, invocation: &Invocation, fields: &[Field], span: Span) {
        let running = self.calls.iter().filter(|call| call.starts_with(b"task ")).count();
        if state.foreign || running >= DEEPEST {
            return;
        }
        // One grammar stands for many runners of tasks.
        let called = fields.first().and_then(Field::exact).map(super::base_name);
        let program = if called == Some(b"just") { "just" } else { invocation.program.as_str() };
        match program {
            "npm" | "yarn" | "pnpm" | "bun" | "node" => self.package(state, invocation, fields, span),
            "composer" | "deno" => self.manifest(state, invocation, fields, span),
            "make" | "gmake" => self.makefile(state, invocation, fields, span),
            "just" => self.justfile(state, invocation, fields, span),
            _ => {}
        }
    }

    fn package(&mut self, state: &mut State, invocation: &Invocation, fields: &[Field], span: Span) {
        let program = invocation.program.as_str();
        let Some(asked) = asked(program, invocation, fields) else { return };
        let place = self.placed(state, invocation);
        let nearest = self.nearest(&place, &["package.json"]);
        if nearest.is_none() && asked.or_program {
            self.package_program(&place, &asked, span);
        }
        let Some((directory, text)) = nearest else { return };
        let mut tasks = Vec::new();
        for name in &asked.names {
            tasks.extend(package_scripts(&text, name).unwrap_or_default().into_iter().filter(|task| {
                // A life cycle names each of its scripts itself.
                asked.names.len() == 1 || task.name == *name
            }));
        }
        if asked.shorthand {
            // `pnpm WORD` is a script or a program of the project's.
            let name = Known::Exactly(asked.names[0].clone().into_bytes());
            let object = Object { name, ..Object::unnamed(Kind::Project) };
            self.emit(Access::Execute, object, Reversibility::Opaque, span, program, Vec::new());
        }
        if tasks.is_empty() {
            if asked.or_program {
                self.package_program(&place, &asked, span);
            }
            return;
        }
        let mut child = self.child_at(&place, &directory);
        let mut path = directory.join("node_modules/.bin").into_os_string().into_encoded_bytes();
        if let Some(before) = self.lookup(&child, b"PATH").scalar().and_then(|path| path.exact().map(<[u8]>::to_vec)) {
            path.push(b':');
            path.extend(before);
        }
        // Only where there is something to be found first: a PATH of the line's own is searched anew each time.
        if self.files(&child).is_directory(&directory.join("node_modules/.bin")) {
            child.set(b"PATH", Value::exactly(path));
        }
        let texts = tasks.into_iter().map(|task| {
            let mut text = Text::exactly(task.text.into_bytes());
            if asked.names.len() == 1 && task.name == asked.names[0] {
                for argument in &asked.arguments {
                    text.push(&Text::exactly(" "));
                    text.push(&match argument.exact() {
                        Some(word) => Text::exactly(super::quoted(word)),
                        None => Text::unknown(),
                    });
                }
            }
            text
        });
        let texts: Vec<Text> = texts.collect();
        self.run_texts(state, &child, &texts, &format!("{program} {}", asked.names[0]), span);
    }

    /// `yarn WORD` that is no script is a program of a package (yarn run, "If the script does not match"): what it
    /// would do beyond this machine is found by its name.
    fn package_program(&mut self, state: &State, asked: &Asked, span: Span) {
        let name = asked.names[0].as_bytes();
        let mut fields = vec![Field::exactly(name.to_vec(), span)];
        fields.extend(asked.arguments.iter().cloned());
        self.supposed(state, name, &fields, span);
    }

    fn manifest(&mut self, state: &mut State, invocation: &Invocation, fields: &[Field], span: Span) {
        let words: Vec<&[u8]> =
            fields[1..].iter().filter_map(Field::exact).filter(|word| !word.starts_with(b"-")).collect();
        let composer = invocation.program == "composer";
        let name = match words.as_slice() {
            [b"run-script" | b"run", name, ..] if composer => name,
            [b"task", name, ..] if !composer => name,
            [name, ..] if composer && invocation.subcommand.is_empty() => name,
            _ => return,
        };
        let Ok(name) = std::str::from_utf8(name) else { return };
        let place = self.placed(state, invocation);
        let files: &[&str] = if composer { &["composer.json"] } else { &["deno.json", "deno.jsonc"] };
        let Some((directory, text)) = self.nearest(&place, files) else { return };
        let tasks = if composer { composer_scripts(&text, name) } else { deno_tasks(&text, name) };
        let texts: Vec<Text> = tasks.unwrap_or_default().into_iter().map(|task| Text::exactly(task.text)).collect();
        let child = self.child_at(&place, &directory);
        self.run_texts(state, &child, &texts, &format!("{} {name}", invocation.program), span);
    }

    fn makefile(&mut self, state: &mut State, invocation: &Invocation, fields: &[Field], span: Span) {
        let (mut targets, mut file, mut more, mut at) = (Vec::new(), None, String::new(), 1);
        let mut given = HashMap::new();
        let dry = |word: &[u8]| {
            matches!(
                word,
                b"--just-print" | b"--dry-run" | b"--recon" | b"--question" | b"--touch" | b"--help" | b"--version"
            ) || word.len() > 1
                && word[0] == b'-'
                && word[1] != b'-'
                && word[1..]
                    .iter()
                    .take_while(|letter| !b"CfEIjlOoW".contains(letter))
                    .any(|letter| b"nqtvh".contains(letter))
        };
        while let Some(field) = fields.get(at) {
            at += 1;
            let Some(word) = field.exact() else { return };
            let next = || fields.get(at).and_then(Field::exact).map(|word| String::from_utf8_lossy(word).into_owned());
            match word {
                _ if dry(word) => return,
                b"-f" | b"--file" | b"--makefile" => {
                    file = next();
                    at += 1;
                }
                b"-E" | b"--eval" => {
                    more.push_str(&next().unwrap_or_default());
                    more.push('\n');
                    at += 1;
                }
                b"-C" | b"--directory" | b"-I" | b"-o" | b"-W" => at += 1,
                _ if word.starts_with(b"-C") => {}
                _ if word.starts_with(b"-f") && !word.starts_with(b"--") => {
                    file = Some(String::from_utf8_lossy(&word[2..]).into_owned());
                }
                _ if word.starts_with(b"--file=") => file = Some(String::from_utf8_lossy(&word[7..]).into_owned()),
                _ if word.starts_with(b"--eval=") => {
                    more.push_str(&String::from_utf8_lossy(&word[7..]));
                    more.push('\n');
                }
                _ if word.starts_with(b"-") => {}
                _ => {
                    let word = String::from_utf8_lossy(word).into_owned();
                    match word.split_once('=') {
                        Some((name, value)) => {
                            given.insert(name.trim_end_matches([':', '+', '?']).to_owned(), value.to_owned());
                        }
                        None => targets.push(word),
                    }
                }
            }
        }
        let place = self.placed(state, invocation);
        let Some(directory) = place.place().path.clone() else { return };
        let text = match file.as_deref() {
            Some("-") => self.input_text(&place).exact().map(<[u8]>::to_vec),
            Some(file) => self.small(&place, &directory.join(file)),
            None => ["GNUmakefile", "makefile", "Makefile"]
                .iter()
                .find_map(|name| self.small(&place, &directory.join(name))),
        };
        if text.is_none() && more.is_empty() {
            return;
        }
        let text = String::from_utf8_lossy(&text.unwrap_or_default()).into_owned();
        let makefile = Makefile::read(&format!("{text}\n{more}"));
        let mut child = self.child_at(&place, &directory);
        for (name, value) in &given {
            child.set(name.as_bytes(), Value::exactly(value.as_bytes()));
        }
        let lines = makefile.recipes(&targets, &given);
        let target = lines.last().map(|line| line.target.clone()).unwrap_or_default();
        let mut texts: Vec<Text> = lines.into_iter().map(|line| Text::exactly(line.line)).collect();
        // Every recipe is run by it (make, "Choosing the Shell").
        texts.extend(given.get("SHELL").map(|shell| Text::exactly(shell.as_bytes())));
        self.run_texts(state, &child, &texts, &format!("make {target}"), span);
    }

    fn justfile(&mut self, state: &mut State, invocation: &Invocation, fields: &[Field], span: Span) {
        let mut words = Vec::new();
        let mut at = 1;
        while let Some(field) = fields.get(at) {
            at += 1;
            let Some(word) = field.exact() else { return };
            match word {
                b"-f" | b"--justfile" | b"-d" | b"--working-directory" | b"--set" => return,
                b"-n" | b"--dry-run" | b"-l" | b"--list" | b"--summary" | b"-s" | b"--show" | b"--evaluate"
                | b"--dump" => return,
                _ if word.starts_with(b"-") => {}
                _ if word.contains(&b'=') && words.is_empty() => {}
                _ => words.push(String::from_utf8_lossy(word).into_owned()),
            }
        }
        let place = self.placed(state, invocation);
        let Some((directory, text)) = self.nearest(&place, &["justfile", "Justfile", ".justfile"]) else { return };
        let file = Justfile::read(&String::from_utf8_lossy(&text));
        if file.other_shell {
            return;
        }
        let (name, arguments) = match words.split_first() {
            Some((name, arguments)) => (Some(name.as_str()), arguments),
            None => (None, [].as_slice()),
        };
        let texts: Vec<Text> = file.texts(name, arguments).into_iter().map(Text::exactly).collect();
        let child = self.child_at(&place, &directory);
        self.run_texts(state, &child, &texts, &format!("just {}", name.unwrap_or_default()), span);
    }

    /// Runs texts one after another, each in a shell of its own; what remains of them are files.
    fn run_texts(&mut self, state: &mut State, child: &State, texts: &[Text], task: &str, span: Span) {
        let call = format!("task {task}").into_bytes();
        if self.calls.contains(&call) {
            return;
        }
        self.calls.push(call);
        let mut child = child.clone();
        for text in texts {
            let shell = child.clone();
            let after = self.possibly(|evaluator| {
                evaluator.labelled(&[LABEL], |evaluator| evaluator.evaluate_shell(shell, text, span, "script"))
            });
            child.overlay = child.overlay.join(&after.overlay);
        }
        self.calls.pop();
        state.overlay = state.overlay.join(&child.overlay);
    }

    /// The state where an invocation's own directory option leads (`make -C`).
    fn placed(&mut self, state: &State, invocation: &Invocation) -> State {
        let mut place = state.clone();
        if let Some(deed) = invocation.deeds.iter().find(|deed| !deed.base.is_empty()) {
            for base in &deed.base {
                self.move_to(&mut place, base);
            }
        }
        place
    }

    fn child_at(&self, state: &State, directory: &Path) -> State {
        let mut child = state.child_shell();
        child.options.posix = true;
        child.pid = None;
        child.places = vec![crate::effect::state::Place { path: Some(directory.to_owned()), meant: true }];
        for name in [b"__make".as_slice(), b"__just"] {
            child.set(name, Value::Scalar(Text::unknown()));
        }
        child
    }

    /// The nearest of `names` from the place upward, and what it holds; not above the workspace.
    fn nearest(&mut self, state: &State, names: &[&str]) -> Option<(PathBuf, Vec<u8>)> {
        let place = state.place().path.clone()?;
        for directory in place.ancestors().take(16) {
            for name in names {
                if let Some(text) = self.small(state, &directory.join(name)) {
                    return Some((directory.to_owned(), text));
                }
            }
        }
        None
    }

    fn small(&self, state: &State, path: &Path) -> Option<Vec<u8>> {
        self.files(state).contents(path, LARGEST)?.exact().map(<[u8]>::to_vec)
    }
}

/// Scripts that were asked for.
struct Asked {
    names: Vec<String>,
    arguments: Vec<Field>,
    /// Named without `run`, where it might be something else.
    shorthand: bool,
    /// A name that is no script is that of a program of a package.
    or_program: bool,
}

/// What `npm run x`, `yarn x`, `bun run x` and `node --run x` ask for.
fn asked(program: &str, invocation: &Invocation, fields: &[Field]) -> Option<Asked> {
    let mut words = fields[1..].iter().enumerate().filter(|(_, field)| !field.text.prefix().starts_with(b"-"));
    if program == "node" {
        let at = fields.iter().position(|field| field.exact() == Some(b"--run"))?;
        let name = String::from_utf8_lossy(fields.get(at + 1)?.exact()?).into_owned();
        return Some(Asked { names: vec![name], arguments: Vec::new(), shorthand: false, or_program: false });
    }
    let options: &[&[u8]] = &[b"-C", b"--prefix", b"--cwd", b"--dir", b"-w", b"--workspace", b"--filter", b"-F"];
    if fields[1..].iter().any(|field| field.exact().is_some_and(|word| options[4..].contains(&word))) {
        return None;
    }
    let skips = |at: usize| fields.get(at).and_then(Field::exact).is_some_and(|word| options.contains(&word));
    let (at, verb) = words.find(|(at, _)| !skips(*at))?;
    let verb = std::str::from_utf8(verb.exact()?).ok()?;
    let rest = |from: usize| {
        let rest: Vec<Field> = fields.get(from + 1..).unwrap_or_default().to_vec();
        match rest.iter().position(|field| field.exact() == Some(b"--")) {
            Some(dashes) if program == "npm" => rest[dashes + 1..].to_vec(),
            _ if program == "npm" => rest.into_iter().filter(|field| !field.text.prefix().starts_with(b"-")).collect(),
            _ => rest,
        }
    };
    if matches!(verb, "run" | "run-script" | "rum" | "urn") {
        let (at, name) = words.find(|(at, _)| !skips(*at))?;
        let name = String::from_utf8_lossy(name.exact()?).into_owned();
        let or_program = matches!(program, "yarn" | "bun");
        return Some(Asked { names: vec![name], arguments: rest(at + 1), shorthand: false, or_program });
    }
    let canonical = match verb {
        "t" | "tst" | "test" => "test",
        "i" | "add" | "install" => "install",
        "clean-install" | "ci" => "ci",
        other => other,
    };
    if canonical == "test" {
        return Some(Asked {
            names: vec!["test".to_owned()],
            arguments: rest(at + 1),
            shorthand: false,
            or_program: false,
        });
    }
    let named = fields[1..].iter().filter(|field| !field.text.prefix().starts_with(b"-")).count();
    let cycle =
        LIFE_CYCLES.iter().find(|(name, _)| *name == canonical).filter(|_| program != "bun" || canonical != "start");
    if let Some((_, names)) = cycle.filter(|_| canonical != "install" || named == 1) {
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        return Some(Asked { names, arguments: Vec::new(), shorthand: false, or_program: false });
    }
    let shorthand = program != "npm" && invocation.subcommand.is_empty() && !verb.contains(['/', '.']);
    shorthand.then(|| Asked {
        names: vec![verb.to_owned()],
        arguments: rest(at + 1),
        shorthand: program == "pnpm",
        or_program: program != "npm",
    })
}
