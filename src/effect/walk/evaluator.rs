//! The evaluator's own state: what has been found out so far, and the budgets.

use super::Frame;
use crate::effect::start::Start;
use crate::effect::state::State;
use crate::effect::value::Text;
use crate::effect::{Assessment, Certainty, Effect, Invoked, Object, Reversibility, Table, Verb, World};
use crate::grammar::{Access, Catalog, Kind};
use crate::syntax::Reading;
use crate::text::Span;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;

/// Most simple commands evaluated for one line.
const MOST_COMMANDS: u32 = 2500;
/// What all patterns and searches of a line may look at: names, of which one that the file system is asked about counts
/// [`ASKING`] times. A few milliseconds.
const MOST_LOOKS: u32 = 65_536;
/// How many names could be matched while the file system is asked about one.
const ASKING: u32 = 8;
/// After so many of them the clock is looked at.
const CLOCK: u32 = 1024;
/// Most effects kept; a line with more is incomplete.
const MOST_EFFECTS: usize = 8000;
/// Most of the stack that evaluating takes, in bytes: texts, calls and compound commands nest in each other, and each
/// bound alone leaves more than a thread has.
const MOST_STACK: usize = 2 << 20;
/// How far back a repeated effect is looked for.
const LOOK_BACK: usize = 96;

/// Walks scripts and collects what they would do.
pub(crate) struct Evaluator<'a> {
    pub(crate) catalog: &'a Catalog,
    pub(crate) world: &'a dyn World,
    /// What was found.
    pub(crate) found: Assessment,
    /// What `break`, `return`, `exit` may leave.
    pub(crate) frames: Vec<Frame>,
    /// Possible inside branches and loops.
    pub(crate) certainty: Certainty,
    /// The simple command being run, by its index among those found.
    pub(crate) current: Option<usize>,
    /// Labels of everything found at this point (`sudo`, `remote`).
    pub(crate) labels: Vec<String>,
    /// The span everything found gets while text from elsewhere than the line is evaluated.
    pub(crate) fixed: Option<Span>,
    /// The word being expanded, and what was noticed about words of the current command.
    pub(crate) word: Span,
    pub(crate) notes: Vec<(Span, &'static str)>,
    /// Nested texts, calls and wrappers around the current command.
    pub(crate) depth: u32,
    /// Names of running functions.
    pub(crate) calls: Vec<Vec<u8>>,
    /// A failure here does not end the shell under `set -e`.
    pub(crate) tested: u32,
    /// What is evaluated runs in the background.
    pub(crate) background: bool,
    /// Resolved directories.
    pub(crate) resolved: Table<PathBuf, PathBuf>,
    /// The PATH of the environment, once asked for; none when it is not set, or depends on the directory.
    pub(crate) inherited_path: Option<Option<Vec<u8>>>,
    /// Files found on it by name.
    pub(crate) programs: Table<Vec<u8>, Option<PathBuf>>,
    /// The checkout around the starting directory, once looked for.
    pub(crate) workspace: Option<PathBuf>,
    /// Functions of the environment, once asked for.
    pub(crate) inherited_functions: Option<Table<Vec<u8>, Vec<u8>>>,
    /// Directories that `mktemp -d` made, process substitutions opened.
    pub(crate) made: usize,
    pub(crate) exhausted: bool,
    pub(crate) commands_left: u32,
    /// What patterns may still look at: see [`Evaluator::look`].
    looks_left: u32,
    /// Where on the stack the evaluation began.
    stack: usize,
}

impl<'a> Evaluator<'a> {
    fn new(catalog: &'a Catalog, world: &'a dyn World, start: &Start) -> Self {
        Self {
            catalog,
            world,
            found: Assessment { complete: true, ..Assessment::default() },
            frames: Vec::new(),
            certainty: Certainty::Certain,
            current: None,
            labels: Vec::new(),
            fixed: None,
            word: Span::default(),
            notes: Vec::new(),
            depth: 0,
            calls: Vec::new(),
            tested: 0,
            background: false,
            resolved: Table::default(),
            inherited_path: None,
            programs: Table::default(),
            workspace: None,
            inherited_functions: start.ignore_environment_functions.then(Table::default),
            made: 0,
            exhausted: false,
            commands_left: MOST_COMMANDS,
            looks_left: MOST_LOOKS,
            stack: here(),
        }
    }

    /// The state after the file that a non-interactive bash reads first: its functions, aliases and variables are in
    /// force. What that file does besides is not the line's doing.
    fn started(&mut self, state: State, start: &Start) -> State {
        if start.posix || start.interactive {
            return state;
        }
        let Some(file) = self.world.variable(b"BASH_ENV").filter(|file| file.first() == Some(&b'/')) else {
            return state;
        };
        let path = PathBuf::from(std::ffi::OsString::from_vec(file));
        let Some(text) = self.world.contents(&path, super::nested::LONGEST_SCRIPT) else { return state };
        let found = std::mem::replace(&mut self.found, Assessment { complete: true, ..Assessment::default() });
        let flow = self.evaluate_source(state.clone(), &Text::exactly(text), Span::default());
        self.found = found;
        self.exhausted = false;
        let mut after = self.merged(flow).unwrap_or_else(|| state.clone());
        let state = state.into_parts();
        after.places = state.places;
        after.overlay = state.overlay;
        after
    }

    /// Counts a simple command; false when there were too many, or they are nested too deeply.
    pub(crate) fn step(&mut self, span: Span) -> bool {
        if self.commands_left == 0 || self.stack.abs_diff(here()) > MOST_STACK {
            self.give_up(span);
            return false;
        }
        self.commands_left -= 1;
        true
    }

    /// Counts a name that a pattern or a search looks at, `asked` about or only matched; false when there were too many, or
    /// they took too long.
    pub(crate) fn look(&mut self, asked: bool) -> bool {
        let cost = if asked { ASKING } else { 1 };
        let before = self.looks_left;
        self.looks_left = before.saturating_sub(cost);
        if before / CLOCK != self.looks_left / CLOCK && !self.world.has_time() {
            self.looks_left = 0;
        }
        self.looks_left > 0
    }

    /// The line is too much to evaluate: incomplete, and opaque.
    pub(crate) fn give_up(&mut self, span: Span) {
        if !self.exhausted {
            self.exhausted = true;
            self.gap(span, "too much to evaluate");
        }
    }

    /// Records that a part of the line is not understood.
    pub(crate) fn gap(&mut self, span: Span, reason: &str) {
        let span = self.fixed.unwrap_or(span);
        self.found.complete = false;
        self.found.gaps.push((span, reason.to_owned()));
        self.unknown(Object::unnamed(Kind::Default), span, "", &["unread"]);
    }

    /// Records an effect of which only that it happens is known.
    pub(crate) fn unknown(&mut self, object: Object, span: Span, program: &str, tags: &[&str]) {
        self.emit(
            Access::Unknown,
            object,
            Reversibility::Opaque,
            span,
            program,
            tags.iter().map(|tag| (*tag).to_owned()).collect(),
        );
    }

    /// A word of the current command runs code that cannot be read.
    pub(crate) fn opaque_word(&mut self) {
        let span = self.word;
        self.unknown(Object::unnamed(Kind::Shell), span, "", &["hidden-code"]);
    }

    /// A word of the current command holds text that the shell expands once more, substitutions and all.
    pub(crate) fn hidden_code(&mut self, state: &State, text: &Text) {
        self.opaque_word();
        let Some(bytes) = text.exact().filter(|_| self.depth < 8) else { return };
        // As the body of a here-document, where quotes are ordinary characters.
        let script = [b": <<AGENTSH_TEXT\n".as_slice(), bytes, b"\nAGENTSH_TEXT\n"].concat();
        let (word, state) = (self.word, state.clone());
        self.possibly(|evaluator| evaluator.evaluate_shell(state, &Text::exactly(script), word, "expansion"));
    }

    /// Notices something about the word being expanded.
    pub(crate) fn note(&mut self, tag: &'static str) {
        if !self.notes.contains(&(self.word, tag)) {
            self.notes.push((self.word, tag));
        }
    }

    /// Records an effect; the same one found again is only made more certain.
    pub(crate) fn emit(
        &mut self,
        verb: Verb,
        object: Object,
        mut reversibility: Reversibility,
        span: Span,
        program: &str,
        mut tags: Vec<String>,
    ) {
        let span = self.fixed.unwrap_or(span);
        for label in &self.labels {
            if !tags.contains(label) {
                tags.push(label.clone());
            }
        }
        if reversibility == Reversibility::Reversible && tags.iter().any(|tag| tag == "remote" || tag == "container") {
            reversibility = Reversibility::Irreversible;
        }
        let back = self.found.effects.len().saturating_sub(LOOK_BACK);
        let same = self.found.effects[back..].iter_mut().find(|effect| {
            effect.verb == verb
                && effect.span == span
                && effect.object == object
                && effect.tags == tags
                && effect.program == program
        });
        if let Some(effect) = same {
            effect.certainty = effect.certainty.max(self.certainty);
            effect.reversibility = effect.reversibility.max(reversibility);
            effect.commands.extend(self.current.filter(|current| !effect.commands.contains(current)));
            return;
        }
        if self.found.effects.len() >= MOST_EFFECTS {
            if !self.exhausted {
                self.exhausted = true;
                self.found.complete = false;
                self.found.gaps.push((span, "too many effects".to_owned()));
            }
            return;
        }
        let (program, certainty) = (program.to_owned(), self.certainty);
        let commands = self.current.into_iter().collect();
        self.found.effects.push(Effect { verb, object, certainty, reversibility, span, program, tags, commands });
    }

    /// Records a command: what is found from here on, it does.
    pub(crate) fn invoked(&mut self, argv: Vec<Vec<u8>>, span: Span, file: Option<PathBuf>) {
        let span = self.fixed.unwrap_or(span);
        let back = self.found.commands.len().saturating_sub(LOOK_BACK);
        let command = Invoked { argv, span, file, within: self.current };
        let known = self.found.commands[back..].iter().position(|known| *known == command);
        self.current = Some(known.map_or(self.found.commands.len(), |at| back + at));
        if known.is_none() {
            self.found.commands.push(command);
        }
    }

    /// Runs `body` where nothing is certain.
    pub(crate) fn possibly<R>(&mut self, body: impl FnOnce(&mut Self) -> R) -> R {
        let before = std::mem::replace(&mut self.certainty, Certainty::Possible);
        let result = body(self);
        self.certainty = before;
        result
    }

    /// Runs `body` with a label on everything it finds.
    pub(crate) fn labelled<R>(&mut self, labels: &[&str], body: impl FnOnce(&mut Self) -> R) -> R {
        let before = self.labels.len();
        self.labels.extend(labels.iter().map(|label| (*label).to_owned()));
        let result = body(self);
        self.labels.truncate(before);
        result
    }
}

/// An address on the stack of whoever asks.
#[inline(never)]
fn here() -> usize {
    let byte = 0_u8;
    std::ptr::from_ref(std::hint::black_box(&byte)).addr()
}

/// Evaluates every script of a reading; the effects of all of them together.
pub(crate) fn assess_reading(reading: &Reading, catalog: &Catalog, world: &dyn World, start: &Start) -> Assessment {
    let mut evaluator = Evaluator::new(catalog, world, start);
    evaluator.gaps_of(reading);
    for script in super::nested::scripts_of(reading, &start.read_options()).iter() {
        let state = evaluator.started(State::new(world, start), start);
        evaluator.commands_left = MOST_COMMANDS;
        evaluator.whole_shell(state, script);
    }
    evaluator.found
}
