//! Directories that a program makes on the way to what it was told to make.

use super::Act;
use crate::effect::files::{Change, Presence};
use crate::effect::state::State;
use crate::effect::walk::{Evaluator, exact_path};
use crate::grammar::{Access, Argument, Known};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

impl Evaluator<'_> {
    /// Directories that come into being: `exact`, and with `parents` those on the way to it.
    pub(super) fn make_directories(
        &mut self,
        state: &mut State,
        exact: &Path,
        argument: &Argument,
        (program, parents): (&str, bool),
        tags: &[String],
    ) {
        let mut missing: Vec<PathBuf> = Vec::new();
        for directory in exact.ancestors() {
            if self.files(state).presence(directory) == Presence::Yes {
                break;
            }
            missing.push(directory.to_owned());
            if !parents {
                break;
            }
        }
        for directory in missing.into_iter().rev() {
            let name = Known::Exactly(directory.as_os_str().as_bytes().to_vec());
            let mut tags = tags.to_vec();
            tags.push("new-directory".to_owned());
            self.emit_path(state, Access::Create, &argument.value, name, argument.span, program, tags);
            state.overlay.record(&directory, Change::Made { directory: true, fresh: true, contents: None });
        }
    }

    /// `cp --parents`: the directories on the way from `base` to the copy. With `-p` those that are there are made like their
    /// sources too.
    pub(super) fn make_parents(&mut self, state: &mut State, act: Act<'_>, argument: &Argument, copy: &Path) {
        let Act { invocation, deed, tags, .. } = act;
        let Some(way) = copy.parent() else { return };
        let base = deed.arguments.first().map(|base| self.real_path(state, &base.value, true));
        if let Some(base) = base.and_then(|base| exact_path(&base))
            && tags.iter().any(|tag| tag == "preserves")
        {
            for directory in way.ancestors().take_while(|directory| directory.starts_with(&base) && *directory != base)
            {
                if self.files(state).presence(directory) == Presence::Yes {
                    let name = Known::Exactly(directory.as_os_str().as_bytes().to_vec());
                    let (span, program) = (argument.span, &invocation.program);
                    self.emit_path(state, Access::Metadata, &argument.value, name, span, program, tags.to_vec());
                }
            }
        }
        self.make_directories(state, way, argument, (&invocation.program, true), tags);
    }
}

/// True for `mkdir`'s `-p`.
pub(super) fn asks_for_parents(word: &[u8]) -> bool {
    word == b"--parents" || word.starts_with(b"-") && !word.starts_with(b"--") && word.contains(&b'p')
}
