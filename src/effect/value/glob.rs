//! Pathname expansion against the world as the line has left it so far.

use super::Pattern;
use crate::effect::files::Presence;
use crate::effect::state::State;
use crate::effect::walk::Evaluator;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Most names a pattern may stand for before it counts as unknown.
const MOST_NAMES: usize = 4096;

/// What a pattern stands for.
pub(crate) enum Matches {
    /// These names, sorted; perhaps none.
    Names(Vec<Vec<u8>>),
    /// Names that begin so.
    Unknown(Vec<u8>),
}

impl Evaluator<'_> {
    /// The names `pattern` matches.
    pub(crate) fn glob(&mut self, state: &State, pattern: &Pattern) -> Matches {
        let mut pattern = pattern.clone();
        pattern.fold_case(state.options.nocaseglob);
        let components = pattern.components();
        let absolute = pattern.literal().first() == Some(&b'/');
        let known_head = || {
            let mut head: Vec<u8> = Vec::new();
            for part in components.iter().take_while(|part| !part.is_live()) {
                head.extend_from_slice(part.literal());
                head.push(b'/');
            }
            if head.is_empty() { b"./".to_vec() } else { head }
        };
        let base = match (&state.place().path, absolute) {
            (_, true) => PathBuf::from("/"),
            (Some(path), false) => path.clone(),
            (None, false) => return Matches::Unknown(known_head()),
        };
        if state.foreign || self.lookup(state, b"GLOBIGNORE").scalar().is_some() {
            return Matches::Unknown(known_head());
        }
        // Pairs of what the word will hold and where that is.
        let mut found: Vec<(Vec<u8>, PathBuf)> = vec![(Vec::new(), base)];
        let last = components.len() - 1;
        for (at, component) in components.iter().enumerate() {
            if at == 0 && absolute {
                found = vec![(b"/".to_vec(), PathBuf::from("/"))];
                continue;
            }
            // bash reads `**` behind `**` as one.
            let stars = |part: &Pattern| state.options.globstar && part.literal() == b"**";
            if stars(component) && components.get(at + 1).is_some_and(stars) {
                continue;
            }
            let mut next = Vec::new();
            for (word, directory) in found {
                if next.len() > MOST_NAMES {
                    return Matches::Unknown(known_head());
                }
                let separated = |name: &[u8]| {
                    let mut longer = word.clone();
                    if !longer.is_empty() && !longer.ends_with(b"/") {
                        longer.push(b'/');
                    }
                    longer.extend_from_slice(name);
                    longer
                };
                // Under `nocaseglob` a plain name may be there in other letters.
                if !component.is_live() && (!state.options.nocaseglob || component.literal().is_empty()) {
                    let name = component.literal();
                    if name.is_empty() {
                        // A slash at the end, or several in the middle: directories only.
                        if self.files(state).is_directory(&directory) {
                            let mut slashed = word.clone();
                            slashed.push(b'/');
                            next.push((slashed, directory));
                        }
                        continue;
                    }
                    let path = step(&directory, name);
                    if !self.look(true) {
                        return Matches::Unknown(known_head());
                    }
                    match self.files(state).presence(&path) {
                        Presence::No => {}
                        _ => next.push((separated(name), path)),
                    }
                    continue;
                }
                if stars(component) {
                    let hidden = state.options.dotglob;
                    let Some(below) = self.everything_below(state, &directory, hidden, at == last) else {
                        return Matches::Unknown(known_head());
                    };
                    if at < last {
                        next.push((word.clone(), directory));
                    }
                    next.extend(below.into_iter().map(|(name, path)| (separated(&name), path)));
                    continue;
                }
                let Some(names) = self.files(state).names(&directory) else {
                    if at > 0
                        && self.files(state).presence(&directory) == Presence::Yes
                        && !self.files(state).is_directory(&directory)
                    {
                        continue;
                    }
                    return Matches::Unknown(known_head());
                };
                let dots = state.options.dotglob || component.literal().first() == Some(&b'.');
                for name in names {
                    if name.first() == Some(&b'.') && !dots {
                        continue;
                    }
                    if !self.look(false) {
                        return Matches::Unknown(known_head());
                    }
                    match component.matches(&name) {
                        Some(true) => {
                            let path = step(&directory, &name);
                            if !self.look(at < last) {
                                return Matches::Unknown(known_head());
                            }
                            if at == last || self.files(state).is_directory(&path) {
                                next.push((separated(&name), path));
                            }
                        }
                        Some(false) => {}
                        None => return Matches::Unknown(known_head()),
                    }
                }
                if next.len() > MOST_NAMES {
                    return Matches::Unknown(known_head());
                }
            }
            found = next;
        }
        let mut names: Vec<Vec<u8>> = found.into_iter().map(|(word, _)| word).collect();
        names.sort_unstable();
        names.dedup();
        Matches::Names(names)
    }

    /// Names below a directory for `**`: directories, and with `files` all that is there; links are not followed. `None`
    /// when they cannot be told or are too many.
    fn everything_below(
        &mut self,
        state: &State,
        directory: &Path,
        hidden: bool,
        files: bool,
    ) -> Option<Vec<(Vec<u8>, PathBuf)>> {
        let mut found = Vec::new();
        let mut waiting: Vec<(Vec<u8>, PathBuf)> = vec![(Vec::new(), directory.to_owned())];
        while let Some((word, directory)) = waiting.pop() {
            for name in self.files(state).names(&directory)? {
                if name.first() == Some(&b'.') && !hidden {
                    continue;
                }
                if !self.look(true) {
                    return None;
                }
                let path = step(&directory, &name);
                let longer = if word.is_empty() { name } else { [word.as_slice(), b"/", &name].concat() };
                let enters = self.files(state).link(&path).is_none() && self.files(state).is_directory(&path);
                if enters {
                    waiting.push((longer.clone(), path.clone()));
                }
                if enters || files {
                    found.push((longer, path));
                }
                if found.len() > MOST_NAMES {
                    return None;
                }
            }
        }
        Some(found)
    }
}

fn step(directory: &Path, name: &[u8]) -> PathBuf {
    directory.join(OsStr::from_bytes(name))
}
