//! Command and process substitution: the script runs, and what it prints is a value.

use super::{Evaluator, Flow};
use crate::effect::files::Change;
use crate::effect::state::{Input, State};
use crate::effect::value::{Aborted, Text};
use crate::grammar::Known;
use crate::syntax::{Command, Redirection, RedirectionOperator, Script};
use crate::text::Span;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

impl Evaluator<'_> {
    /// What `$(script)` stands for.
    pub(crate) fn substitute(&mut self, state: &mut State, script: &Script) -> Text {
        if self.depth > 60 {
            self.give_up(self.word);
            return Text::unknown();
        }
        self.depth += 1;
        let (word, notes) = (self.word, std::mem::take(&mut self.notes));
        let mut child = state.clone();
        child.output = Some(Text::exactly(""));
        let after = self.labelled(&["substituted"], |evaluator| {
            evaluator.subshell(child, |evaluator, child| match named_file(script) {
                Some(redirection) => evaluator.file_itself(child, redirection),
                None => evaluator.script(child, script),
            })
        });
        self.depth -= 1;
        self.word = word;
        self.notes = notes;
        let after = after.into_parts();
        state.overlay = after.overlay;
        let mut text = after.output.unwrap_or_else(Text::unknown);
        if let Known::Exactly(bytes) = &mut text.known {
            while bytes.last() == Some(&b'\n') {
                bytes.pop();
            }
            bytes.retain(|byte| *byte != 0);
        }
        text
    }

    /// `$(<file)`: what stands in the file.
    fn file_itself(&mut self, mut state: State, redirection: &Redirection) -> Flow {
        match self.redirections(&mut state, std::slice::from_ref(redirection)) {
            Ok(redirected) => {
                redirected.apply(&mut state);
                let text = self.input_text(&state);
                state.write(&text);
                Flow::either(state)
            }
            Err(Aborted) => self.end_shell(state),
        }
    }

    /// The name `<(script)` stands for; what it holds is remembered.
    pub(crate) fn process_substitution(
        &mut self,
        state: &mut State,
        script: &Script,
        output: bool,
        _span: Span,
    ) -> Vec<u8> {
        let (word, notes) = (self.word, std::mem::take(&mut self.notes));
        let mut child = state.clone();
        child.output = (!output).then(|| Text::exactly(""));
        if output {
            child.input = Input::Text(Text::unknown());
        }
        let after = self.subshell(child, |evaluator, child| evaluator.script(child, script)).into_parts();
        self.word = word;
        self.notes = notes;
        state.overlay = after.overlay;
        self.made += 1;
        let name = format!("/dev/fd/{}", 64_usize.saturating_sub(self.made)).into_bytes();
        let contents = if output { None } else { after.output };
        state
            .overlay
            .record(Path::new(OsStr::from_bytes(&name)), Change::Made { directory: false, fresh: false, contents });
        name
    }
}

/// The one redirection of a script that is nothing else than `<file`.
fn named_file(script: &Script) -> Option<&Redirection> {
    let [only] = script.items.as_slice() else { return None };
    let [Command::Simple(simple)] = only.first.stages.as_slice() else { return None };
    let [redirection] = simple.redirections.as_slice() else { return None };
    let bare = only.rest.is_empty() && simple.words.is_empty() && simple.assignments.is_empty();
    (bare && redirection.operator == RedirectionOperator::Read).then_some(redirection)
}
