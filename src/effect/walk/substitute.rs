//! Command and process substitution: the script runs, and what it prints is a value.

use super::Evaluator;
use crate::effect::files::Change;
use crate::effect::state::{Input, State};
use crate::effect::value::Text;
use crate::grammar::Known;
use crate::syntax::Script;
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
        let after = self.subshell(child, |evaluator, child| evaluator.script(child, script));
        self.depth -= 1;
        self.word = word;
        self.notes = notes;
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
        let after = self.subshell(child, |evaluator, child| evaluator.script(child, script));
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
