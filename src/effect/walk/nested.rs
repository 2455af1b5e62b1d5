//! Texts that are read as scripts: `eval`, `sh -c`, `source`, traps, standard input of a shell.

use super::{Evaluator, Flow, FrameKind};
use crate::effect::Object;
use crate::effect::state::State;
use crate::effect::value::Text;
use crate::grammar::Kind;
use crate::syntax::{ReadOptions, Reading, Script, read};
use crate::text::Span;
use std::borrow::Cow;

/// Deepest nesting of texts.
const DEEPEST_TEXT: u32 = 12;
/// Most beginnings of an unreadable text that are tried.
const MOST_PREFIXES: usize = 12;
/// Longest file that is read as a script, in bytes.
pub(crate) const LONGEST_SCRIPT: u64 = 128 * 1024;

impl Evaluator<'_> {
    /// Takes over the gaps of a reading.
    pub(crate) fn gaps_of(&mut self, reading: &Reading) {
        if reading.complete() {
            return;
        }
        // A construct that is not closed ends behind the last byte.
        let end = reading.source.bytes().len();
        let within = |span: Span| Span::new(span.range().start.min(end), span.range().end.min(end));
        for gap in &reading.gaps {
            let span = self.fixed.unwrap_or(within(gap.span));
            self.found.gaps.push((span, gap.phrase(reading.source.bytes())));
        }
        self.found.complete = false;
        let span = reading.gaps.first().map(|gap| within(gap.span)).unwrap_or_default();
        self.unknown(Object::unnamed(Kind::Default), span, "", &["unread"]);
    }

    /// Evaluates text in the current shell (`eval`); text that is not wholly known is opaque.
    pub(crate) fn evaluate_text(&mut self, state: State, text: &Text, span: Span, program: &str) -> Flow {
        let Some(bytes) = text.exact() else {
            let mut object = Object::unnamed(Kind::Shell);
            object.name.clone_from(&text.known);
            self.unknown(object, span, program, &[why_unknown(text)]);
            return Flow::either(forgetful(state));
        };
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Flow::success(state);
        }
        if self.depth >= DEEPEST_TEXT {
            self.give_up(span);
            return Flow::either(state);
        }
        let reading = read(bytes, &state.read_options());
        let fixed = self.fixed;
        self.fixed = Some(fixed.unwrap_or(span));
        self.depth += 1;
        self.gaps_of(&reading);
        let mut after: Option<Flow> = None;
        for script in scripts_of(&reading, &state.read_options()).iter() {
            let flow = self.script(state.clone(), script);
            after = Some(match after {
                Some(before) => self.join_flows(before, flow),
                None => flow,
            });
        }
        self.depth -= 1;
        self.fixed = fixed;
        after.unwrap_or_else(|| Flow::either(state))
    }

    /// Evaluates text in a shell of its own; what remains of it are files and output.
    pub(crate) fn evaluate_shell(&mut self, state: State, text: &Text, span: Span, program: &str) -> State {
        self.subshell(state, |evaluator, child| evaluator.evaluate_text(child, text, span, program))
    }

    /// Evaluates a file in the current shell (`source`).
    pub(crate) fn evaluate_source(&mut self, state: State, text: &Text, span: Span) -> Flow {
        let (flow, left) =
            self.framed(FrameKind::Call, |evaluator| evaluator.evaluate_text(state, text, span, "source"));
        let (ok, bad) = flow.split();
        Flow::of(self.join(ok, left.clone()), self.join(bad, left))
    }
}

/// The scripts of a reading. The shell reads line by line and runs each before it reads on: of a text that cannot be
/// read, the lines before the fault are run.
pub(crate) fn scripts_of<'r>(reading: &'r Reading, options: &ReadOptions) -> Cow<'r, [Script]> {
    if !reading.scripts.is_empty() {
        return Cow::Borrowed(&reading.scripts);
    }
    let bytes = reading.source.bytes();
    let ends = (0..bytes.len()).rev().filter(|at| bytes[*at] == b'\n').take(MOST_PREFIXES);
    for end in ends {
        let before = read(&bytes[..end], options);
        if before.complete() && !before.scripts.is_empty() {
            return Cow::Owned(before.scripts);
        }
    }
    Cow::Borrowed(&[])
}

/// The label of code that is not known.
pub(crate) fn why_unknown(text: &Text) -> &'static str {
    if text.is_fetched_code() { "fetched-code" } else { "unknown-code" }
}

/// After unknown code ran in this shell: its variables and functions may be others. The environment's own are kept,
/// because the code that is sourced (an activate script, a profile) hardly ever turns them into something else.
fn forgetful(mut state: State) -> State {
    state.unchecked.clear();
    state
}
